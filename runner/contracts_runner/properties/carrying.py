"""Carries on what the requests of a finding took from earlier answers: an id that the run was given is another now.

Which values these are was recorded when they were taken. Nothing else of a request is changed, and a value that cannot
be found in the new answers leaves the finding without its ground.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never
from urllib.parse import parse_qsl, quote, unquote

from contracts_runner.engine.body import parse_body
from contracts_runner.model.exchange import Response, Taken
from contracts_runner.model.http import FORM, strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.properties.recorded_finding import RecordedStep, parse_json

Key = tuple[str, ...]  # what it is in, and the names that lead to it
Values = Mapping[Key, str | int]

_UNRECORDED = "may need a value that an answer gave in the run, and that is another one now; which, was not recorded"


class MissingGroundError(Exception):
    """What a recorded request rests on is not there any more; the message says what."""


class Carrier:
    """Knows the requests and answers of the steps so far, as they were and as they are. `depth` is the limit on nested
    JSON."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._before: list[tuple[RecordedStep, Values, Values]] = []

    def carry(self, step: RecordedStep, operation: Operation) -> RecordedStep:
        """Return a step with what it took from earlier answers as these give it now; raises MissingGroundError."""
        values = dict(_iter_request(step, operation))
        if step.taken is None:
            for value in values.values() if self._before else ():
                if self._find(str(value), "", str(value)) != str(value):
                    raise MissingGroundError(f"{step.name} {_UNRECORDED}")
            return step
        for taken in step.taken:
            key = (taken.placement, *taken.name.split("/"))
            if key in values and (new := self._find(str(values[key]), taken.source)) != str(values[key]):
                step = _put(step, operation, taken, new)
        return step

    def add(self, recorded: RecordedStep, sent: RecordedStep, operation: Operation, response: Response) -> None:
        """Take in a step that was answered: as it was recorded, and as it was sent now."""
        then = {**dict(_iter_request(recorded, operation)), **dict(self._iter_answer(recorded.response))}
        now = {**dict(_iter_request(sent, operation)), **dict(self._iter_answer(response))}
        self._before.append((recorded, then, now))

    def _iter_answer(self, response: Response | None) -> Iterator[tuple[Key, str | int]]:
        if response is not None:
            yield from iter_names(("answer",), parse_body(response, depth=self._depth).value)
            yield from ((("answer header", name.lower()), value) for name, value in response.headers)

    def _find(self, text: str, source: str, otherwise: str | None = None) -> str:
        """Return what now stands where the latest of the steps that had the text under the name `source` had it;
        `otherwise` where none had it."""
        for step, then, now in reversed(self._before):
            keys = [key for key, value in then.items() if str(value) == text and _is_named(key, source)]
            found = {str(now.get(key, "")) for key in keys}
            if len(found) > 1 or "" in found:
                places = " and ".join(sorted(f"{key[0]} {'/'.join(key[1:])}" for key in keys))
                raise MissingGroundError(f"{step.name} gives no value any more, or no single one, in {places}")
            if found:
                return found.pop()
        if otherwise is None:
            raise MissingGroundError(f"none of its earlier requests gives the value '{source}' that it needs")
        return otherwise


def _is_named(key: Key, source: str) -> bool:
    """Tell whether a place has the name that was recorded: of a member, or `/` and all names that lead to it."""
    if source.startswith("/"):
        return key[0] == "answer" and "/".join(("", *key[1:])) == source
    return source.lower() in ("", key[-1].lower())


def _iter_request(step: RecordedStep, operation: Operation) -> Iterator[tuple[Key, str | int]]:
    path, _, query = step.url.partition("?")
    for name, segment in _pair_segments(path, operation):
        yield ("path", name), unquote(segment)
    yield from ((("query", name), value) for name, value in parse_qsl(query, keep_blank_values=True))
    for name, value in step.headers:
        yield ("header", name), value
        for pair in value.split(";") if name.lower() == "cookie" else ():
            yield ("cookie", pair.partition("=")[0].strip()), pair.partition("=")[2].strip()
    if _is_form(step):
        yield from ((("body", name), value) for name, value in parse_qsl(step.body or "", keep_blank_values=True))
    else:
        yield from iter_names(("body",), parse_json(step.body or ""))


def iter_names(key: Key, value: Json) -> Iterator[tuple[Key, str | int]]:
    """Yield what can name a resource, with the names that lead to it."""
    if isinstance(value, Mapping | list):
        for name, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from iter_names((*key, str(name)), item)
    elif is_name(value):
        yield key, value


def is_name(value: Json) -> bool:
    """Tell whether a value can name a resource: a number, or a text that is not empty."""
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _put(step: RecordedStep, operation: Operation, taken: Taken, new: str) -> RecordedStep:
    """Return a step with a new value; all else of it stays letter by letter."""
    path, mark, query = step.url.partition("?")
    match taken.placement:
        case "path":
            segments = path.split("/")
            for index, (name, _) in enumerate(_pair_segments(path, operation, is_whole=True), start=1):
                segments[-index] = quote(new, safe="") if name == taken.name else segments[-index]
            return dataclasses.replace(step, url="/".join(segments) + mark + query)
        case "query":
            return dataclasses.replace(step, url=path + mark + _put_pair(query, taken.name, new))
        case "querystring":
            return dataclasses.replace(step, url=f"{path}?{quote(new, safe='=&')}")
        case "header" | "cookie":
            headers = tuple((name, _put_header(name, value, taken, new)) for name, value in step.headers)
            return dataclasses.replace(step, headers=headers)
        case "body" if _is_form(step):
            return dataclasses.replace(step, body=_put_pair(step.body or "", taken.name, new))
        case "body":
            body = _put_member(parse_json(step.body or ""), taken.name.split("/"), new)
            return dataclasses.replace(step, body=json.dumps(body, ensure_ascii=False))
        case _:
            assert_never(taken.placement)


def _pair_segments(path: str, operation: Operation, *, is_whole: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the placeholders that are whole segments, with what stands there, from the end: the base URL may have a
    path, too. `is_whole`: also the other segments, without a name."""
    templates = operation.path.partition("?")[0].split("/")
    for template, segment in zip(reversed(templates), reversed(path.split("/")), strict=False):
        is_placeholder = template.startswith("{") and template.find("}") == len(template) - 1
        if is_placeholder or is_whole:
            yield (template[1:-1] if is_placeholder else ""), segment


def _put_header(name: str, value: str, taken: Taken, new: str) -> str:
    if taken.placement == "header":
        return new if name.lower() == taken.name.lower() else value
    if name.lower() != "cookie":
        return value
    pairs = (pair.strip().partition("=") for pair in value.split(";"))
    return "; ".join(f"{key}={new if key == taken.name else old}" for key, _, old in pairs)


def _put_pair(text: str, name: str, new: str) -> str:
    pairs = [pair.partition("=") for pair in text.split("&")]
    escaped = quote(new, safe="")
    return "&".join(f"{key}{mark}{escaped if unquote(key) == name else value}" for key, mark, value in pairs)


def _put_member(value: Json, names: Sequence[str], new: str) -> Json:
    if not names:
        return int(new) if isinstance(value, int) and new.isdecimal() else new
    first, *rest = names
    if isinstance(value, Mapping):
        return {name: _put_member(item, rest, new) if name == first else item for name, item in value.items()}
    return [_put_member(item, rest, new) if str(index) == first else item for index, item in enumerate(value)]


def _is_form(step: RecordedStep) -> bool:
    return strip_parameters(step.content_type) == FORM
