"""Values of a contract in an Arazzo document: what a step gives is an output, what the run would give an input."""

import re
from collections.abc import Mapping
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.scope import Scope, UnresolvedError
from contracts_runner.maintenance.arazzo_extensions import MADE
from contracts_runner.maintenance.exporting.filter_queries import UnsayableError
from contracts_runner.model.contract import Unset
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import render_pointer
from contracts_runner.reading.expressions import BUILTINS, ExpressionError, Reference, iter_references, parse_template
from contracts_runner.reading.value_changes import render_text
from contracts_runner.redaction.field_names import is_credential_field

_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_]+")
_LIKE_EXPRESSION = re.compile(r"\$\w|\{.*\}", re.DOTALL)
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


class Names:
    """Names that an expression of Arazzo can have, by what they stand for; of two that would be equal one has a
    number."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}

    def choose(self, text: str) -> str:
        """Return the name, the same for the same text; it begins with a letter, and has no `.` and no `-`, which tools
        take for operators."""
        if text not in self._made:
            wanted = re.sub(r"^(?=[^A-Za-z])", "n", _NOT_IN_NAME.sub("_", text).strip("_") or "name")
            chosen, number = wanted, 2
            while chosen.lower() in map(str.lower, self._made.values()):
                chosen, number = f"{wanted}_{number}", number + 1
            self._made[text] = chosen
        return self._made[text]


@dataclass(slots=True)
class Values:
    """The values of one scenario. `outputs`: what steps have captured, by name in `${…}` -> its expression; `members`
    the same of scenarios that are needed, by `alias.name`. `scope` evaluates what is known at the export."""

    scope: Scope
    variables: Mapping[str, Json]  # of the environment
    written: Mapping[str, Json]  # of the contract file
    workflow: str
    outputs: dict[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    inputs: dict[str, Json] = field(default_factory=dict)  # name -> its schema
    names: Names = field(default_factory=Names)
    step: str = ""  # the id of that which is written

    def convert(self, value: Json) -> Json:
        """Return a value with its expressions as those of Arazzo; raises UnsayableError."""
        if isinstance(value, Mapping):
            return {key: self.convert(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.convert(item) for item in value]
        return self.convert_text(value) if isinstance(value, str) else value

    def convert_text(self, text: str) -> Json:
        """Return a text likewise; one that is one expression keeps its type."""
        try:
            parts = parse_template(text)
        except ExpressionError as error:
            raise UnsayableError(str(error)) from None
        made = [_Known(part) if isinstance(part, str) else self._convert_reference(part) for part in parts]
        if len(parts) == 1 and isinstance(parts[0], Reference):
            return made[0].value if isinstance(made[0], _Known) else made[0]
        known = [render_text(each.value) for each in made if isinstance(each, _Known)]
        if not any(map(_LIKE_EXPRESSION.search, known)):
            return "".join(render_text(each.value) if isinstance(each, _Known) else f"{{{each}}}" for each in made)
        if len(known) < len(made):
            raise UnsayableError("a text with `$` or `{}` beside an expression")
        # What would be taken for an expression is handed over as it is.
        return self.add_input(f"text {len(self.inputs) + 1}", "".join(known))

    def convert_whole(self, value: Json) -> str | None:
        """Return the expression of a text that is one, None for other values."""
        made = self.convert(value) if isinstance(value, str) and "${" in value else None
        return made if isinstance(made, str) and made.startswith("$") else None

    def add_input(self, called: str, default: Json | Unset = Unset.UNSET, **more: Json) -> str:
        """Return the expression of an input; a secret has no default."""
        name = self.names.choose(called)
        kind = _TYPES.get(type(default))
        schema: dict[str, Json] = {"type": kind} if kind and not isinstance(default, Unset) else {}
        if not isinstance(default, Unset):
            schema["default"] = default
        self.inputs.setdefault(name, {**schema, **more})
        return f"$inputs.{name}"

    def _convert_reference(self, reference: Reference) -> "str | _Known":
        found = self._find_output(reference)
        if found is not None:
            return found
        name = reference.name
        is_plain = reference.text == f"${{{name}}}"
        if is_plain and name in {*self.variables, *self.written} and self._is_secret(reference):
            return self.add_input(name, type="string", format="password")
        if is_plain and name in self.variables:
            value = self.variables[name]
            return self.add_input(name) if isinstance(value, Unset) else self.add_input(name, value)
        if is_plain and name in self.written:
            value = self.written[name]
            is_made = isinstance(value, str) and any(True for _ in iter_references(value))
            return self.add_input(name, self._evaluate(value), **({"$comment": MADE + value} if is_made else {}))
        if name in BUILTINS and name != "env":
            # They are the same within a step, but not in the next one.
            return self.add_input(
                f"{reference.text} {self.step}", self._evaluate(reference.text), **{"$comment": MADE + reference.text}
            )
        if self._is_secret(reference):
            raise UnsayableError(f"{reference.text}, which changes a secret")
        return _Known(self._evaluate(reference.text))

    def _is_secret(self, reference: Reference) -> bool:
        """Tell whether an expression uses what has the name of a credential, by way of variables of the file, too."""
        names = {each.name for each in reference.iter_all()} - self.outputs.keys()
        written = (self.written[name] for name in names if name in self.written and name not in self.variables)
        return any(map(is_credential_field, names)) or any(
            self._is_secret(each) for value in written for each in iter_references(value) if each.name not in names
        )

    def _find_output(self, reference: Reference) -> str | None:
        """Return the expression of a capture, None for what is none; raises UnsayableError for what is made of one."""
        path = [*reference.path]
        found = self.outputs.get(reference.name)
        if found is None and path and (member := f"{reference.name}.{path[0]}") in self.members:
            found, path = self.members[member], path[1:]
        if found is None:
            return None
        if reference.offset_seconds or reference.addend is not None or reference.change or reference.zone:
            raise UnsayableError(f"{reference.text}, which changes a capture")
        if any(isinstance(each, int) and each < 0 for each in path):
            raise UnsayableError(f"{reference.text}, which counts from the end")
        return found + ("#" + render_pointer(path) if path else "")

    def _evaluate(self, value: Json) -> Json:
        try:
            found = self.scope.evaluate(value)
        except (UnresolvedError, ExpressionError) as error:
            raise UnsayableError(str(error)) from None
        if isinstance(found, Unset):
            raise UnsayableError(f"{value}, whose variable is not known here")
        return found


@dataclass(frozen=True, slots=True)
class _Known:
    """A value that is the same in each run, in the place of an expression."""

    value: Json
