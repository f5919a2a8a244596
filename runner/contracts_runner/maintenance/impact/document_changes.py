"""The changes between two whole documents: which operations there are, and what differs in those of both."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from types import MappingProxyType
from urllib.parse import urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.changes import (
    NAMED_BY_ID,
    NAMED_BY_PATH,
    OPERATION,
    Change,
    Content,
    Use,
    merge,
)
from contracts_runner.maintenance.impact.described import Described, DescribedOperation, iter_methods
from contracts_runner.maintenance.impact.extension_changes import iter_extension_changes
from contracts_runner.maintenance.impact.operation_changes import OperationComparison
from contracts_runner.maintenance.impact.parameter_changes import find_shape
from contracts_runner.maintenance.impact.schema_pairs import SchemaPairs
from contracts_runner.maintenance.impact.schema_views import SchemaReader
from contracts_runner.openapi.operations import list_servers, list_sites
from contracts_runner.openapi.spec import Spec

WHOLE = "*"


@dataclass(frozen=True, slots=True, eq=False)
class OperationPair:
    """An operation as both documents have it, None where one has not; `contents` are its bodies."""

    label: str
    old: DescribedOperation | None
    new: DescribedOperation | None
    contents: tuple[Content, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs, each change once, and the operations."""

    changes: list[Change]
    operations: list[OperationPair]


def compare_specs(old: Spec, new: Spec) -> Comparison:
    """Return what differs between two documents."""
    pairs = SchemaPairs(_build_reader(old), _build_reader(new))
    found = _Found()
    for before, after in _match(_list_operations(old), _list_operations(new)):
        found.add(*_compare(before, after, pairs, old, new))
    for name, before, after in _match_webhooks(old, new):
        found.add(*_compare_webhook(name, before, after, pairs))
    return Comparison(changes=merge([*_iter_server_changes(old, new), *found.changes]), operations=found.operations)


@dataclass(slots=True)
class _Found:
    changes: list[Change] = field(default_factory=list)
    operations: list[OperationPair] = field(default_factory=list)

    def add(self, pair: OperationPair, changes: list[Change]) -> None:
        self.operations.append(pair)
        self.changes += changes


def _build_reader(spec: Spec) -> SchemaReader:
    return SchemaReader(spec.document, spec.version.startswith("3.0"))


def _list_operations(spec: Spec) -> list[DescribedOperation]:
    return [
        DescribedOperation(
            spec.bundle, site.pointer, site.value, label=site.label, method=site.method, path=site.path, item=site.item
        )
        for site in list_sites(spec.bundle)
    ]


def _match(
    old: list[DescribedOperation], new: list[DescribedOperation]
) -> Iterator[tuple[DescribedOperation | None, DescribedOperation | None]]:
    """Yield the operations of both by method and path, else by operationId; then those of one."""
    rest = dict(enumerate(new))
    matched: dict[int, DescribedOperation] = {}
    for read in (_read_name, _read_shape, _read_id):
        known = {name: number for number, each in reversed(rest.items()) if (name := read(each))}
        for index, each in enumerate(old):
            if index not in matched and known.get(read(each)) in rest:
                matched[index] = rest.pop(known[read(each)])
    yield from ((each, matched.get(index)) for index, each in enumerate(old))
    yield from ((None, each) for each in rest.values())


def _read_name(operation: DescribedOperation) -> str:
    return operation.name


def _read_shape(operation: DescribedOperation) -> str:
    return f"{operation.method} {find_shape(operation.path)}"


def _read_id(operation: DescribedOperation) -> str:
    return operation.operation_id


def _compare(
    old: DescribedOperation | None, new: DescribedOperation | None, pairs: SchemaPairs, before: Spec, after: Spec
) -> tuple[OperationPair, list[Change]]:
    if new is None:
        assert old is not None
        change = _build(
            old.label, "operation-removed", f"{old.name} is removed", old, is_in_new=False, is_breaking=True
        )
        return OperationPair(old.label, old, None), [change]
    if old is None:
        change = _build(new.label, "operation-added", f"{new.name} is added", new, is_in_new=True, is_breaking=False)
        return OperationPair(new.label, None, new), [change]
    faults = [spec.operations[each.label].fault for spec, each in ((before, old), (after, new))]
    comparison = OperationComparison(old.label, old, new, pairs)
    changes = [*_tell_faults(old, new, faults), *_iter_identity_changes(old, new), *comparison.run()]
    changes += iter_extension_changes(old, new, before.operations[old.label], after.operations[new.label])
    return OperationPair(old.label, old, new, tuple(comparison.contents)), changes


def _tell_faults(old: DescribedOperation, new: DescribedOperation, faults: list[str]) -> Iterator[Change]:
    if faults[1] and not faults[0]:
        text = f"cannot be read with one clear meaning any more: {faults[1]}"
        yield _build(old.label, "operation-unreadable", text, new, is_in_new=True, is_breaking=True)
    elif faults[0] and not faults[1]:
        text = "can be read with one clear meaning now"
        yield _build(old.label, "operation-readable", text, new, is_in_new=True, is_breaking=False)


