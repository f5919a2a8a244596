"""One authorised REST call, and what every handler needs of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from qtickets_sandbox.envelopes import RestError
from qtickets_sandbox.http import Request
from qtickets_sandbox.php import cast_int
from qtickets_sandbox.switches import Switches
from qtickets_sandbox.world import World


class _Owned(Protocol):
    @property
    def organiser(self) -> str: ...


Entity = TypeVar("Entity", bound=_Owned)


@dataclass(frozen=True, slots=True)
class RestCall:
    """A request of one organiser; `path` holds the path parameters as text."""

    world: World
    request: Request
    organiser: str
    path: Mapping[str, str]

    @property
    def switches(self) -> Switches:
        """The switches of the world."""
        return self.world.switches

    def owned(self, entities: Mapping[int, Entity]) -> list[Entity]:
        """Return what belongs to the caller, in the order in which it was stored."""
        return [entity for entity in entities.values() if entity.organiser == self.organiser]

    def find(self, resource: str, entities: Mapping[int, Entity], name: str) -> Entity:
        """Return the caller's entity that a path parameter names; raises the 404 of the resource."""
        number = cast_int(self.path[name])
        entity = entities.get(number)
        if entity is None or entity.organiser != self.organiser:
            raise RestError.not_found(resource, number)
        return entity

    def data(self) -> dict[str, Any]:
        """Return the object under `data`; raises what `rest_invalid` says if there is none."""
        data = self.request.fields.get("data")
        if not isinstance(data, dict):
            raise self.invalid("data is required")
        return data

    def invalid(self, message: str) -> RestError:
        """Return the error for a request that breaks a rule."""
        return RestError.invalid(self.switches, message)

    def written(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a write whose answer is not documented."""
        return {"data": payload if self.switches.write_response == "object" else []}


RestHandler = Callable[[RestCall], Any]
