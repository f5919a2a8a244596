"""report.html: one file that loads nothing, in which a response is only text."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given

from contracts_runner.model.outcome import Outcome
from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.rows import (
    EarlierRun,
    ExchangeRow,
    PropertyFailure,
    PropertyRow,
    PropertyStepRow,
    ReceivedMessage,
    SentMessage,
)
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row, make_warehouse_row
from helpers.rendering import Render, fill_template
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import HOSTILE, build_sample_run


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())

    def find(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        wanted = attributes.items()
        return [found for name, found in self.elements if name == tag and wanted <= found.items()]


def test_a_simulated_run_says_so_in_the_first_line_of_the_body(render: Render) -> None:
    page = render(build_sample_run(), "report.html")

    body = Page(page[page.index("<body>") :])

    assert body.texts[0] == "sandbox run: says nothing about production"


def test_a_real_run_has_no_such_line(render: Render) -> None:
    assert "says nothing about production" not in render(build_sample_run(simulated=False), "report.html")


def test_the_policy_allows_the_own_script_and_style_and_nothing_else(render: Render) -> None:
    text = render(build_sample_run(), "report.html")

    policy = Page(text).find("meta", **{"http-equiv": "Content-Security-Policy"})[0]["content"]

    assert policy == (
        f"default-src 'none'; style-src {_hash(text, 'style')}; script-src {_hash(text, 'script')}; "
        "base-uri 'none'; form-action 'none'"
    )


@bounded
@given(ledgers())
def test_no_text_of_a_run_becomes_an_element_or_attribute(lines: list[Line]) -> None:
    page = Page(fill_template(lines, "report.html.jinja"))

    assert page.find("script") == [{"type": "application/json", "id": "results"}, {}]
    assert len(page.find("style")) == 1
    for tag, attributes in page.elements:
        assert tag not in ("img", "iframe", "object", "embed", "link", "form", "base")
        assert not {name for name in attributes if name.startswith("on") or name in ("style", "src", "srcdoc")}


@bounded
@given(ledgers())
def test_links_stay_in_the_folder_of_the_run(lines: list[Line]) -> None:
    page = Page(fill_template(lines, "report.html.jinja"))

    assert all(re.match(r"#|\./[^/]|\./$", link["href"] or "") for link in page.find("a"))


def test_hostile_text_is_shown(render: Render) -> None:
    page = Page(render(build_sample_run(), "report.html"))

    assert HOSTILE in page.texts


def test_text_that_changes_direction_or_is_invisible_shows_as_its_escape(render: Render) -> None:
    builder = LedgerBuilder([{"id": "1.1", "title": "\u202egpj.exe\x00"}]).add_scenario("1.1", make_step_row())

    assert r"\u202egpj.exe\x00" in Page(render(builder.finish(), "report.html")).texts


def test_every_scenario_has_a_row_with_what_filters_need(render: Render) -> None:
    page = Page(render(build_sample_run(), "report.html"))

    rows = {attributes["id"]: attributes for tag, attributes in page.elements if "data-word" in attributes}

    assert list(rows) == [
        *("s-3.3", "s-3.10", "s-6.3", "s-6.2", "s-3.6", "s-6.8", "s-1.1", "s-6.1"),
        *("w-W.2", "w-W.3", "w-W.1"),
    ]
    assert {row["data-word"] for row in rows.values()} == set(Outcome)
    assert [rows[anchor].get("data-cause") for anchor in ("s-3.3", "s-3.10", "w-W.2", "s-3.6")] == ["1", "3", "2", None]


def test_the_exchange_is_laid_out_where_something_broke(render: Render) -> None:
    broken = LedgerBuilder().add_scenario("1.1", make_step_row("failed")).finish()
    held = LedgerBuilder().add_scenario("1.1", make_step_row()).finish()

    assert "{\n  &#34;data&#34;: []\n}</pre>" in render(broken, "report.html")
    page = render(held, "report.html")
    assert "</pre>" not in page
    assert '<a href="./artifacts/1.1/' in page


def test_a_latency_stands_beside_that_of_the_run_before_and_the_time_to_connect(render: Render) -> None:
    run = EarlierRun(id="3f2a9c01", started_at="2026-01-01T00:00:00.000Z")
    earlier = events.EarlierRunsRecorded(runs=(run,), rows=(), latency={"listOrders": 7.25})
    alone = LedgerBuilder().add_scenario("1.1", make_step_row("failed")).finish()
    after = LedgerBuilder().add(earlier).add_scenario("1.1", make_step_row("failed")).finish()

    texts = Page(render(after, "report.html")).texts

    row = texts[texts.index("p50 in the run before") :]
    row = row[row.index("listOrders") :]
    assert row[:9] == ["listOrders", "1", "12.5", "12.5", "7.2", "12.5", "12.5", "12.5", "2.2"]
    assert any("Connected in 2.2 ms. First byte after 9.0 ms" in text for text in texts)
    assert "p50 in the run before" not in render(alone, "report.html")


def test_a_cut_body_says_so(render: Render) -> None:
    builder = LedgerBuilder()
    builder.add_scenario("1.1")
    builder.add_step("1.1", make_step_row("failed"), body='{"data": [', truncated=True)

    page = Page(render(builder.finish(), "report.html"))

    assert '{\n  "data": [' in page.texts
    assert "The body is cut here; the artifact has the rest." in page.texts


def test_a_missing_response_has_its_problem_in_words(render: Render) -> None:
    page = Page(render(build_sample_run(), "report.html"))

    assert "No response: no answer within 30 s" in page.texts


@pytest.mark.parametrize(
    "words", ["body_schema", "$.data.name", "$.data.name is null, not a string", "spec/tickets.yaml:120"]
)
def test_a_check_shows_rule_path_message_and_place(render: Render, words: str) -> None:
    assert words in Page(render(build_sample_run(), "report.html")).texts


def test_null_that_was_compared_is_shown(render: Render) -> None:
    check = make_check_row("failed", expected="x", actual=None)
    builder = LedgerBuilder().add_scenario("1.1", make_step_row("failed", checks=[check]))

    page = Page(render(builder.finish(), "report.html"))

    assert page.texts[page.texts.index("actual") + 1] == "null"


def test_what_is_errored_shows_no_two_values(render: Render) -> None:
    row = make_warehouse_row("errored", expected={"operation": "listOrders"}, actual=None, message="page 1 is missing")
    lines = LedgerBuilder([]).add(events.WarehouseCheckFinished(row=row)).finish()

    page = Page(render(lines, "report.html"))

    assert "page 1 is missing" in page.texts
    assert "expected" not in page.texts


@pytest.mark.parametrize(
    ("check", "expected", "told"),
    [("disjoint", 'none of ["a"]', []), ("equal", '["a"]', ["They differ in what was redacted."])],
)
def test_two_values_that_are_shown_alike_say_what_is_wrong(
    render: Render, check: str, expected: str, told: list[str]
) -> None:
    row = make_check_row("failed", check=check, expected=["a"], actual=["a"])

    lines = LedgerBuilder().add_scenario("1.1", make_step_row("failed", checks=[row])).finish()

    texts = Page(render(lines, "report.html")).texts
    assert texts[texts.index("expected") + 1] == expected
    assert [text for text in texts if text == "They differ in what was redacted."] == told


def test_a_missing_member_is_told_in_words_with_the_line_of_the_document(render: Render) -> None:
    actual = 'no such member, of 2: "id", "name"'
    violation = {"keyword": "required", "property": "at", "path": "$.data[*]", "place": "spec/orders.yaml:103"}
    values = {"expected": "at", "actual": actual, "location": "spec/paths.yaml:19", "violations": [violation]}
    check = make_check_row("failed", check="body_schema", **values)
    texts = Page(
        render(LedgerBuilder().add_scenario("1.1", make_step_row("failed", checks=[check])).finish(), "report.html")
    ).texts

    at = texts.index("expected", texts.index("body_schema"))
    assert texts[at : at + 8] == [
        *("expected", 'the member "at"', "actual", actual),
        *("document", "spec/orders.yaml:103", "promise", "spec/paths.yaml:19"),
    ]


def test_each_row_that_broke_has_the_command_that_looks_again(render: Render) -> None:
    builder = LedgerBuilder([{"id": "1.1[a]", "title": "A", "of": "1.1"}, {"id": "1.2", "title": "B"}])
    builder.add_scenario("1.1[a]", make_step_row(), make_step_row("failed")).add_scenario("1.2", make_step_row())
    defect = PropertyRow(id="getEvent:x:1", operation="getEvent", outcome=Outcome.FAILED)
    lines = builder.add(
        events.PropertyFinished(row=defect), events.WarehouseCheckFinished(row=make_warehouse_row("errored"))
    ).finish()
    run = fold_ledger(lines).run.id

    page = render(lines, "report.html")

    commands = re.findall(r'class="command again">.*?<pre>(.*?)</pre>', page)
    assert sorted(commands) == [
        f"contracts replay {run} getEvent:x:1",
        "contracts run &#39;1.1[a]&#39; --env sandbox",
        "contracts run W.1 --env sandbox",
    ]
    assert page.count("It needs the steps before it: the command above runs them.") == 1


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [("W.1.14", "W.1.14"), ("R.order.removed_seat", "R.<wbr>order.<wbr>removed_<wbr>seat"), ("a<b.c" * 3, "a&lt;b.")],
)
def test_a_long_identifier_ends_a_line_at_its_punctuation(identifier: str, shown: str) -> None:
    lines = LedgerBuilder([identifier]).add_scenario(identifier, make_step_row()).finish()

    assert f'<span class="id">{shown}' in fill_template(lines, "report.html.jinja")


def test_steps_whose_response_the_spec_was_not_held_against_say_so(render: Render) -> None:
    builder = LedgerBuilder().add_scenario("1.1", make_step_row(schema_checked=False))

    assert "<code>schema: false</code>" in render(builder.finish(), "report.html")


def test_an_incomplete_run_and_its_contradictions_are_shown(render: Render) -> None:
    lines = LedgerBuilder(["1.1", "1.2"]).add_scenario("1.1", make_step_row("failed"), outcome="passed").lines

    page = Page(render(lines, "report.html"))

    assert "no: the run did not finish" in page.texts
    assert "Selected, but never started: 1.2" in page.texts
    assert "1.1: the ledger says passed, its steps say failed" in page.texts


def test_a_defect_of_generated_requests_has_its_exchange(render: Render) -> None:
    exchange = ExchangeRow(
        request=SentMessage(method="GET", url="http://a.example/events/1"),
        response=ReceivedMessage(status=200, body='{"data": [{"id": null}]}'),
    )
    step = PropertyStepRow(operation="getEvent", method="GET", url="http://a.example/events/1", status=200)
    failure = PropertyFailure(steps=(step,), artifacts=("artifacts/p/1.json",))
    row = PropertyRow(
        id="getEvent:x:1",
        operation="getEvent",
        outcome=Outcome.FAILED,
        reason="$.data[0].id is null, not an integer",
        failure=failure,
    )
    kept = events.PropertyExchange(operation="getEvent", case="x", exchange=exchange, artifact="artifacts/p/1.json")

    page = render(LedgerBuilder([]).add(kept, events.PropertyFinished(row=row)).finish(), "report.html")

    assert "<mark>&#34;id&#34;</mark>: <mark>null</mark>" in page
    assert '<a href="./artifacts/p/1.json">' in page


def test_rows_of_the_warehouse_that_differ_stand_in_a_table(render: Render) -> None:
    actual = {"items": 3, "sample": {"revenue": [{"key": "7", "api": "14", "table": "1400"}], "missing": ["8"]}}
    row = make_warehouse_row("failed", id="W.1", check="reconcile", actual=actual)
    lines = LedgerBuilder([]).add(events.WarehouseCheckFinished(row=row)).finish()

    page = render(lines, "report.html")

    assert "<caption>revenue</caption>" in page
    assert "<td><code>7</code></td><td><code>14</code></td><td><code>1400</code></td>" in page


def _hash(text: str, tag: str) -> str:
    match = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
    assert match
    return f"'sha256-{base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode()}'"
