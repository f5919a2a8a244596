"""Calls functions of the project for `${…}`: their arguments are checked, and what they do is no fault of ours."""

import copy
from collections.abc import Mapping, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.model.function import Function, FunctionModule
from contracts_runner.model.json import Json
from contracts_runner.project.hooks import HookError, Hooks
from contracts_runner.reading.value_changes import describe_kind

_WORDS = {
    "str": "a text",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "an object",
    "None": "null",
}


class CallError(Exception):
    """A function cannot be called with some values, or gave none; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class FunctionCaller:
    """Calls the functions of a module."""

    module: FunctionModule
    hooks: Hooks

    def __call__(self, name: str, values: Sequence[Json]) -> Json:
        """Return what the function makes of the values, which it gets as copies; raises CallError."""
        function = check_arguments(self.module, name, values)
        try:
            result = self.hooks.call(f"{self.module.name}:{function.name}", *copy.deepcopy(list(values)))
        except HookError as error:
            raise CallError(str(error)) from error
        if not _is_json(result):
            raise CallError(f"{function.name} returned {type(result).__name__}, which is no value of JSON")
        return result


def check_arguments(module: FunctionModule, name: str, values: Sequence[Json]) -> Function:
    """Return the function; raises CallError where it does not take the values."""
    function = module.find(name)
    if function is None:
        raise CallError(f"there is no function '{name}'")
    if reason := function.explain_count(len(values)):
        raise CallError(reason)
    for parameter, value in zip(function.parameters, values, strict=False):
        if parameter.types and not any(_is_of(value, word) for word in parameter.types):
            wanted = " or ".join(_WORDS[word] for word in _WORDS if word in parameter.types)
            raise CallError(f"{function.name} takes {wanted} as '{parameter.name}', not {describe_kind(value)}")
    return function


def _is_of(value: Json, word: str) -> bool:
    match word:
        case "str":
            return isinstance(value, str)
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "dict":
            return isinstance(value, Mapping)
    return value is None


def _is_json(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    return value is None or isinstance(value, str | int | float)
