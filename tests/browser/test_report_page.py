"""report.html in a real browser: what a reader can do with it, and what a response cannot."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from helpers.ledger_builder import LedgerBuilder, make_check_row, make_step_row
from helpers.rendering import write_reports
from helpers.sample_run import HOSTILE

OpenPage = Callable[..., Page]

# What did not pass, the worst of each phase first.
OPEN_ROWS = ["3.3", "3.10", "6.3", "6.2", "3.6", "6.8", "W.2", "W.3"]


def test_the_verdict_is_visible(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("failed")
    expect(page.locator("#verdict .clause").first).to_have_text(
        "1 failed, 1 errored, 1 blocked, 1 fixed, 1 known, 1 skipped of 8 scenarios"
    )


def test_a_simulated_run_says_so_above_everything(page: Page) -> None:
    assert page.locator("body").inner_text().startswith("sandbox run: says nothing about production")


def test_pressing_an_outcome_shows_its_rows_of_all_phases(page: Page) -> None:
    _toggle(page, "failed").click()

    assert _read_ids(page) == ["3.3", "W.2"]
    expect(_toggle(page, "failed")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#found")).to_have_text("2 of 11 rows shown")


def test_two_outcomes_show_both_and_pressing_again_shows_all(page: Page) -> None:
    _toggle(page, "failed").click()
    _toggle(page, "known").click()
    assert _read_ids(page) == ["3.3", "3.6", "W.2"]

    _toggle(page, "failed").click()
    _toggle(page, "known").click()

    assert _read_ids(page) == OPEN_ROWS


def test_what_failed_comes_first_and_what_passed_is_folded(page: Page) -> None:
    assert _read_ids(page) == OPEN_ROWS

    page.get_by_text("passed: 2").click()

    assert _read_ids(page) == [*OPEN_ROWS[:6], "1.1", "6.1", *OPEN_ROWS[6:]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("мероприятие", ["3.10"]),
        ("GETEVENT", ["3.3", "3.10"]),
        ("3.3 null", ["3.3"]),
        ("system.columns", ["W.2", "W.3", "W.1"]),
        ("addTicket", ["6.3", "6.2", "6.8", "6.1"]),
        ("nothing like it", []),
    ],
)
def test_text_filters_the_rows_of_all_phases_by_all_that_they_say(page: Page, words: str, expected: list[str]) -> None:
    page.get_by_label("Search in all rows").fill(words)

    assert _read_ids(page) == expected


@pytest.mark.parametrize(
    ("label", "option", "expected"),
    [
        ("Tag", "seats", ["3.6"]),
        ("Phase", "warehouse", ["W.2", "W.3", "W.1"]),
        ("Contract", "partners", ["6.3", "6.2", "6.8", "6.1"]),
    ],
)
def test_a_tag_a_phase_and_a_contract_filter(page: Page, label: str, option: str, expected: list[str]) -> None:
    page.get_by_label(label, exact=True).select_option(option)

    assert _read_ids(page) == expected


def test_what_a_filter_unfolded_is_folded_again(page: Page) -> None:
    page.get_by_label("Search in all rows").fill("1.1")
    assert "1.1" in _read_ids(page)

    page.get_by_label("Search in all rows").fill("nothing like it")
    expect(page.locator("#found")).to_have_text("no row matches")

    page.get_by_label("Search in all rows").fill("")

    assert _read_ids(page) == OPEN_ROWS


def test_what_broke_is_printed_whole_and_all_else_as_it_is_closed(page: Page) -> None:
    expect(page.locator("#open")).to_have_text("Open all")
    page.locator("#open").click()
    expect(page.locator("#open")).to_have_text("Close all")
    page.emulate_media(media="print")

    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    expect(_find(page, "3.3").locator(".compare")).to_be_visible()
    expect(_find(page, "3.3").get_by_label("Command")).to_be_visible()
    broken = page.locator(".row[open]").evaluate_all("rows => rows.map((row) => row.id)")
    assert broken == ["s-3.3", "s-3.10", "w-W.2"]
    expect(page.locator("#rows")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".row[open]")).to_have_count(11)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("id", ["3.3", "3.6", "3.10", "6.2", "6.3", "6.8", "1.1", "6.1"]),
        ("latency", ["3.3", "6.2", "3.6", "3.10", "6.3", "6.8", "6.1", "1.1"]),
        ("", ["3.3", "3.10", "6.3", "6.2", "3.6", "6.8", "1.1", "6.1"]),
    ],
)
def test_rows_can_be_sorted(page: Page, order: str, expected: list[str]) -> None:
    page.get_by_label("Order").select_option("duration")
    page.get_by_text("passed: 2").click()

    page.get_by_label("Order").select_option(order)

    assert _read_ids(page)[: len(expected)] == expected


def test_the_address_keeps_what_was_chosen(page: Page, open_page: OpenPage, report: Path) -> None:
    _toggle(page, "failed").click()
    page.get_by_label("Search in all rows").fill("string & more")
    page.get_by_label("Search in all rows").fill("string")
    page.get_by_label("Order").select_option("id")
    _find(page, "W.2").locator("summary").first.click()
    _find(page, "W.2").get_by_text("Link to this row").click()

    assert page.url == f"{report.as_uri()}#?show=failed&order=id&q=string&at=w-W.2"
    other = open_page(page.url)
    assert _read_ids(other) == ["3.3", "W.2"]
    expect(_find(other, "W.2")).to_have_attribute("open", "")


@pytest.mark.parametrize("fragment", ["%E0%A4%A", "?show=nothing&cause=99&at=%", "nowhere"])
def test_an_address_that_leads_nowhere_shows_the_page(
    open_page: OpenPage, report: Path, complaints: list[str], fragment: str
) -> None:
    page = open_page(f"{report.as_uri()}#{fragment}")

    assert _read_ids(page) == OPEN_ROWS
    assert complaints == []


@pytest.mark.parametrize("identifier", ["3.3", "1.1", "W.2", "W.1"])
def test_every_row_has_an_address_that_opens_it(page: Page, open_page: OpenPage, identifier: str) -> None:
    page.locator("#open").click()
    _find(page, identifier).get_by_text("Link to this row").click()

    other = open_page(page.url)

    expect(_find(other, identifier).get_by_text("Link to this row")).to_be_visible()
    expect(other.locator(".row[open]")).to_have_count(1)


def test_keys_go_to_the_next_and_the_previous_failure(page: Page) -> None:
    seen = []
    for key in "nnnnpp":
        page.keyboard.press(key)
        seen.append(page.evaluate("document.activeElement.closest('.row').id"))

        expect(page.locator(".row[open]")).to_have_count(1)

    assert seen == ["s-3.3", "s-3.10", "w-W.2", "s-3.3", "w-W.2", "s-3.10"]


def test_a_scenario_opens_and_shows_its_checks_and_exchange(page: Page) -> None:
    scenario = _find(page, "3.3")
    expect(scenario.get_by_text("body_schema")).to_be_hidden()

    scenario.locator("summary").first.click()

    expect(scenario.get_by_text("body_schema")).to_be_visible()
    expect(scenario.get_by_text("spec/tickets.yaml:120")).to_be_visible()
    expect(scenario.locator(".compare dd")).to_have_text(['"string"', "null"])
    expect(scenario.get_by_label("Response body")).to_have_text('{\n  "data": []\n}', use_inner_text=True)


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("3.10")
    expect(page.get_by_label("Search in all rows")).to_be_focused()

    _find(page, "3.10").locator("summary").first.focus()
    page.keyboard.press("Enter")

    expect(_find(page, "3.10").get_by_text("No response: no answer within 30 s")).to_be_visible()


def test_an_address_with_a_scenario_opens_it(open_page: OpenPage, report: Path) -> None:
    page = open_page(report)

    page.goto(f"{report.as_uri()}#s-3.6")

    expect(_find(page, "3.6").get_by_text("contracts/orders.yaml:12")).to_be_visible()

    page.goto(f"{report.as_uri()}#s-W.2")

    expect(_find(page, "W.2")).to_have_attribute("open", "")
    assert page.url.endswith("#w-W.2")


def test_a_body_shows_the_place_that_a_check_names(open_page: OpenPage, tmp_path: Path) -> None:
    check = make_check_row("failed", check="body", path="$.items[60].id")
    builder = LedgerBuilder()
    builder.add_scenario("1.1")
    body = json.dumps({"items": [{"id": number} for number in range(100)]})
    builder.add_step("1.1", make_step_row("failed", checks=[check]), body=body)
    write_reports(builder.finish(), tmp_path)

    page = open_page(f"{(tmp_path / 'report.html').as_uri()}#s-1.1")

    expect(page.locator("mark")).to_have_text(['"id"', "60"])
    page.wait_for_function(
        """() => {
          const measure = (each) => document.querySelector(each).getBoundingClientRect();
          const [mark, body] = [measure("mark"), measure("pre:has(mark)")];
          return body.top < mark.top && mark.bottom < body.bottom;
        }"""
    )


def test_a_command_is_copied_as_it_stands(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _find(page, "3.3").locator("summary").first.click()

    _find(page, "3.3").get_by_role("button", name="Copy").last.click()

    expect(_find(page, "3.3").get_by_role("button", name="Copied")).to_be_visible()
    command = _find(page, "3.3").get_by_label("Command").text_content()
    assert page.evaluate("navigator.clipboard.readText()") == command
    assert str(command).startswith("curl ")
    _find(page, "3.3").get_by_role("button", name="Copy").click()
    expect(_find(page, "3.3").get_by_role("button", name="Copied")).to_have_count(2)
    assert page.evaluate("navigator.clipboard.readText()") == "contracts run 3.3 --env sandbox"


def test_a_cause_shows_its_rows_alone(open_page: OpenPage, tmp_path: Path) -> None:
    builder = LedgerBuilder(["1.1", "1.2", "1.3", "1.4"])
    for identifier in ("1.1", "1.3"):
        builder.add_scenario(identifier, make_step_row("failed", checks=[make_check_row("failed")]))
    builder.add_scenario("1.2", make_step_row("failed", checks=[make_check_row("failed", check="latency")]))
    builder.add_scenario("1.4", make_step_row())
    write_reports(builder.finish(), tmp_path)
    page = open_page(tmp_path / "report.html")

    page.get_by_role("button", name="Show its rows").click()

    assert _read_ids(page) == ["1.1", "1.3"]
    assert page.url.endswith("#?cause=1")
    expect(page.locator("#only")).to_have_text(
        "only of the cause the service answers 200 where 200 is expected: show all"
    )
    for back in ("button", "link", "Escape"):
        expect(page.get_by_role("button", name="Show all rows")).to_have_count(1)
        if back == "Escape":
            page.keyboard.press(back)
        else:
            page.get_by_role("button", name="Show all rows" if back == "button" else "show all", exact=True).click()
        assert _read_ids(page) == ["1.1", "1.2", "1.3"]
        expect(page.locator("#only")).to_be_hidden()
        page.get_by_role("button", name="Show its rows").click()
    # A row beside those that are shown.
    page.locator(".causes").get_by_role("link", name="1.2").click()
    expect(_find(page, "1.2")).to_have_attribute("open", "")
    expect(page.locator("#found")).to_have_text("4 of 4 rows shown")
    expect(page.locator("#only")).to_be_hidden()


def test_no_request_is_made_but_for_the_file(page: Page, report: Path, requests: list[str]) -> None:
    page.locator("#open").click()
    page.wait_for_load_state("networkidle")

    assert requests == [report.as_uri()]


def test_a_hostile_response_does_not_act(page: Page) -> None:
    page.locator("#open").click()

    assert page.evaluate("window.acted") is None
    assert page.locator("img").count() == 0
    expect(_find(page, "6.2").get_by_text(HOSTILE, exact=True).first).to_be_visible()


def test_markup_that_got_in_all_the_same_could_not_act(page: Page, complaints: list[str]) -> None:
    with page.expect_event("requestfailed") as failed:
        page.evaluate("markup => { document.querySelector('footer').innerHTML = markup }", HOSTILE)

    assert failed.value.failure == "csp"
    assert page.evaluate("window.acted") is None
    assert all("Content Security Policy" in complaint for complaint in complaints)


def test_the_page_has_no_complaint(page: Page, complaints: list[str]) -> None:
    page.locator("#open").click()
    page.get_by_label("Order").select_option("id")

    assert complaints == []


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(open_page: OpenPage, report: Path, width: int, scheme: str) -> None:
    page = open_page(report, viewport={"width": width, "height": 800}, color_scheme=scheme)

    page.locator("#open").click()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_names_of_any_length_stay_on_the_screen(open_page: OpenPage, tmp_path: Path) -> None:
    names = [letter * 150 for letter in "abc"]
    builder = LedgerBuilder([{"id": name, "title": name, "contract": name, "tags": [name]} for name in names])
    for name, outcome in zip(names, ("failed", "blocked", "passed"), strict=True):
        builder.add_scenario(name, make_step_row(outcome, name=name, operation=name, reason=name))
    write_reports(builder.finish(), tmp_path)
    page = open_page(tmp_path / "report.html", viewport={"width": 375, "height": 800})

    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")

    assert page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(open_page: OpenPage, report: Path, scheme: str) -> None:
    page = open_page(report, color_scheme=scheme)
    page.locator("#open").click()

    assert page.evaluate(_FIND_WEAK_CONTRAST) == []


def test_without_scripts_everything_is_there_to_read(open_page: OpenPage, report: Path) -> None:
    page = open_page(report, java_script_enabled=False)

    _find(page, "3.3").locator("summary").first.click()

    expect(_find(page, "3.3").get_by_text("body_schema")).to_be_visible()
    expect(page.locator("#tools")).to_be_hidden()
    expect(page.locator(".row")).to_have_count(11)


def _toggle(page: Page, outcome: str) -> Locator:
    return page.get_by_role("button", name=outcome)


def _find(page: Page, identifier: str) -> Locator:
    return page.locator(".row").filter(has=page.locator(f'.id:text-is("{identifier}")'))


def _read_ids(page: Page) -> list[str]:
    # Not the text as it is drawn: rows that are not on the screen are not drawn.
    found: list[str] = page.evaluate(
        """() => Array.from(document.querySelectorAll(".row"))
             .filter((row) => row.checkVisibility()).map((row) => row.querySelector(".id").textContent)"""
    )
    return found


# WCAG 2.2, 1.4.3: 4.5 to 1 for text of this size. Grounds are followed up to the page.
_FIND_WEAK_CONTRAST = """() => {
  const read = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (channel) => (channel /= 255) <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const isSolid = (color) => color.length === 3 || color[3] > 0;
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = read(getComputedStyle(at).backgroundColor);
      if (isSolid(color)) return color;
    }
    return [255, 255, 255];
  };
  const weak = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const [a, b] = [luminance(read(getComputedStyle(element).color)), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.add(`${element.className || element.tagName}: ${ratio.toFixed(2)}`);
  }
  return [...weak];
}"""
