"""Finds the operations that a place of a document belongs to: a mistake there is theirs, and nobody else's."""

from collections import defaultdict
from collections.abc import Iterable

from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi.object_kinds import METHODS
from contracts_runner.openapi.operations import OperationSite
from contracts_runner.openapi.read_bundle import ReadBundle

# What all operations of a path have in common.
_SHARED = frozenset(
    {"parameters", "servers", "$ref", "x-effect", "x-evidence", "x-success", "x-error-code", "x-paging"}
)


# What is in them is part of a schema where something refers to it.
_CONTAINERS = (("$defs",), ("definitions",))


class Reach:
    """Knows which operations use which part of a bundle, through any number of references."""

    def __init__(self, bundle: ReadBundle, sites: Iterable[OperationSite]) -> None:
        self._sites = tuple(sites)
        self._all = frozenset(site.label for site in self._sites)
        self._by_path: dict[str, dict[str, str]] = defaultdict(dict)
        for site in self._sites:
            self._by_path[site.path][site.method] = site.label
        self._referrers: dict[Pointer, list[Pointer]] = defaultdict(list)
        for place, target in bundle.references.items():
            self._referrers[target].append(place)

    def find_users(self, pointer: Pointer) -> frozenset[str]:
        """Return the labels of the operations that a place is part of; all of them for the document itself."""
        users: set[str] = set()
        seen: set[Pointer] = set()
        pending = [pointer]
        while pending:
            place = pending.pop()
            users |= self._find_owners(place)
            for length in range(len(place) + 1):
                if place[length : length + 1] in _CONTAINERS:
                    continue
                for referrer in self._referrers.get(place[:length], ()):
                    if referrer not in seen:
                        seen.add(referrer)
                        # The place as it is seen from there: what a reference leads to stands in its stead.
                        holder = referrer[:-1] if referrer[-1] == "$ref" else referrer
                        pending.append((*holder, *place[length:]))
        return frozenset(users)

    def _find_owners(self, place: Pointer) -> frozenset[str]:
        match place:
            case () | ("paths",) | ("openapi",):
                return self._all
            case ("paths", path, "additionalOperations", str(method), *_):
                return frozenset(filter(None, [self._by_path.get(str(path), {}).get(method)]))
            case ("paths", path, str(method), *_) if method in METHODS:
                return frozenset(filter(None, [self._by_path.get(str(path), {}).get(method)]))
            case ("paths", path, *rest) if not rest or rest[0] in _SHARED:
                return frozenset(self._by_path.get(str(path), {}).values())
            case ("components", "securitySchemes", name, *_):
                return frozenset(site.label for site in self._sites if any(name in each for each in site.security))
            case ("security", *_):
                return frozenset(site.label for site in self._sites if site.value.get("security") is None)
            case (str(extension), *_) if extension in ("x-success", "x-error-code"):
                return frozenset(site.label for site in self._sites if extension not in site.value)
        return frozenset()
