"""What a step of an Arazzo workflow sends, as a request of another tool whose operation is known."""

import base64
import copy
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import INVALID_AUTH
from contracts_runner.engine.media_types import choose_media_type
from contracts_runner.engine.parameters import serialise_parameters
from contracts_runner.engine.request_body import encode_operation_body
from contracts_runner.engine.security_schemes import INVALID_CREDENTIAL
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.maintenance.importing.arazzo_documents import RefusedError, Sources, list_items
from contracts_runner.maintenance.importing.arazzo_references import References
from contracts_runner.maintenance.importing.foreign_requests import ForeignRequest
from contracts_runner.maintenance.importing.promises import as_list, as_mapping
from contracts_runner.maintenance.importing.request_matching import Match
from contracts_runner.model.http import is_json_type
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import parse_pointer
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.places import Place
from contracts_runner.reading.suggest import suggest_or_list

_ADDRESS = "http://service.invalid"
_PATH = re.compile(r"\{?\$sourceDescriptions\.([^.}]+)\.url\}?#/paths/([^/]+)(?:/([A-Za-z]+))?")
_PLACES = ("path", "query", "header", "cookie")


@dataclass(frozen=True, slots=True)
class RequestReader:
    """Reads the requests of steps. `refused` takes what of a step is not imported, with its place."""

    sources: Sources
    refused: list[str]

    def read(self, step: Place, shared: Place, references: References) -> tuple[ForeignRequest, Match]:
        """Return the request of a step, with the parameters that its workflow has for all; raises RefusedError."""
        spec, operation = self._find_operation(step)
        given = self._list_parameters((shared, step.at("parameters")), references)
        is_invalid = any(INVALID_CREDENTIAL in str(value) for value in given.values())
        given = {key: value for key, value in given.items() if INVALID_CREDENTIAL not in str(value)}
        declared = {(each.placement, each.name): operation.name_parameter(each) for each in operation.parameters}
        try:
            values = {declared[key]: value for key, value in given.items() if key in declared and value is not None}
            sent = serialise_parameters(operation, values)
            headers = list(sent.headers)
            body = self._read_body(step.at("requestBody"), operation, references, headers)
        except UnsendableError as error:
            raise RefusedError(step, str(error)) from None
        rest = {key: value for key, value in given.items() if key not in declared and value is not None}
        query = [
            *sent.query,
            *(
                f"{quote(name, safe='')}={quote(_render(value), safe='')}"
                for (place, name), value in rest.items()
                if place == "query"
            ),
        ]
        headers += [(name, _encode_pair(_render(value))) for (place, name), value in rest.items() if place == "header"]
        cookies = [
            *sent.cookies,
            *(f"{name}={_render(value)}" for (place, name), value in rest.items() if place == "cookie"),
        ]
        headers += [("Cookie", "; ".join(cookies))] if cookies else []
        path, _, own = sent.path.partition("?")
        target = "&".join(filter(None, (own, *query)))
        request = ForeignRequest(
            where=str(step.location),
            method=operation.method,
            url=f"{_ADDRESS}{path}" + (f"?{target}" if target else ""),
            headers=tuple(headers),
            body=body,
            auth=INVALID_AUTH if is_invalid else None,
        )
        return request, Match(spec=spec, operation=operation, path=path, query=target)

    def _find_operation(self, step: Place) -> tuple[Spec, Operation]:
        identifier, path = step.find("operationId"), step.find("operationPath")
        if isinstance(path, str) and (match := _PATH.fullmatch(path)):
            spec = self._find_source(step.at("operationPath"), match[1])
            [template] = parse_pointer(f"#/{match[2]}")
            name = f"{(match[3] or 'get').upper()} {template}"
            place, specs = step.at("operationPath"), [spec]
        elif isinstance(identifier, str):
            place, name = step.at("operationId"), identifier
            specs = self.sources.list_known()
            qualified = re.fullmatch(r"(\$sourceDescriptions\.)?([^.]+)\.(.+)", identifier)
            if qualified and (qualified[1] or qualified[2] in self.sources.specs):
                name, specs = qualified[3], [self._find_source(place, qualified[2])]
        else:
            raise RefusedError(
                step, "a step names its operation by `operationId`, or by `operationPath` in a source description"
            )
        found = [(spec, operation) for spec in specs if (operation := spec.find_operation(name)) is not None]
        if not found:
            labels = [label for spec in specs for label in spec.operations]
            known = suggest_or_list(name, labels) if labels else "no source description is a spec of the project"
            raise RefusedError(place, "; ".join(filter(None, (f"there is no operation '{name}'", known))))
        if len(found) > 1:
            keys = " and ".join(spec.key for spec, _ in found)
            raise RefusedError(place, f"the operation '{name}' is in {keys}; write $sourceDescriptions.NAME.{name}")
        return found[0]

    def _find_source(self, place: Place, name: str) -> Spec:
        if name not in self.sources.specs:
            hint = suggest_or_list(name, self.sources.specs)
            raise RefusedError(place, "; ".join(filter(None, (f"there is no source description '{name}'", hint))))
        spec = self.sources.specs[name]
        if spec is None:
            raise RefusedError(
                place, f"the source description '{name}' is no spec of the project; choose one with --spec"
            )
        return spec

    def _list_parameters(self, places: Iterable[Place], references: References) -> dict[tuple[str, str], Json]:
        given: dict[tuple[str, str], Json] = {}
        for place in places:
            for where, item in list_items(place, self.refused):
                name, placed = item.get("name"), item.get("in")
                if not isinstance(name, str) or placed not in _PLACES or "value" not in item:
                    self.refused.append(
                        f"{where.location}: a parameter has a `name`, a `value` and `in`: {', '.join(_PLACES)}"
                    )
                else:
                    given[placed, name] = references.resolve(item["value"])
        return given

    def _read_body(
        self, place: Place, operation: Operation, references: References, headers: list[tuple[str, str]]
    ) -> bytes | None:
        written = as_mapping(place.find())
        if "payload" not in written:
            return None
        media_type = str(written.get("contentType") or choose_media_type(operation))
        payload = references.resolve(copy.deepcopy(written["payload"]))
        if isinstance(payload, str) and is_json_type(media_type):
            payload = _parse(payload)
        for item in map(as_mapping, as_list(written.get("replacements"))):
            payload = self._replace(place, payload, str(item.get("target", "")), references.resolve(item.get("value")))
        if isinstance(payload, str) and not is_json_type(media_type):
            headers.append(("Content-Type", media_type))
            return payload.encode()
        encoded = encode_operation_body(operation, payload, media_type)
        headers.append(("Content-Type", encoded.media_type))
        return encoded.content

    def _replace(self, place: Place, payload: Json, target: str, value: Json) -> Json:
        """Return a payload with the value at a JSON Pointer."""
        try:
            *parents, last = parse_pointer(target)
            owner = payload
            for part in parents:
                owner = owner[int(part)] if isinstance(owner, list) else owner[part]
            owner[int(last) if isinstance(owner, list) else last] = value
        except (ValueError, KeyError, IndexError, TypeError):
            told = "only a run knows the payload in which" if isinstance(payload, str) else "the payload has nothing at"
            end = f" '{target}' is replaced" if isinstance(payload, str) else f" '{target}'"
            self.refused.append(f"{place.at('replacements').location}: {told}{end}")
        return payload


def _parse(text: str) -> Json:
    """Return the value of a JSON text, else the text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _encode_pair(text: str) -> str:
    """Return a header; of Basic authentication whose user and password are one input, in a form of theirs."""
    match = re.fullmatch(r"Basic (_contracts_open_[0-9a-f]+_)", text)
    return f"Basic {base64.b64encode(f'{match[1]}:{match[1]}'.encode()).decode()}" if match else text


def _render(value: Json) -> str:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return ",".join(map(_render, value))
    return value if isinstance(value, str) else json.dumps(value)
