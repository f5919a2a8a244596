"""The envelopes and headers of every answer: data, the two error shapes, the HTML page.

See docs/qtickets.md, Statuses and envelopes, Headers.
"""

from typing import Any

from qtickets_sandbox.http import HTML_TYPE, Response
from qtickets_sandbox.pages import render_not_found_page
from qtickets_sandbox.switches import Switches

_SERVER = {
    "Server": "nginx/1.14.1",
    "Cache-Control": "no-cache, private",
    "Strict-Transport-Security": "max-age=31536000",
}
_HTML_HEADERS = {**_SERVER, "Vary": "Accept-Encoding"}
_OK_HEADERS = {**_HTML_HEADERS, "X-Cache-Status": "MISS"}


class RestError(Exception):
    """A REST answer other than 200: `{error, status, code, info}`, where an empty info is `[]`."""

    def __init__(self, status: int, code: str, message: str, info: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.info = info

    @classmethod
    def not_found(cls, resource: str, number: int) -> "RestError":
        """Return the 404 of a resource that is not there or belongs to somebody else."""
        info = {"id": number, "resource": resource}
        return cls(404, "RESOURCE_NOT_FOUND", f'Resource "{resource}" not found', info)

    @classmethod
    def unknown(cls) -> "RestError":
        """Return the 503 of an unhandled error in the service."""
        return cls(503, "UNKNOWN_ERROR", "Unknown error")

    @classmethod
    def forbidden(cls, switches: Switches) -> "RestError":
        """Return the 403 of a missing or unknown token; its body was never recorded."""
        return cls(403, switches.forbidden_code, "Forbidden")

    @classmethod
    def invalid(cls, switches: Switches, message: str) -> "RestError":
        """Return the answer to a request that breaks a rule, as `rest_invalid` says."""
        if switches.rest_invalid == "validation_error":
            return cls(switches.rest_invalid_status, "VALIDATION_ERROR", message)
        return cls.unknown()


class PartnersError(Exception):
    """A Partners answer `{status: error, code, message}` (docs/qtickets.md, Partners API)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def payload(self) -> dict[str, str]:
        """Return the envelope."""
        return {"status": "error", "code": self.code, "message": str(self)}


def json_response(payload: Any) -> Response:
    """Return a 200 with the headers of a JSON answer."""
    return Response(payload=payload, headers=_OK_HEADERS)


def rest_error_response(error: RestError) -> Response:
    """Return the JSON of a REST error; a 503 was seen with neither Vary nor X-Cache-Status."""
    payload = {
        "error": str(error),
        "status": error.status,
        "code": error.code,
        "info": error.info or [],
    }
    return Response(status=error.status, payload=payload, headers=_SERVER)


def partners_error_response(error: PartnersError, switches: Switches) -> Response:
    """Return the JSON of a Partners error: HTTP 200, unless a switch says otherwise."""
    status = 200 if error.code == "WRONG_AUTHORIZATION" else switches.partners_error_status
    return Response(status=status, payload=error.payload(), headers=_OK_HEADERS)


def html_not_found() -> Response:
    """Return the site's page for an unknown route."""
    return Response(status=404, text=render_not_found_page(), media_type=HTML_TYPE, headers=_HTML_HEADERS)
