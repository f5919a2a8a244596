"""Runtime expressions of Arazzo in values: what is known at once is put in, everything else is an open variable that
stands for an expression of ours."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field

from jsonpath_rfc9535 import JSONPathError

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.foreign_requests import mark_open
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import find_value, parse_pointer, render_pointer
from contracts_runner.reading.jsonpaths import read_steps

# Of a whole text, and inside of one: `{$steps.a.outputs.b}`.
_WHOLE = re.compile(
    r"\$(?:inputs|steps|workflows|outputs|response|request|statusCode|url|method|faker|sourceDescriptions)\b\S*"
)
_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
_STEP = re.compile(r"\$steps\.([^.#\s]+)\.outputs\.([^.#\s]+)(?:\.([^#\s]+))?(?:#(\S*))?")
_WORKFLOW = re.compile(r"\$workflows\.([^.#\s]+)\.outputs\.([^.#\s]+)")
_INPUT = re.compile(r"\$(?:workflows\.[^.#\s]+\.)?inputs\.([^.#\s]+)(?:\.([^#\s]+))?(?:#(\S*))?")
_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_]+")


def make_name(text: str) -> str:
    """Return a name that an expression of ours can have."""
    return re.sub(r"^(?=[0-9])", "n", _NOT_IN_NAME.sub("_", text).strip("_") or "value")


@dataclass(slots=True)
class Marks:
    """Open variables that stand for expressions of ours: name -> expression."""

    expressions: dict[str, str] = field(default_factory=dict)

    def mark(self, expression: str) -> str:
        """Return what stands for an expression until the step is drafted."""
        for name, known in self.expressions.items():
            if known == expression:
                return mark_open(name)
        name = f"arazzo_{len(self.expressions) + 1}"
        self.expressions[name] = expression
        return mark_open(name)

    def restore(self, value: Json) -> Json:
        """Return a drafted value with the expressions in the place of the variables."""
        if isinstance(value, Mapping):
            return {key: self.restore(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.restore(item) for item in value]
        if isinstance(value, str):
            return re.sub(r"\$\{(arazzo_\d+)\}", lambda match: self.expressions.get(match[1], match[0]), value)
        return value


@dataclass(slots=True)
class References:
    """What the expressions of a workflow mean. `inputs`: name -> a value, or the expression that makes it; an input
    without one is a variable of the environment. `find_output` gives the capture of a step's output at a pointer,
    `find_result` the expression of another workflow's output; None for one that there is not."""

    marks: Marks
    inputs: Mapping[str, Json]
    made: Mapping[str, str]
    find_output: Callable[[str, str, str], str | None]
    find_result: Callable[[str, str], str | None]
    unknown: list[str] = field(default_factory=list)

    def resolve(self, value: Json) -> Json:
        """Return a value without expressions; those that mean nothing are remembered as `unknown`."""
        if isinstance(value, Mapping):
            if value.keys() == {"context", "selector", "type"} and str(value["context"]).startswith("$"):
                return self._select(str(value["context"]), value["selector"])
            return {str(key): self.resolve(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, str):
            return value
        text = value.strip()
        if match := _EMBEDDED.fullmatch(text):
            text = match[1]
        if _WHOLE.fullmatch(text):
            return self._find(text)
        return _EMBEDDED.sub(lambda match: self._embed(match[1]), value)

    def _select(self, context: str, selector: Json) -> Json:
        """Return what a selector of version 1.1 takes of an expression's value, where a JSON Pointer says it, too."""
        try:
            steps = read_steps(selector) if isinstance(selector, str) else None
        except (JSONPathError, RecursionError):
            steps = None
        if steps is not None:
            return self._find(f"{context}#{render_pointer(steps)}")
        self.unknown.append(f"{context} by {selector}")
        return mark_open(make_name(context))

    def _embed(self, expression: str) -> str:
        found = self._find(expression) if _WHOLE.fullmatch(expression) else f"{{{expression}}}"
        return found if isinstance(found, str) else _render(found)

    def _find(self, expression: str) -> Json:
        if match := _STEP.fullmatch(expression):
            pointer = "".join(f"/{part}" for part in (match[3] or "").split(".") if part) + (match[4] or "")
            capture = self.find_output(match[1], match[2], pointer)
            if capture is not None:
                return self.marks.mark(f"${{{capture}}}")
        elif match := _WORKFLOW.fullmatch(expression):
            result = self.find_result(match[1], match[2])
            if result is not None:
                return self.marks.mark(result)
        elif match := _INPUT.fullmatch(expression):
            return self._find_input(
                match[1], "".join(f"/{part}" for part in (match[2] or "").split(".") if part) + (match[3] or "")
            )
        self.unknown.append(expression)
        return mark_open(make_name(expression))

    def _find_input(self, name: str, pointer: str) -> Json:
        if name in self.made:
            return self.marks.mark(self.made[name])
        if name not in self.inputs:
            return mark_open(make_name(f"{name}{pointer}"))
        try:
            return find_value(self.inputs[name], parse_pointer(pointer))
        except (KeyError, ValueError):
            return mark_open(make_name(f"{name}{pointer}"))


def _render(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)
