"""The settings with which our SELECTs are sent: limits, and all that a profile could use to change a verdict."""

import re
from collections.abc import Mapping
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.model.warehouse_beside import NO_LIMITS, QueryLimits
from contracts_runner.warehouse.errors import WarehouseUnavailable

# The oldest version of ClickHouse whose verdicts are known to be right (docs/design.md, Warehouse contract).
OLDEST = (23, 3)
QUERY_SECONDS = 60

LIMITS = QueryLimits(rows=500_000_000, seconds=QUERY_SECONDS, groups=200_000)
# Bound of a query -> the setting that holds it.
_BOUNDS = {"rows": "max_rows_to_read", "seconds": "max_execution_time", "groups": "max_result_rows"}


def render_limits(limits: QueryLimits) -> dict[str, str]:
    """Return the settings of the bounds, ours where nothing else is said."""
    whole = limits.over(LIMITS)
    return {setting: str(getattr(whole, bound)) for bound, setting in _BOUNDS.items()}


QUERY_LIMITS = render_limits(NO_LIMITS)
# "break" and "any" give a part of the rows, which looks like all of them.
_OVERFLOWS = ("timeout", "read", "result", "group_by", "sort", "set", "join", "distinct", "transfer")

# Which rows there are.
_ROWS = {
    **{f"{name}_overflow_mode": "throw" for name in (*_OVERFLOWS, "timeout", "read")},
    "timeout_overflow_mode_leaf": "throw",
    "read_overflow_mode_leaf": "throw",
    "limit": "0",
    "offset": "0",
    "additional_table_filters": "{}",
    "additional_result_filter": "",
    "final": "0",
    "do_not_merge_across_partitions_select_final": "0",
    # A version of a row may be in another partition, or have another value in a column of `where`.
    "defer_partition_pruning_after_final": "1",
    "optimize_move_to_prewhere_if_final": "0",
    "apply_deleted_mask": "1",
    "apply_mutations_on_fly": "0",
    "apply_patch_parts": "1",
    "apply_row_policy_after_final": "1",
    "select_sequential_consistency": "0",
    "skip_unavailable_shards": "0",
    "optimize_skip_unused_shards": "0",
    "distributed_group_by_no_merge": "0",
    "parallel_replicas_count": "0",
    "parallel_replica_offset": "0",
    "parallel_replicas_custom_key": "",
    "enable_parallel_replicas": "0",
    "allow_experimental_parallel_reading_from_replicas": "0",
    "ignore_materialized_views_with_dropped_target_table": "0",
    "partial_result_on_first_cancel": "0",
    "use_query_cache": "0",
    "extremes": "0",
    # A SELECT from Kafka and the like takes the messages away.
    "stream_like_engine_allow_direct_select": "0",
    "regexp_max_matches_per_row": "1000",
}

# What NULL, a join, an aggregate of nothing and a name mean.
_MEANINGS = {
    "dialect": "clickhouse",
    "join_use_nulls": "0",
    "join_default_strictness": "ALL",
    "any_join_distinct_right_table_keys": "0",
    "join_any_take_last_row": "0",
    "group_by_use_nulls": "0",
    "transform_null_in": "0",
    "cast_keep_nullable": "0",
    "aggregate_functions_null_for_empty": "0",
    "empty_result_for_aggregation_by_empty_set": "0",
    "empty_result_for_aggregation_by_constant_keys_on_empty_set": "1",
    "union_default_mode": "",
    "count_distinct_implementation": "uniqExact",
    "prefer_column_name_to_alias": "0",
    "decimal_check_overflow": "1",
    "date_time_overflow_behavior": "ignore",
}

# How values are written as texts and read from them.
_FORMATS = {
    "session_timezone": "",
    "date_time_input_format": "best_effort",
    "date_time_output_format": "simple",
    "bool_true_representation": "true",
    "bool_false_representation": "false",
    "output_format_decimal_trailing_zeros": "0",
    "output_format_trim_fixed_string": "0",
    "output_format_json_quote_64bit_integers": "0",
    "output_format_json_quote_64bit_floats": "0",
    "output_format_json_quote_decimals": "0",
    "output_format_json_quote_denormals": "0",
    "output_format_json_named_tuples_as_objects": "1",
    "output_format_json_escape_forward_slashes": "1",
    "input_format_try_infer_integers": "1",
    "input_format_try_infer_dates": "1",
    "input_format_try_infer_datetimes": "1",
}

