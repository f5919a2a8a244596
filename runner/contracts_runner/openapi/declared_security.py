"""Builds the security schemes of a bundled OpenAPI document, and what an operation asks of them."""

from collections.abc import Iterator, Mapping

from contracts_runner.model.json import Json
from contracts_runner.model.spec import OAuthFlow, SecurityScheme
from contracts_runner.openapi.bundle import Bundle


def read_security(bundle: Bundle, value: Mapping[str, Json]) -> tuple[tuple[str, ...], ...]:
    """Return what an operation says, or else the document; null says nothing, and what has no form is left out."""
    own = value.get("security")
    alternatives = bundle.document.get("security") if own is None else own
    listed = alternatives if isinstance(alternatives, list) else ()
    return tuple(tuple(alternative) for alternative in listed if isinstance(alternative, Mapping))


def build_security_schemes(bundle: Bundle) -> dict[str, SecurityScheme]:
    """Return the document's security schemes by name."""
    found = bundle.get(("components", "securitySchemes"))
    named = {
        name: bundle.get(("components", "securitySchemes", name))
        for name in (found[1] if found and isinstance(found[1], Mapping) else ())
    }
    return {
        name: SecurityScheme(
            name=name,
            type=str(place[1].get("type", "")),
            scheme=str(place[1].get("scheme", "")).lower(),
            placement=str(place[1].get("in", "")),
            parameter=str(place[1].get("name", "")),
            flows=tuple(_iter_flows(place[1].get("flows"))),
            openid_url=str(place[1].get("openIdConnectUrl", "")),
        )
        for name, place in named.items()
        if place is not None and isinstance(place[1], Mapping)
    }


def _iter_flows(flows: Json) -> Iterator[OAuthFlow]:
    for name, flow in flows.items() if isinstance(flows, Mapping) else ():
        if isinstance(flow, Mapping) and isinstance(flow.get("tokenUrl"), str):
            yield OAuthFlow(name=name, token_url=flow["tokenUrl"])
