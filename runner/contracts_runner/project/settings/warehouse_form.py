"""The forms of `warehouse:` and `publish:` of an environment: where a ClickHouse is (docs/design.md, Project file)."""

import re
from pathlib import Path

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.environment import PublishSettings, WarehouseSettings
from contracts_runner.model.warehouse_beside import NO_LIMITS
from contracts_runner.project.contract.query_limits import QUERY_LIMITS
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import (
    BOOLEAN,
    DURATION,
    IDENTIFIER,
    TEXT,
    choice,
    integer,
    mapping,
    name_words,
    named,
    parsed,
)
from contracts_runner.reading.variables import MissingVariable

_CONTROL = compile_late(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CALLABLE = rf"{IDENTIFIER}(\.{IDENTIFIER})*:{IDENTIFIER}"


def _parse_callable(text: str) -> str:
    if re.fullmatch(_CALLABLE, text):
        return text
    raise FormError(f"'{text}' does not name a callable; write module:name")


def _read_file(value: Value) -> Path | None:
    text, root = value.read_text(), value.reading.root
    if text is None:
        return None
    path = (root or Path()) / text
    if root and not path.is_file():
        value.report(f"there is no file '{text}'")
    return path


def read_secret(value: Value) -> str | None:
    """Return a text that may be, or hold, a secret."""
    text = value.read_text()
    if text is not None and (_CONTROL.search(text) or text != text.strip()):
        # Not quoted, and not mended: which of its characters count is known to its author only.
        value.report(
            f"{value.name} has a control character, or a blank at its beginning or end",
            "set it without, such as the line break at the end of a file",
        )
        return None
    return text


def _read_dsn(value: Value) -> tuple[str | None, str]:
    """Return the DSN, or None and the name of the variable that would hold it."""
    if isinstance(value.value, MissingVariable):
        return None, value.value.name
    return read_secret(value), ""


CALLABLE = named(parsed(_parse_callable, "module:name", f"^{_CALLABLE}$", "write module:name"), "callable")
FILE = Reader(_read_file, TEXT.schema, "path")


# The times of the server end in 2106.
_LONGEST_DAYS = 18_250


class PublishForm(Form):
    """The ClickHouse in which the results of runs are collected."""

    noun = "publish"
    dsn = Key(
        Reader(_read_dsn, TEXT.schema, "text"),
        "The server's address, best as $NAME; `chdb://memory` is the embedded one.",
        required=True,
        example="$CLICKHOUSE_DSN",
    )
    database = Key(TEXT, "The database.", example="shop", default="default")
    create = Key(BOOLEAN, "True makes tables that are missing.", example="true")
    keep_days = Key(
        integer(1, _LONGEST_DAYS),
        "How many days the rows of single runs stay in tables that `create` makes; the sums of each day stay.",
        example="400",
    )
    ca_bundle = Key(FILE, "File of certificates to trust for the server.", example="certificates/clickhouse.pem")


class WarehouseForm(Form):
    """The ClickHouse that is checked."""

    noun = "a warehouse"
    dsn = PublishForm.dsn
    database = PublishForm.database
    load = Key(
        CALLABLE,
        "module:name of what fills the tables, between the scenarios and the verification. It is called with `client`, "
        "`database`, `base_url`, `credentials`, `now`, and returns table -> rows written.",
        example="shop_sandbox.loader:load",
    )
    prepare = Key(
        CALLABLE,
        "module:name of what makes the tables before the first count. It is called with `client`, `database`.",
        example="shop_sandbox.loader:create_tables",
    )
    max_lag = Key(DURATION, "How far the tables may be behind the API where `reconcile` has no `within`.", example="2h")
    snapshot = Key(
        choice("run", "each"), "`each` counts tables around each scenario that names some, too.", default="run"
    )
    ca_bundle = PublishForm.ca_bundle
    limits = Key(QUERY_LIMITS, "Bounds of a query of a check.", example="{rows: 500M, seconds: 60, groups: 200k}")
    max_requests = Key(integer(1), "Most requests to the API that the checks may make in all.", example="5000")


def _build_warehouse(form: WarehouseForm) -> WarehouseSettings:
    dsn, missing = form.dsn or (None, "")
    return WarehouseSettings(
        dsn=dsn,
        missing=missing,
        database=form.database or "default",
        load=form.load,
        prepare=form.prepare,
        max_lag_seconds=form.max_lag,
        is_counting_each=form.snapshot == "each",
        ca_bundle=form.ca_bundle,
        query_limits=form.limits or NO_LIMITS,
        max_requests=form.max_requests,
    )


def _build_publish(form: PublishForm) -> PublishSettings:
    dsn, missing = form.dsn or (None, "")
    target = WarehouseSettings(dsn=dsn, missing=missing, database=form.database or "default", ca_bundle=form.ca_bundle)
    return PublishSettings(target=target, is_creating=form.create is True, keep_days=form.keep_days)


WAREHOUSE = WarehouseForm.reader().then(_build_warehouse)
WAREHOUSES = mapping(WAREHOUSE, name_words("a warehouse"))
PUBLISH = PublishForm.reader().then(_build_publish)
