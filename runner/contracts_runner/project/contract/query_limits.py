"""The form of `limits` of a warehouse and of a check: bounds of a query (docs/design.md, Warehouse contract)."""

from contracts_runner.model.warehouse_beside import QueryLimits
from contracts_runner.reading.declarations import Form, Key
from contracts_runner.reading.readers import COUNT, integer


class QueryLimitsForm(Form):
    """Bounds of a query: one that meets them is errored, and says so."""

    noun = "limits"
    rows = Key(COUNT, "How many rows it may read.", default="500M", example="500M")
    seconds = Key(integer(1, 86400), "How long it may take.", default=60, example="60")
    groups = Key(COUNT, "How many rows, such as groups, its answer may have.", default="200k", example="200k")


QUERY_LIMITS = QueryLimitsForm.reader().then(
    lambda form: QueryLimits(rows=form.rows, seconds=form.seconds, groups=form.groups)
)
