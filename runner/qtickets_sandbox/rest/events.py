"""GET, POST and PUT of events (docs/qtickets.md, REST operations, R9–R12)."""

from typing import Any

from qtickets_sandbox.rest.call import RestCall
from qtickets_sandbox.rest.event_write import create_event, update_event
from qtickets_sandbox.rest.lists import list_page
from qtickets_sandbox.rest.render_events import render_event


def list_events(call: RestCall) -> dict[str, Any]:
    """Ten a page, by ascending id (docs/qtickets.md, Lists)."""
    events = sorted(call.owned(call.world.events), key=lambda event: event.id)
    return list_page(call, events, render_event, per_page=10)


def get_event(call: RestCall) -> dict[str, Any]:
    """Answer one event of the caller."""
    return {"data": render_event(call.find("Event", call.world.events, "id"))}


def post_event(call: RestCall) -> dict[str, Any]:
    """Create an event with its shows."""
    return call.written(render_event(create_event(call, call.data())))


def put_event(call: RestCall) -> dict[str, Any]:
    """Change the given fields of an event, and of the shows and prices whose ids are given."""
    event = call.find("Event", call.world.events, "id")
    update_event(call, event, call.data())
    return call.written(render_event(event))
