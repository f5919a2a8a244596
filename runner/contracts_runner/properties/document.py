"""Cuts an OpenAPI document down to some of its operations, so that nothing else can be generated from it."""

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi.object_kinds import METHODS
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.cases import OperationKey
from contracts_runner.properties.links import find_target

_MORE = "additionalOperations"


def cut_document(spec: Spec, chosen: Collection[OperationKey]) -> dict[str, Any]:
    """Return a copy of the bundled document with the chosen operations only.

    Links to operations that are left out go too; webhooks are requests of the service, not to it. The body of a link is
    the whole body (OpenAPI 3.1 §4.8.20), which has to be marked for Schemathesis. A parameter Accept-Encoding goes: the
    transport alone knows what it can decode.
    """
    document = copy.deepcopy(dict(spec.document))
    document.pop("webhooks", None)
    document["paths"] = dict(_iter_paths(spec, chosen))
    _cut_links(document, lambda link: _is_kept(link, spec, chosen))
    return document


def _is_kept(link: Any, spec: Spec, chosen: Collection[OperationKey]) -> bool:
    """Tell whether a Link Object names a chosen operation, or none."""
    if isinstance(link, dict) and isinstance(link.get("$ref"), str):
        found = spec.bundle.get(link["$ref"])
        link = found[1] if found else None
    if not isinstance(link, dict) or not ("operationId" in link or "operationRef" in link):
        return True
    operation = find_target(spec, link)
    return operation is not None and (operation.method, operation.path) in chosen


def _iter_paths(spec: Spec, chosen: Collection[OperationKey]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in spec.document["paths"]:
        found = spec.bundle.get(("paths", path))
        if found is None:
            continue
        kept = _keep(spec, ("paths", path), {method: method.upper() for method in METHODS}, path, chosen)
        more = (*found[0], _MORE) if _MORE in found[1] else None
        names = {method: method for method in found[1].get(_MORE, {})}
        others = _keep(spec, more, names, path, chosen) if more else {}
        if kept or others:
            shared = {key: value for key, value in found[1].items() if key not in (*METHODS, _MORE)}
            yield (
                path,
                copy.deepcopy({**_leave_out_coding(spec, shared), **kept, **({_MORE: others} if others else {})}),
            )


def _keep(
    spec: Spec, pointer: Pointer, methods: Mapping[str, str], path: str, chosen: Collection[OperationKey]
) -> dict[str, Any]:
    """Return the chosen operations of a mapping; `methods`: key -> method."""
    keys = [key for key, method in methods.items() if (method, path) in chosen]
    return {key: _leave_out_coding(spec, spec.bundle.resolve((*pointer, key))) for key in keys}


def _leave_out_coding(spec: Spec, holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return a path item or an operation without its header parameter Accept-Encoding."""
    if "parameters" not in holder:
        return dict(holder)
    return {**holder, "parameters": [each for each in holder["parameters"] if not _is_coding(spec, each)]}


def _is_coding(spec: Spec, parameter: Any) -> bool:
    if isinstance(parameter, dict) and isinstance(parameter.get("$ref"), str):
        found = spec.bundle.get(parameter["$ref"])
        parameter = found[1] if found else None
    if not isinstance(parameter, dict) or parameter.get("in") != "header":
        return False
    return str(parameter.get("name")).lower() == "accept-encoding"


def _cut_links(value: Any, is_kept: Callable[[Any], bool]) -> None:
    """Remove the links that lead elsewhere, wherever a Response Object can be."""
    if isinstance(value, dict):
        links = value.get("links")
        if isinstance(links, dict) and "description" in value:
            value["links"] = {name: _make_whole(link) for name, link in links.items() if is_kept(link)}
        for child in value.values():
            _cut_links(child, is_kept)
    elif isinstance(value, list):
        for child in value:
            _cut_links(child, is_kept)


def _make_whole(link: Any) -> Any:
    if not isinstance(link, dict) or "requestBody" not in link:
        return link
    return {**link, "x-schemathesis": {"merge_body": False, **link.get("x-schemathesis", {})}}
