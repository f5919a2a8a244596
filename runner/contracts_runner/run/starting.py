"""Starts a project from an OpenAPI document: `contracts init`."""

import dataclasses
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from contracts_runner.errors import Problem, ProjectError, Severity, UsageError
from contracts_runner.maintenance.drafts.document_files import CollectedDocument, collect_document, is_url
from contracts_runner.maintenance.drafts.environment_drafts import draft_environments
from contracts_runner.maintenance.drafts.project_drafts import ProjectDraft, choose_key, draft_project
from contracts_runner.maintenance.lint.report import CheckReport, render_text
from contracts_runner.model.nouns import count_noun
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.project.project import spare_collection
from contracts_runner.project.settings.settings import FILE_NAME
from contracts_runner.reading.cache import find_cache
from contracts_runner.reporting.text import make_visible
from contracts_runner.run.fetching import bound_fetch

_FOLDER = "spec"


def start_project(source: str, folder: Path, *, is_minimal: bool) -> None:
    """Write a project for the document that `source` names into a folder, and print what was found.

    Raises UsageError or ProjectError, and then has written nothing.
    """
    collected = collect_document(source, Path.cwd(), bound_fetch())
    document = f"{_FOLDER}/{collected.main}"
    spec = _load(collected, document)
    environments = draft_environments(spec, source if is_url(source) else "")
    draft = draft_project(spec, document, environments, is_minimal=is_minimal)
    copies = {f"{_FOLDER}/{name}": content for name, content in collected.files.items()}
    origins = {f"{_FOLDER}/{name}": path for name, path in collected.origins.items()}
    rendered = {name: text.encode("utf-8") for name, text in draft.files.items()}
    _write(folder, {**copies, **rendered}, origins)
    has_credentials = bool(environments[0].credentials) and not is_minimal
    print(make_visible(_render(folder, spec, draft, collected.missing, has_credentials=has_credentials)))


def _load(collected: CollectedDocument, document: str) -> Spec:
    """Return the document as it will be in the project; raises UsageError or ProjectError where it is none."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        for path, content in collected.files.items():
            target = root / _FOLDER / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        key = choose_key(document, collected.files[collected.main])
        with spare_collection():
            # What is kept of it is what the first `contracts check` asks for.
            spec, problems = load_spec(key, root / document, root, cache=find_cache(os.environ))
    if spec is None:
        raise ProjectError(problems)
    if all(operation.fault for operation in spec.operations.values()):
        found = [each.problem for each in spec.problems if each.problem.severity is Severity.ERROR]
        if found:
            raise ProjectError(found)
        raise UsageError(f"{document}: the document has no operation in its `paths`, so there is nothing to check")
    return spec


def _write(folder: Path, files: Mapping[str, bytes], origins: Mapping[str, Path]) -> None:
    """Write new files; none of them where one is there already, but for the document itself in its place."""
    wanted = {name: each for name, each in files.items() if not _is_in_place(folder / name, origins.get(name), each)}
    there = [name for name in wanted if os.path.lexists(folder / name)]
    if there:
        listed = ", ".join(there[:5]) + (f" and {len(there) - 5} more" if len(there) > 5 else "")
        raise UsageError(
            f"{folder} has {listed} already; nothing is overwritten, and nothing was written: name another folder"
        )
    written: list[Path] = []
    try:
        for name, content in wanted.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(content)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        raise UsageError(f"{error.filename}: {error.strerror}; nothing was written") from None


def _is_in_place(path: Path, origin: Path | None, content: bytes) -> bool:
    return origin is not None and path.exists() and path.samefile(origin) and path.read_bytes() == content


def _render(folder: Path, spec: Spec, draft: ProjectDraft, missing: Iterable[str], *, has_credentials: bool) -> str:
    mistakes = [dataclasses.replace(each.problem, severity=Severity.WARNING, is_aside=True) for each in spec.problems]
    found = CheckReport(
        root=folder, operations=len(spec.operations), scenarios=draft.scenarios, problems=_sort(mistakes)
    )
    lines = [f"not brought: {sentence}" for sentence in missing]
    following = [
        *(["cp .env.example .env    # and fill it in"] if has_credentials else []),
        "contracts check",
        *(["contracts run"] if draft.scenarios else ["contracts new OPERATION --into contracts/FILE.yaml"]),
    ]
    go_to = [] if folder.resolve() == Path.cwd().resolve() else [f"cd {folder}"]
    return "\n".join(
        [
            render_text(found, is_whole=False),
            *lines,
            f"{folder / FILE_NAME}: written, with {count_noun(draft.scenarios, 'scenario')}; next:",
            *(f"    {line}" for line in (*go_to, *following)),
        ]
    )


def _sort(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(set(problems), key=lambda problem: (problem.location, problem.message)))
