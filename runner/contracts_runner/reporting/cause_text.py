"""The causes of a run in the terminal: what is wrong, in how many rows, and one of them with its two values, its line,
and the command that sends its request again."""

from collections import Counter
from collections.abc import Mapping, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.model.phase import Phase
from contracts_runner.model.scenario_draft import list_guesses
from contracts_runner.reporting.apart import list_first
from contracts_runner.reporting.cause_views import CauseView, CauseViews
from contracts_runner.reporting.commands import list_credentials, render_next
from contracts_runner.reporting.phrases import Phrases
from contracts_runner.reporting.samples import list_samples
from contracts_runner.reporting.terminal import (
    Screen,
    Text,
    choose_style,
    print_indented,
    print_text,
    print_whole,
    render_word,
)
from contracts_runner.reporting.text import flatten, render_literals, render_short_literal, shorten
from contracts_runner.results.results import CauseExample, CauseRow, Results
from contracts_runner.results.rows import CheckRow, ExchangeRow, PropertyRow, ScenarioRow, StepRow, WarehouseRow

# So many are shown with an example, and so many more by their title alone; with -v all are shown.
_SHOWN, _TITLED = 10, 10
_IDS, _PLACES, _CHECKS, _TITLE = 5, 3, 3, 200
# A longer value of a warehouse check is no value that a person reads.
_WORDY = 100
_INDENT, _DEEPER = 4, 6


