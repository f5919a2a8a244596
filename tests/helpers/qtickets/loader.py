"""A database of the embedded ClickHouse, filled by the loader from a served twin."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.qtickets.twin import Twin
from qtickets_sandbox.loader import load

STAGING = (
    "stg_qtickets_api_orders_raw",
    "stg_qtickets_api_inventory_raw",
    "stg_qtickets_api_clients_raw",
    "stg_qtickets_api_price_shades_raw",
    "stg_qtickets_api_discounts_raw",
    "stg_qtickets_api_promo_codes_raw",
    "stg_qtickets_api_barcodes_raw",
    "stg_qtickets_api_partner_tickets_raw",
)
FACTS = (
    "dim_events",
    "fact_qtickets_sales_daily",
    "fact_qtickets_sales_utm_daily",
    "fact_qtickets_inventory_latest",
    "fact_qtickets_inventory",
)


@dataclass
class Desk:
    """One database, what loads into it, and what reads from it."""

    client: Any
    database: str
    credentials: Mapping[str, str]

    def load(self, twin: Twin, defects: Sequence[str] = ()) -> dict[str, int]:
        return load(
            base_url=twin.base_url,
            credentials=self.credentials,
            client=self.client,
            database=self.database,
            now=twin.time,
            defects=defects,
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query in which `db.` stands before each table."""
        found: list[tuple[Any, ...]] = self.client.query(query.replace("db.", f"{self.database}.")).result_rows
        return found

    def value(self, query: str) -> Any:
        return self.rows(query)[0][0]

    def counts(self) -> dict[str, int]:
        """Return the rows of every replacing table, as FINAL shows them."""
        return {table: self.value(f"SELECT count() FROM db.{table} FINAL") for table in (*STAGING, *FACTS)}


@dataclass(frozen=True)
class Loaded:
    """A twin and the database into which it was loaded, for tests that change neither."""

    desk: Desk
    twin: Twin


def list_all(twin: Twin, path: str) -> list[dict[str, Any]]:
    """Return all rows of a REST list."""
    rows: list[dict[str, Any]] = []
    for page in itertools.count(1):
        answer = twin.rest("GET", path, {"page": page}).json()
        rows += answer["data"]
        if len(rows) >= answer["paging"]["total"]:
            break
    return rows
