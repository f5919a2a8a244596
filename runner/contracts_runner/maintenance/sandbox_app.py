"""Prepares the application of a sandbox environment: which one, with which seed and faults."""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import ModuleType
from typing import Any

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.environments import read_open_environment
from contracts_runner.model.environment import SandboxApp
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reading.suggest import suggest


def choose_environment(settings: Settings, name: str | None) -> str:
    """Return the environment to serve: the named one, else the default one, else the only one with a sandbox.

    Raises UsageError for one without a sandbox, and where several are possible.
    """
    with_sandbox = [each for each in settings.environments if _has_sandbox(settings, each)]
    if name is None:
        name = settings.default_environment
        if name not in with_sandbox and len(with_sandbox) == 1:
            name = with_sandbox[0]
    if name in with_sandbox:
        return str(name)
    known = f"environments with a sandbox: {', '.join(with_sandbox) or 'none'}"
    if name is None:
        raise UsageError(f"no environment is chosen; {known}")
    settings.require_environment(name)
    raise UsageError(f"the environment '{name}' has no sandbox; {known}")


def configure_app(sandbox: SandboxApp, *, seed: int | None, faults: Sequence[str]) -> SandboxApp:
    """Return the application with these arguments; raises UsageError for what it does not take."""
    arguments: dict[str, Any] = {}
    if seed is not None:
        arguments["seed"] = seed
    if faults:
        arguments["faults"] = list(faults)
    if arguments:
        _check_arguments(sandbox.app, arguments)
    known = find_faults(sandbox.app) if faults else {}
    for fault in faults if known else ():
        if fault not in known:
            raise UsageError(f"there is no fault '{fault}'; {suggest(fault, known) or '--list-faults shows them'}")
    return dataclasses.replace(sandbox, options={**sandbox.options, **arguments})


def fix_start(sandbox: SandboxApp, now: datetime) -> tuple[SandboxApp, str]:
    """Return the application with its data counted from a known instant, so that it can be served again as it is now.

    The instant is "" for an application without the argument `started_at`.
    """
    try:
        _check_arguments(sandbox.app, ["started_at"])
    except UsageError:
        return sandbox, ""
    start = str(sandbox.options.get("started_at") or now.isoformat(timespec="seconds"))
    return dataclasses.replace(sandbox, options={**sandbox.options, "started_at": start}), start


def find_faults(app: str) -> dict[str, str]:
    """Return the faults of an application, name -> description ("" without one); none if it lists none.

    They are `FAULTS` of its module, of its package, or of the package's module `faults`: a mapping whose values may
    have a `description`, or names.
    """
    return _find_listed(app, "FAULTS")


def find_defects(loader: str) -> dict[str, str]:
    """Return the defects that a loader can plant, name -> description; they are `DEFECTS`, found as faults are."""
    return _find_listed(loader, "DEFECTS")


def _find_listed(function: str, name: str) -> dict[str, str]:
    for module in _iter_modules(function.partition(":")[0], name.lower()):
        if hasattr(module, name):
            return _describe_faults(getattr(module, name))
    return {}


def _has_sandbox(settings: Settings, name: str) -> bool:
    environment, _ = read_open_environment(settings, name)
    return environment is not None and environment.sandbox is not None


def _check_arguments(app: str, names: Iterable[str]) -> None:
    module, _, attribute = app.partition(":")
    factory = getattr(_import(app, module), attribute, None)
    if factory is None:
        raise UsageError(f"the sandbox application '{app}' cannot be made: '{module}' has no '{attribute}'")
    parameters = inspect.signature(factory).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for name in names:
        if name not in parameters and not takes_any:
            raise UsageError(f"the sandbox application '{app}' takes no '{name}', so it cannot be chosen")


def _iter_modules(name: str, listing: str) -> Iterator[ModuleType]:
    module = _import(name, name)
    yield module
    if module.__package__ and module.__package__ != name:
        yield _import(name, module.__package__)
    package = _import(name, module.__package__) if module.__package__ else module
    if any(found.name == listing for found in pkgutil.iter_modules(getattr(package, "__path__", ()))):
        yield _import(name, f"{package.__name__}.{listing}")


def _import(app: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(f"the sandbox application '{app}' cannot be imported: {error}") from error


def _describe_faults(faults: Any) -> dict[str, str]:
    if isinstance(faults, Mapping):
        return {str(name): str(getattr(fault, "description", "")) for name, fault in faults.items()}
    return {str(name): "" for name in faults}