class BrokenRows:
    """The rows of a run that are broken, by their id."""

    def __init__(self, results: Results) -> None:
        self.scenarios = {row.id: row for row in results.scenarios if row.outcome.traits.is_broken}
        self.properties = {row.id: row for row in results.properties if row.outcome.traits.is_broken}
        self.checks = {row.id: row for row in results.warehouse.checks if row.outcome.traits.is_broken}

    def find_phase(self, identifier: str) -> Phase | None:
        """Return the phase of a row, None for what is no row."""
        if identifier in self.scenarios:
            return Phase.SCENARIOS
        if identifier in self.properties:
            return Phase.PROPERTIES
        return Phase.WAREHOUSE if identifier in self.checks else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CausePrinter:
    """Prints the causes of `results`, whose broken rows are `rows`. `exchanges`: artifact -> what was recorded in it,
    of the examples at least; `run` is the run as a command names it."""

    console: Screen
    results: Results
    rows: BrokenRows
    exchanges: Mapping[str, ExchangeRow]
    run: str
    phrases: Phrases
    is_verbose: bool = False

    def print(self) -> None:
        """Print all: the first ones with their example."""
        phrases = self.phrases
        views = CauseViews(self.results, phrases, self.exchanges)
        causes = views.all
        shown = len(causes) if self.is_verbose else _SHOWN
        for cause in causes[:shown]:
            self._print_cause(cause, views.advise(cause.row))
        self._print_variables(causes[:shown])
        rest = causes[shown:]
        for cause in rest[:_TITLED]:
            self._print_title(cause)
        if len(rest) > _TITLED:
            more = len(rest) - _TITLED
            print_text(self.console, Text(phrases("further causes, in the report: %(number)s", number=more)))

    def _print_cause(self, view: CauseView, advice: str) -> None:
        phrases, cause = self.phrases, view.row
        self._print_title(view)
        if places := list_first(cause.places, _PLACES, phrases):
            print_indented(self.console, phrases("at %(places)s", places=places), _INDENT)
        example = cause.example
        match cause.phase:
            case Phase.SCENARIOS if scenario := self.rows.scenarios.get(example.id):
                self._print_scenario(view, scenario)
            case Phase.PROPERTIES if row := self.rows.properties.get(example.id):
                self._print_property(view, row)
            case Phase.WAREHOUSE if check := self.rows.checks.get(example.id):
                self._print_check(view, check)
            case _:
                self._print_message(example.id, example.message)
                self._print_lines(example.location)
        if advice:
            print_indented(self.console, advice, _DEEPER)
        if view.again and cause.phase is not Phase.PROPERTIES:
            width = max(len(phrases("expected")), len(phrases("actual")))
            word = phrases("again").ljust(width)
            if not view.is_all_again:
                word += f" ({phrases('one of %(rows)s', rows=len(cause.ids))})"
            print_whole(self.console, Text(f"{' ' * _DEEPER}{word} {flatten(view.again)}"))
        if view.passed:
            print_indented(self.console, view.passed, _DEEPER)

    def _print_variables(self, causes: Sequence[CauseView]) -> None:
        """Print which variables the commands above read."""
        sent = (self.exchanges[cause.row.example.artifact or ""] for cause in causes if cause.command)
        if names := dict.fromkeys(f"${name}" for exchange in sent for name in list_credentials(exchange)):
            phrases = self.phrases
            told = phrases("curl takes credentials from variables; set first: %(names)s", names=", ".join(names))
            print_text(self.console, Text(flatten(told)))

    def _print_title(self, view: CauseView) -> None:
        phrases, cause = self.phrases, view.row
        row = Text(render_word(cause.outcome, phrases), style=choose_style(cause.outcome))
        row.append(f"  {shorten(flatten(cause.title), _TITLE)}", style="not dim bold")
        blocked = phrases("%(number)s blocked by it", number=cause.blocked) if cause.blocked else ""
        rows = f"{self._count(cause)}: {list_first(cause.ids, _IDS, phrases)}"
        before = {row.id for row in self.results.baseline.rows} if self.results.baseline else set()
        number = len(before.intersection(cause.ids))
        baseline = phrases("%(number)s as in the baseline", number=number) if number else ""
        told = "; ".join(filter(None, (rows, view.since, baseline, blocked)))
        row.append(f"  ({flatten(told)})", style="not bold default")
        print_text(self.console, row)

    def _count(self, cause: CauseRow) -> str:
        """Return how many rows there are of each phase, as in "3 scenarios, 1 warehouse check"."""
        phrases, found = self.phrases, Counter(map(self.rows.find_phase, cause.ids))
        return ", ".join(phrases.count(found[phase], phase.noun) for phase in Phase if found[phase]) or phrases(
            "the run"
        )

    def _print_scenario(self, view: CauseView, scenario: ScenarioRow) -> None:
        example = view.row.example
        step = next((step for step in scenario.steps if step.number == example.step), None)
        phrases, steps = self.phrases, len(scenario.steps)
        name = f"{scenario.id} {scenario.title}" + (f", {step.name}" if step else "")
        if step and steps > 1:
            name += f" ({phrases('step %(number)s of %(steps)s', number=step.number, steps=steps)})"
        at = _name_check(example)
        # It begins with the place as a rule: that stands before it already.
        message = example.message.removeprefix(f"{example.path}: ").removeprefix(f"{example.path} ")
        self._print_message(name, ": ".join(filter(None, (at, message))))
        self._print_values(example)
        if step and (others := self._list_others(scenario, step)):
            told = phrases(
                "and %(number)s more of this answer: %(checks)s",
                number=len(others),
                checks=list_first(others, _CHECKS, phrases),
            )
            print_indented(self.console, told, _DEEPER)
        # What the scenario says beyond its checks: that state was left behind, why a step was not sent again.
        if scenario.reason not in {"", *(check.message for each in scenario.steps for check in each.checks)}:
            print_indented(self.console, scenario.reason, _DEEPER)
        self._print_lines(example.location, scenario.location)
        if guesses := list_guesses(scenario.tags):
            told = phrases(
                "guessed: %(tags)s; if that is why, write a value that the service has into the contract, and take the "
                "tag away",
                tags=", ".join(guesses),
            )
            print_indented(self.console, told, _DEEPER)
        self._print_whole(view.command, scenario.id, is_sent=(example.artifact or "") in self.exchanges)

    def _list_others(self, scenario: ScenarioRow, step: StepRow) -> list[str]:
        """Return the broken checks of a step that no cause has as its example."""
        shown = {(each.id, each.step, each.check, each.path) for each in (row.example for row in self.results.causes)}
        broken = (check for check in step.checks if check.outcome.traits.is_broken)
        others = (check for check in broken if (scenario.id, step.number, check.check, check.path) not in shown)
        return [_name_check(check) for check in others]

    def _print_property(self, view: CauseView, row: PropertyRow) -> None:
        self._print_message(row.id, view.row.example.message)
        self._print_whole(view.command, row.id, is_sent=row.failure is not None)

    def _print_check(self, view: CauseView, check: WarehouseRow) -> None:
        example = view.row.example
        self._print_message(f"{check.id} {check.place} {check.check}", example.message)
        samples = list_samples(check.actual)
        for line in samples:
            print_indented(self.console, line, _DEEPER)
        # What is long is told by the message in words.
        if not samples and max(len(render_short_literal(each)) for each in (check.expected, check.actual)) <= _WORDY:
            self._print_values(example)
        self._print_lines(example.location)
        self._print_whole(view.command, check.id, is_sent=False)

    def _print_message(self, name: str, message: str) -> None:
        print_indented(self.console, ": ".join(filter(None, (name, message))), _INDENT)

    def _print_values(self, example: CauseExample) -> None:
        phrases = self.phrases
        if example.expected is None and example.actual is None:
            return
        expected, actual = render_literals(example)
        words = [phrases("expected"), phrases("actual")]
        width = max(map(len, words))
        for word, value in zip(words, (expected, actual), strict=True):
            print_text(self.console, Text(f"{' ' * _DEEPER}{word:<{width}} {value}"))

    def _print_lines(self, *locations: str | None) -> None:
        told = [*reversed({each.rpartition(":")[0]: each for each in reversed(locations) if each}.values())]
        if len(told) > 1:
            phrases = self.phrases
            told = [phrases("%(place)s in the scenario at %(scenario)s", place=told[0], scenario=told[1])]
        if told:
            print_indented(self.console, ", ".join(told), _DEEPER, style="dim")

    def _print_whole(self, command: str, identifier: str, *, is_sent: bool) -> None:
        if not command:
            command = flatten(render_next(self.results.run, "replay", self.run, identifier)) if is_sent else ""
        if command:
            print_whole(self.console, Text(" " * _DEEPER + command))


def _name_check(check: CheckRow | CauseExample) -> str:
    return f"{check.check} at {check.path}" if check.path else str(check.check)
