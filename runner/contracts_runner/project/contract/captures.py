"""The form of `capture:` of a step (docs/design.md, Answers)."""

from collections.abc import Mapping

from contracts_runner.model.contract import Capture, CaptureSource, Take
from contracts_runner.project.contract.content_forms import HEADER_NAME, NAMESPACES, read_xpath
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.forms import Value
from contracts_runner.reading.group_patterns import parse_group_pattern
from contracts_runner.reading.readers import IDENTIFIER, TEXT, Names, either, mapping, parsed
from contracts_runner.reading.value_readers import JSONPATH

_WORDS = [take.value for take in Take]
_SOURCES = [source.value for source in CaptureSource]


def _read_take(value: Value) -> Take | int | None:
    if isinstance(value.value, int) and not isinstance(value.value, bool):
        return value.value
    if not isinstance(value.value, str):
        value.report(f"'take' is a whole number, or one of {', '.join(_WORDS)}")
        return None
    word = value.read_choice(_WORDS)
    return Take(word) if word in _WORDS else None


_TAKE: Reader[Take | int] = Reader(
    _read_take,
    {"if": {"type": "string"}, "then": {"enum": _WORDS}, "else": {"type": "integer"}},
    f"{' | '.join(f'`{word}`' for word in _WORDS)}, or a whole number",
)


class CaptureForm(
    Form,
    rules={
        "oneOf": [{"required": [source]} for source in _SOURCES],
        "dependentRequired": {"namespaces": ["xml"]},
    },
):
    """Where a value is taken from; it has one of the keys path, header, cookie, text and xml."""

    noun = "a capture"
    path = Key(JSONPATH, "A JSONPath in the body.", example="$.items[*].id")
    take_ = Key(
        _TAKE,
        "Which of the matches, of the fields of a header, of the times that a cookie is set: with `only` there is one; "
        "0 is the first, -1 the last.",
        example="first",
    )
    header = Key(HEADER_NAME, "The text of a header.", example="Location")
    cookie = Key(TEXT, "The value of a cookie that the answer sets.", example="sid")
    text = Key(
        parsed(parse_group_pattern, "regular expression with one group", r"\(", "write (…) around what is wanted"),
        "The one group of a regular expression, where it is first found in the text of the body.",
        example='"code=([a-z]+)"',
    )
    xml = Key(TEXT, "An XPath 1.0 in a body of XML: the text of its first node.", example="/rss/channel/title")
    namespaces = Key(NAMESPACES, "Prefix -> URI, beside those of `expect`.", example="{a: http://www.w3.org/2005/Atom}")

    def build(self, name: str, namespaces: Mapping[str, str]) -> Capture | None:
        """Return the capture; mistakes are reported. `namespaces` are those of the step's expectation."""
        given = [source for source in CaptureSource if self.keys[source] in self]
        if len(given) != 1:
            self.place.report("a capture is taken from one place", f"write one of {', '.join(_SOURCES)}")
            return None
        [source] = given
        if CaptureForm.namespaces in self and source is not CaptureSource.XML:
            self.at(CaptureForm.namespaces).report("'namespaces' is for 'xml' alone")
        known = {**namespaces, **(self.namespaces or {})}
        found = self.find(self.keys[source]) or ""
        if found and source is CaptureSource.XML:
            read_xpath(self.at(CaptureForm.xml), found, known)
        return Capture(
            name=name, source=source, path=found, take=self.take_, namespaces=known, location=self.place.location
        )


_CAPTURE: Reader[CaptureForm | str] = either("object", CaptureForm.reader(), JSONPATH)  # type: ignore[arg-type]  # inferred from the whole
CAPTURES = mapping(
    _CAPTURE,
    Names("a capture", str.isidentifier, "use letters, digits and _", IDENTIFIER),
)


def build_captures(
    found: Mapping[str, CaptureForm | str], place: Value, namespaces: Mapping[str, str]
) -> tuple[Capture, ...]:
    """Return the captures of a step, those of the wrong form too as far as their names are known."""
    captures = []
    for name, entry in place.read_entries().items():
        read = found.get(name, "")
        built = read.build(name, namespaces) if isinstance(read, CaptureForm) else None
        path = read if isinstance(read, str) else ""
        captures.append(built or Capture(name=name, path=path, location=entry.location))
    return tuple(captures)
