"""The values of `${…}` during a scenario."""

import re
from datetime import UTC, datetime

import pytest

from contracts_runner.engine.scope import Scope, UnresolvedError, UnusableValueError, ValueSource

NOON = datetime(2026, 11, 22, 12, 0, 30, 999, tzinfo=UTC)


def make_scope(scenario_id: str = "1.1", **variables: object) -> Scope:
    scope = Scope(variables=variables, run_id="run-1", scenario_id=scenario_id, source=ValueSource(environment="prod"))
    scope.begin_step(NOON)
    return scope


def test_a_whole_expression_keeps_its_type() -> None:
    assert make_scope(event_id=33).evaluate({"a": ["${event_id}", "n${event_id}"]}) == {"a": [33, "n33"]}


def test_times_have_their_zone_and_offset() -> None:
    values = make_scope().evaluate(["${now}", "${now+1h}", "${today}", "${today-2d}"])

    assert values == ["2026-11-22T12:00:30+00:00", "2026-11-22T13:00:30+00:00", "2026-11-22", "2026-11-20"]


def test_a_capture_is_known_afterwards() -> None:
    scope = make_scope()
    scope.capture("ids", [1, 2])

    assert scope.evaluate("${ids}") == [1, 2]


def test_a_name_without_a_value_is_an_error() -> None:
    with pytest.raises(UnresolvedError, match="nope"):
        make_scope().evaluate("${nope}")


MOSCOW_TICKET = {"sold_at": "2026-11-22T23:30:00.500+03:00", "day": "2026-11-22", "bare": "2026-11-22 10:00"}
VALUES = {
    "order": {"items": [{"id": 5}, {"id": 6}], "user-id": "u", "0": "zero"},
    "n": 41,
    "price": 19.99,
    "big": 123456789012345678901234567890,
    "digits": "33",
    "part": "1.5",
    "text": "a b&c/д",
    "json": '{"a": [1, null]}',
    "yes": True,
    "nothing": None,
    "t": MOSCOW_TICKET,
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("${order.items[1].id}", 6),
        ("${order.items[-1].id}", 6),
        ("${order['user-id']}", "u"),
        ("${order.0}", "zero"),
        ("${n+1}", 42),
        ("${n-1+3}", 43),
        ("${n+0.5}", 41.5),
        ("${price+0.01}", 20.0),
        ("${price-0.09}", 19.9),
        ("${big+1}", 123456789012345678901234567891),
        ("${n:text}", "41"),
        ("${nothing:text}", "null"),
        ("${yes:text}", "true"),
        ("${order.items:text}", '[{"id":5},{"id":6}]'),
        ("${digits:integer}", 33),
        ("${price:text}", "19.99"),
        ("${part:number}", 1.5),
        ("${n:number}", 41),
        ("${json:json}", {"a": [1, None]}),
        ("${n:json}", 41),
        ("${text:urlencode}", "a%20b%26c%2F%D0%B4"),
        ("${text:base64}", "YSBiJmMv0LQ="),
        ("${n:sha256}", "3d914f9348c9cc0ff8a79716700b9fcd4d2f3e711608004eb8f138bcba7f14d9"),
        ("${now:unix}", 1795348830),
        ("${now:unix_ms}", 1795348830000),
        ("${now+1h:unix}", 1795352430),
        ("${now:%d.%m.%Y}", "22.11.2026"),
        ("${now@Europe/Moscow:%H:%M}", "15:00"),
        ("${now@Europe/Moscow}", "2026-11-22T15:00:30+03:00"),
        ("${today@Pacific/Kiritimati}", "2026-11-23"),
        ("${today:unix}", 1795305600),
        ("${today@Europe/Moscow:unix}", 1795294800),
        ("${today+36h}", "2026-11-24"),
        ("${t.sold_at+1h}", "2026-11-23T00:30:00.500+03:00"),
        ("${t.sold_at@UTC:%d %H:%M}", "22 20:30"),
        ("${t.sold_at:unix_ms}", 1795379400500),
        ("${t.sold_at:%Y}", "2026"),
        ("${t.day+7d}", "2026-11-29"),
        ("${t.day:%d.%m.%Y}", "22.11.2026"),
        ("${t.bare+1h}", "2026-11-22 11:00"),
        ("${env}", "prod"),
        ("${run_id}", "run-1"),
        ("a${order.items[0]}b", 'a{"id":5}b'),
    ],
)
def test_what_an_expression_makes_of_a_value(expression: str, value: object) -> None:
    made = make_scope(**VALUES).evaluate(expression)

    assert made == value
    assert type(made) is type(value)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("${order.itms}", "${order.itms}: the value has no member 'itms'; Did you mean 'items'?"),
        ("${order.items[5].id}", "${order.items[5].id}: the value has no item [5]: there are 2"),
        (
            "${order.items.id}",
            "${order.items.id}: the value has no member 'id': it is a list, whose items are [0], [1], … [-1]",
        ),
        ("${n.id}", "${n.id}: the value has no member 'id': it is a number"),
        ("${nothing[0]}", "${nothing[0]}: the value has no member '0': it is null"),
        ("${text+1}", "${text+1}: the value is a text, to which no number can be added"),
        ("${yes+1}", "${yes+1}: the value is true or false, to which no number can be added"),
        ("${n+1h}", "${n+1h}: the value is a number, not a time"),
        (
            "${text+1h}",
            "${text+1h}: the value is a text that is no time such as 2026-01-31 or 2026-01-31T12:00:00Z",
        ),
        ("${t.day+1h}", "${t.day+1h}: the value is a day, which moves by whole days only"),
        ("${t.bare:unix}", "${t.bare:unix}: the value is a time without a zone"),
        ("${text:integer}", "${text:integer}: the value is a text that is not of the type integer"),
        ("${part:integer}", "${part:integer}: the value is a text that is not of the type integer"),
        ("${price:integer}", "${price:integer}: the value is a number that is no integer"),
        ("${order:number}", "${order:number}: the value is an object, not of the type number"),
        ("${text:json}", "${text:json}: the value is a text that is not JSON"),
    ],
)
def test_what_a_value_does_not_have_is_said_without_it(expression: str, message: str) -> None:
    with pytest.raises(UnusableValueError) as caught:
        make_scope(**VALUES).evaluate(expression)

    assert str(caught.value) == message


