"""The reports, rendered again from the ledger and compared with what was written, byte for byte.

A difference is a violation only where the tool must have written something else: by the same version, with the
templates whose hashes the run's ledger names. A project's own templates are such templates too. Otherwise a difference
proves nothing, and a note has the reason.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contracts_runner.audit.files import RunFiles, UnreadableError, hash_file, read_beginning
from contracts_runner.audit.tally import Row
from contracts_runner.audit.violation import Violation, count_equal, focus
from contracts_runner.model.json import Json

# How much of a report is read beyond the length that it must have.
_EXCESS = 1 << 16


@dataclass(frozen=True, slots=True)
class Rendering:
    """The reports as one set of templates makes them: `render` takes the name of a report, and raises FileNotFoundError
    if a template is not at hand. `is_named`: the run names these templates."""

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
    """What the audit takes from the tool that it audits: its version, its fold of a ledger's lines, and its `reports`
    beside results.json: the name of the file, and whether a template makes it."""

    version: str
    reports: Mapping[str, bool]
    fold: Callable[[Sequence[Row]], Folded]


@dataclass(slots=True)
class Comparison:
    """`pending` are the reports of `files` that equal no rendering so far, `expected` what they must be, where that is
    known; `problems` why it is not, `notes` which report holds in spite of other templates, `errors` what cannot be
    read or rendered."""

    files: RunFiles
    is_same_version: bool
    reports: Mapping[str, bool]
    pending: set[str] = field(default_factory=set)
    expected: dict[str, bytes] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    errors: list[Violation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _has_named: bool = False

    def compare(self, rendering: Rendering) -> None:
        """Compare what is pending with one more rendering."""
        self._has_named |= rendering.is_named
        for name in sorted(self.pending):
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
                    self.pending.remove(name)
                    self.errors.append(Violation("rendering", "a report", problem, name))
                else:
                    self.problems.setdefault(name, problem)

    def iter_violations(self, known: Sequence[Violation]) -> Iterator[Violation]:
        """Yield each line that differs, but for those that `known` violations name already."""
        yield from self.errors
        places = {(violation.file, violation.line) for violation in known}
        for name in sorted(self.pending & self.expected.keys()):
            expected = self.expected[name]
            # Of a file that is far longer the beginning shows that it differs.
            printed = read_beginning(self.files, name, len(expected) + _EXCESS)
            for violation in _compare_lines(printed, expected, name):
                if (name, violation.line) not in places:
                    yield violation

    def find_unproven(self) -> dict[str, str]:
        """Return the reports whose text is compared with nothing, each with the reason."""
        names = sorted(self.pending - self.expected.keys())
        return {name: self.problems.get(name, "the ledger cannot be rendered") for name in names}

    def _compare(self, name: str, rendered: bytes, *, is_named: bool, is_binding: bool) -> None:
        if rendered == read_beginning(self.files, name, len(rendered) + 1):
            self.pending.remove(name)
            if self._has_named and not is_named:
                self.notes.append(f"{name} was made with other templates than the run names")
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
    comparison = Comparison(files, is_same_version, reports)
    for name in reports:
        try:
            if name in files.names:
                hash_file(files, name)  # every byte of it can be read
                comparison.pending.add(name)
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
    ours, theirs = _split(printed), _split(rendered)
    begin = count_equal(ours, theirs)
    end = count_equal(ours[begin:][::-1], theirs[begin:][::-1])
    ours, theirs = ours[begin : len(ours) - end], theirs[begin : len(theirs) - end]
    if len(ours) != len(theirs):
        ours, theirs = ["\n".join(ours)], ["\n".join(theirs)]
    for line, (left, right) in enumerate(zip(ours, theirs, strict=True), start=begin + 1):
        if left != right:
            left, right = focus(left, right)
            yield Violation("text", left, right, file, line=line)


def _split(content: bytes) -> list[str]:
    # Different bytes stay different texts.
    return content.decode("utf-8", "surrogateescape").split("\n")
