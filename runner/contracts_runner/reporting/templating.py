"""Jinja for the reports: sandboxed, escaped by default, and a page that may run nothing but its own script."""

import base64
import hashlib
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from contracts_runner.errors import UsageError
from contracts_runner.model.json import Json
from contracts_runner.reporting.markdown import escape_markdown, escape_markdown_line
from contracts_runner.reporting.text import make_visible, render_comparison, render_ms, render_time, render_value


class _Environment(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look for a member first where Jinja looks for an attribute: rows are dictionaries, ten thousands of them."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def build_environment(template_folders: Sequence[Path]) -> Environment:
    """Return the Jinja environment; a template stands in for one of the same name in a later folder.

    Filters: `md` and `md_line` for Markdown, `value` for JSON on one line, `comparison` for a check's expected and
    actual, `ms` for milliseconds, `time` for a moment, `link` for a relative address. Functions: `asset(name)` is a
    file of the template folders as it is (CSS, JavaScript), `csp_hash(name)` its source in a Content-Security-Policy.
    """
    environment = _Environment(
        loader=FileSystemLoader(template_folders),
        autoescape=_is_escaped,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        md=escape_markdown,
        md_line=escape_markdown_line,
        value=render_value,
        comparison=render_comparison,
        ms=render_ms,
        time=render_time,
        link=_quote_link,
    )
    environment.globals.update(
        asset=lambda name: Markup(_read_asset(environment, name)),
        csp_hash=lambda name: _hash_source(_read_asset(environment, name)),
    )
    return environment


def render_template(environment: Environment, name: str, **values: object) -> str:
    """Return the filled template. Raises UsageError, with file and line, for one that is missing or has a mistake."""
    try:
        return environment.get_template(name).render(values)
    except TemplateNotFound as error:
        folders = ", ".join(_find_folders(environment)) or "no folder"
        raise UsageError(f"the report template {error.name} is not there; looked in {folders}") from error
    except TemplateSyntaxError as error:
        raise UsageError(f"{error.filename or error.name}:{error.lineno}: {error.message}") from error
    except TemplateRuntimeError as error:
        raise UsageError(f"{_find_place(error, environment)}: {error.message}") from error


def _find_folders(environment: Environment) -> list[str]:
    assert isinstance(environment.loader, FileSystemLoader)
    return environment.loader.searchpath


def _find_place(error: TemplateRuntimeError, environment: Environment) -> str:
    """Return file:line of the template that was being filled: Jinja writes it into the traceback."""
    folders = _find_folders(environment)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(Path(frame.filename).is_relative_to(folder) for folder in folders)]
    return f"{ours[-1].filename}:{ours[-1].lineno}"


def _is_escaped(name: str | None) -> bool:
    return name is None or ".md" not in name


def _finalize(value: Json) -> Json:
    """Make every printed text visible, whatever the template forgot."""
    return make_visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _quote_link(path: str) -> str:
    """Return a relative address that no path can turn into another scheme or host."""
    return "./" + quote(path.lstrip("/"), safe="/", errors="backslashreplace")


def _read_asset(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    source, _, _ = environment.loader.get_source(environment, name)
    # A browser hashes the text after it has made every line end a line feed.
    return source.replace("\r\n", "\n")


def _hash_source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