def test_uuid_and_random_are_one_value_for_each_step_of_each_scenario() -> None:
    """And for each number or length."""
    texts = ("${uuid}", "${uuid.2}", "${random.8}", "${random.9}")
    values = []
    for scenario_id in ("1.1", "1.2"):
        for number in (1, 2):
            scope = make_scope(scenario_id)
            scope.begin_step(NOON, number)
            assert scope.evaluate(list(texts)) == scope.evaluate(list(texts))
            values += scope.evaluate(list(texts))

    assert len(set(values)) == len(values)
    assert make_scope().evaluate("${uuid.1}") == make_scope().evaluate("${uuid}")


def test_random_is_of_the_seed_and_uuid_of_the_run_unless_a_seed_was_chosen() -> None:
    def evaluate(run_id: str, source: ValueSource) -> list[str]:
        scope = Scope(variables={}, run_id=run_id, scenario_id="1", source=source)
        scope.begin_step(NOON, 1)
        made: list[str] = scope.evaluate(["${random.8}", "${uuid}"])
        return made

    one, other = evaluate("r1", ValueSource(seed=1)), evaluate("r2", ValueSource(seed=1))
    assert one[0] == other[0]
    assert one[1] != other[1]
    assert re.fullmatch("[a-z0-9]{8}", one[0])
    assert evaluate("r1", ValueSource(seed=2))[0] != one[0]
    assert evaluate("r1", ValueSource(seed=2, uuid_seed=2)) == evaluate("r2", ValueSource(seed=2, uuid_seed=2))


def test_a_variable_of_the_file_is_one_value_for_the_scenario_and_the_environment_counts_before_it() -> None:
    scope = make_scope(city="Suzdal")
    scope.define({"city": "Vladimir", "login": "${city}-${uuid}", "wrong": "${city.name}", "next": "${login:text}"})

    one = scope.evaluate("${login}")
    scope.begin_step(NOON, 2)

    assert scope.evaluate("${city}") == "Suzdal"
    assert scope.evaluate(["${login}", "${next}"]) == [one, one]
    with pytest.raises(UnusableValueError, match=r"\$\{city.name\}: the value has no member 'name': it is a text"):
        scope.evaluate("${wrong}")


def test_what_is_made_of_a_value_is_told_and_a_member_as_it_is_is_not() -> None:
    learned: list[tuple[object, object]] = []
    source = ValueSource(learn=lambda before, after: learned.append((before, after)), call=lambda name, values: "made")
    scope = Scope(variables=VALUES, run_id="r", scenario_id="1", source=source)

    scope.evaluate(["${order.items[0].id}", "${text}", "${digits:base64}", "${f(text, n)}"])

    assert learned == [("33", "MzM="), (["a b&c/д", 41], "made")]
