"""The functions of a project that `${…}` may call, as their file declares them."""

from collections.abc import Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation


@dataclass(frozen=True, slots=True)
class FunctionParameter:
    """A parameter that takes a value by its position. `types`: the Python types of its annotation, empty for any."""

    name: str
    types: frozenset[str] = frozenset()
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function. `has_rest`: further values are taken, too."""

    name: str
    parameters: tuple[FunctionParameter, ...]
    has_rest: bool = False
    location: SourceLocation

    def explain_count(self, count: int) -> str:
        """Return in words why it cannot be called with so many values, "" if it can."""
        least = sum(parameter.is_required for parameter in self.parameters)
        if least <= count and (self.has_rest or count <= len(self.parameters)):
            return ""
        names = [each.name if each.is_required else f"[{each.name}]" for each in self.parameters]
        taken = ", ".join([*names, *(["…"] if self.has_rest else [])]) or "nothing"
        return f"{self.name} takes {taken}, not {count} {'value' if count == 1 else 'values'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionModule:
    """The module of functions that contracts.yaml names; `file` is its path below the project."""

    name: str
    file: str
    sha256: str
    functions: Mapping[str, Function]

    def find(self, called: str) -> Function | None:
        """Return a function by its name, alone or after that of the module."""
        prefix, _, name = called.rpartition(".")
        is_own = prefix in ("", self.name, self.name.rpartition(".")[2])
        return self.functions.get(name) if is_own else None
