"""The values of `${…}` during one scenario: built-ins, the environment's variables, captures."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from contracts_runner.model.json import Json
from contracts_runner.reading.expressions import BUILTINS, Reference, evaluate


class UnresolvedError(Exception):
    """An expression names a value that nothing has given."""


class LostValueError(UnresolvedError):
    """An expression names a value that was there, and that the resumed run cannot know any more."""


class Placeholder(str):
    """The text of an expression in the place of a value that nobody knows before the step runs."""

    __slots__ = ()


class Scope:
    """Variables and captures of one scenario. `uuid` keeps its value within the scenario, `now` within a step."""

    def __init__(self, *, variables: Mapping[str, Json], run_id: str, scenario_id: str) -> None:
        self._variables = variables
        self._captures: dict[str, Json] = {}
        self._run_id = run_id
        self._uuid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{run_id}/{scenario_id}"))
        self._now: datetime | None = None
        self._lost: dict[str, str] = {}

    def begin_step(self, now: datetime) -> None:
        """Set the time that `now` and `today` give until the next step; UTC."""
        self._now = now

    def capture(self, name: str, value: Json) -> None:
        """Make a value known to later steps."""
        self._captures[name] = value
        self._lost.pop(name, None)

    def share(self, name: str, values: Mapping[str, Json], lost: Mapping[str, str] = MappingProxyType({})) -> None:
        """Make values known as members of a name, and that of some the value cannot be known, and why."""
        self._variables = {**self._variables, name: values}
        self._lost |= {f"{name}.{member}": why for member, why in lost.items()}

    def list_captures(self) -> tuple[dict[str, Json], dict[str, str]]:
        """Return the captures, and of those whose value cannot be known why."""
        return dict(self._captures), dict(self._lost)

    def find_capture(self, name: str) -> Json:
        """Return what a step has captured; raises KeyError."""
        return self._captures[name]

    def lose(self, name: str, why: str) -> None:
        """Make it known that a capture's value cannot be known, and why."""
        self._captures.pop(name, None)
        self._lost[name] = why

    def evaluate(self, value: Json) -> Json:
        """Return the value with its expressions replaced; raises UnresolvedError, or its kind LostValueError."""
        return evaluate(value, self._resolve)

    def _resolve(self, reference: Reference) -> Json:
        name = reference.name
        if name in ("now", "today"):
            return self._render_time(name, reference.offset_seconds)
        if name == "uuid":
            return self._uuid
        if name == "run_id":
            return self._run_id
        for lost in (name, ".".join(map(str, (name, *reference.path[:1])))):
            if lost in self._lost:
                raise LostValueError(f"the value of ${{{lost}}} is lost: {self._lost[lost]}")
        for values in (self._captures, self._variables):
            if name in values:
                return _find_member(values[name], reference)
        raise UnresolvedError(f"${{{name}}} has no value")

    def _render_time(self, name: str, offset_seconds: float) -> str:
        if self._now is None:
            raise UnresolvedError(f"${{{name}}} has no value outside a step")
        moment = self._now + timedelta(seconds=offset_seconds)
        return moment.isoformat(timespec="seconds") if name == "now" else moment.date().isoformat()


def _find_member(value: Json, reference: Reference) -> Json:
    for part in reference.path:
        if not isinstance(value, Mapping) or part not in value:
            raise LostValueError(f"{reference.text} has no value: there is no member '{part}'")
        value = value[part]
    return value


class PreviewScope(Scope):
    """A scenario that does not run: what only its steps would give is the text of its expression, a Placeholder."""

    def __init__(self, *, variables: Mapping[str, Json]) -> None:
        super().__init__(variables=variables, run_id="", scenario_id="")
        self._expected: set[str] = set()

    def expect(self, names: Iterable[str]) -> None:
        """Make known which captures a step would make."""
        self._expected.update(names)

    def list_captures(self) -> tuple[dict[str, Json], dict[str, str]]:
        """Return what would be captured."""
        return dict.fromkeys(self._expected), {}

    def _resolve(self, reference: Reference) -> Json:
        if reference.name in BUILTINS or reference.name in self._expected:
            return Placeholder(reference.text)
        return super()._resolve(reference)
