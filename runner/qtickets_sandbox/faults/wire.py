"""Faults of the wire: authorisation, availability, status, media type, bytes."""

import itertools
from collections.abc import Callable
from dataclasses import replace

from qtickets_sandbox import credentials
from qtickets_sandbox.envelopes import (
    PartnersError,
    RestError,
    html_not_found,
    json_response,
    rest_error_response,
)
from qtickets_sandbox.faults.types import Answer, Setting
from qtickets_sandbox.http import Request, Response
from qtickets_sandbox.partners.routes import PARTNERS_BASE

SLOW_SECONDS = 3.5
HUGE_CHARACTERS = 33 * 2**20
DEEP_LEVELS = 400


def expire_token(answer: Answer, _setting: Setting) -> Answer:
    """Treat every credential as unknown."""
    return lambda request: answer(replace(request, headers={**request.headers, "authorization": "Bearer -"}))


def refuse_all(_answer: Answer, _setting: Setting) -> Answer:
    """Answer 503 to everything."""
    return lambda _request: rest_error_response(RestError.unknown())


def refuse_every_other(answer: Answer, _setting: Setting) -> Answer:
    """Answer 503 to the first, third, fifth … request."""
    counter = itertools.count()
    return lambda request: answer(request) if next(counter) % 2 else rest_error_response(RestError.unknown())


def slow_down(answer: Answer, setting: Setting) -> Answer:
    """Wait before each answer."""

    def slow(request: Request) -> Response:
        setting.sleep(SLOW_SECONDS)
        return answer(request)

    return slow


def lose_routes(_answer: Answer, _setting: Setting) -> Answer:
    """Answer the HTML page of an unknown route to everything."""
    return lambda _request: html_not_found()


def fail_in_envelope(answer: Answer, _setting: Setting) -> Answer:
    """Answer HTTP 200 with an error envelope to every Partners call."""
    payload = PartnersError("UNKNOWN_ERROR", "Unknown error").payload()
    return lambda request: json_response(payload) if request.path.startswith(PARTNERS_BASE) else answer(request)


def change_status(answer: Answer, _setting: Setting) -> Answer:
    """Answer 202 where 200 is due."""
    return _on_success(answer, lambda response: replace(response, status=202))


def change_media_type(answer: Answer, _setting: Setting) -> Answer:
    """Label JSON as HTML."""
    return _on_success(answer, lambda response: replace(response, media_type="text/html; charset=UTF-8"))


def redirect(answer: Answer, _setting: Setting) -> Answer:
    """Send the caller to another port."""
    headers = {"Location": "http://127.0.0.1:9/elsewhere"}
    return _on_success(answer, lambda _response: Response(status=302, payload=[], headers=headers))


def truncate(answer: Answer, _setting: Setting) -> Answer:
    """Send the first half of the JSON only."""

    def cut(response: Response) -> Response:
        text = response.encode().decode()
        return replace(response, text=text[: len(text) // 2])

    return _on_success(answer, cut)


def send_huge_body(answer: Answer, _setting: Setting) -> Answer:
    """Answer with more than 32 MiB of JSON."""
    return _on_success(answer, lambda response: replace(response, text=f'{{"data":"{"x" * HUGE_CHARACTERS}"}}'))


def send_deep_body(answer: Answer, _setting: Setting) -> Answer:
    """Answer with JSON that is nested 400 levels deep."""
    text = "[" * DEEP_LEVELS + "]" * DEEP_LEVELS
    return _on_success(answer, lambda response: replace(response, text=text))


def leak_tenant(answer: Answer, _setting: Setting) -> Answer:
    """Show the entities of the other organiser where a 404 is due."""

    def leak(request: Request) -> Response:
        response = answer(request)
        if response.status != 404 or response.text is not None:
            return response
        headers = {**request.headers, "authorization": f"Bearer {credentials.REST_TOKEN_B}"}
        return answer(replace(request, headers=headers))

    return leak


def _on_success(answer: Answer, change: Callable[[Response], Response]) -> Answer:
    def changed(request: Request) -> Response:
        response = answer(request)
        return change(response) if response.status == 200 else response

    return changed
