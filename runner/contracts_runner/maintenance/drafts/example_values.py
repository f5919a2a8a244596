"""Values for what an operation is sent: those that the document names, else the smallest that its schema allows."""

from collections.abc import Iterator, Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.media_types import BodyKind, choose_media_type, find_body_kind
from contracts_runner.engine.request_conformance import iter_mismatches
from contracts_runner.engine.request_values import Values
from contracts_runner.errors import UndecidedError
from contracts_runner.maintenance.drafts.smallest_values import SmallestValues, Unmade
from contracts_runner.model.contract import UNSET, Unset
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, parse_pointer
from contracts_runner.model.spec import Operation, Parameter
from contracts_runner.openapi.spec import Spec

MADE_UP = "made up from its schema"
_BINARY = {"base64": ""}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value, and where it is from, as the end of a sentence: "the document's example"."""

    value: Json
    origin: str

    @property
    def is_made_up(self) -> bool:
        """Whether the document does not name it."""
        return self.origin == MADE_UP


@dataclass(frozen=True, slots=True)
class ExampleValues:
    """Finds and makes values for one spec; each fits its schema."""

    spec: Spec

    def find_parameter(self, operation: Operation, parameter: Parameter) -> Proposal | None:
        """Return what the document names for a parameter: an example, the default, one of the allowed values."""
        return next(self._iter_fitting(operation, parameter, self._iter_named(parameter)), None)

    def make_parameter(self, operation: Operation, parameter: Parameter) -> Proposal | None:
        """Return what the document names, else the smallest value of the schema; None where none was found."""
        if found := self.find_parameter(operation, parameter):
            return found
        made = self._make(parameter.pointer) if parameter.pointer else "a"
        proposed = () if isinstance(made, Unmade) else (Proposal(made, MADE_UP),)
        return next(self._iter_fitting(operation, parameter, proposed), None)

    def make_body(self, operation: Operation) -> Proposal | None:
        """Return a body of the media type that a step sends without saying; None where none was found."""
        body = operation.body
        media_type = choose_media_type(operation)
        if body is None:
            return None
        pointer = next((each for name, each in body.schemas.items() if name == media_type), "")
        for proposal in self._iter_bodies(pointer, media_type):
            if not self._has_mismatch(operation, proposal.value):
                return proposal
        return None

    def _iter_bodies(self, pointer: str, media_type: str) -> Iterator[Proposal]:
        if find_body_kind(media_type) is BodyKind.BYTES:
            yield Proposal(dict(_BINARY), MADE_UP)
            return
        if pointer:
            yield from self._iter_examples(parse_pointer(pointer)[:-1])
            yield from self._iter_of_schema(pointer)
            made = self._make(pointer)
            if not isinstance(made, Unmade):
                yield Proposal(made, MADE_UP)

    def _iter_named(self, parameter: Parameter) -> Iterator[Proposal]:
        if not parameter.pointer:
            return
        place = parse_pointer(parameter.pointer)
        # Beside the schema, or, of one that is written by `content`, beside that.
        holders = [place[:-1]] if place[-3:-2] != ("content",) else [place[:-1], place[:-3]]
        for holder in holders:
            yield from self._iter_examples(holder)
        yield from self._iter_of_schema(parameter.pointer)

    def _iter_examples(self, holder: Pointer) -> Iterator[Proposal]:
        """Yield the examples of a parameter or a media type."""
        value = self._resolve(holder)
        for key in ("example", "x-example"):
            if key in value:
                yield Proposal(value[key], "the document's example")
        named = value.get("examples")
        for name in named if isinstance(named, Mapping) else ():
            example = self._resolve((*holder, "examples", name))
            if "value" in example:
                yield Proposal(example["value"], f"the document's example '{name}'")

    def _iter_of_schema(self, pointer: str) -> Iterator[Proposal]:
        schema = self._resolve(pointer)
        listed = schema.get("examples")
        examples = [
            *([schema["example"]] if "example" in schema else ()),
            *(listed if isinstance(listed, list) else ()),
        ]
        yield from (Proposal(value, "the document's example") for value in examples)
        if "default" in schema:
            yield Proposal(schema["default"], "the document's default")
        allowed = schema.get("enum")
        only = [schema["const"]] if "const" in schema else allowed if isinstance(allowed, list) else []
        yield from (Proposal(value, "one of the values that the document allows") for value in only)
        if schema.get("type") == "boolean":
            yield Proposal(False, "one of the values that the document allows")
        if schema.get("type") == "array" and isinstance(schema.get("items"), Mapping):
            yield from (Proposal([each.value], each.origin) for each in self._iter_of_schema(f"{pointer}/items"))

    def _iter_fitting(
        self, operation: Operation, parameter: Parameter, proposals: Iterator[Proposal] | tuple[Proposal, ...]
    ) -> Iterator[Proposal]:
        key = operation.name_parameter(parameter)
        for proposal in proposals:
            if proposal.value is not None and not self._breaks(operation, key, proposal.value):
                yield proposal

    def _breaks(self, operation: Operation, key: str, value: Json) -> bool:
        values = Values(parameters={key: value}, body=UNSET)
        try:
            return any(mismatch.name == key for mismatch in iter_mismatches(self.spec, operation, values))
        except (KeyError, ValueError, UndecidedError):
            return True

    def _has_mismatch(self, operation: Operation, body: Json | Unset) -> bool:
        values = Values(parameters={}, body=body)
        try:
            return any(mismatch.key == "body" for mismatch in iter_mismatches(self.spec, operation, values))
        except (KeyError, ValueError, UndecidedError):
            return True

    def _make(self, pointer: str) -> Json | Unmade:
        return SmallestValues(self.spec.bundle).make(pointer)

    def _resolve(self, pointer: str | Pointer) -> Mapping[str, Json]:
        found = self.spec.bundle.get(pointer)
        return found[1] if found and isinstance(found[1], Mapping) else {}
