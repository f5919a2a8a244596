"""`${…}` is parsed and evaluated."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.reading.expressions import (
    ExpressionError,
    Reference,
    evaluate,
    is_whole_expression,
    iter_references,
    parse_template,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("${event_id}", (Reference("event_id"),)),
        ("a${b}c${d}", ("a", Reference("b"), "c", Reference("d"))),
        ("${now+1h}", (Reference("now", 3600),)),
        ("${today-2d}", (Reference("today", -172800),)),
        ("${now+1d-2h+30m-5s}", (Reference("now", 86400 - 7200 + 1800 - 5),)),
        ("$${event_id}", ("${event_id}",)),
        ("$$${a}", ("$${a}",)),
        ("$5 and $", ("$5 and $",)),
        ("{}${a}}", ("{}", Reference("a"), "}")),
        ("${имя}", (Reference("имя"),)),
        ("${a.b[0]['c d'][-1].e}", (Reference("a", path=("b", 0, "c d", -1, "e")),)),
        ("${a-1+0.5}", (Reference("a", addend=Decimal("-0.5")),)),
        ("${a.b+1h:unix}", (Reference("a", 3600, path=("b",), change="unix"),)),
        ("${now+1h@Etc/GMT+3:%H:%M}", (Reference("now", 3600, zone="Etc/GMT+3", change="%H:%M"),)),
        ("${uuid.2}", (Reference("uuid", path=("2",)),)),
        ("${f()}", (Reference("f", arguments=()),)),
        ("${f(a)[0].b}", (Reference("f", path=(0, "b"), arguments=(Reference("a"),)),)),
        (
            "${m.f(a.b, g(now+1h:unix)):base64}",
            (
                Reference(
                    "m.f",
                    change="base64",
                    arguments=(
                        Reference("a", path=("b",)),
                        Reference("g", arguments=(Reference("now", 3600, change="unix"),)),
                    ),
                ),
            ),
        ),
    ],
)
def test_a_template_is_split_into_its_parts(text: str, parts: tuple[Any, ...]) -> None:
    assert parse_template(text) == parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${a", "'${a' is not closed; write ${a}, or $${ for a plain ${"),
        ("x ${", "'${' is not closed; write $${ for a plain ${"),
        ("${}", "'${}' is not an expression; write a name as in ${event_id} or ${now+1h}"),
        ("${ a }", "'${ a }' has blanks; write ${a}"),
        ("${f( a , b ) [0] + 1}", "'${f( a , b ) [0] + 1}' has blanks; write ${f(a,b)[0]+1}"),
        ("${a b}", "'${a b}' is not an expression; write a name as in ${event_id} or ${now+1h}"),
        ("${1a}", "'${1a}' is not an expression; write a name as in ${event_id} or ${now+1h}"),
        ("${now+1w}", "'${now+1w}' has the unknown unit 'w'; known: s, m, h, d, as in ${now+1h}"),
        ("${a.}", "'${a.}' is not an expression; write a name as in ${event_id} or ${now+1h}"),
        ("${a['']}", "'${a['']}' names a member without a name"),
        ("${uuid+1h}", "'${uuid+1h}' moves what is not a time"),
        ("${run_id-1}", "'${run_id-1}' adds to what is not a number"),
        ("${now+1}", "'${now+1}' adds a number to a time; write a unit: s, m, h, d, as in ${now+1h}"),
        ("${a+1h+1}", "'${a+1h+1}' adds times and numbers at once; a time has a unit: s, m, h, d"),
        ("${now+0.5s}", "'${now+0.5s}' moves a time by a part of a second"),
        ("${env.name}", "'${env.name}' names a member of 'env', which has none"),
        ("${random}", "'${random}' does not say how many letters; write from ${random.1} to ${random.128}"),
        ("${random.129}", "'${random.129}' does not say how many letters; write from ${random.1} to ${random.128}"),
        ("${uuid.x}", "'${uuid.x}' is not an expression; a second one is ${uuid.2}"),
        ("${uuid:unix}", "'${uuid:unix}' writes what is not a time as one"),
        ("${a:txt}", "'${a:txt}' has the unknown change 'txt'; Did you mean 'text'?"),
        ("${now:unixms}", "'${now:unixms}' has the unknown change 'unixms'; Did you mean 'unix_ms'?"),
        (
            "${now@Europe/Moskow}",
            "'${now@Europe/Moskow}': there is no time zone 'Europe/Moskow'; Did you mean 'Europe/Moscow'?",
        ),
        (
            "${now:%Q}",
            "'${now:%Q}': '%Q' is not a part of a time; known: %a %A %b %B %d %f %G %H %I %j %m %M %p %S %u %U %V %w "
            "%W %y %Y %z %Z %%",
        ),
        ("${sign(a}", "'${sign(a}' has no closing bracket; write ${sign(…)}"),
        ("${sign(a,)}", "'${}' is not an expression; write a name as in ${event_id} or ${now+1h}"),
        ("${now+99999d}", "'${now+99999d}' moves a time by more than a hundred years"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template(text)

    assert str(caught.value) == message


def test_only_one_expression_alone_is_whole() -> None:
    assert [is_whole_expression(text) for text in ("${a}", "${a} ", "$${a}", "a", "")] == [True] + [False] * 4


def test_references_are_found_in_values_and_not_in_keys() -> None:
    value = {"${key}": ["${a}", {"b": "x${c}"}], "d": 5}

    assert [reference.name for reference in iter_references(value)] == ["a", "c"]


@pytest.mark.parametrize("value", [5, 1.5, True, None, "text", [1, {"a": 2}], {"a": None}])
def test_a_whole_expression_keeps_the_type(value: Any) -> None:
    result = evaluate({"x": ["${a}"]}, lambda _: value)

    assert result == {"x": [value]}
    assert type(result["x"][0]) is type(value)


@pytest.mark.parametrize(
    ("value", "rendered"),
    [("плюс", "плюс"), (5, "5"), (True, "true"), (None, "null"), ([1, "я"], '[1,"я"]'), ({"a": 1}, '{"a":1}')],
)
def test_an_embedded_expression_is_written_out(value: Any, rendered: str) -> None:
    assert evaluate("<${a}>", lambda _: value) == f"<{rendered}>"


def test_a_value_is_not_evaluated_again() -> None:
    assert evaluate("${a}-$${b}", lambda _: "${c}") == "${c}-${b}"


def test_what_has_no_expression_stays_equal_and_is_a_copy() -> None:
    value = {"a": [1, "b"], "c": ("d",)}

    result = evaluate(value, lambda _: pytest.fail("nothing is to resolve"))

    assert result == {"a": [1, "b"], "c": ["d"]}
    assert result["a"] is not value["a"]


names = st.from_regex(r"[^\W\d]\w{0,8}", fullmatch=True)
literals = st.text(max_size=8)
parts = st.lists(literals | names.map(Reference), max_size=6)


def write_template(items: list[str | Reference]) -> str:
    # `$` before a `${` would make it a literal, so it is kept away from the end of a piece.
    return "".join(
        f"${{{item.name}}}" if isinstance(item, Reference) else item.replace("${", "$${").rstrip("$") for item in items
    )


@given(parts)
def test_any_template_gives_back_its_parts(items: list[str | Reference]) -> None:
    template = write_template(items)

    result = evaluate(template + ".", lambda reference: f"<{reference.name}>")

    rendered = (f"<{item.name}>" if isinstance(item, Reference) else item.rstrip("$") for item in items)
    assert result == "".join(rendered) + "."


@given(st.text(alphabet="${}ab+-1hd n", max_size=20))
def test_any_text_is_read_or_refused_with_a_quote_of_it(text: str) -> None:
    try:
        result: object = parse_template(text)
    except ExpressionError as error:
        result = error

    assert isinstance(result, tuple) or ((match := re.match(r"'(\$\{.*?)'", str(result))) and match[1] in text)


@given(st.recursive(st.none() | st.integers() | st.text(alphabet="ab$ ", max_size=5), st.lists, max_leaves=10))
def test_values_without_expressions_are_unchanged(value: Any) -> None:
    assert json.dumps(evaluate(value, str)) == json.dumps(value)
