"""What to do about a check that looks at more than its bounds allow: by what its table can be narrowed."""

from contracts_runner.warehouse.checks.context import CheckContext
from contracts_runner.warehouse.errors import WarehouseQueryError

_KEYS = """SELECT arraySort(groupArrayIf(name, is_in_partition_key)),
  arraySort(groupArrayIf(name, is_in_partition_key AND NOT is_in_sorting_key)),
  (SELECT sorting_key FROM system.tables WHERE database = {db:String} AND name = {t:String})
FROM system.columns WHERE database = {db:String} AND table = {t:String}"""


def advise(context: CheckContext) -> str:
    """Return what follows "`where`": the columns on which one leaves out parts of the table; "" if nobody knows."""
    try:
        columns, unsorted, order = context.warehouse.query(_KEYS, {"db": context.database, "t": context.check.table})[0]
    except WarehouseQueryError:
        return ""
    parts, none = " and ".join(columns), ""
    if unsorted and context.table and context.table.final and context.check.is_final:
        none = f" ({parts} would not help: FINAL reads every partition, where a newer version of a row may be)"
    ways = [f"{parts}, by which the table is partitioned"] if parts and not none else []
    ways += [f"what it is sorted by ({order})"] if order else []
    return f" on {', or '.join(ways)}{none}" if ways else none
