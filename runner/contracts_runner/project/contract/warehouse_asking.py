"""Forms of the warehouse checks beside the API or another table (docs/design.md, Warehouse contract)."""

from collections.abc import Iterable

from contracts_runner.model.warehouse_kinds import (
    Asks,
    Direction,
    ForEach,
    Reconcile,
    SumOfColumn,
    SumOfItems,
    SumOfTable,
)
from contracts_runner.project.contract.timezones import TIMEZONE
from contracts_runner.project.contract.warehouse_kinds import DATABASE, SPAN, BoundsForm
from contracts_runner.project.contract.warehouse_previous import RATIO, build_ratio, is_against_previous
from contracts_runner.project.contract.warehouse_values import TIMES, TOLERANCE
from contracts_runner.project.names import OPERATION
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import JSON, TEXT, TEXTS, either, integer, items, mapping, member
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.value_readers import JSONPATH

_COLUMNS = either("array", TEXTS, TEXT.then(lambda column: (column,)))
# A parameter is given, whether or not its path is right.
_GIVEN = mapping(Reader(lambda value: JSONPATH.read(value) or "", JSONPATH.schema, JSONPATH.words))


class ForEachForm(Form):
    """Asks once for every item of another operation."""

    noun = "'for_each'"
    operation = Key(OPERATION, "The other operation; all its pages are read.", required=True, example="listEvents")
    rows = Key(JSONPATH, "JSONPath of its items in an answer.", required=True, example="$.data[*]")
    parameters = Key(
        _GIVEN,
        "Parameter -> JSONPath of an item; one that finds several values is asked for each.",
        required=True,
        example="{event_id: $.id}",
    )
    keep = Key(
        mapping(JSONPATH),
        "Name -> JSONPath of an item; its rows have the value as $.name.",
        example="{city: $.place.city}",
    )
    at_most = Key(
        integer(1),
        "How often it may be asked; beyond that the check is errored, and nothing of it is sent.",
        example="500",
    )


_FOR_EACH = ForEachForm.reader().then(
    lambda form: ForEach(
        operation=form.operation or "",
        rows=form.rows or "",
        parameters=form.parameters or {},
        keep=form.keep or {},
        at_most=form.at_most,
    )
)


class AskingForm(Form):
    """What a check asks the API."""

    operation = Key(
        OPERATION, "The operation that lists the items; all pages are read.", required=True, example="listOrders"
    )
    rows = Key(JSONPATH, "JSONPath of the items in an answer.", required=True, example="$.data[*]")
    parameters = Key(
        mapping(JSON), "Parameters of each request, by the names of the spec, as in a step.", example="{status: paid}"
    )
    body = Key(JSON, "The body of each request.", example="{flat: true}")
    for_each = Key(
        _FOR_EACH,
        "Ask once for every item of another operation.",
        example='{operation: listEvents, rows: "$.data[*]", parameters: {event_id: $.id}}',
    )
    timezone = TIMEZONE
    times = TIMES

    @property
    def asks(self) -> Asks:
        """What the check asks."""
        return Asks(
            operation=self.operation or "",
            rows=self.rows or "",
            parameters=self.parameters or {},
            body=self.body,
            for_each=self.for_each,
            timezone=self.timezone,
            times=self.times or {},
        )

    def check_times(self, paths: Iterable[str]) -> None:
        """Report the paths of `times` that the check reads no time from."""
        known = list(paths)
        for path in self.times or {}:
            if path not in known:
                place = self.at(AskingForm.times).at(path)
                place.report(f"the check reads no time at '{path}'", suggest_or_list(path, known))


class ReconcileForm(AskingForm, rules={"if": {"required": ["tolerance"]}, "then": {"required": ["compare"]}}):
    """Items of the API are the rows of the table, with equal values."""

    noun = "the check 'reconcile'"
    key = Key(
        either("array", items(JSONPATH), JSONPATH.then(lambda path: (path,))),
        "JSONPath of an item's key, or those of its parts.",
        required=True,
        example="$.id",
    )
    column = Key(_COLUMNS, "The column that holds the key, or those of its parts.", required=True, example="order_id")
    compare = Key(mapping(JSONPATH), "Column -> JSONPath of the value that it must hold.", example="{revenue: $.price}")
    changed = Key(JSONPATH, "JSONPath of the time at which an item changed; see `within`.", example="$.updated_at")
    within = Key(SPAN, "How long ago an item must have changed to be looked for; `max_lag` if left out.", example="2h")
    direction = Key(
        member(Direction),
        "`missing`: items without a row; `extra`: rows without an item; `both` if left out.",
        example="missing",
    )
    tolerance = TOLERANCE

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        if type(self).tolerance in self and type(self).compare not in self:
            self.at(type(self).tolerance).report("'tolerance' is for the numbers of 'compare', which is missing")
        if self.key and self.column and len(self.key) != len(self.column):
            message = f"'key' has {len(self.key)} parts, 'column' {len(self.column)}"
            self.at(type(self).column).report(message, "write the columns of the parts in their order")
        self.check_times(filter(None, (*(self.key or ()), self.changed, *(self.compare or {}).values())))


