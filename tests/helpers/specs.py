"""Writes small OpenAPI documents and loads them, for tests."""

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from contracts_runner.errors import Problem, Severity
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.read_bundle import load_bundle
from contracts_runner.openapi.spec import Spec, load_spec

MAIN = "openapi.yaml"


def make_document(version: str = "3.1.0", **parts: Any) -> dict[str, Any]:
    """Return a document with the given parts, such as paths and components."""
    return {"openapi": version, "info": {"title": "Things", "version": "1"}, "paths": {}, **parts}


def make_answer(schema: Any, **parts: Any) -> dict[str, Any]:
    """Return a Response Object for JSON of a schema."""
    return {"description": "An answer", "content": {"application/json": {"schema": schema}}, **parts}


def write_files(folder: Path, files: Mapping[str, Any]) -> Path:
    """Write each file, text as it is and other values as JSON; return the path of the main document."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = dedent(content) if isinstance(content, str) else json.dumps(content, indent=1)
        path.write_text(text, encoding="utf-8")
    return folder / next(iter(files))


def bundle_files(folder: Path, files: Mapping[str, Any]) -> tuple[Bundle, tuple[Problem, ...]]:
    """Bundle the files, the first one being the main document."""
    bundle, problems = load_bundle(write_files(folder, files), folder)
    assert bundle is not None
    return bundle, problems


def read_spec(folder: Path, files: Mapping[str, Any]) -> tuple[Spec | None, tuple[Problem, ...]]:
    """Load the files, the first one being the main document; return all problems, and no spec where one is an error."""
    spec, problems = load_spec("api", write_files(folder, files), folder)
    problems += tuple(found.problem for found in spec.problems) if spec else ()
    is_wrong = any(problem.severity is Severity.ERROR for problem in problems)
    return None if is_wrong else spec, tuple(sorted(problems, key=lambda problem: problem.location))


def load_document(folder: Path, document: Mapping[str, Any]) -> Spec:
    """Load one document that has no mistakes."""
    spec, problems = read_spec(folder, {MAIN: document})
    assert spec is not None, [str(problem) for problem in problems]
    return spec


def render_problems(problems: tuple[Problem, ...]) -> list[str]:
    """Return the lines that a person reads."""
    return [str(problem) for problem in problems]
