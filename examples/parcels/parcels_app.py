"""Two services behind one address: a catalogue of goods, and the rates of a carrier."""

import json
from collections.abc import Callable
from typing import Any

from werkzeug import Request, Response

GRAMS = {"book": 450, "lamp": 2300}
# country -> cents for a parcel, and for each kilogram that was begun.
RATES = {"DE": (390, 100), "FR": (640, 150)}


def create_app() -> Callable[..., Any]:
    """Return the application."""
    return Request.application(_answer)


def _answer(request: Request) -> Response:
    match request.path.strip("/").split("/"):
        case ["goods", sku] if sku in GRAMS:
            return _json(200, {"sku": sku, "grams": GRAMS[sku]})
        case ["rates", country] if country in RATES:
            grams = int(request.args["grams"])
            if grams > 30_000:
                return _json(422, {"code": "TOO_HEAVY"})
            fixed, each = RATES[country]
            return _json(200, {"price": (fixed + each * -(-grams // 1000)) / 100, "currency": "EUR"})
    return _json(404, {"code": "UNKNOWN"})


def _json(status: int, value: Any) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")
