"""Reads data contracts of the Open Data Contract Standard, version 3: what they promise of tables."""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.promises import (
    NotCarriedError,
    Promises,
    TablePromises,
    Target,
    allow,
    as_list,
    as_mapping,
    build_length,
)
from contracts_runner.model.json import Json
from contracts_runner.model.table_draft import CheckDraft
from contracts_runner.reading.places import Place
from contracts_runner.reading.yaml_source import YamlDocument

_UNITS = {"s": "s", "second": "s", "m": "m", "min": "m", "minute": "m", "h": "h", "hour": "h", "d": "d", "day": "d"}
_DAYS = {"week": 7, "w": 7, "month": 30, "year": 365, "y": 365, "yr": 365}
_FRESH = ("freshness", "fr", "latency", "ly")
_NO_TABLES = ("topic", "file", "document", "stream")
_PERHAPS_NULL = "a physicalType of what is not required: where it may be NULL, write Nullable(…)"
_WARNINGS = ("warning", "warn", "info", "low", "minor")


def is_odcs(value: Json) -> bool:
    """Return whether a document is a data contract of version 3."""
    version = str(as_mapping(value).get("apiVersion") or "")
    return version.removeprefix("v").startswith("3.")


def read_odcs(document: YamlDocument, promises: Promises) -> None:
    """Add what a data contract promises."""
    reader = _Reader(promises)
    root = Place(document, ())
    objects = promises.list_mappings(root.at("schema"))
    for place in objects:
        reader.learn(place)
    for place in objects:
        reader.read_object(place)
    for place in promises.list_mappings(root.at("slaProperties")):
        reader.read_agreement(place, str(root.find("slaDefaultElement") or ""))
    if root.find("customProperties"):
        promises.lose("customProperties", root.at("customProperties"))


