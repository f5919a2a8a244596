"""The reports, rendered again from the ledger and compared with what was written, byte for byte.

A report must be what the same version makes with some templates at hand: those whose hashes the run's ledger names, the
ones that ship with the tool, or the project's own. Where the named ones are at hand the lines that differ are
violations, else the report as a whole is: nothing shows that it was made from the ledger. Of a run of another version a
difference proves nothing, and a note has the reason.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from contracts_runner.audit.files import RunFiles, UnreadableError, read_file
from contracts_runner.audit.tally import Row
from contracts_runner.audit.violation import Violation, focus
from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json

# Bytes in which a difference is looked for, to be shown.
_MOST_SHOWN = 100_000
_UNPROVEN = "a text that no templates at hand make"


@dataclass(frozen=True, slots=True)
class Rendering:
    """The reports as one set of templates makes them: `render` takes the name of a report, and raises FileNotFoundError
    if a template is not at hand. `is_named`: the run names these templates, and this language."""

    is_named: bool
    render: Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Folded:
    """What the tool makes of a ledger: `results` in the form of results.json, and `render`, which takes the templates
    that the run names (name -> SHA-256, None if it names none) and yields a rendering by these, then by the others that
    are there."""

    results: Mapping[str, Json]
    render: Callable[[Mapping[str, str] | None], Iterator[Rendering]]


@dataclass(frozen=True, slots=True)
class Tool:
    """What the audit takes from the tool that it audits: its version, the files of its report `formats` and which of
    them are `templated`, and its fold of a ledger's lines and the hash of the last of them."""

    version: str
    formats: Mapping[str, Sequence[str]]
    templated: Sequence[str]
    fold: Callable[[Sequence[Row], str], Folded]

    @property
    def reports(self) -> dict[str, bool]:
        """The files beside results.json: name -> whether a template makes it."""
        return {name: name in self.templated for names in self.formats.values() for name in names}


@dataclass(slots=True)
class Comparison:
    """`pending` are the reports that equal no rendering so far, `expected` what they must be, where that is known;
    `problems` why it is not, `notes` which report holds in spite of other templates, `errors` what cannot be read or
    rendered."""

    is_same_version: bool
    reports: Mapping[str, bool]
    pending: dict[str, bytes] = field(default_factory=dict)
    expected: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    errors: list[Violation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _has_named: bool = False
    _is_begun: bool = False

    def compare(self, rendering: Rendering) -> None:
        """Compare what is pending with one more rendering."""
        self._is_begun = True
        self._has_named |= rendering.is_named
        for name in list(self.pending):
            # Whether the tool must have written this very rendering.
            is_binding = self.is_same_version and (rendering.is_named or not self.reports[name])
            try:
                self._compare(name, rendering.render(name), is_named=rendering.is_named, is_binding=is_binding)
            except FileNotFoundError as error:
                self.problems.setdefault(name, str(error))
            except Exception as error:
                # The code under audit meets lines that no run writes: whatever it raises, the audit goes on.
                problem = f"{type(error).__name__}: {error}"
                if is_binding:
                    del self.pending[name]
                    self.errors.append(Violation("rendering", "a report", problem, name))
                else:
                    self.problems.setdefault(name, problem)

    def iter_violations(self, known: Sequence[Violation]) -> Iterator[Violation]:
        """Yield each line that differs, but for those that `known` violations name already."""
        yield from self.errors
        places = {(violation.file, violation.line) for violation in known}
        for name in sorted(self.pending.keys() & self.expected.keys()):
            for violation in _compare_lines(self.pending[name], self.expected[name], name):
                if (name, violation.line) not in places:
                    yield violation
        if self.is_same_version and self._is_begun:
            for name, reason in self._find_unproven().items():
                yield Violation("report", _UNPROVEN, f"{reason}; --project names the project that has them", name)

    def list_unproven(self) -> dict[str, str]:
        """Return the reports whose text proves nothing and refutes nothing, each with the reason."""
        return {} if self.is_same_version and self._is_begun else self._find_unproven()

    def _find_unproven(self) -> dict[str, str]:
        names = sorted(self.pending.keys() - self.expected.keys())
        return {name: self.problems.get(name, "the ledger cannot be rendered") for name in names}

    def _compare(self, name: str, rendered: bytes, *, is_named: bool, is_binding: bool) -> None:
        if rendered == self.pending[name]:
            del self.pending[name]
            if self._has_named and not is_named:
                self.notes.append(f"{name} was made with other templates than the run names, or in another language")
        elif is_binding:
            self.expected.setdefault(name, rendered)
        elif self.is_same_version:
            self.problems.setdefault(name, "the run does not name its templates")
        else:
            self.problems.setdefault(name, "this version writes it differently")


def compare_renderings(
    files: RunFiles, renderings: Iterable[Rendering], reports: Mapping[str, bool], *, is_same_version: bool
) -> Comparison:
    """Compare each report that is there with its renderings, until one of them is equal."""
    comparison = Comparison(is_same_version, reports)
    for name in reports:
        try:
            if name in files.names:
                comparison.pending[name] = read_file(files, name)
        except UnreadableError as error:
            comparison.errors.append(Violation(name, str(error), "a report", name))
    for rendering in renderings:
        comparison.compare(rendering)
        if not comparison.pending:
            break
    return comparison


def _compare_lines(printed: bytes, rendered: bytes, file: str) -> Iterator[Violation]:
    """Yield the lines that differ. Between the common beginning and the common end one line is compared with one; where
    lines were added or removed, the first difference is named for all."""
    begin = printed.rfind(b"\n", 0, _count_common(printed, rendered)) + 1
    line = printed.count(b"\n", 0, begin) + 1
    left, right = printed[begin:], rendered[begin:]
    # The common end begins with a line end, if it has one.
    common = left[len(left) - _count_common(left[::-1], right[::-1]) :]
    end = len(common) - common.find(b"\n") if b"\n" in common else 0
    left, right = left[: len(left) - end], right[: len(right) - end]
    if left.count(b"\n") != right.count(b"\n"):
        yield Violation("text", *focus(_decode(left[:_MOST_SHOWN]), _decode(right[:_MOST_SHOWN])), file, line=line)
        return
    for number, (ours, theirs) in enumerate(zip(left.split(b"\n"), right.split(b"\n"), strict=True), start=line):
        if ours != theirs:
            ours, theirs = ours[:_MOST_SHOWN], theirs[:_MOST_SHOWN]
            yield Violation("text", *focus(_decode(ours), _decode(theirs)), file, line=number)


def _count_common(left: bytes, right: bytes) -> int:
    """Return how many of the first bytes are equal."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if left[low:middle] == right[low:middle] else (low, middle - 1)
    return low


def _decode(content: bytes) -> str:
    # Different bytes stay different texts.
    return content.decode("utf-8", "surrogateescape")
