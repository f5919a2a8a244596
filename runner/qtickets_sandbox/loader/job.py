"""One load from beginning to end: read all, write all, record the run (docs/qtickets.md, Loader rules)."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from qtickets_sandbox.instants import MOSCOW
from qtickets_sandbox.loader import catalogue, inventory, sales
from qtickets_sandbox.loader.api import Api
from qtickets_sandbox.loader.defects import build_practice
from qtickets_sandbox.loader.practice import Practice
from qtickets_sandbox.loader.privacy import Pseudonyms
from qtickets_sandbox.loader.sales import Row, Stamp
from qtickets_sandbox.loader.source import Source, read_source
from qtickets_sandbox.loader.warehouse import Client, Warehouse, create_tables

JOB = "qtickets_api"
_SNAPSHOTS = "stg_qtickets_api_inventory_raw"
_FACTS = "fact_"


def load(
    *,
    base_url: str,
    credentials: Mapping[str, str],
    client: Client,
    database: str,
    now: Callable[[], datetime] | None = None,
    defects: Sequence[str] = (),
) -> dict[str, int]:
    """Bring everything that the service has into the database, and return the rows written per table.

    `credentials` holds `restToken` and `partnerKey`. A load is a full copy: what the service no longer
    has goes, and a second load leaves the same rows; of the inventory snapshots the last of each day
    stays. Missing tables are created. Records one row in meta_job_runs, also when it fails.
    Raises LoadError if the service cannot be read, ValueError for an unknown name in `defects`.
    """
    practice = build_practice(defects)
    read_clock = now or (lambda: datetime.now(UTC))
    started = read_clock()
    create_tables(client=client, database=database)
    warehouse = Warehouse(client=client, database=database)
    try:
        with Api(base_url, credentials) as api:
            source = read_source(api, practice)
        written = _write(warehouse, source, practice, Pseudonyms(credentials["restToken"]), read_clock())
    except Exception as error:
        _record(warehouse, practice, "error", started, read_clock(), {}, {"error": type(error).__name__})
        raise
    recorded = _record(warehouse, practice, "ok", started, read_clock(), written, {})
    for statement in practice.afterwards:
        warehouse.spoil(statement)
    return {**written, "meta_job_runs": recorded}


def _write(
    warehouse: Warehouse, source: Source, practice: Practice, pseudonyms: Pseudonyms, now: datetime
) -> dict[str, int]:
    version = warehouse.next_version(_TABLES, at_least=int(now.timestamp()))
    stamp = Stamp(version=version, now=now.replace(microsecond=0), zone=warehouse.read_zone())
    tables = _build(source, practice, pseudonyms, stamp)
    written = {table: warehouse.insert(table, rows) for table, rows in tables.items()}
    if practice.deletes_outdated:
        midnight = stamp.now.astimezone(MOSCOW).replace(hour=0, minute=0, second=0, tzinfo=None)
        since = int(stamp.wall(midnight).timestamp())
        conditions = dict.fromkeys(tables, "1") | {_SNAPSHOTS: "toUnixTimestamp(snapshot_ts) >= {since:UInt32}"}
        warehouse.delete_outdated(conditions, version, since=since)
    return written


_TABLES = (
    "stg_qtickets_api_orders_raw",
    _SNAPSHOTS,
    "stg_qtickets_api_clients_raw",
    "stg_qtickets_api_price_shades_raw",
    "stg_qtickets_api_discounts_raw",
    "stg_qtickets_api_promo_codes_raw",
    "stg_qtickets_api_barcodes_raw",
    "stg_qtickets_api_partner_tickets_raw",
    "dim_events",
    "fact_qtickets_sales_daily",
    "fact_qtickets_sales_utm_daily",
    "fact_qtickets_inventory_latest",
    "fact_qtickets_inventory",
)


def _build(source: Source, practice: Practice, pseudonyms: Pseudonyms, stamp: Stamp) -> dict[str, list[Row]]:
    cities = {event["id"]: practice.city(event) for event in source.events}
    orders = sales.build_sales(source.orders, cities, practice, stamp)
    events = inventory.build_events(source, practice, stamp)
    snapshot = inventory.build_snapshot(events, practice, stamp)
    rows = (
        orders,
        inventory.build_staged_snapshot(snapshot),
        catalogue.build_clients(source, practice, pseudonyms, stamp),
        catalogue.build_price_shades(source, practice, stamp),
        catalogue.build_discounts(source, practice, stamp),
        catalogue.build_promo_codes(source, practice, stamp),
        catalogue.build_barcodes(source, practice, stamp),
        catalogue.build_partner_tickets(source, practice, stamp),
        events,
        sales.build_daily(orders, practice, stamp, by_utm=False),
        sales.build_daily(orders, practice, stamp, by_utm=True),
        snapshot,
        inventory.build_stock(events),
    )
    tables = {name: [] if name in practice.lost else each for name, each in zip(_TABLES, rows, strict=True)}
    if not practice.writes_facts:
        return {name: each for name, each in tables.items() if not name.startswith(_FACTS)}
    return tables


def _record(
    warehouse: Warehouse,
    practice: Practice,
    status: str,
    started: datetime,
    finished: datetime,
    written: Mapping[str, int],
    extra: Mapping[str, Any],
) -> int:
    if not practice.records_job:
        return 0
    total = sum(written.values())
    status = practice.job_status(status)
    return warehouse.insert(
        "meta_job_runs",
        [
            {
                "job": JOB,
                "started_at": practice.job_start(started),
                "finished_at": finished,
                "status": status,
                "rows_processed": total,
                "message": json.dumps({"status": status, "rows": dict(written), **extra}, sort_keys=True),
                "metrics": json.dumps({"rows_processed": total}),
            }
        ],
    )
