"""Takes the values that a step captures from its answer."""

import dataclasses
from collections.abc import Iterator
from typing import assert_never

from contracts_runner.engine.body_data import AmbiguousError, decode_text
from contracts_runner.engine.jsonpath import NothingFoundError, find_in_body, find_matches
from contracts_runner.engine.success import Answer
from contracts_runner.engine.violations import describe_missing, name_missing_header
from contracts_runner.model.checks import CheckName, CheckResult, Violation
from contracts_runner.model.contract import Capture, CaptureSource, Take
from contracts_runner.model.exchange import Response
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.explain_text import shorten
from contracts_runner.reading.group_patterns import find_groups
from contracts_runner.reading.suggest import suggest


def check_capture(
    capture: Capture, answer: Answer, captured: dict[str, Json], *, is_claimed: bool
) -> list[CheckResult]:
    """Add the value to those that were captured; return a row if there is none: failed, or errored where the contract
    claims nothing of the answer (`success: null`), so that only later steps suffer."""

    def work() -> Iterator[CheckResult]:
        try:
            captured[capture.name] = take_value(capture, answer)
        except NothingFoundError as error:
            message = f"'{capture.name}' cannot be captured: {error}"
            if not is_claimed:
                message += "; the contract claims nothing of this answer, but the next steps need it"
            row = CheckResult.judge(
                CheckName.CAPTURE,
                message,
                path=capture.path,
                location=capture.location,
                violations=_describe_missing(capture, answer),
            )
            yield row if is_claimed else dataclasses.replace(row, outcome=Outcome.ERRORED)

    return CheckResult.attempt(CheckName.CAPTURE, work, path=capture.path, location=capture.location)


def _describe_missing(capture: Capture, answer: Answer) -> tuple[Violation, ...]:
    match capture.source:
        case CaptureSource.PATH if not answer.body.is_data or not find_matches(capture.path, answer.body):
            return describe_missing(capture.path, answer.body)
        case CaptureSource.HEADER if answer.response.header(capture.path) is None:
            return (name_missing_header(capture.path),)
    return ()


def take_value(capture: Capture, answer: Answer) -> Json:
    """Return the value; raises NothingFoundError, and UndecidedError where looking for it has no bound."""
    if capture.take is not None:
        return _choose(capture.take, _list_matches(capture, answer), capture.path)
    match capture.source:
        case CaptureSource.PATH:
            return find_in_body(capture.path, answer.body)
        case CaptureSource.HEADER:
            return ", ".join(_list_headers(capture.path, answer.response))
        case CaptureSource.COOKIE:
            return _list_cookies(capture.path, answer.response)[-1]
        case CaptureSource.TEXT:
            return _list_in_text(capture.path, answer.response, is_first=True)[0]
        case CaptureSource.XML:
            return _find_in_xml(capture, answer.response, is_list=False)
        case _:
            assert_never(capture.source)


def _list_matches(capture: Capture, answer: Answer) -> list[Json]:
    """Return all that is found: for a header its fields, for a cookie each time that it is set."""
    match capture.source:
        case CaptureSource.PATH:
            return find_matches(capture.path, answer.body)
        case CaptureSource.HEADER:
            return [*_list_headers(capture.path, answer.response)]
        case CaptureSource.COOKIE:
            return [*_list_cookies(capture.path, answer.response)]
        case CaptureSource.TEXT:
            return [*_list_in_text(capture.path, answer.response)]
        case CaptureSource.XML:
            found = _find_in_xml(capture, answer.response, is_list=True)
            return found if isinstance(found, list) else [found]
        case _:
            assert_never(capture.source)


def _choose(take: Take | int | None, matches: list[Json], path: str) -> Json:
    if not matches:
        raise NothingFoundError(f"nothing is found at {path}")
    match take:
        case Take.ALL:
            return matches
        case Take.ONLY if len(matches) > 1:
            raise NothingFoundError(f"{path} finds {len(matches)} values, not only one")
        case int() if not -len(matches) <= take < len(matches):
            raise NothingFoundError(f"{path} finds {len(matches)} values, none of number {take}")
        case int():
            return matches[take]
    return matches[-1 if take is Take.LAST else 0]


def _list_headers(name: str, response: Response) -> list[str]:
    found = [value for key, value in response.headers if key.lower() == name.lower()]
    if not found:
        hint = suggest(name, dict.fromkeys(name for name, _ in response.headers))
        raise NothingFoundError(f"the answer has no header {name}" + (f". {hint}" if hint else ""))
    return found


def _list_cookies(name: str, response: Response) -> list[str]:
    """Return the values of a cookie as they came (RFC 6265 §5.2); the one that is set last counts."""
    lines = [value for key, value in response.headers if key.lower() == "set-cookie"]
    pairs = [line.partition(";")[0].partition("=") for line in lines]
    cookies = [(key.strip(), value.strip()) for key, _, value in pairs]
    found = [value for key, value in cookies if key == name]
    if not found:
        hint = suggest(name, dict(cookies))
        raise NothingFoundError(f"the answer sets no cookie {name}" + (f". {hint}" if hint else ""))
    return found


def _list_in_text(pattern: str, response: Response, *, is_first: bool = False) -> list[str]:
    try:
        found = find_groups(pattern, decode_text(response.body, response.content_type), is_first=is_first)
    except AmbiguousError as error:
        raise NothingFoundError(str(error)) from None
    if not found:
        raise NothingFoundError(f"nothing in the text matches {shorten(pattern)}")
    return found


def _find_in_xml(capture: Capture, response: Response, *, is_list: bool) -> Json:
    from contracts_runner.engine.xml_content import XmlContent  # with its library

    return XmlContent(response).find(capture.path, capture.namespaces, is_list=is_list)
