"""Whether a request writes, by its method and its concrete address, whoever made it.

An operation does what its spec says of it. But a value, or a run folder that somebody sent, can make another operation
of a request: the write guard asks here, and so does who must know before a request is sent.
"""

import contextlib
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late
from contracts_runner.model.exchange import Request
from contracts_runner.model.http import Origin, find_origin
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Effect, Operation
from contracts_runner.openapi.paths import (
    Pairs,
    Segments,
    Template,
    find_reached,
    iter_readings,
    may_reach,
    parse_pairs,
)
from contracts_runner.openapi.spec import Spec

# Headers, and fields of a query or a body, by which services take another method than that of the request; "-" for "_",
# which some do not tell apart.
_OVERRIDES = frozenset({"x-http-method-override", "x-http-method", "x-method-override", "-method", "-httpmethod"})
# Headers by which they take another address.
_PLACES = frozenset({"x-original-url", "x-original-uri", "x-rewrite-url", "x-override-url", "x-forwarded-uri"})
_UNKNOWN = "another method"
_MOST_REACHED = 4096
# Nobody serves a longer one; to judge it would take time.
_LONGEST_PATH = 8_192
_AUTHORITY = compile_late(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
_PART_NAME = compile_late(r"""name(?:\*=[\w-]{1,40}'[\w-]{0,40}'|="?)([^";\r\n]*)""")


@dataclass(frozen=True, slots=True)
class Effects:
    """What requests to operations do; those without an address of their own are at `base_url`, or, without
    one, anywhere."""

    operations: tuple[Operation, ...]
    base_url: str = ""
    _templates: dict[Origin, list[Template]] = field(default_factory=dict, compare=False, repr=False)
    # What addresses reach that were asked for.
    _reached: dict[tuple[object, ...], list[Operation]] = field(default_factory=dict, compare=False, repr=False)
    # By origin, method and number of segments.
    _near: dict[tuple[Origin, str, int], tuple[list[Template], bool]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def find_writer(self, request: Request) -> str:
        """Return what may write if the request is sent, as the subject of a sentence; "" if it only reads."""
        if request.effect is Effect.WRITE:
            return request.operation
        parts = urlsplit(request.url)
        pairs = parse_pairs(parts.query)
        fields = _split_pairs(parts.query) if ";" in parts.query else pairs
        methods = sorted({request.method, *_iter_overrides(request, fields)})
        for method, url in itertools.product(methods, (request.url, *self._iter_places(request))):
            if writer := self.find_writer_at(method, url, pairs):
                return f"{request.operation}, sent as {writer},"
        return ""

    def _iter_places(self, request: Request) -> Iterator[str]:
        """Yield where a service may take the request to be sent that goes by its headers, below the base URL or not."""
        for name, value in request.headers:
            if name.lower().replace("_", "-") in _PLACES:
                path = "/" + _AUTHORITY.sub("", value.strip()).lstrip("/")
                for prefix in ("", urlsplit(self.base_url).path.rstrip("/")):
                    yield urlsplit(request.url)._replace(path=prefix + path).geturl()

    def find_writer_at(self, method: str, url: str, pairs: Pairs = ()) -> str:
        """Return the operation that may write at an address, else a method that does where the spec has no operation
        (RFC 9110 §9.2.1); "" if what is sent there only reads."""
        path = urlsplit(url).path
        if len(path) > _LONGEST_PATH:
            return f"{method} to an address of {len(path)} characters"
        reached: list[Operation] = []
        # HEAD is what GET is, without its body (RFC 9110 §9.3.2).
        for each in (method, "GET") if method == "HEAD" else (method,):
            for number, segments in enumerate(iter_readings(path)):
                found = self._find_reached(find_origin(url), each, segments, tuple(pairs))
                if not found and number == 0 and Effect.guess(each) is Effect.WRITE:
                    return each
                reached += found
        return next((operation.label for operation in reached if operation.effect is Effect.WRITE), "")

    def _find_reached(
        self, origin: Origin, method: str, segments: Segments, pairs: tuple[tuple[str, str], ...]
    ) -> list[Operation]:
        near, has_queries = self._list_near(origin, method, segments)
        # Most addresses come again, with another query.
        key = method, origin, segments, pairs if has_queries else ()
        found = self._reached.get(key)
        if found is None:
            if len(self._reached) >= _MOST_REACHED:
                self._reached.clear()
            found = self._reached[key] = find_reached(near, method, segments, pairs)
        return found

    def _list_near(self, origin: Origin, method: str, segments: Segments) -> tuple[list[Template], bool]:
        """Return the operations that a path of so many segments can reach, and whether a query decides which."""
        key = origin, method, len(segments)
        if key not in self._near:
            templates = self._list_templates(origin)
            near = [each for each in templates if may_reach(each, method, segments)]
            self._near[key] = near, any("?" in path for path, _ in near)
        return self._near[key]

    def _list_templates(self, origin: Origin) -> list[Template]:
        """Return the operations that an origin serves, each with its whole path; every origin, where none is known."""
        if origin not in self._templates:
            addresses = {each.find_base_url(self.base_url) for each in self.operations}
            paths = {each: urlsplit(each).path for each in addresses if not each or find_origin(each) == origin}
            placed = ((paths.get(each.find_base_url(self.base_url)), each) for each in self.operations)
            self._templates[origin] = [(path + each.path, each) for path, each in placed if path is not None]
        return self._templates[origin]


def build_effects(specs: Iterable[Spec], base_url: str) -> Effects:
    """Return what requests to the operations of some specs do; `base_url` is that of the environment."""
    return _build_effects(tuple(specs), base_url)


@lru_cache(maxsize=4)
def _build_effects(specs: tuple[Spec, ...], base_url: str) -> Effects:
    return Effects(tuple(operation for spec in specs for operation in spec.operations.values()), base_url)


def _iter_overrides(request: Request, fields: Pairs) -> Iterator[str]:
    for name, value in (*request.headers, *fields, *_iter_fields(request.body or b"")):
        if name.strip().lower().replace("_", "-") in _OVERRIDES:
            yield str(value).strip().upper() or _UNKNOWN


def _iter_fields(body: bytes) -> Iterator[tuple[str, Json]]:
    """Yield the fields of a body, whatever it calls itself: of a form, of JSON, and of parts, without their values."""
    if not body:
        return
    # JSON may be in UTF-16, may begin with a byte order mark, and may have a name twice.
    for charset in {"utf-8", json.detect_encoding(body)}:
        text = body.decode(charset, "replace")
        yield from _split_pairs(text)
        yield from ((unquote(name), "") for name in _PART_NAME.findall(text))
        with contextlib.suppress(ValueError, RecursionError):
            if isinstance(value := json.loads(text, object_pairs_hook=_Members), _Members):
                yield from value


class _Members(list[tuple[str, Json]]):
    """The members of a JSON object, all of them."""


def _split_pairs(text: str) -> Pairs:
    return parse_pairs(text.replace(";", "&"))  # some separate by the one, some by the other
