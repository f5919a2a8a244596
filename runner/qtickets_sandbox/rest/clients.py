"""Clients (docs/qtickets.md, REST operations, R7, R8, and the undocumented GET of one)."""

from typing import Any

from qtickets_sandbox.model.sales import Client
from qtickets_sandbox.rest.call import RestCall
from qtickets_sandbox.rest.lists import list_page
from qtickets_sandbox.rest.render import render_client

_DETAILS = ("name", "surname", "middlename", "phone")


def list_clients(call: RestCall) -> dict[str, Any]:
    """A hundred a page."""
    clients = sorted(call.owned(call.world.clients), key=lambda client: client.id)
    return list_page(call, clients, render_client, per_page=100)


def get_client(call: RestCall) -> dict[str, Any]:
    """Answer one client; the route is observed, not documented."""
    return {"data": render_client(call.find("Client", call.world.clients, "id"))}


def post_client(call: RestCall) -> dict[str, Any]:
    """Create a client, or update the one with the same e-mail."""
    data = call.data()
    email, details = data.get("email"), data.get("details", {})
    if not isinstance(email, str) or "@" not in email or not isinstance(details, dict):
        raise call.invalid("email is required")
    if not all(value is None or isinstance(value, str) for value in details.values()):
        raise call.invalid("details are texts")
    is_reused = call.switches.known_client == "update"
    known = (each for each in call.owned(call.world.clients) if each.email.lower() == email.lower())
    client = next(known, None) if is_reused else None
    if client is None:
        client = Client(
            id=call.world.issue_id("client"),
            organiser=call.organiser,
            email=email,
            details_id=call.world.issue_id("details"),
        )
        call.world.clients[client.id] = client
    for name in _DETAILS:
        if name in details:
            setattr(client, name, details[name] or "" if name == "name" else details[name])
    return call.written(render_client(client))