RECONCILE = ReconcileForm.reader().then(
    lambda form: Reconcile(
        asks=form.asks,
        key=form.key or (),
        column=form.column or (),
        compare=form.compare or {},
        changed=form.changed,
        within=form.within,
        direction=form.direction or Direction.BOTH,
        tolerance=form.tolerance,
    )
)


_COLUMN = Reader(lambda value: value.read_parsed(str), TEXT.schema, "column")
_TWINS_OF_ITEMS = either("object", mapping(JSONPATH), _COLUMNS.then(lambda columns: dict.fromkeys(columns)))
_TWINS_OF_TABLE = either(
    "object", mapping(_COLUMN), _COLUMNS.then(lambda columns: {column: column for column in columns})
)


class SumOfItemsForm(AskingForm):
    """The sum of a column is that of the numbers in the items of an operation, per group."""

    noun = "the check 'sum_equals'"
    column = Key(TEXT, "The column that is added up.", required=True, example="revenue")
    value = Key(JSONPATH, "JSONPath of an item's number.", required=True, example="$.price")
    by = Key(
        _TWINS_OF_ITEMS,
        "Groups: column -> JSONPath of an item, or columns whose names items have.",
        example="{city: $.city}",
    )
    once = Key(items(JSONPATH), "JSONPaths of an item's identity: listed twice, it counts once.", example="[$.seat_id]")
    tolerance = TOLERANCE

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        self.check_times(path or f"$.{name}" for name, path in (self.by or {}).items())


_SUM_OF_ITEMS = SumOfItemsForm.reader().then(
    lambda form: SumOfItems(
        asks=form.asks,
        column=form.column or "",
        value=form.value or "",
        by=form.by or {},
        once=form.once or (),
        tolerance=form.tolerance,
    )
)


class SumOfTableForm(Form):
    """The sum of a column is that of another table's column, per group."""

    noun = "the check 'sum_equals'"
    column = Key(TEXT, "The column that is added up.", required=True, example="revenue")
    table = Key(TEXT, "The other table.", required=True, example="fact_sales")
    value = Key(_COLUMN, "The other table's column.", required=True, example="revenue")
    by = Key(
        _TWINS_OF_TABLE,
        "Groups: column -> the other table's column, or columns that both tables have.",
        example="[city]",
    )
    database = DATABASE
    tolerance = TOLERANCE


_SUM_OF_TABLE = SumOfTableForm.reader().then(
    lambda form: SumOfTable(
        column=form.column or "",
        table=form.table or "",
        value=form.value or "",
        by=form.by or {},
        database=form.database,
        tolerance=form.tolerance,
    )
)


class SumOfColumnForm(BoundsForm):
    """Beside `against: previous`: the sum of a column, as a ratio to the sum that an earlier run has found."""

    noun = "the check 'sum_equals' against an earlier run"
    column = Key(TEXT, "The column that is added up.", required=True, example="revenue")
    min = Key(RATIO, "At least so many times as much.", example="0.5")
    max = Key(RATIO, "At most so many times as much.", example="2")


_SUM_OF_COLUMN = SumOfColumnForm.reader().then(
    lambda form: SumOfColumn(column=form.column or "", ratio=build_ratio(form.min, form.max))
)


def _read_sum(value: Value) -> SumOfItems | SumOfTable | SumOfColumn | None:
    if is_against_previous(value):
        return _SUM_OF_COLUMN.read(value)
    is_of_table = isinstance(value.value, dict) and "operation" not in value.value
    return _SUM_OF_TABLE.read(value) if is_of_table else _SUM_OF_ITEMS.read(value)


SUM_EQUALS = Reader(
    _read_sum,
    {
        "if": {"required": ["operation"]},
        "then": _SUM_OF_ITEMS.schema,
        "else": {"if": {"required": ["table"]}, "then": _SUM_OF_TABLE.schema, "else": _SUM_OF_COLUMN.schema},
    },
    "Sum of items, Sum of table, or Sum of column",
)
