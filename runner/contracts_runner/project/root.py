"""Finds the project: the folder that holds contracts.yaml (docs/design.md, Project file)."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from contracts_runner import DISTRIBUTION
from contracts_runner.errors import UsageError
from contracts_runner.project.settings.settings import FILE_NAME

VARIABLE = "CONTRACTS_PROJECT"
SHIPPED = "shipped"
_SHARED = Path("share", DISTRIBUTION)


def find_root(option: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """Return the absolute project folder: `--project`, else $CONTRACTS_PROJECT, else the nearest ancestor of `cwd` (or
    itself) with contracts.yaml. Raises UsageError."""
    if option is not None:
        return _take(cwd, option, "--project")
    if environ.get(VARIABLE):
        return _take(cwd, Path(environ[VARIABLE]), f"${VARIABLE}")
    for folder in (cwd, *cwd.parents):
        if _is_project(folder):
            return folder.resolve()
    raise UsageError(
        f"no project: there is no {FILE_NAME} in {cwd} or above; start one with `contracts init SPEC`, "
        f"or name its folder with --project or ${VARIABLE}; `--project {SHIPPED}` is the copy of the QTickets project "
        "that comes with the installation"
    )


def _take(cwd: Path, named: Path, origin: str) -> Path:
    """Return the folder that was named; `shipped` is the copy that came with the installation, unless a folder of that
    name holds a project."""
    found: list[Path] = [cwd / named, *(_iter_installed() if named == Path(SHIPPED) else ())]
    for folder in found:
        if _is_project(folder):
            return folder.resolve()
    if len(found) > 1:
        raise UsageError(f"{origin} {SHIPPED}: no project came with the installation")
    raise UsageError(f"{origin} names {cwd / named}, which holds no {FILE_NAME}")


def _is_project(folder: Path) -> bool:
    return (folder / FILE_NAME).is_file()


def _iter_installed() -> Iterator[Path]:
    """Yield the checkout around the packages, where they are installed as editable, and where a wheel's data may lie:
    in the running scheme first, then in any other, as after `pip --user`."""
    yield Path(__file__).resolve().parents[3]
    import sysconfig

    for scheme in dict.fromkeys((sysconfig.get_default_scheme(), *sysconfig.get_scheme_names())):
        data = sysconfig.get_paths(scheme).get("data")
        if data:
            yield Path(data) / _SHARED


@cache
def find_shipped_folder(name: str) -> Path | None:
    """Return a folder that ships with the tool, such as `reports`, whatever the project is; None if there is none."""
    return next((folder / name for folder in _iter_installed() if (folder / name).is_dir()), None)


def list_template_folders(templates: Path | None) -> list[Path]:
    """Return where templates of reports are looked for: a project's own folder first, then what ships with the tool."""
    return [folder for folder in (templates, find_shipped_folder("reports")) if folder is not None]
