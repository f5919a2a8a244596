"""Reads what counts in report.html: tables, the rows of scenarios and steps, facts, headings; each with its line."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from contracts_runner.audit.foreign.markdown import ReportTable, build_table

# Deeper than any page of ours; what a hostile one nests deeper is left alone, so that it costs no time.
_DEEPEST = 100
_VOID = frozenset({"meta", "input", "br", "rect", "line", "link", "img", "hr", "wbr"})


@dataclass(slots=True)
class Element:
    """An element that was looked for. `text` is all text in it."""

    tag: str
    line: int
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text, white space as one space."""
        return " ".join("".join(self.texts).split())

    @property
    def classes(self) -> list[str]:
        """The words of `class`."""
        return self.attributes.get("class", "").split()


@dataclass(slots=True)
class RowElement:
    """A row: what its attributes say, what its summary shows, and the steps of a scenario."""

    element: Element
    badge: Element | None = None
    name: str = ""
    place: str = ""
    numbers: list[Element] = field(default_factory=list)
    note: str = ""
    steps: list["StepElement"] = field(default_factory=list)


@dataclass(slots=True)
class StepElement:
    """A step's block. `badge` is its outcome, `checks` are the badges of what did not hold, `held` says how many checks
    passed, each of `unseen` how many were skipped."""

    element: Element
    badge: Element | None = None
    figures: Element | None = None
    checks: list[Element] = field(default_factory=list)
    held: str = ""
    unseen: list[str] = field(default_factory=list)


class HtmlPage(HTMLParser):
    """Collects while it is fed; `close` is never called, so that an unfinished construct at the end is left alone."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self.file = file
        self.tables: list[ReportTable] = []
        self.rows: list[RowElement] = []
        self.plain_rows: list[tuple[int, list[str]]] = []  # of tables without a header
        self.elements: dict[str, list[Element]] = {}  # h1, title, dt, dd, button, p.clause, div.sandbox
        self._stack: list[Element] = []
        self._heading = ""
        self._header: tuple[int, list[str]] | None = None
        self._rows: list[tuple[int, list[str]]] = []
        self._cells: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        if tag in _VOID or len(self._stack) >= _DEEPEST:
            return
        element = Element(tag, self.getpos()[0], {name: value or "" for name, value in attrs})
        self._stack.append(element)
        if tag == "table":
            self._header, self._rows = None, []
        elif tag == "tr":
            self._cells = []
        self._begin_row(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content holds no figure."""

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and all that were left open in it."""
        if not any(element.tag == tag for element in self._stack):
            return
        while self._stack:
            element = self._stack.pop()
            self._finish(element)
            if element.tag == tag:
                return

    def handle_data(self, data: str) -> None:
        """Give the text to every element that looks for it."""
        for element in self._stack[-4:]:
            element.texts.append(data)

    def _begin_row(self, element: Element) -> None:
        if element.tag == "details" and "row" in element.classes:
            self.rows.append(RowElement(element))
        elif element.tag == "li" and "step" in element.classes and self.rows:
            self.rows[-1].steps.append(StepElement(element))

    def _finish(self, element: Element) -> None:
        match element.tag:
            case "th" | "td":
                self._cells.append(element.text)
            case "tr":
                self._finish_row(element)
            case "table":
                self._finish_table()
            case "h2":
                self._heading = element.text
            case "span":
                self._finish_span(element)
            case "li" if self._is_in("checks") and "check" not in element.classes:
                self.rows[-1].steps[-1].unseen.append(element.text)
            case "h1" | "title" | "dt" | "dd" | "button":
                self.elements.setdefault(element.tag, []).append(element)
            case "p" | "div" if element.classes[:1] in (["clause"], ["sandbox"]):
                self.elements.setdefault(element.classes[0], []).append(element)

    def _finish_row(self, element: Element) -> None:
        if self._header is None and self._is_in("thead"):
            self._header = (element.line, self._cells)
        else:
            self._rows.append((element.line, self._cells))

    def _finish_table(self) -> None:
        if self._header is None:
            self.plain_rows += self._rows
        else:
            self.tables.append(build_table(self.file, self._heading, self._header, self._rows))

    def _finish_span(self, element: Element) -> None:
        if not self._is_in("row"):
            return
        row = self.rows[-1]
        if self._is_in("step"):
            self._finish_step(row.steps[-1], element)
        elif self._stack[-1].tag == "summary" or self._is_in("what"):
            self._finish_summary(row, element)

    def _finish_summary(self, row: RowElement, element: Element) -> None:
        match element.classes:
            case ["badge", *_] if row.badge is not None:
                # A second word beside the first would be read too.
                row.badge.texts += [" ", *element.texts]
            case ["badge", *_]:
                row.badge = element
            case ["id"]:
                row.name = element.text
            case ["mono"]:
                row.place = element.text
            case ["num", *_]:
                row.numbers.append(element)
            case ["why"]:
                row.note = element.text

    def _finish_step(self, step: StepElement, element: Element) -> None:
        if "figures" in element.classes:
            step.figures = element
        elif "held" in element.classes:
            step.held = element.text
        elif "badge" in element.classes and self._is_in("check"):
            step.checks.append(element)
        elif "badge" in element.classes:
            step.badge = element

    def _is_in(self, name: str) -> bool:
        return any(element.tag == name or name in element.classes for element in self._stack)
