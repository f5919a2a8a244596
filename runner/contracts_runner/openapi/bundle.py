"""One self-contained OpenAPI document, and the place from which each line of it came."""

from collections.abc import Mapping
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule, Severity, SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, find_value, parse_pointer, render_fragment, step_into
from contracts_runner.openapi.document_places import DOCUMENTS, Places
from contracts_runner.openapi.object_kinds import is_reference


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bundle:
    """An OpenAPI document whose references all begin with `#/`.

    External files are under `x-documents`, keyed by their path relative to the document's own folder, so that a moved
    specification gives the same bundle. `files`: path relative to the project -> SHA-256 (hex) of its bytes; `sha256`
    is over all of them.
    """

    document: dict[str, Json]
    sha256: str
    files: Mapping[str, str]
    places: Places = field(repr=False)
    # Of Swagger 2.0: a JSON Pointer of the document -> what its author's place is, where that is another one than its
    # parent's with its name (Origins.list_moves).
    moves: Mapping[str, Pointer] = field(default_factory=dict, repr=False)
    _found: dict[str | Pointer, tuple[Pointer, Json]] = field(default_factory=dict, init=False, repr=False)

    def locate(self, pointer: str | Pointer = ()) -> SourceLocation:
        """Return the file and line where the author wrote what the pointer leads to, or its nearest parent."""
        return self.places.locate(self.document, parse_pointer(pointer) if isinstance(pointer, str) else pointer)

    def tell_place(self, pointer: Pointer) -> str:
        """Return `file:line` of what a pointer leads to, `file:1#/pointer` where all of the file is in one line."""
        location = self.locate(pointer)
        is_one_line = self.places.is_one_line(location.path)
        return f"{location}{render_fragment(self.find_own_pointer(pointer))}" if is_one_line else str(location)

    def get(self, pointer: str | Pointer) -> tuple[Pointer, Json] | None:
        """Return what find returns, None where the pointer leads to nothing."""
        try:
            return self.find(pointer)
        except KeyError:
            return None

    def find(self, pointer: str | Pointer) -> tuple[Pointer, Json]:
        """Return the place and the value that a pointer leads to, following the references on its way and at its end.

        Raises KeyError where it leads to nothing.
        """
        found = self._found.get(pointer)
        if found is None:
            found = self._found[pointer] = self._find(parse_pointer(pointer) if isinstance(pointer, str) else pointer)
        return found

    def resolve(self, pointer: str | Pointer) -> Json:
        """Return the value that a pointer leads to; see find."""
        return self.find(pointer)[1]

    def build_problem(
        self,
        pointer: Pointer,
        message: str,
        hint: str = "",
        *,
        rule: Rule = Rule.OPENAPI,
        severity: Severity = Severity.ERROR,
        mend: str = "",
    ) -> Problem:
        """Return a problem at a place of the document; `mend` is an overlay action."""
        location = self.locate(pointer)
        # The line says nothing where it is the only one; a JSONPath, with which sentences begin, is a place already.
        is_told = len(pointer) < 2 or message.startswith("$") or not self.places.is_one_line(location.path)
        return Problem(
            location=location,
            message=message if is_told else f"{render_fragment(self.find_own_pointer(pointer))}: {message}",
            hint=hint,
            rule=rule,
            severity=severity,
            pointer=tuple(pointer),
            mend=mend,
        )

    def find_own_pointer(self, pointer: Pointer) -> Pointer:
        """Return the place within the author's file; of what nobody wrote, the place of what is around it."""
        if len(pointer) > 1 and pointer[0] == DOCUMENTS:
            return pointer[2:]
        own: Pointer = ()
        for length, part in enumerate(pointer if self.moves else (), start=1):
            own = self.moves.get(render_fragment(pointer[:length]), (*own, part))
        return own if self.moves else pointer

    def _find(self, parts: Pointer) -> tuple[Pointer, Json]:
        place, value = self._follow((), self.document)
        for part in parts:
            if is_reference(value) and part not in value:
                place, value = self._follow(place, value)
            key, value = step_into(value, part)
            place = (*place, key)
        return self._follow(place, value)

    def _follow(self, place: Pointer, value: Json) -> tuple[Pointer, Json]:
        seen = {place}
        while is_reference(value):
            text = value["$ref"]
            if not text.startswith("#") or (place := parse_pointer(text)) in seen:
                raise KeyError(text)
            seen.add(place)
            value = find_value(self.document, place)
            place = _use_indexes(self.document, place)
        return place, value


def _use_indexes(value: Json, parts: Pointer) -> Pointer:
    """Return the pointer with list indexes as numbers, as far as it leads to something."""
    found: Pointer = ()
    for part in parts:
        try:
            key, value = step_into(value, part)
        except KeyError:
            break
        found = (*found, key)
    return found
