"""Checks a document by openapi-spec-validator, and remembers which documents it found valid."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version as find_version
from pathlib import Path

from contracts_runner import DISTRIBUTION
from contracts_runner.errors import Problem, Severity
from contracts_runner.model.json import Json
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.drafts import Draft, find_document_draft, leave_out_older

_PACKAGE = "openapi-spec-validator"


def check_with_validator(bundle: Bundle, version: str, *, cache: Path | None) -> Iterator[Problem]:
    """Yield the mistakes that openapi-spec-validator finds in a document without any of ours.

    `cache`: a folder where valid documents are noted by their hash; None for none. The library needs a second, our own
    checks a tenth of it, and most documents are checked many times.
    """
    if find_document_draft(bundle.document) is not Draft.DRAFT_2020:
        return  # the library knows no other one
    note = cache / f"{bundle.sha256}-{find_version(_PACKAGE)}" if cache else None
    if note and note.is_file():
        return
    problems = [
        bundle.build_problem((), f"openapi-spec-validator: {message}", severity=severity)
        for message, severity in _iter_messages(leave_out_older(bundle.document), version)
    ]
    yield from problems
    if note and not problems:
        # A folder that cannot be written costs time, nothing else.
        with suppress(OSError):
            note.parent.mkdir(parents=True, exist_ok=True)
            note.touch()


def find_cache_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """Return the user's cache folder by the platform's rules; None where there is no home folder."""
    home = environ.get("HOME")
    match platform:
        case "win32":
            base = environ.get("LOCALAPPDATA")
        case "darwin":
            base = home and f"{home}/Library/Caches"
        case _:
            base = environ.get("XDG_CACHE_HOME") or (home and f"{home}/.cache")
    # The XDG base directory specification: a relative path is to be ignored.
    return Path(base) / DISTRIBUTION / "valid-specs" if base and os.path.isabs(base) else None


class _NoHandlers(dict[str, Callable[[str], Json]]):
    """Handlers of every URI scheme that fetch nothing: the library takes some data for references."""

    def __contains__(self, _: object) -> bool:
        return True

    def __missing__(self, _: str) -> Callable[[str], Json]:
        return _refuse


def _refuse(uri: str) -> Json:
    raise ValueError(f"{uri} is not fetched")


def _iter_messages(document: dict[str, Json], version: str) -> Iterator[tuple[str, Severity]]:
    """Yield (message, severity)."""
    # Imported when it is needed: the import alone takes half a second.
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
    from openapi_spec_validator.validation.exceptions import ExtraParametersError

    base = OpenAPIV30SpecValidator if version == "3.0" else OpenAPIV31SpecValidator
    validator = type("OfflineValidator", (base,), {"resolver_handlers": _NoHandlers()})
    try:
        for error in validator(document).iter_errors():
            # `required` may name what `properties` does not: JSON Schema allows that.
            is_allowed = isinstance(error, ExtraParametersError)
            yield str(error.message), Severity.WARNING if is_allowed else Severity.ERROR
    except Exception as error:
        # Of any type: the library follows references in data, and calls itself for schemas that compose themselves.
        yield f"could not check the document: {type(error).__name__}: {error}", Severity.WARNING