PINNED: Mapping[str, str] = {**_ROWS, **_MEANINGS, **_FORMATS}

# Set where the account may: bounds that stay are met with an error. Each of our SELECTs runs once, so that compiling
# its expressions takes longer than it saves; versions differ in how exact an index is beside FINAL.
_BOUNDED = ("to_group_by", "to_sort", "in_set", "in_join", "in_distinct", "to_transfer")
_WISHED = {
    "compile_expressions": "0",
    "compile_aggregate_expressions": "0",
    "use_skip_indexes_if_final": "0",
    "max_rows_to_read_leaf": "0",
    **{f"max_{size}_{what}": "0" for size in ("rows", "bytes") for what in _BOUNDED},
}

# One row with all of them: an account's own `limit` leaves it whole.
_CURRENT = """SELECT groupArray((name, value, readonly, ifNull(max, '')))
FROM system.settings WHERE name IN {names:Array(String)}"""

# Defaults that other versions, or the embedded engine, write in another way; each is as good as ours.
_SYNONYMS = {"date_time_input_format": {"basic", "best_effort"}, "dialect": {"clickhouse"}}


@dataclass(frozen=True, slots=True)
class _Setting:
    """What the account has; `most`: the greatest value that it may set, "" without such a constraint."""

    value: str
    is_locked: int
    most: str

    def can_be(self, value: str) -> bool:
        """Return whether the account may set this value; 0 is no limit, and so above every other."""
        if self.is_locked or not self.most.isdigit() or not value.isdigit():
            return not self.is_locked
        return 0 < int(value) <= int(self.most)


def require_version(version: str) -> None:
    """Raise WarehouseUnavailable for a server that is older than OLDEST."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found and (int(found[1]), int(found[2])) < OLDEST:
        raise WarehouseUnavailable(describe_age(f"ClickHouse {version}"))


def describe_age(server: str) -> str:
    """Say that a server is too old, and what it should be."""
    return f"{server} is too old for our queries; they need {'.'.join(map(str, OLDEST))} or later"


def pin_settings(client: Any, *, is_session: bool, limits: QueryLimits, readonly: str) -> dict[str, str]:
    """Set all of them on a client of clickhouse_connect: they go out with each query. Return those that the account may
    not set and has already, with their values: for these the server answers.

    In a session of the embedded engine each is a statement, and what it has already nobody changes: that is not sent.
    Raises WarehouseUnavailable when the account may not set one that has another value: a limit may be stricter.
    """
    bounds = render_limits(limits)
    wanted = {**bounds, **PINNED, **_WISHED}
    rows = client.query(_CURRENT, parameters={"names": [*wanted, "readonly"]}).result_rows
    if not rows or not rows[0][0]:
        raise WarehouseUnavailable("the settings of the account cannot be read: one of them hides rows")
    current = {name: _Setting(*values) for name, *values in rows[0][0]}
    needed = {**bounds, **PINNED}
    locked = {
        name: current[name].value for name in needed if name in current and not current[name].can_be(needed[name])
    }
    refused = [
        f"{name} ({value}, must be {needed[name]})"
        for name, value in locked.items()
        if not _is_as_good(name, value, needed[name])
    ]
    if refused:
        raise WarehouseUnavailable(
            f"the account may not change settings that it needs: {', '.join(refused)}; "
            "set them in its profile, as `contracts doctor` prints one"
        )
    # The last one: once `readonly` is 1, no other setting can be changed on the embedded engine.
    for name, value in {**wanted, "readonly": readonly}.items():
        is_there = is_session and name in current and current[name].value == value
        if name in current and current[name].can_be(value) and not is_there:
            client.set_client_setting(name, value)
    return locked


def _is_as_good(name: str, current: str, wanted: str) -> bool:
    if name in _BOUNDS.values():
        return current.isdigit() and 0 < int(current) <= int(wanted)
    return current == wanted or current in _SYNONYMS.get(name, ())