def _iter_identity_changes(old: DescribedOperation, new: DescribedOperation) -> Iterator[Change]:
    if find_shape(old.path) != find_shape(new.path) or old.method != new.method:
        text = f"is {new.name} now, {old.name} before"
        # Who names it by its operationId names it so still.
        edits = {NAMED_BY_PATH: new.name}
        yield _build(old.label, "operation-moved", text, new, is_in_new=True, is_breaking=True, edits=edits)
    if old.operation_id != new.operation_id and old.operation_id:
        text = f"has the operationId '{new.operation_id}' now" if new.operation_id else "has no operationId any more"
        edits = {NAMED_BY_ID: new.operation_id or new.name}
        yield _build(
            old.label, "operation-id-changed", text, new, "operationId", is_in_new=True, is_breaking=True, edits=edits
        )
    elif new.operation_id and not old.operation_id:
        text = f"has the operationId '{new.operation_id}' now"
        yield _build(old.label, "operation-id-added", text, new, "operationId", is_in_new=True, is_breaking=False)
    yield from _iter_own_server_changes(old, new)


def _iter_own_server_changes(old: DescribedOperation, new: DescribedOperation) -> Iterator[Change]:
    """Compare the addresses that an operation or its path has of its own: environments name them."""
    before, after = (_list_own_servers(each) for each in (old, new))
    if before != after:
        text = f"is served at {' or '.join(sorted(after)) or 'the address of the others'} now"
        is_breaking = not before <= after or not before
        yield _build(old.label, "operation-servers-changed", text, new, is_in_new=True, is_breaking=is_breaking)


def _list_own_servers(operation: DescribedOperation) -> set[str]:
    item = operation.bundle.get(operation.item)
    own = operation.value.get("servers") or (item[1].get("servers") if item and isinstance(item[1], Mapping) else None)
    return {server["url"].rstrip("/") for server in list_servers(own)}


def _build(
    operation: str,
    kind: str,
    message: str,
    part: Described,
    key: str = "",
    *,
    is_in_new: bool,
    is_breaking: bool,
    edits: Mapping[Use, str] = MappingProxyType({}),
) -> Change:
    return Change(
        operation=operation,
        kind=kind,
        is_breaking=is_breaking,
        pointer=(*part.place, key) if key and key in part.value else part.place,
        is_in_new=is_in_new,
        message=message,
        uses=frozenset([OPERATION]),
        edits=edits,
    )


def _match_webhooks(old: Spec, new: Spec) -> Iterator[tuple[str, DescribedOperation | None, DescribedOperation | None]]:
    before, after = (_list_webhooks(spec) for spec in (old, new))
    for name in dict.fromkeys([*before, *after]):
        yield f"webhook:{name[0]}", before.get(name), after.get(name)


def _list_webhooks(spec: Spec) -> dict[tuple[str, str], DescribedOperation]:
    root = Described(spec.bundle, (), spec.document)
    return {
        (name, method): operation
        for name, item in root.iter_named("webhooks")
        for method, operation in iter_methods(item)
    }


def _compare_webhook(
    name: str, old: DescribedOperation | None, new: DescribedOperation | None, pairs: SchemaPairs
) -> tuple[OperationPair, list[Change]]:
    if new is None:
        assert old is not None
        return OperationPair(name, old, None), [
            _build(name, "webhook-removed", "is removed", old, is_in_new=False, is_breaking=True)
        ]
    if old is None:
        return OperationPair(name, None, new), [
            _build(name, "webhook-added", "is added", new, is_in_new=True, is_breaking=False)
        ]
    return OperationPair(name, old, new), OperationComparison(name, old, new, pairs, is_inbound=True).run()


def _iter_server_changes(old: Spec, new: Spec) -> Iterator[Change]:
    """Compare the paths below which the services are: where they are is for environments to say."""
    before, after = (_list_bases(spec) for spec in (old, new))
    place = ("servers",) if "servers" in new.document else ()
    told, earlier = (" or ".join(base or "/" for base in sorted(bases)) for bases in (after, before))
    if not before <= after:
        text = f"the addresses of the service are below {told} now, below {earlier} before"
        yield Change(
            operation=WHOLE,
            kind="servers-changed",
            is_breaking=True,
            pointer=place,
            is_in_new=True,
            message=text,
            uses=frozenset([OPERATION]),
        )
    elif before != after:
        yield Change(
            operation=WHOLE,
            kind="server-added",
            is_breaking=False,
            pointer=place,
            is_in_new=True,
            message=f"the addresses of the service are below {told}",
            uses=frozenset([OPERATION]),
        )


def _list_bases(spec: Spec) -> set[str]:
    bases = set()
    for server in list_servers(spec.document.get("servers")):
        url = server["url"]
        variables = server.get("variables")
        for name, variable in variables.items() if isinstance(variables, Mapping) else ():
            url = url.replace(f"{{{name}}}", str(variable.get("default", "")) if isinstance(variable, Mapping) else "")
        try:
            bases.add(urlsplit(url).path.rstrip("/"))
        except ValueError:
            bases.add(url)
    return bases or {""}