@dataclass(slots=True)
class _Reader:
    promises: Promises
    tables: dict[str, TablePromises] = field(default_factory=dict)  # by name and id
    targets: dict[str, Target] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)  # table -> name or id -> column

    def learn(self, place: Place) -> None:
        """Remember how an object and its properties are called: others may refer to them."""
        target = Target(_read_name(place))
        for key in filter(None, (place.find("name"), place.find("id"))):
            self.targets[str(key)] = target
        known = self.columns.setdefault(target.table, {})
        for each in map(place.at("properties").at, range(len(as_list(place.find("properties"))))):
            known |= {str(key): _read_name(each) for key in (each.find("id"), each.find("name")) if key}

    def read_object(self, place: Place) -> None:
        """Add what an object promises."""
        if str(place.find("physicalType") or "").lower() in _NO_TABLES:
            self.promises.lose(f"an object that is a {place.find('physicalType')}", place)
            return
        table = self.promises.open_table(Target(_read_name(place)), place)
        if table is None:
            return
        for key in filter(None, (place.find("name"), place.find("id"))):
            self.tables[str(key)] = table
        properties = [(each, _read_name(each)) for each in self.promises.list_mappings(place.at("properties"))]
        for each, column in properties:
            if of := each.find("physicalType"):
                table.types[column] = str(of)
                if each.find("required") is not True and "nullable" not in str(of).lower():
                    self.promises.note(_PERHAPS_NULL, each)
            elif each.find("logicalType"):
                self.promises.lose("a logicalType without a physicalType, which would be one of ClickHouse", each)
        for each, column in properties:
            self._read_property(table, each, column)
        self._read_primary_key(table, properties)
        self._read_quality(table, place, "")
        self._read_relationships(table, place, "")
        if place.find("customProperties"):
            self.promises.lose("customProperties", place.at("customProperties"))

    def _read_property(self, table: TablePromises, place: Place, column: str) -> None:
        if place.find("required") is True:
            self.promises.fill(table, column, place)
        if place.find("unique") is True:
            self.promises.add(table, CheckDraft(word="unique", content=[column]), place)
        if values := [as_mapping(each).get("value", each) for each in as_list(place.find("enum"))]:
            self.promises.add(table, CheckDraft(word="accepted", content={"column": column, "values": values}), place)
        for check in self._iter_options(place.at("logicalTypeOptions"), column):
            self.promises.add(table, check, place.at("logicalTypeOptions"))
        if place.find("items") or place.find("properties"):
            self.promises.lose("properties of a property", place)
        self._read_quality(table, place, column)
        self._read_relationships(table, place, column)

    def _iter_options(self, place: Place, column: str) -> Iterator[CheckDraft]:
        options = as_mapping(place.find())
        bounds: dict[str, Json] = {}
        for key, value in options.items():
            match key:
                case "minimum" | "maximum":
                    bounds[key[:3]] = value
                case "exclusiveMinimum" | "exclusiveMaximum" if _is_whole(value) and self._is_integer(place):
                    bounds[key[9:12].lower()] = value + (1 if key.endswith("Minimum") else -1)
                case "pattern":
                    yield CheckDraft(word="matches", content={"column": column, "pattern": str(value)})
                case "minLength" | "maxLength":
                    continue
                case _:
                    self.promises.lose(f"logicalTypeOptions: {key}", place)
        if bounds:
            yield CheckDraft(word="range", content={"column": column, **bounds})
        least, most = options.get("minLength"), options.get("maxLength")
        if least is not None or most is not None:
            yield build_length(column, least, most)

    def _is_integer(self, place: Place) -> bool:
        return bool(Place(place.document, place.pointer[:-1]).find("logicalType") == "integer")

    def _read_primary_key(self, table: TablePromises, properties: list[tuple[Place, str]]) -> None:
        keys = [(each, column) for each, column in properties if each.find("primaryKey") is True]
        keys.sort(key=lambda key: position if isinstance(position := key[0].find("primaryKeyPosition"), int) else 0)
        for place, column in keys:
            self.promises.fill(table, column, place)
        if keys:
            self.promises.add(table, CheckDraft(word="unique", content=[column for _, column in keys]), keys[0][0])

    def _read_quality(self, table: TablePromises, place: Place, column: str) -> None:
        for where in self.promises.list_mappings(place.at("quality")):
            try:
                for check in self._iter_rule(table, as_mapping(where.find()), column):
                    self.promises.add(table, check, where)
            except NotCarriedError as error:
                self.promises.lose(str(error), where)

    def _iter_rule(self, table: TablePromises, rule: Mapping[str, Json], column: str) -> Iterator[CheckDraft]:
        kind = str(rule.get("type") or "library")
        if kind == "sql":
            raise NotCarriedError("a quality rule in SQL; write it as `query: {file: sql/x.sql, is: …}`")
        if kind != "library":
            raise NotCarriedError(f"a quality rule of type {kind}")
        metric, arguments = str(rule.get("metric") or rule.get("rule")), as_mapping(rule.get("arguments"))
        severity = str(rule.get("severity") or "").lower()
        beside = {"severity": "warning"} if severity in _WARNINGS else {}
        for check in self._iter_metric(table, metric, arguments, rule, column):
            yield replace(check, id=str(rule.get("name") or rule.get("id") or ""), beside={**check.beside, **beside})

    def _iter_metric(
        self, table: TablePromises, metric: str, arguments: Mapping[str, Json], rule: Mapping[str, Json], column: str
    ) -> Iterator[CheckDraft]:
        if metric == "rowCount" and not column:
            yield CheckDraft(word="row_count", content=_read_bounds(rule))
            return
        properties = [str(each) for each in as_list(arguments.get("properties"))]
        known = self.columns[table.target.table]
        columns = [column] if column else [known.get(each, each) for each in properties]
        if not columns or (metric != "duplicateValues" and not column):
            raise NotCarriedError(f"the metric {metric} of an object")
        check = _build_metric(metric, arguments, columns)
        yield allow(check, _read_most(rule))

    def _read_relationships(self, table: TablePromises, place: Place, column: str) -> None:
        for where in self.promises.list_mappings(place.at("relationships")):
            found = as_mapping(where.find())
            own = column or self._resolve(found.get("from"))[1]
            target, key = self._resolve(found.get("to"))
            if not own or target is None:
                self.promises.lose("a relationship of several columns, or with another contract", where)
            else:
                self.promises.add(table, CheckDraft(word="references", content=target.reference(own, key)), where)

    def _resolve(self, reference: Json) -> tuple[Target | None, str]:
        """Return the table and the column that `users.id` or `schema/ID/properties/ID` names."""
        parts = str(reference).lstrip("/").split("/")
        if len(parts) == 4 and (parts[0], parts[2]) == ("schema", "properties"):
            name, key = parts[1], parts[3]
        else:
            name, _, key = str(reference).partition(".")
        target = self.targets.get(name) if isinstance(reference, str) else None
        known = self.columns.get(target.table, {}) if target else {}
        return (target, known[key]) if target and key in known else (None, "")

    def read_agreement(self, place: Place, default: str) -> None:
        """Add what a service level says of the newest row."""
        name = str(place.find("property") or "")
        if name.lower() not in _FRESH:
            self.promises.lose(f"the service level {name}", place)
            return
        elements = str(place.find("element") or default).split(",")
        for element in map(str.strip, elements):
            try:
                table, column = self._find_element(element)
                within = _read_span(place.find("value"), str(place.find("unit") or "d"))
                check = CheckDraft(word="freshness", content={"column": column, "within": within})
                self.promises.add(table, check, place)
            except NotCarriedError as error:
                self.promises.lose(str(error), place)

    def _find_element(self, element: str) -> tuple[TablePromises, str]:
        name, _, column = element.rpartition(".")
        # The object may be left out where there is one.
        names = {name} if name else {each.target.table for each in self.tables.values()}
        found = {each.target.table: each for key, each in self.tables.items() if {key, each.target.table} & names}
        table = next(iter(found.values())) if len(found) == 1 else None
        known = self.columns[table.target.table] if table else {}
        if table is None or column not in known:
            raise NotCarriedError("a service level without an element that is a column")
        return table, known[column]


