"""The values of `${…}` during one scenario: built-ins, the variables of the environment and the file, captures."""

import dataclasses
import hashlib
import string
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NoReturn

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.turn import TURN
from contracts_runner.model.json import Json
from contracts_runner.project.function_calls import CallError
from contracts_runner.reading.expressions import BUILTINS, ExpressionError, Reference, evaluate, iter_references
from contracts_runner.reading.value_changes import ValueChangeError, apply_reference

_ALPHABET = string.ascii_lowercase + string.digits


class UnresolvedError(Exception):
    """An expression names a value that nothing has given."""


class UnusableValueError(UnresolvedError):
    """An expression asks of a value what it does not have: nothing can be sent with it."""


class LostValueError(UnusableValueError):
    """An expression names a value that was there, and that the resumed run cannot know any more."""


class Placeholder(str):
    """The text of an expression in the place of a value that nobody knows before the step runs."""

    __slots__ = ()


def _learn_nothing(_: Json, __: Json) -> None:
    pass


def _refuse_call(name: str, _: Sequence[Json]) -> NoReturn:
    raise UnresolvedError(f"${{{name}(…)}} has no value: the project names no functions")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSource:
    """What `${…}` takes from the run. `seed` makes what is random; `uuid_seed` makes UUIDs, None where each run has its
    own; `call` calls a function of the project with values, and `learn` is told each value that was made of another."""

    environment: str = ""
    seed: int = 1
    uuid_seed: int | None = None
    call: Callable[[str, Sequence[Json]], Json] = _refuse_call
    learn: Callable[[Json, Json], object] = _learn_nothing


_SOURCE = ValueSource()


