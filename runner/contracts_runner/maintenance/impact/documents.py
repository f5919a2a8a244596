"""The two documents that are compared: files, revisions of git, or the project's own."""

import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from functools import partial
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import ProjectError, Rule, Severity, UsageError
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.nouns import count_noun
from contracts_runner.openapi.read_bundle import ReadBundle, load_bundle
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.project.project import Project
from contracts_runner.project.settings.settings import FILE_NAME, SpecFile, load_settings
from contracts_runner.reading.suggest import suggest, suggest_or_list

_READ = (".yaml", ".yml", ".json")
_MOST_TOLD = 10
_NO_OVERLAYS = "the overlays do not fit both documents, which are compared without them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A document; `find_own` leads from a place in it to where its author wrote that. `is_here`: its lines are those of
    a file of the working tree."""

    spec: Spec
    is_here: bool
    find_own: Callable[[Pointer], Pointer] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparands:
    """Both documents, the key of the spec that they are of, and what is to be said of how they were read."""

    old: Compared
    new: Compared
    key: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Files:
    """Where a document is, and what is laid over it."""

    path: Path
    root: Path
    overlays: tuple[Path, ...]
    is_here: bool

    def load(self, key: str, *, has_overlays: bool) -> Compared:
        overlays = self.overlays if has_overlays else ()
        spec, problems = load_spec(key, self.path, self.root, overlays)
        if spec is None:
            raise ProjectError(problems)
        return Compared(spec=spec, is_here=self.is_here, find_own=self._find_places(spec, overlays))

    def _find_places(self, spec: Spec, overlays: tuple[Path, ...]) -> Callable[[Pointer], Pointer]:
        # Only a document of Swagger has been rewritten; its places are known while its files are at hand.
        if b"swagger" in self.path.read_bytes():
            bundle, _ = load_bundle(self.path, self.root, overlays)
            if bundle is not None and bundle.origins is not None:
                return partial(_find_in_swagger, bundle)
        return spec.bundle.find_own_pointer


def _find_in_swagger(bundle: ReadBundle, pointer: Pointer) -> Pointer:
    """Return the author's place; addresses are put together of several."""
    if pointer[:1] == ("servers",) and bundle.origins is not None:
        return ("basePath",) if "basePath" in bundle.origins.written.entries else ()
    return bundle.find_own_pointer(pointer)


def read_documents(project: Project | None, old: str, new: str | None, key: str | None, cwd: Path) -> Comparands:
    """Return the documents that the arguments name; without `new` it is the project's. Raises UsageError, and
    ProjectError for a document that cannot be read."""
    chosen = _choose_key(project, [old, *([new] if new else [])], key, cwd) if project else "spec"
    own = project.settings.specs[chosen] if project else None
    with _find(project, old, chosen, own, cwd) as before, _find(project, new, chosen, own, cwd) as after:
        try:
            pair, notes = [each.load(chosen, has_overlays=True) for each in (before, after)], []
        except ProjectError as error:
            if any(problem.rule is not Rule.OVERLAY for problem in error.problems):
                raise
            pair = [each.load(chosen, has_overlays=False) for each in (before, after)]
            notes = [*map(str, error.problems), _NO_OVERLAYS]
    notes += [note for each in pair for note in _tell_mistakes(each.spec)]
    return Comparands(old=pair[0], new=pair[1], key=chosen, notes=tuple(notes))


def _tell_mistakes(spec: Spec) -> list[str]:
    """Return the mistakes of a document: what cannot be read is not compared."""
    found = [each.problem for each in spec.problems if each.problem.severity is Severity.ERROR]
    more = [f"{count_noun(len(found) - _MOST_TOLD, 'more mistake')} in {spec.path.name}"] if found[_MOST_TOLD:] else []
    return [*map(str, found[:_MOST_TOLD]), *more]


def needs_project(old: str, new: str | None, key: str | None, cwd: Path) -> bool:
    """Tell whether the arguments name what only a project has."""
    return new is None or key is not None or any(_is_revision(each, cwd) for each in (old, new))


def _choose_key(project: Project, texts: list[str], key: str | None, cwd: Path) -> str:
    specs = project.settings.specs
    if key is not None:
        if key not in specs:
            raise UsageError(f"there is no spec '{key}'; {suggest_or_list(key, specs)}")
        return key
    if len(specs) == 1:
        return next(iter(specs))
    for text in texts:
        named = [name for name, file in specs.items() if _is_document(text, file.path, project.root, cwd)]
        if len(named) == 1:
            return named[0]
    raise UsageError(f"say by --spec which contracts are meant; the project has the specs {', '.join(specs)}")


def _is_document(text: str, path: Path, root: Path, cwd: Path) -> bool:
    file = text.partition(":")[2] if _is_revision(text, cwd) else text
    return bool(file) and path.resolve() in ((cwd / file).resolve(), (root / file).resolve())


def _is_revision(text: str, cwd: Path) -> bool:
    return ":" in text and not (cwd / text).exists()


@contextmanager
def _find(project: Project | None, text: str | None, key: str, own: SpecFile | None, cwd: Path) -> Iterator[_Files]:
    root = project.root if project else cwd
    if text is None:
        assert own is not None
        yield _Files(own.path, root, own.overlays, is_here=True)
    elif _is_revision(text, cwd):
        assert own is not None
        revision, _, file = text.partition(":")
        with tempfile.TemporaryDirectory(prefix="contracts-") as folder:
            yield _export(root, revision, file, key, own, Path(folder).resolve())
    else:
        path = (cwd / text).resolve()
        if not path.is_file():
            siblings = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
            hint = suggest(path.name, siblings) or "name a file, or a revision as in HEAD~1: or HEAD~1:spec/api.yaml"
            raise UsageError(f"there is no file '{text}'; {hint}")
        is_inside = path.is_relative_to(root.resolve())
        yield _Files(path, root.resolve() if is_inside else path.parent, own.overlays if own else (), is_here=is_inside)


def _export(root: Path, revision: str, file: str, key: str, own: SpecFile, folder: Path) -> _Files:
    """Write the files of a revision that documents consist of into a folder."""
    top = Path(_ask_git(root, "rev-parse", "--show-toplevel").strip()).resolve()
    _ask_git(
        root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", failure=f"there is no revision '{revision}'"
    )
    process = subprocess.Popen(["git", "-C", str(top), "archive", "--format=tar", revision], stdout=subprocess.PIPE)
    with process, tarfile.open(fileobj=process.stdout, mode="r|") as archive:
        for member in archive:
            if member.name.endswith(_READ) or member.name == file:
                archive.extract(member, folder, filter="data")
    inside = folder / root.resolve().relative_to(top)
    was = _read_settings(inside, key)
    if not file:
        if was is None:
            raise UsageError(f"{revision}: has no spec '{key}' in {FILE_NAME}; name its file: {revision}:spec/api.yaml")
        return _Files(was.path, inside, was.overlays, is_here=False)
    places = [folder / file, inside / file]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        raise UsageError(f"{revision}: has no file '{file}'")
    overlays = was.overlays if was is not None else own.overlays
    return _Files(path, inside if path.is_relative_to(inside) else folder, overlays, is_here=False)


def _read_settings(root: Path, key: str) -> SpecFile | None:
    if not (root / FILE_NAME).is_file():
        return None
    settings, _ = load_settings(root)
    return settings.specs.get(key) if settings else None


def _ask_git(root: Path, *arguments: str, failure: str = "") -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        raise UsageError("a revision is read by git, which is not installed; name a file") from None
    if done.returncode:
        raise UsageError(failure or f"{root} is not in a repository of git; name a file")
    return done.stdout