def _build_metric(metric: str, arguments: Mapping[str, Json], columns: list[str]) -> CheckDraft:
    match metric:
        case "nullValues":
            return CheckDraft(word="not_null", content=columns)
        case "missingValues" if set(map(str, as_list(arguments.get("missingValues", [None])))) <= {"None", ""}:
            return CheckDraft(word="not_null", content=columns)
        case "invalidValues" if arguments.get("validValues"):
            return CheckDraft(word="accepted", content={"column": columns[0], "values": arguments["validValues"]})
        case "invalidValues" if arguments.get("pattern"):
            return CheckDraft(word="matches", content={"column": columns[0], "pattern": str(arguments["pattern"])})
        case "duplicateValues":
            return CheckDraft(word="unique", content=columns)
    raise NotCarriedError(f"the metric {metric}" + (" with such arguments" if arguments else ""))


def _read_most(rule: Mapping[str, Json]) -> int | str:
    """Return how many, or which share, may break a rule; raises NotCarriedError."""
    is_share = str(rule.get("unit") or "rows").lower() in ("percent", "%")
    found = [(key, value) for key, value in rule.items() if key.startswith("must")]
    key, value = found[0] if len(found) == 1 else ("", None)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotCarriedError("a quality rule without one operator and its number")
    match key:
        case "mustBe" if value == 0:
            return 0
        case "mustBeLessOrEqualTo" | "mustBeLessThanOrEqualTo":
            return f"{value:g}%" if is_share else int(value)
        case "mustBeLessThan" if not is_share and _is_whole(value) and value >= 1:
            return int(value) - 1
    raise NotCarriedError(f"{key} {value:g}{' percent' if is_share else ''} of what breaks a rule")


def _read_bounds(rule: Mapping[str, Json]) -> dict[str, Json]:
    """Return the bounds of a number of rows; raises NotCarriedError."""
    bounds: dict[str, Json] = {}
    for key, value in rule.items():
        match key:
            case "mustBe":
                bounds |= {"min": value, "max": value}
            case "mustBeBetween" if isinstance(value, list) and len(value) == 2:
                bounds |= {"min": value[0], "max": value[1]}
            case "mustBeGreaterThan" if _is_whole(value):
                bounds["min"] = value + 1
            case "mustBeGreaterOrEqualTo" | "mustBeGreaterThanOrEqualTo":
                bounds["min"] = value
            case "mustBeLessThan" if _is_whole(value):
                bounds["max"] = value - 1
            case "mustBeLessOrEqualTo" | "mustBeLessThanOrEqualTo":
                bounds["max"] = value
            case _ if key.startswith("must"):
                raise NotCarriedError(f"{key} of a number of rows")
    return bounds


def _read_span(value: Json, unit: str) -> str:
    word = unit.lower()
    word = word if word in _UNITS or word in _DAYS else word.removesuffix("s")
    if isinstance(value, bool) or not isinstance(value, int | float) or (word not in _UNITS and word not in _DAYS):
        raise NotCarriedError(f"a service level of {value} {unit}")
    return f"{value:g}{_UNITS[word]}" if word in _UNITS else f"{value * _DAYS[word]:g}d"


def _is_whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _read_name(place: Place) -> str:
    return str(place.find("physicalName") or place.find("name") or "")
