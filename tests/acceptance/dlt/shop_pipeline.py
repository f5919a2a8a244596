"""A pipeline of dlt (https://dlthub.com): a paged API into files, and the files into ClickHouse.

The tables are those that dlt's own destination for ClickHouse would make, but for one that somebody made by hand.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Nothing is told to its makers.
os.environ.update({"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"})
os.environ["NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION"] = "true"

HINTS = {
    "orders": {"price": {"data_type": "decimal", "precision": 18, "scale": 2}},
    "doubles": {"total": {"data_type": "double"}},
}
RESOURCES = ("orders", "short", "visits", "replayed", "variants", "local", "doubles")
BY_HAND = {"visits": "id Int64, left_at DateTime('UTC')"}
TYPES = {"bigint": "Int64", "text": "String", "double": "Float64", "timestamp": "DateTime64(6, 'UTC')"}
JOBS = """CREATE VIEW {}.jobs AS
SELECT schema_name AS job, if(status = 0, 'success', 'failed') AS status,
  inserted_at AS started_at, inserted_at AS finished_at
FROM {}._dlt_loads"""


def load(*, client: Any, database: str, base_url: str, **_: object) -> Mapping[str, int]:
    """Load every list; returns table -> rows."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DLT_DATA_DIR"] = f"{folder}/dlt"
        pipeline = _extract(base_url, Path(folder))
        client.command(f"CREATE DATABASE {database}")
        for name in (*RESOURCES, "_dlt_loads"):
            _store(client, database, name, pipeline.default_schema.tables[name], f"{folder}/lake/raw/{name}/*.jsonl")
    client.command(JOBS.format(database, database))
    count = "SELECT count() FROM {}.{}"
    return {name: client.query(count.format(database, name)).result_rows[0][0] for name in RESOURCES}


def _extract(base_url: str, folder: Path) -> Any:
    import dlt
    from dlt.sources.rest_api import rest_api_source

    paginator = {"type": "page_number", "base_page": 1, "page_param": "page", "total_path": "pages"}
    resources = [
        {"name": name, "columns": HINTS.get(name, {}), "endpoint": {"path": name, "data_selector": "data"}}
        for name in RESOURCES
    ]
    source = rest_api_source(
        {
            "client": {"base_url": f"{base_url}/", "paginator": paginator},
            "resource_defaults": {"primary_key": "id", "write_disposition": "append"},
            "resources": resources,
        },
        name="shop",
    )
    lake = dlt.destinations.filesystem((folder / "lake").as_uri())
    pipeline = dlt.pipeline("shop", pipelines_dir=str(folder / "runs"), destination=lake, dataset_name="raw")
    pipeline.run(source, loader_file_format="jsonl")
    # Run again by hand, after somebody believed that the first run had failed.
    pipeline.run(source.with_resources("replayed"), loader_file_format="jsonl")
    return pipeline


def _store(client: Any, database: str, name: str, table: Mapping[str, Any], files: str) -> None:
    structure = BY_HAND.get(name) or ", ".join(map(_render_column, table["columns"].values()))
    client.command(f"CREATE TABLE {database}.{name} ({structure}) ENGINE = MergeTree ORDER BY tuple()")
    client.command(
        f"INSERT INTO {database}.{name} SELECT * FROM file('{files}', 'JSONEachRow', $${structure}$$)",
        settings={"date_time_input_format": "best_effort"},
    )


def _render_column(column: Mapping[str, Any]) -> str:
    decimal = f"Decimal({column.get('precision')}, {column.get('scale')})"
    kind = TYPES.get(column["data_type"], decimal)
    return f"{column['name']} {f'Nullable({kind})' if column.get('nullable', True) else kind}"
