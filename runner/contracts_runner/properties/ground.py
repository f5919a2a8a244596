"""Whether what a recorded finding rests on is still there: its requests as they were, and what they ask for."""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.http import find_charset
from contracts_runner.model.spec import SecurityScheme
from contracts_runner.properties.recorded_finding import RecordedFinding, RecordedStep
from contracts_runner.redaction.replacement import MARKER

Schemes = Mapping[str, SecurityScheme]

_UNRECORDED = re.compile(r"<[0-9]+ bytes of [^<>]{1,100}, sha256 [0-9a-f]{64}>")
# What `redaction: partial` leaves of a value.
_PARTIAL = "***"
# Answers that say nothing of a defect: not allowed, not there, too often.
_TELLING_NOTHING = frozenset({401, 403, 404, 410, 429})
# What the service accepted and should have refused.
REFUSED = (PropertyCheck.NEGATIVE_DATA_REJECTION, PropertyCheck.USE_AFTER_FREE, PropertyCheck.IGNORED_AUTH)
# Where one of them is the right answer.
_PROOFS: Mapping[PropertyCheck, frozenset[int]] = {
    PropertyCheck.IGNORED_AUTH: frozenset({401, 403}),
    PropertyCheck.USE_AFTER_FREE: frozenset({404, 410}),
}
# Charsets of single characters; others take the time of a program.
_ENCODINGS = re.compile(r"ascii|utf-?(8|16|32)(-[bl]e)?|iso8859-[0-9]+|cp[0-9]+|koi8-[ru]")


def find_lost_part(step: RecordedStep, redaction: RedactionMode, schemes: Schemes) -> str:
    """Return what of a request was not recorded as it was sent, "" if all was; credentials are left out: those of the
    environment are sent."""
    body = step.body or ""
    if _UNRECORDED.fullmatch(body):
        return "its body was not recorded"
    try:
        encode_body(body, step.headers)
    except (LookupError, ValueError):
        return "its body was not recorded as it was"
    if "\ufffd" in body:
        return "its body was not recorded as it was"
    for place, text in _iter_parts(step, schemes):
        if MARKER.search(text) or (redaction is RedactionMode.PARTIAL and _PARTIAL in text):
            return f"{place} holds a value that was redacted"
    return ""


def encode_body(body: str, headers: Sequence[tuple[str, str]]) -> bytes:
    """Return the bytes of a recorded body, in the charset of its Content-Type, else in UTF-8; raises LookupError or
    ValueError for a text that the charset does not have."""
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    charset = find_charset(content_type)
    encoding = codecs.lookup(charset).name if charset else "utf-8"
    if not _ENCODINGS.fullmatch(encoding):
        raise LookupError(encoding)
    # A lone surrogate was sent as the three bytes that JSON libraries make of it.
    return body.encode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")


def is_telling(finding: RecordedFinding, status: int) -> bool:
    """Tell whether an answer with another status than the run's can say something of the finding: not if what the last
    request asks for is not there, or not allowed."""
    return status not in _TELLING_NOTHING or status in _list_proofs(finding)


def has_credential(step: RecordedStep, schemes: Schemes) -> bool:
    """Tell whether a request carried the credential of a scheme."""
    headers = {name.lower(): value for name, value in step.headers}
    cookies = {pair.partition("=")[0].strip() for pair in headers.get("cookie", "").split(";")}
    for scheme in schemes.values():
        match scheme.placement:
            case "query":
                found = drop_credential(step.url, {scheme.name: scheme}) != step.url
            case "cookie":
                found = scheme.parameter in cookies
            case _:
                found = (scheme.parameter or "Authorization").lower() in headers
        if found:
            return True
    return False


def drop_credential(url: str, schemes: Mapping[str, SecurityScheme]) -> str:
    """Return the URL without the credentials in its query: the run replaced them, and ours are added again."""
    names = {scheme.parameter for scheme in schemes.values() if scheme.placement == "query"}
    path, _, query = url.partition("?")
    pairs = query.split("&")
    kept = [pair for pair in pairs if unquote(pair.partition("=")[0]) not in names]
    return url if kept == pairs else "?".join(filter(None, (path, "&".join(kept))))


def list_credential_headers(schemes: Schemes) -> set[str]:
    """Return the names, in lower case, of the headers that hold credentials, Cookie aside."""
    return {"authorization", *(scheme.parameter.lower() for scheme in schemes.values() if scheme.placement == "header")}


def drop_cookies(header: str, schemes: Schemes) -> str:
    """Return the value of a Cookie header without the credentials in it, "" if nothing is left."""
    names = {scheme.parameter for scheme in schemes.values() if scheme.placement == "cookie"}
    pairs = (pair.strip() for pair in header.split(";"))
    return "; ".join(pair for pair in pairs if pair.partition("=")[0].strip() not in names)


def _iter_parts(step: RecordedStep, schemes: Schemes) -> Iterator[tuple[str, str]]:
    yield "its URL", unquote(drop_credential(step.url, schemes))
    yield "its body", step.body or ""
    own = list_credential_headers(schemes)
    for name, value in step.headers:
        if name.lower() == "cookie":
            yield f"its header {name}", drop_cookies(value, schemes)
        elif name.lower() not in own:
            yield f"its header {name}", value


def _list_proofs(finding: RecordedFinding) -> frozenset[int]:
    """Return the answers of a service that is right where the finding was."""
    # A thing of an invalid name does not exist.
    is_name = finding.check is PropertyCheck.NEGATIVE_DATA_REJECTION and "path `" in finding.failure.message
    return frozenset({404}) if is_name else _PROOFS.get(finding.check, frozenset())
