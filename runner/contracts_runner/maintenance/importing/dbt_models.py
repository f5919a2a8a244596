"""Reads dbt's property files (schema.yml): what they promise of models, seeds, snapshots and sources."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import field, replace

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.dbt_tests import (
    build_freshness,
    iter_checks,
    narrow,
    read_period,
    read_test,
)
from contracts_runner.maintenance.importing.promises import (
    NotCarriedError,
    Promises,
    TablePromises,
    Target,
    as_list,
    as_mapping,
)
from contracts_runner.model.json import Json
from contracts_runner.model.table_draft import CheckDraft
from contracts_runner.reading.places import Place
from contracts_runner.reading.yaml_source import YamlDocument

_NODES = ("models", "seeds", "snapshots")
_OTHERS = ("exposures", "metrics", "semantic_models", "saved_queries", "macros", "unit_tests", "groups", "analyses")
_CALL = re.compile(r"(?:\{\{)?\s*(ref|source)\s*\(([^()]*)\)\s*(?:\}\})?\s*")
_TEXT = re.compile(r"(?<![=\w])\s*(?:'([^']*)'|\"([^\"]*)\")")
_DATABASE = "the schema of a model, which dbt makes a database of by the project's own rule"
_SOURCE = "a source without `schema`: its tables are looked for in the environment's database"


def is_dbt(value: Json) -> bool:
    """Return whether a document is a property file of dbt: of version 2, or of version 1, which has `constraints`."""
    if not isinstance(value, dict):
        return False
    return any(isinstance(value.get(key), list) for key in (*_NODES, "sources")) or any(_iter_old(value))


def read_dbt(documents: Sequence[YamlDocument], promises: Promises, databases: frozenset[str]) -> None:
    """Add what property files of one project promise; `databases` are those that environments have anyway."""
    reader = _Reader(promises, databases)
    nodes = [node for document in documents for node in reader.list_nodes(document)]
    for node in nodes:
        reader.read_node(node)


@dataclass(frozen=True, slots=True)
class _Node:
    """A model or a table of a source; `source` is the place of its source."""

    place: Place
    target: Target
    source: Place | None = None


@dataclass(slots=True)
class _Reader:
    promises: Promises
    databases: frozenset[str]
    names: dict[tuple[str, ...], Target] = field(default_factory=dict)  # what `ref` and `source` name

    def list_nodes(self, document: YamlDocument) -> list[_Node]:
        """Return what a file describes, and learn its names: tests may refer to what comes later."""
        root = Place(document, ())
        nodes = [self._open_model(place) for key in _NODES for place in self.promises.list_mappings(root.at(key))]
        for place in self.promises.list_mappings(root.at("sources")):
            nodes += self._open_source(place)
        for key in _OTHERS:
            if root.find(key):
                self.promises.lose(f"`{key}`", root.at(key))
        for name in _iter_old(document.value):
            target = self.names[(name,)] = Target(name)
            self._read_old(root.at(name, "constraints"), target)
        return nodes

    def _open_model(self, place: Place) -> _Node:
        config = as_mapping(place.find("config"))
        name, alias = str(place.find("name") or ""), place.find("alias") or config.get("alias")
        target = Target(self._read_name(str(alias or name), place))
        self.names[(name,)] = target
        if place.find("schema") or config.get("schema"):
            self.promises.note(_DATABASE, place)
        if place.find("versions"):
            self.promises.lose("`versions` of a model", place.at("versions"))
        return _Node(place, target)

    def _open_source(self, source: Place) -> Iterator[_Node]:
        name, schema = str(source.find("name") or ""), source.find("schema")
        if schema is None:
            self.promises.note(_SOURCE, source)
        database = self._read_name(str(schema), source.at("schema")) if schema is not None else ""
        for place in self.promises.list_mappings(source.at("tables")):
            table = str(place.find("name") or "")
            found = self._read_name(str(place.find("identifier") or table), place)
            target = Target(found, database if database and database not in self.databases else None)
            self.names[name, table] = target
            yield _Node(place, target, source)

    def _read_name(self, text: str, place: Place) -> str:
        if text.strip() and "{{" not in text and "{%" not in text:
            return text
        self.promises.lose("a name in Jinja" if text.strip() else "a table without a name", place)
        return ""

    def read_node(self, node: _Node) -> None:
        """Add what a node promises."""
        place = node.place
        is_promise = node.target.table and as_mapping(place.find("config")).get("enabled") is not False
        table = self.promises.open_table(node.target, place) if is_promise else None
        if table is None:
            return
        columns = [(each, str(each.find("name") or "")) for each in self.promises.list_mappings(place.at("columns"))]
        for each, name in columns:
            if name and (of := each.find("data_type")):
                table.types[name] = str(of)
        for each, name in columns:
            self._read_tests(table, each, name)
            self._read_constraints(table, each, name)
        self._read_tests(table, place, "")
        self._read_constraints(table, place, "")
        self._read_freshness(table, node)

    def _read_tests(self, table: TablePromises, place: Place, column: str) -> None:
        for key in ("tests", "data_tests"):
            for where in self.promises.list_items(place.at(key)):
                try:
                    test = read_test(where.find(), column, table.types.get(column, ""), self._resolve)
                    for check in iter_checks(test):
                        self.promises.add(table, check, where)
                except NotCarriedError as error:
                    self.promises.lose(str(error), where)

    def _read_constraints(self, table: TablePromises, place: Place, column: str) -> None:
        for where in self.promises.list_mappings(place.at("constraints")):
            found = as_mapping(where.find())
            columns = [column] if column else [str(each) for each in as_list(found.get("columns"))]
            kind = found.get("type")
            if not columns or kind not in ("not_null", "unique", "primary_key"):
                self.promises.lose(f"the constraint {kind}", where)
                continue
            if kind != "unique":
                self.promises.add(table, CheckDraft(word="not_null", content=columns), where)
            if kind != "not_null":
                self.promises.add(table, CheckDraft(word="unique", content=columns), where)

    def _read_freshness(self, table: TablePromises, node: _Node) -> None:
        """Add how new the newest row is to be: the table's own word, before that of its source."""
        places = [place for each in (node.place, node.source) if each for place in (each.at("config"), each)]
        said = [place.at("freshness") for place in places if "freshness" in as_mapping(place.find())]
        if not said or not (span := as_mapping(said[0].find())):
            return
        where, span = said[0], {**as_mapping(said[-1].find()), **span}
        column = next((each for place in places if (each := place.find("loaded_at_field"))), None)
        if column is None:
            self.promises.lose("freshness without `loaded_at_field`", where)
            return
        for key, beside in (("error_after", {}), ("warn_after", {"severity": "warning"})):
            period = as_mapping(span.get(key))
            if not period.get("count"):
                continue
            try:
                check = build_freshness(str(column), read_period(period))
                check = narrow(check, str(span["filter"])) if span.get("filter") else check
                self.promises.add(table, replace(check, beside={**check.beside, **beside}), where)
            except NotCarriedError as error:
                self.promises.lose(str(error), where)

    def _resolve(self, text: str) -> Target:
        """Return the table that `ref('x')` or `source('a', 'b')` names; raises NotCarriedError for other texts."""
        call = _CALL.fullmatch(text)
        names = [single or double for single, double in _TEXT.findall(call[2])] if call else []
        if call is None or not names or len(names) > 2:
            raise NotCarriedError("relationships to an expression")
        # A package, or a source, and the name.
        known = (names[-1],) if call[1] == "ref" else tuple(names)
        return self.names.get(known, Target(names[-1]))

    def _read_old(self, place: Place, target: Target) -> None:
        """Add the `constraints` of a file of version 1."""
        table = self.promises.open_table(target, place)
        if table is None:
            return
        for kind in as_mapping(place.find()):
            for where in self.promises.list_items(place.at(kind)):
                try:
                    for check in iter_checks(read_test(*_read_old_test(kind, where.find()), "", self._resolve)):
                        self.promises.add(table, check, where)
                except NotCarriedError as error:
                    self.promises.lose(str(error), where)


def _read_old_test(kind: str, item: Json) -> tuple[Json, str]:
    """Return a test as later versions write it, and its column."""
    match item:
        case {"from": column, **rest}:
            return {kind: rest}, str(column)
        case {"field": column, **rest}:
            return {kind: rest}, str(column)
    return {kind: {}}, str(item)


def _iter_old(value: Json) -> Iterator[str]:
    """Yield the models that a file of version 1 has."""
    for name, entry in as_mapping(value).items():
        if isinstance(name, str) and isinstance(as_mapping(entry).get("constraints"), dict):
            yield name
