"""What changes when a schema says something else: for who sends such a value, and for who receives it."""

import pytest

from contracts_runner.maintenance.impact.impact import Impact
from helpers.impacts import compare, open_project, read_document, tell
from helpers.schema_rows import ROWS, build, write_contract


@pytest.fixture(scope="module", params=[False, True], ids=["there", "back"])
def compared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bool, Impact]:
    """Return whether the rows are compared backwards, and what is told of all of them."""
    folder, is_back = tmp_path_factory.mktemp("project"), request.param
    old, new = (read_document(folder, f"{is_new}", build(is_new=is_new)) for is_new in (is_back, not is_back))
    return is_back, compare(open_project(folder, build(is_new=False), things=write_contract()), old, new)


@pytest.mark.parametrize("name", ROWS)
def test_change_of_a_schema_is_classed_by_direction(compared: tuple[bool, Impact], name: str) -> None:
    is_back, impact = compared
    row = ROWS[name]

    told = tell(each for each in impact.affected if each.change.operation in (f"get {name}", f"set {name}"))

    assert told == {
        f"{area}-{kind}": (breaks[place], (f"{user}.{name.replace(' ', '-')}",))
        for kind, breaks in (row.back if is_back else row.there).items()
        for place, (area, user) in enumerate((("request", "SENDS"), ("response", "READS")))
    }
