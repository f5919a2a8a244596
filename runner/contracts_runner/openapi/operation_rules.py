"""Checks what the form of an OpenAPI document does not show: names that must agree, exist, or be unique."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from contracts_runner.errors import Problem, Severity
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi.operations import OperationSite
from contracts_runner.openapi.read_bundle import ReadBundle
from contracts_runner.reading.suggest import suggest, suggest_or_list

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def check_rules(
    bundle: ReadBundle, sites: Sequence[OperationSite], readable: Iterable[OperationSite]
) -> Iterator[Problem]:
    """Yield the mistakes in the operations of a document; `readable` are those whose form is right."""
    labels = [site.label for site in sites]
    yield from _check_operation_ids(bundle, sites)
    yield from _check_paths(bundle)
    yield from _check_security(bundle, (), bundle.document)
    for site in readable:
        yield from _check_parameters(bundle, site)
        yield from _check_security(bundle, site.pointer, site.value)
        instead = site.value.get("x-instead")
        if instead is not None and instead not in labels:
            message = f"'x-instead' names the unknown operation '{instead}'"
            yield bundle.build_problem((*site.pointer, "x-instead"), message, suggest(str(instead), labels))


def _check_operation_ids(bundle: ReadBundle, sites: Sequence[OperationSite]) -> Iterator[Problem]:
    """Yield ids that several operations have: they name none of them, `METHOD /path` does."""
    first: dict[str, OperationSite] = {}
    for site in sites:
        name = site.value.get("operationId")
        if name is None:
            continue
        earlier = first.setdefault(str(name), site)
        if earlier is not site:
            where = f"{earlier.name}, {bundle.locate((*earlier.pointer, 'operationId'))}"
            message = f"the operationId '{name}' is not unique: {where} has it too"
            hint = f"contracts name the operation '{site.name}'"
            place = (*site.pointer, "operationId")
            yield bundle.build_problem(place, message, hint, severity=Severity.WARNING)


def _check_paths(bundle: ReadBundle) -> Iterator[Problem]:
    """Yield paths that match the same requests: their operations are told apart by name."""
    first: dict[str, str] = {}
    paths = bundle.document.get("paths")
    for path in paths if isinstance(paths, Mapping) else ():
        earlier = first.setdefault(_PLACEHOLDER.sub("{}", path), path)
        if earlier != path:
            message = f"the path '{path}' is the same as '{earlier}', {bundle.locate(('paths', earlier))}"
            yield bundle.build_problem(("paths", path), message, severity=Severity.WARNING)


def _check_parameters(bundle: ReadBundle, site: OperationSite) -> Iterator[Problem]:
    declared: dict[tuple[str, str], Pointer] = {}
    is_whole = True
    for holder in (site.item, site.pointer):
        found = bundle.get((*holder, "parameters"))
        own: set[tuple[str, str]] = set()
        for index in range(len(found[1]) if found else 0):
            target = bundle.get((*holder, "parameters", index))
            if target is None:  # told with the reference
                is_whole = False
                continue
            place, parameter = target
            key = (parameter["name"], parameter["in"])
            if key in own:
                message = f"the {key[1]} parameter '{key[0]}' is declared twice in one list"
                yield bundle.build_problem((*holder, "parameters", index), message)
            own.add(key)
            declared[key] = place
    queries = [key for key in declared if key[1] in ("query", "querystring")]
    if len(queries) > 1 and (whole := next((key for key in queries if key[1] == "querystring"), None)):
        message = f"{site.label}: the parameter '{whole[0]}' is the whole query, beside which there can be no other"
        yield bundle.build_problem(declared[whole], message)
    placeholders = _PLACEHOLDER.findall(site.path)
    names = [name for name, placement in declared if placement == "path"]
    # What cannot be read may be the parameter that is looked for.
    for name in (each for each in placeholders if is_whole and each not in names):
        message = f"{site.label}: the path has '{{{name}}}', but there is no path parameter '{name}'"
        form = {"type": "string"} if bundle.origins else {"schema": {"type": "string"}}
        missing = {"name": name, "in": "path", "required": True, **form}
        mend = bundle.render_mend(site.pointer, {"parameters": [missing]})
        yield bundle.build_problem(site.pointer, message, suggest(name, names), mend=mend)
    for name in (each for each in names if each not in placeholders):
        message = f"{site.label}: the path parameter '{name}' is not in the path {site.path} and is not sent"
        hint = suggest(name, placeholders)
        yield bundle.build_problem(declared[name, "path"], message, hint, severity=Severity.WARNING)


def _check_security(bundle: ReadBundle, pointer: Pointer, value: Json) -> Iterator[Problem]:
    found = bundle.get(("components", "securitySchemes"))
    schemes = found[1] if found and isinstance(found[1], Mapping) else {}
    alternatives = value.get("security")
    for index, alternative in enumerate(alternatives if isinstance(alternatives, list) else ()):
        for name in alternative if isinstance(alternative, Mapping) else ():
            if name not in schemes:
                message = f"there is no security scheme '{name}'"
                place = (*pointer, "security", index, name)
                mend = bundle.render_mend(place[:-1])
                yield bundle.build_problem(place, message, suggest_or_list(name, schemes), mend=mend)
