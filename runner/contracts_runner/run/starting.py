"""Starts a project from OpenAPI documents: `contracts init`."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from contracts_runner.errors import ProjectError, Severity, UsageError
from contracts_runner.maintenance.drafts.document_files import CollectedDocument, collect_document, is_url
from contracts_runner.maintenance.drafts.environment_drafts import draft_environments
from contracts_runner.maintenance.drafts.project_drafts import DocumentDraft, ProjectDraft, choose_keys, draft_project
from contracts_runner.maintenance.lint.report import render_text
from contracts_runner.model.nouns import count_noun
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.project.project import spare_collection
from contracts_runner.project.settings.settings import FILE_NAME
from contracts_runner.reading.cache import find_cache
from contracts_runner.reporting.text import make_visible
from contracts_runner.run.fetching import bound_fetch
from contracts_runner.run.inspection import check_files

_FOLDER = "spec"


def start_project(source: str, folder: Path, *, is_minimal: bool) -> None:
    """Write a project for the documents that `source` names into a folder, and print what was found.

    Raises UsageError or ProjectError, and then has written nothing.
    """
    collected = collect_document(source, Path.cwd(), bound_fetch())
    specs, left_out = _load(collected)
    address = source if is_url(source) else ""
    documents = [DocumentDraft(spec, path, draft_environments(spec, address)) for path, spec in specs.items()]
    draft = draft_project(documents, is_minimal=is_minimal)
    needed = {name for path in specs for name in collected.documents[path.removeprefix(f"{_FOLDER}/")]}
    copies = {f"{_FOLDER}/{name}": content for name, content in collected.files.items() if name in needed}
    origins = {f"{_FOLDER}/{name}": path for name, path in collected.origins.items()}
    rendered = {name: text.encode("utf-8") for name, text in draft.files.items()}
    _write(folder, {**copies, **rendered}, origins)
    notes = [*left_out, *(f"not brought: {sentence}" for sentence in collected.missing)]
    print(make_visible(_render(folder, len(specs), draft, notes)))


def _load(collected: CollectedDocument) -> tuple[dict[str, Spec], list[str]]:
    """Return the documents as they will be in the project, by their paths there, and in sentences which of several are
    not taken; raises UsageError or ProjectError where none is."""
    specs: dict[str, Spec] = {}
    refused: dict[str, UsageError | ProjectError] = {}
    with tempfile.TemporaryDirectory() as name:
        root = Path(name).resolve()
        for path, content in collected.files.items():
            target = root / _FOLDER / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        for main, key in choose_keys({name: collected.files[name] for name in collected.documents}).items():
            document = f"{_FOLDER}/{main}"
            try:
                specs[document] = _load_one(key, document, root)
            except (UsageError, ProjectError) as error:
                refused[document] = error
    if not specs:
        raise UsageError(_name_origins(str(next(iter(refused.values()))), collected.origins))
    sentences = (str(error).partition("\n")[0] for error in refused.values())
    return specs, [f"not taken: {sentence}" for sentence in sentences]


def _name_origins(message: str, origins: Mapping[str, Path]) -> str:
    """Return a message with the files that were copied at the beginning of its lines: the copies are not written."""
    names = {f"{_FOLDER}/{name}": os.path.relpath(path) for name, path in origins.items()}
    parts = (line.partition(":") for line in message.splitlines())
    return "\n".join(names.get(name, name) + colon + rest for name, colon, rest in parts)


def _load_one(key: str, document: str, root: Path) -> Spec:
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


def _render(folder: Path, specs: int, draft: ProjectDraft, notes: Iterable[str]) -> str:
    following = [
        *([] if draft.has_address else ["# contracts.yaml: write the address of your service as base_url"]),
        *(["cp .env.example .env    # and fill it in"] if draft.has_credentials else []),
        "contracts check",
        *(["contracts run"] if draft.scenarios else ["contracts new OPERATION --into contracts/FILE.yaml"]),
    ]
    go_to = [] if folder.resolve() == Path.cwd().resolve() else [f"cd {folder}"]
    several = f"{count_noun(specs, 'spec')} and " if specs > 1 else ""
    return "\n".join(
        [
            render_text(check_files(folder.resolve()), is_whole=False),
            *notes,
            f"{folder / FILE_NAME}: written, with {several}{count_noun(draft.scenarios, 'scenario')}; next:",
            *(f"    {line}" for line in (*go_to, *following)),
        ]
    )
