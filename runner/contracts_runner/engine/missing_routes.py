"""Why a service may have no such route: what of the document comes nearest to the request that it did not find."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from urllib.parse import urlsplit

from contracts_runner.engine.conformance import find_response
from contracts_runner.engine.media_types import find_media_type
from contracts_runner.engine.success import Answer
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.http import is_json_type
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.suggest import find_similar

# They say that another answer came than the one that was expected.
_OF_ANSWER = (CheckName.STATUS, CheckName.SUCCESS, CheckName.ERROR, CheckName.STATUS_DECLARED)
_MISSING = frozenset({404, 405, 501})
_VERSION = re.compile(r"v?\d+(\.\d+)*|latest|beta|stable", re.IGNORECASE)
_ALIKE = 0.75
_MOST = 3


def tell_missing(
    checks: Sequence[CheckResult], spec: Spec, operation: Operation, url: str, answer: Answer, *, is_simulated: bool
) -> Sequence[CheckResult]:
    """Return the checks of an answer; where another one was expected, the first that says so tells what of the document
    comes nearest to a missing route."""
    failed = next((row for row in checks if row.check in _OF_ANSWER and row.outcome is Outcome.FAILED), None)
    if failed is None or not (why := explain_missing(spec, operation, url, answer, is_simulated=is_simulated)):
        return checks
    told = replace(failed, message=f"{failed.message}: {why}")
    return [told if check is failed else check for check in checks]


def explain_missing(spec: Spec, operation: Operation, url: str, answer: Answer, *, is_simulated: bool) -> str:
    """Return what of the document comes nearest, as the end of a sentence; "" where the service has the route, or where
    nothing comes near. The host of a sandbox says nothing."""
    if not _is_missing(operation, answer):
        return ""
    if near := name_nearest(spec, operation):
        return f"no such route; the document has {near}"
    # What answers in JSON is likely an API, if another one than the document names.
    is_any_host = is_simulated or is_json_type(answer.response.media_type or "")
    if places := _find_places(spec, operation, url, is_any_host=is_any_host):
        return f"no such route; the document is served at {places}"
    return ""


def name_nearest(spec: Spec, operation: Operation) -> str:
    """Return the operations of the document that come nearest to one, "" where none does."""
    named = dict.fromkeys(f"{each.method} {each.path}" for each in _iter_near(spec, operation))
    return " or ".join(islice(named, _MOST))


def _is_missing(operation: Operation, answer: Answer) -> bool:
    response = answer.response
    if response.status_code not in _MISSING:
        return False
    if answer.success.error_code is not None and is_json_type(response.media_type or ""):
        return False  # the route exists, the resource does not
    promised = find_response(operation, response.status_code)
    if promised is None or str(response.status_code) != promised.status:
        return True
    return bool(promised.schemas) and find_media_type(promised.schemas, response.content_type) is None


def _iter_near(spec: Spec, operation: Operation) -> Iterator[Operation]:
    """Yield the nearest operations: those of the same path, else but for a slash, else of another version, else of a
    path with nearly the same words; by the same method first."""
    if operation.is_described:
        # The document has the route; where it has moved to, another version may tell.
        yield from (each for each in spec.operations.values() if _is_other_version(operation, each))
        return
    own = operation.path
    same = [each for each in spec.operations.values() if _fits(own, each.path)]
    slashed = [each for each in spec.operations.values() if _fits(own.rstrip("/"), each.path.rstrip("/"))]
    unversioned = [each for each in spec.operations.values() if _fits(_strip(own), _strip(each.path))]
    alike = [each for each in spec.operations.values() if _resembles(own, each.path)]
    for found in (same, slashed, unversioned, alike):
        if found:
            yield from sorted(found, key=lambda each: each.method != operation.method)
            return


def _is_other_version(operation: Operation, other: Operation) -> bool:
    is_same = operation.method == other.method and operation.path != other.path
    return is_same and _fits(_strip(operation.path), _strip(other.path))


def _fits(path: str, template: str) -> bool:
    """Tell whether a path, which may have placeholders of its own, is that of a template."""
    words, others = path.split("/"), template.split("/")
    pairs = zip(words, others, strict=False)
    return len(words) == len(others) and all("{" in other or word == other for word, other in pairs)


def _resembles(path: str, template: str) -> bool:
    words, others = path.strip("/").split("/"), template.strip("/").split("/")
    pairs = [(word, other) for word, other in zip(words, others, strict=False) if word != other]
    is_alike = all("{" in other or "{" in word or find_similar(word, [other], cutoff=_ALIKE) for word, other in pairs)
    return len(words) == len(others) and is_alike and any("{" not in other for other in others)


def _strip(path: str) -> str:
    """Return a path without what stands for a version, or for an API as a whole, and without a slash at the end."""
    words = [word for word in path.split("/") if word and word.lower() not in ("api", "rest")]
    return "/".join(word for word in words if not _VERSION.fullmatch(word) or word.isdecimal())


def _find_places(spec: Spec, operation: Operation, url: str, *, is_any_host: bool) -> str:
    """Return the addresses of the document, where the request went to none of them."""
    from contracts_runner.openapi.operations import list_servers

    written = [server for server in list_servers(spec.document.get("servers")) if not operation.servers]
    addresses = [_fill(server) for server in written]
    asked = urlsplit(url)
    for address in addresses:
        known = urlsplit(address)
        is_here = is_any_host or not known.hostname or known.hostname == asked.hostname
        if is_here and asked.path.startswith(known.path.rstrip("/") + "/"):
            return ""
    return " or ".join(addresses[:_MOST])


def _fill(server: Mapping[str, object]) -> str:
    url, variables = str(server["url"]), server.get("variables")
    for name, variable in variables.items() if isinstance(variables, Mapping) else ():
        if isinstance(variable, Mapping):
            url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    return url
