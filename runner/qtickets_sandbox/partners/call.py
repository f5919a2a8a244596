"""One authorised Partners call: whose it is, for which show, with which parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from qtickets_sandbox.envelopes import PartnersError
from qtickets_sandbox.model.venue import Event, Show
from qtickets_sandbox.php import cast_int
from qtickets_sandbox.switches import Switches
from qtickets_sandbox.world import World


@dataclass(frozen=True, slots=True)
class PartnerCall:
    """A request of one partner; `parameters` are query and body together, the body wins."""

    world: World
    partner_id: int
    path: Mapping[str, str]
    parameters: Mapping[str, Any]

    @property
    def switches(self) -> Switches:
        """The switches of the world."""
        return self.world.switches

    def open_events(self) -> list[Event]:
        """Return the events that this partner may sell."""
        return [event for event in self.world.events.values() if self._is_open(event)]

    def upcoming_shows(self, event: Event) -> list[Show]:
        """Return the shows of an event that have not begun."""
        now = self.world.clock.now()
        return [show for show in event.shows if show.is_active and show.deleted_at is None and show.start_date > now]

    def find_event(self) -> Event:
        """Return the event of the path; raises EVENT_NOT_FOUND (docs/qtickets.md, Preconditions)."""
        event = self.world.events.get(cast_int(self.path.get("event_id", "")))
        if event is None or not self._is_open(event):
            raise PartnersError("EVENT_NOT_FOUND", "Event not found")
        return event

    def find_show(self) -> tuple[Event, Show]:
        """Return event and show of the path; without show_id the event must have a single show."""
        event = self.find_event()
        shows = self.upcoming_shows(event)
        if "show_id" in self.path:
            wanted = cast_int(self.path["show_id"])
            shows = [show for show in shows if show.id == wanted]
        if not shows:
            raise PartnersError("EVENT_NOT_FOUND", "Event not found")
        if len(shows) > 1:
            if self.switches.missing_show == "event_not_found":
                raise PartnersError("EVENT_NOT_FOUND", "Event not found")
            raise PartnersError("VALIDATION_ERROR", "show_id is required: the event has several dates")
        return event, shows[0]

    def _is_open(self, event: Event) -> bool:
        return event.is_active and event.deleted_at is None and self.partner_id in event.partners


PartnerHandler = Callable[[PartnerCall], Any]
