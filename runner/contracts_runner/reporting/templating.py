"""Jinja for the reports: sandboxed, escaped by default, and a page that may run nothing but its own script."""

import base64
import hashlib
import json
import os
import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from io import BytesIO
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
    pass_eval_context,
)
from jinja2.nodes import EvalContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape
from msgspec import Struct

from contracts_runner import read_version
from contracts_runner.errors import UsageError
from contracts_runner.reading.cache import find_cache
from contracts_runner.reporting.cause_views import render_passed, render_since
from contracts_runner.reporting.commands import name_credentials, render_command
from contracts_runner.reporting.compiled_templates import CompiledTemplates
from contracts_runner.reporting.differences import list_differences
from contracts_runner.reporting.digest import find_path, render_quarantine
from contracts_runner.reporting.drift_text import render_drift
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.reporting.pretty import pretty_json, render_body
from contracts_runner.reporting.samples import render_values
from contracts_runner.reporting.text import (
    encode_report,
    escape_markdown,
    escape_markdown_line,
    make_visible,
    render_literal,
    render_literal_pair,
    render_ms,
    render_span,
    render_time,
    render_value,
)
from contracts_runner.results.figures import BlockFormat, select_figures
from contracts_runner.results.lines import as_json
from contracts_runner.results.results import Results

# An identifier of so many characters stands on one line everywhere.
_FITS = 12
_SEAM = re.compile(r"(?<=[._:/-])(?=\w)")
# What could end the block itself, or an element or comment around it.
_ACTIVE_IN_BLOCK = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "--": "-\\u002d"}


