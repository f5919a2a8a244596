"""Whether the credentials that an operation took are still enough for it."""

from collections.abc import Callable, Iterator, Mapping

from contracts_runner.maintenance.impact.changes import OPERATION, Change
from contracts_runner.maintenance.impact.described import Described, DescribedOperation
from contracts_runner.model.json import Json

# Scheme -> scopes, all of which are needed together.
_Alternative = Mapping[str, frozenset[str]]
# What a client goes by.
_TOLD = ("type", "in", "name", "scheme", "flows", "openIdConnectUrl")


def iter_security_changes(
    old: DescribedOperation, new: DescribedOperation, build: Callable[..., Change]
) -> Iterator[Change]:
    """Yield what of the security of an operation differs."""
    before, after = _list_alternatives(old), _list_alternatives(new)
    lost = [each for each in before if not any(_is_enough(each, other) for other in after)]
    # Without any it was public, and all credentials are enough for what is public.
    holder = _find_holder(new)
    if lost:
        text = f"needs {_tell(after)} now, {_tell(before)} before"
        yield build("security-changed", text, [OPERATION], is_breaking=True, new=holder, key="security")
    elif any(each not in before for each in after) or len(before) != len(after):
        text = f"takes {_tell(after)}, {_tell(before)} before"
        yield build("security-relaxed", text, [OPERATION], is_breaking=False, new=holder, key="security")
    for name in sorted({name for each in before for name in each} & {name for each in after for name in each}):
        schemes = [_find_scheme(each, name) for each in (old, new)]
        if schemes[0] and schemes[1] and _read(schemes[0]) != _read(schemes[1]):
            text = f"the security scheme '{name}' is another one"
            yield build("security-scheme-changed", text, [OPERATION], is_breaking=True, new=schemes[1])


def _list_alternatives(operation: DescribedOperation) -> list[_Alternative]:
    own = operation.value.get("security")
    written = operation.bundle.document.get("security") if own is None else own
    listed = [each for each in written if isinstance(each, Mapping)] if isinstance(written, list) else []
    return [{name: _read_scopes(scopes) for name, scopes in each.items()} for each in listed] or [{}]


def _read_scopes(scopes: Json) -> frozenset[str]:
    return frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset()


def _is_enough(given: _Alternative, needed: _Alternative) -> bool:
    return all(name in given and scopes <= given[name] for name, scopes in needed.items())


def _tell(alternatives: list[_Alternative]) -> str:
    return " or ".join(
        " and ".join(name + (f" ({', '.join(sorted(scopes))})" if scopes else "") for name, scopes in each.items())
        or "no credential"
        for each in alternatives
    )


def _find_holder(operation: DescribedOperation) -> Described:
    is_own = operation.value.get("security") is not None or "security" not in operation.bundle.document
    return operation if is_own else Described(operation.bundle, (), operation.bundle.document)


def _find_scheme(operation: DescribedOperation, name: str) -> Described | None:
    root = Described(operation.bundle, (), operation.bundle.document)
    return root.find("components", "securitySchemes", name)


def _read(scheme: Described) -> dict[str, Json]:
    said = {key: scheme.value.get(key) for key in _TOLD}
    flows = said["flows"]
    if isinstance(flows, Mapping):
        said["flows"] = {
            name: {key: value for key, value in flow.items() if key.endswith("Url")}
            for name, flow in flows.items()
            if isinstance(flow, Mapping)
        }
    return {key: value.lower() if key == "scheme" and isinstance(value, str) else value for key, value in said.items()}
