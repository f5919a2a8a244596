"""The twin as a WSGI application: authorise, route, answer, with the world locked meanwhile."""

import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qtickets_sandbox import envelopes
from qtickets_sandbox.clock import Clock
from qtickets_sandbox.credentials import ORGANISERS, PARTNERS, read_bearer
from qtickets_sandbox.envelopes import PartnersError, RestError
from qtickets_sandbox.faults import Answer, Setting, install_faults, parse_faults
from qtickets_sandbox.http import Request, Response, read_request, write_response
from qtickets_sandbox.latency import find_latency, parse_latency
from qtickets_sandbox.lifecycle.orders import sweep_orders
from qtickets_sandbox.lifecycle.tickets import sweep_tickets
from qtickets_sandbox.partners.call import PartnerCall
from qtickets_sandbox.partners.routes import PARTNERS_BASE, PARTNERS_ROUTER
from qtickets_sandbox.rest.call import RestCall
from qtickets_sandbox.rest.routes import REST_BASE, REST_ROUTER
from qtickets_sandbox.rules import Rules
from qtickets_sandbox.seed import seed_world
from qtickets_sandbox.switches import parse_switches
from qtickets_sandbox.webhooks import Outbox, Send, post_webhook
from qtickets_sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class App:
    """A PEP 3333 application with a world of its own; safe to call from many threads.

    `world` is the state, for tests: move its clock, edit a quota (with its lock held). `outbox` holds
    the webhooks to send, or is None without a receiver.
    """

    def __init__(self, *, world: World, answer: Answer, outbox: Outbox | None) -> None:
        self.world = world
        self.outbox = outbox
        self._answer = answer

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request; an error of our own is reported to `wsgi.errors` and is UNKNOWN_ERROR."""
        request = read_request(environ)
        try:
            response = self._answer(request)
        except Exception:
            environ["wsgi.errors"].write(traceback.format_exc())
            response = _unknown_error(self.world, request)
        return write_response(response, request=request, start_response=start_response)


def create_app(
    *,
    latency: str = "none",
    seed: int = 1,
    now: Callable[[], datetime] | None = None,
    started_at: str = "",
    faults: Sequence[str] = (),
    webhook_url: str = "",
    webhook_secret: str = "",
    webhook_send: Send | None = None,
    sleep: Callable[[float], None] = time.sleep,
    **switches: object,
) -> App:
    """Return a twin with a freshly seeded world.

    `started_at`, an ISO 8601 time with its offset, is the instant from which the times of the seed are counted (else it
    is now): twins that name the same one have the same data. `latency` is `none` or `real` (the observed times:
    docs/qtickets.md, Latency); `seed` fixes barcodes and tokens; `faults` are names of `faults.FAULTS`; `switches` are
    fields of `switches.Switches`. Webhooks go to `webhook_url`, by a thread of the app, or by `webhook_send` when
    `outbox.deliver_due()` is called.
    Raises ValueError, with the valid names, for anything unknown.
    """
    rules, wrappers = install_faults(parse_faults(faults), Rules())
    delays = parse_latency(latency)
    world = World(
        clock=Clock(now or (lambda: datetime.now(UTC))),
        switches=parse_switches(switches),
        rules=rules,
        seed=seed,
    )
    with world.clock.hold(_parse_start(started_at) or world.clock.now()):
        seed_world(world)
    outbox = None
    if webhook_url:
        outbox = Outbox(
            url=webhook_url,
            secret=webhook_secret,
            clock=world.clock,
            send=webhook_send or post_webhook,
            threaded=webhook_send is None,
        )
        world.listeners.append(outbox.enqueue)

    def answer(request: Request) -> Response:
        if delays:
            sleep(find_latency(delays, request))
        with world.lock:
            return handle(world, request)

    wrapped: Answer = answer
    for wrap in wrappers:
        wrapped = wrap(wrapped, Setting(world, sleep))
    return App(world=world, answer=wrapped, outbox=outbox)


def _parse_start(text: str) -> datetime | None:
    if not text:
        return None
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        start = None
    if start is None or start.tzinfo is None:
        raise ValueError(f"started_at must be a time with its offset, such as 2026-06-01T12:00:00+03:00, not '{text}'")
    return start


def handle(world: World, request: Request) -> Response:
    """Answer a request from the world as it is now; the caller holds the lock."""
    sweep_tickets(world)
    sweep_orders(world)
    if request.path.startswith(REST_BASE + "/"):
        return _handle_rest(world, request)
    if request.path.startswith(PARTNERS_BASE + "/"):
        return _handle_partners(world, request)
    return envelopes.html_not_found()


def _handle_rest(world: World, request: Request) -> Response:
    organiser = ORGANISERS.get(read_bearer(request.headers.get("authorization")) or "")
    match = REST_ROUTER.match(_method(request), request.path)
    try:
        if match is None:
            if organiser is None and world.switches.unknown_route_without_token == "forbidden":
                raise RestError.forbidden(world.switches)
            return _no_route(world, known=REST_ROUTER.knows(request.path))
        if organiser is None:
            raise RestError.forbidden(world.switches)
        return envelopes.json_response(match.handler(RestCall(world, request, organiser, match.parameters)))
    except RestError as error:
        return envelopes.rest_error_response(error)


def _handle_partners(world: World, request: Request) -> Response:
    match = PARTNERS_ROUTER.match(_method(request), request.path)
    if match is None:
        return _no_route(world, known=PARTNERS_ROUTER.knows(request.path))
    partner_id = PARTNERS.get(read_bearer(request.headers.get("authorization")) or "")
    try:
        if partner_id is None:
            raise PartnersError("WRONG_AUTHORIZATION", "Wrong authorization")
        parameters = {**request.query, **request.fields}
        call = PartnerCall(world, partner_id, match.parameters, parameters)
        return envelopes.json_response(match.handler(call))
    except PartnersError as error:
        return envelopes.partners_error_response(error, world.switches)


def _unknown_error(world: World, request: Request) -> Response:
    if request.path.startswith(PARTNERS_BASE + "/"):
        return envelopes.partners_error_response(PartnersError("UNKNOWN_ERROR", "Unknown error"), world.switches)
    return envelopes.rest_error_response(RestError.unknown())


def _method(request: Request) -> str:
    return "GET" if request.method == "HEAD" else request.method


def _no_route(world: World, *, known: bool) -> Response:
    """Answer a path that is not routed, or not with this method."""
    if known and world.switches.undeclared_method == "json_405":
        return envelopes.rest_error_response(RestError(405, "METHOD_NOT_ALLOWED", "Method not allowed"))
    return envelopes.html_not_found()
