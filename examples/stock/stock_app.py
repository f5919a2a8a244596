"""Prices of stocks by SOAP 1.1: one address, the request says what is wanted."""

from collections.abc import Callable
from typing import Any

from lxml import etree
from werkzeug import Request, Response

SOAP, STOCK = "{http://schemas.xmlsoap.org/soap/envelope/}", "{urn:example:stock}"
PRICES = {"ACME": "12.50", "ЗАО": "7.10"}


def create_app() -> Callable[..., Any]:
    """Return the application."""
    return Request.application(_answer)


def _answer(request: Request) -> Response:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    symbol = etree.fromstring(request.get_data(), parser).findtext(f".//{STOCK}symbol", "")
    envelope = etree.Element(f"{SOAP}Envelope", nsmap={"soap": SOAP[1:-1], "s": STOCK[1:-1]})
    body = etree.SubElement(envelope, f"{SOAP}Body")
    if symbol in PRICES:
        price = etree.SubElement(etree.SubElement(body, f"{STOCK}price"), f"{STOCK}value", currency="EUR")
        price.text = PRICES[symbol]
        return _xml(200, envelope)
    fault = etree.SubElement(body, f"{SOAP}Fault")
    etree.SubElement(fault, "faultcode").text = "soap:Client"
    etree.SubElement(fault, "faultstring").text = f"no stock {symbol}"
    return _xml(500, envelope)


def _xml(status: int, root: etree._Element) -> Response:
    return Response(etree.tostring(root, encoding="utf-8"), status, content_type="text/xml; charset=utf-8")
