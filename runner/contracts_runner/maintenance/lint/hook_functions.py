"""Rule on hooks: the function that an environment names is looked for in the text of its module, which is not run."""

import ast
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.project.functions import find_module_file, suggest_module
from contracts_runner.reading.suggest import suggest_or_list

Keys = tuple[str, ...]


def check_hook_functions(subject: Subject) -> Iterator[Problem]:
    """Yield the hooks whose module or function is not there."""
    document, root = subject.project.settings.document, subject.project.root
    for keys, name in _iter_hooks(_read_mapping(_read_mapping(document.value).get("environments"))):
        module, _, function = name.partition(":")
        location = document.location(("environments", *keys))
        path = find_module_file(root, module)
        if path is None:
            # Another Python may have it.
            if not _is_installed(module):
                message = f"the hook '{name}' is not there: no module '{module}' below the project, and none installed"
                yield warn(location, message, suggest_module(root, module), rule=Rule.REFERENCE)
            continue
        names = _list_names(path.read_bytes())
        if names is not None and function not in names:
            message = f"the hook '{name}' is not there: {path.relative_to(root).as_posix()} has no '{function}'"
            hint = suggest_or_list(function, sorted(each for each in names if not each.startswith("_")))
            yield Problem(location=location, message=message, hint=hint, rule=Rule.REFERENCE)


def _iter_hooks(environments: Mapping[str, Any]) -> Iterator[tuple[Keys, str]]:
    """Yield (keys below `environments`, "module:function") of each hook."""
    for name, environment in environments.items():
        places: list[tuple[Keys, Any]] = [
            ((name, key), _read_mapping(environment).get(key)) for key in ("sandbox", "warehouse")
        ]
        several = _read_mapping(_read_mapping(environment).get("warehouses"))
        places += [((name, "warehouses", key), settings) for key, settings in several.items()]
        for keys, settings in places:
            for key in ("app", "load", "prepare"):
                if isinstance(hook := _read_mapping(settings).get(key), str) and ":" in hook:
                    yield (*keys, key), hook


def _is_installed(module: str) -> bool:
    """Tell whether the package of a module is there; to ask for a module within would import it."""
    try:
        return find_spec(module.partition(".")[0]) is not None
    except ValueError:  # no name of a module
        return False


def _read_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list_names(content: bytes) -> frozenset[str] | None:
    """Return the names that a module has, None where its text does not tell."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return None
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=aliases) if any(each.name == "*" for each in aliases):
                return None
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update(each.asname or each.name.partition(".")[0] for each in aliases)
            case ast.FunctionDef(name=own) | ast.AsyncFunctionDef(name=own) | ast.ClassDef(name=own):
                names.add(own)
            case ast.Name(id=own, ctx=ast.Store()):
                names.add(own)
    return frozenset(names)
