"""Events and seats to rows: the events dimension and what is left to sell (docs/qtickets.md, Loader rules)."""

import hashlib
from collections.abc import Mapping
from typing import Any

from qtickets_sandbox.instants import MOSCOW
from qtickets_sandbox.loader.practice import Practice
from qtickets_sandbox.loader.sales import Row, Stamp
from qtickets_sandbox.loader.source import Source


def count_seats(source: Source, event: Mapping[str, Any], practice: Practice) -> tuple[int, int]:
    """Return (places in all, places left) over the shows of an event, each seat once."""
    total = left = 0
    for show in event["shows"]:
        seats = {practice.seat_key(seat): seat for seat in source.seats[show["id"]]}
        total += sum(seat["max_quantity"] for seat in seats.values())
        left += sum(seat["free_quantity"] for seat in seats.values())
    return total, left


def build_events(source: Source, practice: Practice, stamp: Stamp) -> list[Row]:
    """Return the rows of dim_events."""
    rows = []
    for event in source.events:
        total, left = count_seats(source, event, practice)
        start, end = practice.dates(event)
        rows.append(
            {
                "event_id": str(event["id"]),
                "event_name": event["name"],
                "city": practice.city(event),
                "start_date": start,
                "end_date": end,
                "tickets_total": total,
                "tickets_left": left,
                "_ver": stamp.version,
                "_loaded_at": stamp.now,
            }
        )
    return rows


def build_snapshot(events: list[Row], practice: Practice, stamp: Stamp) -> list[Row]:
    """Return the rows of fact_qtickets_inventory_latest from those of dim_events."""
    taken = stamp.wall(stamp.now.astimezone(MOSCOW).replace(tzinfo=None))
    return [
        {
            "snapshot_ts": taken,
            "event_id": event["event_id"],
            "event_name": event["event_name"],
            "city": event["city"],
            "tickets_total": practice.places(event["tickets_total"]),
            "tickets_left": practice.places(event["tickets_left"]),
            "_ver": stamp.version,
        }
        for event in events
    ]


def build_staged_snapshot(snapshot: list[Row]) -> list[Row]:
    """Return the rows of stg_qtickets_api_inventory_raw: the snapshot with its key."""
    return [{**row, "_dedup_key": _key(row)} for row in snapshot]


def build_stock(events: list[Row]) -> list[Row]:
    """Return the rows of fact_qtickets_inventory."""
    names = ("event_id", "city", "tickets_total", "tickets_left", "_ver", "_loaded_at")
    return [{name: event[name] for name in names} for event in events]


def _key(row: Row) -> str:
    text = f"{row['event_id']}::{row['snapshot_ts'].isoformat()}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
