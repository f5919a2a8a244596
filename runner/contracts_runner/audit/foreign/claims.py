"""The figures that a foreign report states in its sentences."""

import re
from collections.abc import Iterator, Mapping, Sequence

from contracts_runner.dataclass import dataclass

_NUMBER = r"(?P<number>\d{1,12}(?:\.\d{1,6})?)"
_TEST = r"(?:tests?|test cases?|scenarios?|checks?)"
_OF = r"(?: ?\([^)]*\))?"
_MEAN = r"\b(?:average|mean|avg\.?)(?: response)? (?:latency|time|duration)"
_UNIT = r"\s*(?P<unit>ms|s)\b"
# What is claimed -> the forms in which it is. The first form that fits a line gives its figure.
_FORMS: Mapping[str, Sequence[str]] = {
    "artifacts": (
        rf"\b(?:total )?arti?e?facts?(?: generated| collected| saved| total)?{_OF}\s*[:=]\s*{_NUMBER}\b",
        rf"\b(?:all )?{_NUMBER} (?:test |response )?arti?e?facts\b",
    ),
    "successful tests": (
        rf"\b(?:successful|successes|passed|passing)(?: {_TEST})?{_OF}\s*[:=]\s*{_NUMBER}\b(?!\s*%)",
        rf"\b(?:{_TEST} )?(?:passed|successful){_OF}\s*[:=]\s*{_NUMBER}\b(?!\s*%)",
        rf"\b{_NUMBER} (?:{_TEST} )?(?:passed|successful|succeeded)\b",
    ),
    "failed tests": (
        rf"\b(?:failed|failures|failing)(?: {_TEST})?{_OF}\s*[:=]\s*{_NUMBER}\b(?!\s*%)",
        rf"\b{_TEST} failed{_OF}\s*[:=]\s*{_NUMBER}\b(?!\s*%)",
        rf"\b{_NUMBER} (?:{_TEST} )?failed\b",
    ),
    "responses with status": (rf"\b(?P<status>[1-5]\d\d) (?:errors?|responses?|statuses){_OF}\s*[:=]\s*{_NUMBER}\b",),
    "tests": (
        rf"\btotal(?: number of)? {_TEST}(?: executed| run| performed)?{_OF}\s*[:=]\s*{_NUMBER}\b",
        rf"\b{_TEST} (?:executed|run|performed|total){_OF}\s*[:=]\s*{_NUMBER}\b",
        rf"\ball {_NUMBER} (?:\w+ ){{0,2}}{_TEST}\b(?! arti?e?facts?| files?)",
        rf"\b{_NUMBER} (?:\w+ ){{0,2}}{_TEST} (?:have been |were |was )?(?:executed|run|performed)\b",
    ),
    "success rate (%)": (rf"\b(?:success|pass) rate{_OF}\s*[:=]\s*{_NUMBER}\s*%",),
    "average latency (ms)": (
        rf"{_MEAN}{_OF}\s*[:=]\s*{_NUMBER}{_UNIT}",
        rf"{_MEAN} (?:of|is|was) {_NUMBER}{_UNIT}",
    ),
    "median latency (ms)": (
        rf"\b(?:median|p50)(?: response)? (?:latency|time|duration){_OF}\s*[:=]\s*{_NUMBER}{_UNIT}",
    ),
    "lowest latency (ms)": (rf"\b(?:min(?:imum)?|lowest|fastest)(?: \w+)?{_OF}\s*[:=]\s*{_NUMBER}{_UNIT}",),
    "highest latency (ms)": (rf"\b(?:max(?:imum)?|highest|slowest)(?: \w+)?{_OF}\s*[:=]\s*{_NUMBER}{_UNIT}",),
}
_COMPILED = {what: [re.compile(form, re.IGNORECASE) for form in forms] for what, forms in _FORMS.items()}
_FILES = re.compile(rf"(?P<pattern>[\w./-]*\*[\w./*-]*)`? \({_NUMBER} files?\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A stated figure. `digits` is how many decimals are printed; `detail` a status or a pattern of file names."""

    what: str
    number: float
    digits: int
    line: int
    detail: str = ""

    @property
    def printed(self) -> int | float:
        """The number as the report prints it."""
        return self.number if self.digits else int(self.number)


def iter_claims(number: int, line: str) -> Iterator[Claim]:
    """Yield the claims of a line: at most one of each kind."""
    text = line.replace("**", "").replace("`", "")
    files = _FILES.search(text)
    if files:
        yield _build("files of artifacts", files, number, files["pattern"])
        return
    for what, patterns in _COMPILED.items():
        match = next(filter(None, (pattern.search(text) for pattern in patterns)), None)
        if match:
            yield _build(what, match, number, match.groupdict().get("status") or "")


def _build(what: str, match: re.Match[str], line: int, detail: str) -> Claim:
    text = match["number"]
    is_seconds = (match.groupdict().get("unit") or "").lower() == "s"
    digits = max(len(text.partition(".")[2]) - (3 if is_seconds else 0), 0)
    value = float(text) * (1000 if is_seconds else 1)
    return Claim(what=what, number=value, digits=digits, line=line, detail=detail)