class _Environment(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return a field of a row, or of what a view makes of it, at once: there are ten thousands of them."""
        return getattr(obj, attribute) if _is_field((type(obj), attribute)) else super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return the same for a filter, which asks so for the attributes that it is named."""
        is_field = type(argument) is str and _is_field((type(obj), argument))
        return getattr(obj, argument) if is_field else super().getitem(obj, argument)


@lru_cache(maxsize=4096)
def _is_field(place: tuple[type, str]) -> bool:
    kind, name = place
    fields = kind.__struct_fields__ if issubclass(kind, Struct) else getattr(kind, "__dataclass_fields__", ())
    return name in fields and not name.startswith("_")


class _ChosenLoader(FileSystemLoader):
    """Finds the chosen files only: name -> path, None for one that is not at hand."""

    def __init__(self, folders: Sequence[Path], chosen: Mapping[str, Path | None]) -> None:
        super().__init__(folders)
        self._chosen = chosen

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Return (text, file, whether it is unchanged). Raises FileNotFoundError for one that is not at hand."""
        path = self._chosen.get(template)
        if path is None:
            if template not in self._chosen:
                # A template may ask for one that never existed.
                super().get_source(environment, template)
            raise FileNotFoundError(f"the template {template} with the SHA-256 that the run names is not at hand")
        return path.read_text(encoding="utf-8"), str(path), lambda: True


def build_environment(
    template_folders: Sequence[Path], chosen: Mapping[str, Path | None] | None = None, phrases: Phrases = ENGLISH
) -> Environment:
    """Return the Jinja environment; a template replaces one of the same name in a later folder. With `chosen`
    (name -> path, None for one that is not at hand) only these files of the folders are templates.

    Filters: `md` and `md_line` for Markdown, `pretty` for a body in indented lines if it is JSON, `body(paths)` for the
    same with marks at JSONPaths, `differences` of a check, `command` for an exchange as a curl line, `runnable` for a
    recorded one, `value` for JSON on one line, `literal` for JSON that tells 12 from "12", `comparison` for a check's
    expected and actual, `literals` for the two as such JSON, `drift` of a place of answers, `counted(noun)` for a
    number with its noun, `quarantine` of a scenario, `since` for what earlier runs tell of a row, `passed` for when it
    passed last, `breakable` for an identifier that ends a line at its punctuation, `ms` for milliseconds, `time` for a
    moment, `day` for less of it, `until(moment)` for the time between two, `path` for that of a URL, `link` for a
    relative address, `figures_block` for the results' figures as a block that programs read (a script element in HTML,
    else a comment).
    Functions: `asset(name)` is a file of the template folders as it is (CSS, JavaScript), `csp_hash(name)` its source
    in a Content-Security-Policy, `_(phrase, name=value)` the phrase in the language of the report, with values in the
    place of `%(name)s`.
    """
    cache = find_cache(os.environ)
    environment = _Environment(
        bytecode_cache=CompiledTemplates(cache, f"{read_version()} {phrases.language}") if cache else None,
        loader=FileSystemLoader(template_folders) if chosen is None else _ChosenLoader(template_folders, chosen),
        autoescape=_is_escaped,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "default": as_json}
    environment.filters.update(
        md=escape_markdown,
        md_line=escape_markdown_line,
        pretty=lambda text: pretty_json(text) or text,
        body=render_body,
        differences=list_differences,
        command=render_command,
        runnable=name_credentials,
        value=render_value,
        comparison=partial(render_values, phrases=phrases),
        literal=render_literal,
        literals=render_literal_pair,
        path=find_path,
        ms=render_ms,
        time=partial(render_time, phrases=phrases),
        day=lambda value: render_time(value)[:10],
        until=partial(render_span, phrases=phrases),
        since=partial(render_since, phrases=phrases),
        passed=partial(render_passed, phrases=phrases),
        breakable=_make_breakable,
        drift=partial(render_drift, phrases=phrases),
        counted=phrases.count,
        quarantine=partial(render_quarantine, phrases=phrases),
        link=_quote_link,
        urlencode=_quote_part,
        figures_block=_render_figures_block,
    )
    environment.globals.update(
        _=phrases,
        asset=lambda name: Markup(_read_asset(environment, name)),
        csp_hash=lambda name: _hash_source(_read_asset(environment, name)),
    )
    return environment


def render_template(environment: Environment, name: str, **values: object) -> bytes:
    """Return the filled template in UTF-8. Raises UsageError, with file and line, for one that is missing or has a
    mistake.

    Raises FileNotFoundError for one that was chosen and is not at hand.
    """
    # Encoded piece by piece: as a text a report with Cyrillic names takes twice its size, its pieces as much again.
    filled = BytesIO()
    try:
        for piece in environment.get_template(name).generate(values):
            filled.write(encode_report(piece))
    except TemplateNotFound as error:
        folders = ", ".join(_find_folders(environment)) or "no folder"
        raise UsageError(f"the report template {error.name} does not exist; looked in {folders}") from error
    except TemplateSyntaxError as error:
        raise UsageError(f"{error.filename or error.name}:{error.lineno}: {error.message}") from error
    except (TemplateRuntimeError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise UsageError(f"{_find_place(error, environment) or name}: {error}") from error
    return filled.getvalue()


def _find_folders(environment: Environment) -> list[str]:
    assert isinstance(environment.loader, FileSystemLoader)
    return environment.loader.searchpath


def _find_place(error: Exception, environment: Environment) -> str:
    """Return file:line of the template that was being filled, which Jinja writes into the traceback; "" if none was."""
    folders = _find_folders(environment)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(Path(frame.filename).is_relative_to(folder) for folder in folders)]
    return f"{ours[-1].filename}:{ours[-1].lineno}" if ours else ""


def _is_escaped(name: str | None) -> bool:
    return name is None or ".md" not in name


def _finalize(value: object) -> object:
    """Make every printed text visible, whether or not the template does."""
    return make_visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _quote_part(text: str) -> str:
    """Return a part of an address; a text may hold half of a surrogate pair."""
    return quote(text, safe="/", errors="backslashreplace")


def _make_breakable(text: str) -> Markup:
    """Return an identifier that a line ends in after its marks of punctuation, and not in a word."""
    shown = escape(make_visible(text))
    return Markup(_SEAM.sub("<wbr>", shown)) if len(text) > _FITS else shown


def _quote_link(path: str) -> str:
    """Return a relative address that no path can turn into another scheme or host; `#` is before a name in a file."""
    return "./" + "#".join(map(_quote_part, path.lstrip("/").split("#")))


@pass_eval_context
def _render_figures_block(context: EvalContext, results: Results) -> Markup:
    if not isinstance(results, Results):
        raise TypeError("figures_block takes the results")
    text = json.dumps(select_figures(results), separators=(",", ":"))
    for active, escaped in _ACTIVE_IN_BLOCK.items():
        text = text.replace(active, escaped)
    begin, end = (BlockFormat.HTML if context.autoescape else BlockFormat.MARKDOWN).value
    return Markup(f"{begin}{text}{end}")


def _read_asset(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    source, _, _ = environment.loader.get_source(environment, name)
    # A browser hashes the text after it has made every line end a line feed.
    return source.replace("\r\n", "\n")


def _hash_source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