class Scope:
    """Variables and captures of one scenario. What `now`, `uuid` and `random` give stays the same within a step."""

    def __init__(
        self, *, variables: Mapping[str, Json], run_id: str, scenario_id: str, source: ValueSource = _SOURCE
    ) -> None:
        self._variables = variables
        self._captures: dict[str, Json] = {}
        self._run_id = run_id
        self._scenario_id = scenario_id
        self._source = source
        self._now: datetime | None = None
        self._step = 0
        self._lost: dict[str, str] = {}
        # `alias.capture` -> step of a needed scenario that `when` has left out.
        self.left_out: dict[str, str] = {}

    def define(self, variables: Mapping[str, Json]) -> None:
        """Make the variables of a contract file known, each evaluated once; those of the environment count before them.

        A step that uses one without a value is told why there is none.
        """
        for name, value in variables.items():
            if name not in self._variables:
                self._define(name, value)

    def _define(self, name: str, value: Json) -> None:
        try:
            self._variables = {**self._variables, name: self.evaluate(value)}
        except UnusableValueError as error:
            self.lose(name, str(error))
        except (UnresolvedError, ExpressionError):
            pass  # then it has no value either; what cannot be read was told where the file was read

    def hide(self, names: Iterable[str]) -> None:
        """Make names unknown: steps give their values, which nobody knows before."""
        self._variables = {name: value for name, value in self._variables.items() if name not in set(names)}

    def begin_step(self, now: datetime, number: int = 1) -> None:
        """Set the time that `now` and `today` give until the next step, UTC, and the step's number in the scenario."""
        self._now, self._step = now, number

    def capture(self, name: str, value: Json) -> None:
        """Make a value known to later steps."""
        self._captures[name] = value
        self._lost.pop(name, None)

    def share(
        self,
        name: str,
        values: Mapping[str, Json],
        lost: Mapping[str, str] = MappingProxyType({}),
        left_out: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Make values known as members of a name, and that of some the value cannot be known, and why, or that the step
        that makes it was left out."""
        self._variables = {**self._variables, name: values}
        self._lost |= {f"{name}.{member}": why for member, why in lost.items()}
        self.left_out |= {f"{name}.{member}": step for member, step in left_out.items()}

    def list_captures(self) -> tuple[dict[str, Json], dict[str, str]]:
        """Return the captures, and of those whose value cannot be known why."""
        return dict(self._captures), dict(self._lost)

    def lose(self, name: str, why: str) -> None:
        """Make it known that a capture's value cannot be known, and why."""
        self._captures.pop(name, None)
        self._lost[name] = why

    def evaluate(self, value: Json) -> Json:
        """Return the value with its expressions replaced; raises UnresolvedError, or its kind UnusableValueError."""
        return evaluate(value, self._resolve)

    def _resolve(self, reference: Reference) -> Json:
        if reference.arguments is not None:
            return self._call(reference, reference.arguments)
        if reference.name in BUILTINS:
            return _apply(dataclasses.replace(reference, path=()), self._find_builtin(reference))
        member = Reference(reference.name, path=reference.path, text=reference.text)
        value = _apply(member, self._find_named(reference))
        return self._make(dataclasses.replace(reference, path=()), value, value)

    def _call(self, reference: Reference, arguments: Sequence[Reference]) -> Json:
        values = [self._resolve(argument) for argument in arguments]
        try:
            with TURN.given_up():
                result = self._source.call(reference.name, values)
        except CallError as error:
            raise UnusableValueError(f"{reference.text}: {error}") from None
        return self._make(reference, values, result)

    def _make(self, reference: Reference, before: Json, value: Json) -> Json:
        """Return what the expression makes of a value, and tell of what it was made."""
        made = _apply(reference, value)
        if made is not before:
            self._source.learn(before, made)
        return made

    def _find_named(self, reference: Reference) -> Json:
        name = reference.name
        for lost in (name, ".".join(map(str, (name, *reference.path[:1])))):
            if lost in self._lost:
                raise LostValueError(f"the value of ${{{lost}}} is lost: {self._lost[lost]}")
        for values in (self._captures, self._variables):
            if name in values:
                return values[name]
        raise UnresolvedError(f"${{{name}}} has no value")

    def _find_builtin(self, reference: Reference) -> Json | datetime:
        match reference.name:
            case "run_id":
                return self._run_id
            case "env":
                return self._source.environment
            case "uuid":
                return self._make_uuid(int(reference.path[0]) if reference.path else 1)
            case "random":
                return self._draw(int(reference.path[0]))
        if self._now is None:
            raise UnresolvedError(f"${{{reference.name}}} has no value outside a step")
        return self._now

    def _make_uuid(self, number: int) -> str:
        seed = self._source.uuid_seed
        owner = self._run_id if seed is None else f"seed {seed}"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{owner}/{self._scenario_id}/{self._step}/{number}"))

    def _draw(self, length: int) -> str:
        """Return letters and digits that the seed decides, whatever else the run does and in which order."""
        key = f"{self._source.seed}/{self._scenario_id}/{self._step}/{length}"
        digits = hashlib.shake_256(key.encode("utf-8", "surrogatepass")).digest(2 * length)
        pairs = zip(digits[::2], digits[1::2], strict=True)
        return "".join(_ALPHABET[(256 * high + low) % len(_ALPHABET)] for high, low in pairs)


class PreviewScope(Scope):
    """A scenario that does not run: what only its steps would give is the text of its expression, a Placeholder."""

    def __init__(self, *, variables: Mapping[str, Json], source: ValueSource = _SOURCE) -> None:
        super().__init__(variables=variables, run_id="", scenario_id="", source=source)
        self._expected: set[str] = set()

    def expect(self, names: Iterable[str]) -> None:
        """Make known which captures a step would make."""
        self._expected.update(names)

    def list_captures(self) -> tuple[dict[str, Json], dict[str, str]]:
        """Return what would be captured."""
        return dict.fromkeys(self._expected), {}

    def _define(self, name: str, value: Json) -> None:
        if any(map(self._is_open, iter_references(value))):
            self.expect([name])
        else:
            super()._define(name, value)

    def _resolve(self, reference: Reference) -> Json:
        if any(self._is_open(each) for each in reference.iter_all()):
            return Placeholder(reference.text)
        return super()._resolve(reference)

    def _is_open(self, reference: Reference) -> bool:
        name = reference.name
        return reference.arguments is not None or name in self._expected or (name in BUILTINS and name != "env")


def _apply(reference: Reference, value: Json | datetime) -> Json:
    try:
        return apply_reference(reference, value)
    except ValueChangeError as error:
        raise UnusableValueError(str(error)) from None
