"""Reads which functions the project's module has: from its text, no code of it runs (docs/design.md, Project file)."""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.model.function import Function, FunctionModule, FunctionParameter
from contracts_runner.reading.suggest import suggest

# The annotations that are looked at; any other means any value.
_TYPES = frozenset({"str", "int", "float", "bool", "list", "dict", "None"})
_OTHER_NAMES = {"Mapping": "dict", "Sequence": "list"}


def load_functions(root: Path, name: str, location: SourceLocation) -> tuple[FunctionModule | None, list[Problem]]:
    """Return the module as far as it can be read, and what is wrong with it; `location` is where it is named."""
    path = find_module_file(root, name)
    if path is None:
        message, hint = f"there is no module '{name}' below the project", suggest_module(root, name)
        return None, [Problem(location=location, message=message, hint=hint, rule=Rule.REFERENCE)]
    content, file = path.read_bytes(), path.relative_to(root).as_posix()
    module = FunctionModule(name=name, file=file, sha256=hashlib.sha256(content).hexdigest(), functions={})
    try:
        tree = ast.parse(content, filename=file)
    except (SyntaxError, ValueError) as error:
        line = error.lineno or 1 if isinstance(error, SyntaxError) else 1
        message = f"not Python: {error.msg if isinstance(error, SyntaxError) else error}"
        return module, [Problem(location=SourceLocation(file, line), message=message)]
    functions = {function.name: function for function in _iter_functions(tree, file)}
    return FunctionModule(name=name, file=file, sha256=module.sha256, functions=functions), []


def find_module_file(root: Path, name: str) -> Path | None:
    """Return the file of a module below the project's root, None where there is none."""
    base = root.joinpath(*name.split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


def suggest_module(root: Path, name: str) -> str:
    """Return what to do about a module that is not there."""
    return suggest(name, [each.stem for each in root.glob("*.py")]) or f"write {name.replace('.', '/')}.py"


def _iter_functions(tree: ast.Module, file: str) -> Iterator[Function]:
    """Yield the public functions of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield _build_function(node, file)


def _build_function(node: ast.FunctionDef, file: str) -> Function:
    positional = [*node.args.posonlyargs, *node.args.args]
    required = len(positional) - len(node.args.defaults)
    return Function(
        name=node.name,
        parameters=tuple(
            FunctionParameter(each.arg, _read_types(each.annotation), is_required=index < required)
            for index, each in enumerate(positional)
        ),
        has_rest=node.args.vararg is not None,
        location=SourceLocation(file, node.lineno),
    )


def _read_types(annotation: ast.expr | None) -> frozenset[str]:
    """Return the names of the types that an annotation allows, nothing for any."""
    match annotation:
        case ast.Constant(value=None):
            return frozenset({"None"})
        case ast.Name(id=name) | ast.Attribute(attr=name):
            word = _OTHER_NAMES.get(name, name)
            return frozenset({word} & _TYPES)
        case ast.Subscript(value=value):
            return _read_types(value)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            sides = (_read_types(left), _read_types(right))
            return sides[0] | sides[1] if all(sides) else frozenset()
    return frozenset()
