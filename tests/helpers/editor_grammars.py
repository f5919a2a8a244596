"""Documents that have every key of contract files and contracts.yaml at least once, with their schemas and readers."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from contracts_runner.errors import Problem
from contracts_runner.project.contract.contracts import read_contract
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.project.settings import settings
from contracts_runner.reading import schema_keywords
from contracts_runner.reading.yaml_source import YamlDocument, load_yaml, parse_yaml
from contracts_runner.reading.yaml_tree import Node
from helpers.command import REPOSITORY

Pointer = tuple[str | int, ...]

EXAMPLES = REPOSITORY / "tests" / "acceptance" / "contracts"
VALID = sorted((EXAMPLES / "valid").glob("*.yaml"))

# Every key of contracts.yaml.
PROJECT = """
version: 1
specs:
  shop: spec/shop.yaml
  vendor: {document: spec/vendor.json, overlays: [spec/vendor.overlay.yaml], max_values: 5000000}
contracts: contracts
templates: reports
default_environment: sandbox
functions: shop_functions
environments:
  sandbox:
    base_url: sandbox
    base_urls: {vendor: https://vendor.example.com}
    servers: {"https://files.example.com/v2": "https://${HOST}/v2"}
    sandbox: {app: "shop_sandbox.app:create_app", latency: none}
    credentials:
      shopToken: secret
      shopLogin: {username: ann, password: $PASSWORD}
      shopClient: {client_id: me, client_secret: $SECRET, scopes: [read], token_url: https://id.example.com/token}
      shopForm: {client_id: me, client_secret: $SECRET, token_endpoint_auth_method: client_secret_post}
      shopUser: {client_id: me, username: ann, password: secret-1}
      shopAgain: {client_id: me, refresh_token: $REFRESH_TOKEN}
      shopSession: {from: S.login, value: "${token}"}
      shopCertificate: {certificate: ca.pem, key: ca.pem}
    auth: [shopToken, shopLogin]
    client_certificate: {certificate: ca.pem, key: $KEY_FILE}
    variables: {shop_id: 7, show_id: {from: $SHOW_ID, type: integer}}
    auth: shopToken
    latency: 5s
    headers: {X-Client: tests, X-Key: $KEY}
    writes: allow
    rate_limit: 2/s
    hook_timeout: 5m
    patience: 20s
    jobs: 2
    redaction: full
    limits: {connect: 5s, first_byte: 30s, exchange: 60s, headers: 64KiB, body: 32MiB, depth: 200}
    ca_bundle: ca.pem
    proxy: http://proxy.example.com:3128
    protected: true
    warehouse:
      dsn: chdb://memory
      database: zakaz
      load: "shop_sandbox.loader:load"
      prepare: "shop_sandbox.loader:create_tables"
      max_lag: 2h
      max_requests: 5000
      limits: {rows: 500M, seconds: 60, groups: 200k}
      snapshot: each
      ca_bundle: ca.pem
    publish: {dsn: $PUBLISH_DSN, database: results, create: true, keep_days: 400, ca_bundle: ca.pem}
    properties:
      operations: [listOrders]
      phases: [examples]
      max_examples: 5
      max_requests: 500
      max_writes: 20
      seconds: 60
      workers: 2
      checks: [ignored_auth]
    watch:
      every: 5m
      timezone: Europe/Moscow
      jitter: 100ms
      metrics: {port: 9464, address: 0.0.0.0, textfile: metrics/contracts.prom}
      keep: {runs: 500, age: 30d}
      alerts:
        - {webhook: $ALERT_URL, headers: {Authorization: $ALERT_TOKEN}, ca_bundle: ca.pem}
        - {notify: "mailtos://${MAIL_USER}:${MAIL_PASSWORD}@example.com"}
        - {command: [scripts/page_somebody, now, now]}
"""
SMALL_PROJECT = """
version: 1
specs: {}
environments:
  prod:
    base_url: https://shop.example.com/api
    jobs: $JOBS
    properties: {operations: read}
    watch: {cron: "*/5 8-20 * * 1-5"}
    warehouses: {main: {dsn: $MAIN_DSN}, mart: {dsn: $MART_DSN, database: mart}}
"""

# Every keyword of the schemas that contracts have in `body`, `headers` and relations.
KEYWORDS = {
    **dict.fromkeys(schema_keywords.KEYWORDS, "${shop_id}"),
    **{word: {"type": "string"} for word in sorted(schema_keywords.ONE_SCHEMA)},
    **{word: [{"type": ["string"]}] for word in sorted(schema_keywords.SCHEMA_LISTS)},
    **{word: {"a": {"format": "date"}} for word in sorted(schema_keywords.SCHEMA_MAPS)},
}


def build_document(value: Any) -> YamlDocument:
    """Return a document without any YAML: quick to make, and good for values that no author would write."""
    root = _build_node(value)
    return YamlDocument(name="example.yaml", value=root.value, _root=root)


def _build_node(value: Any) -> Node:
    """Return a value in a line; what is made of it is not that of the caller."""
    if isinstance(value, dict):
        entries = {key: (1, _build_node(child)) for key, child in value.items()}
        return Node(1, {key: child.value for key, (_, child) in entries.items()}, entries=entries)
    if isinstance(value, list):
        items = [_build_node(item) for item in value]
        return Node(1, [item.value for item in items], items=items)
    return Node(1, value, value if isinstance(value, str) else json.dumps(value))


@dataclass(frozen=True)
class Grammar:
    """A schema, rich documents, and the reader that decides what is right."""

    schema: Any
    documents: tuple[Any, ...]
    read: Callable[[Any], list[Problem]]

    @cached_property
    def validator(self) -> Any:
        """Draft 2020-12, as the schema says."""
        return jsonschema_rs.Draft202012Validator(self.schema)


@cache
def load_schema(name: str) -> Any:
    return json.loads(files("contracts_runner").joinpath(f"schema/{name}.schema.json").read_bytes())


def find(value: Any, pointer: Pointer) -> Any:
    """Return the value at keys and indexes that exist."""
    for part in pointer:
        value = value[part]
    return value


def iter_pointers(value: Any, pointer: Pointer = ()) -> Iterator[Pointer]:
    """Yield the pointer of every value, parents first."""
    yield pointer
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in entries:
        yield from iter_pointers(child, (*pointer, key))


def load_value(path: Path) -> Any:
    return load_yaml(path, path.parent).value


def read_contract_file(value: Any) -> list[Problem]:
    document = build_document(value)
    is_warehouse = isinstance(value, dict) and "warehouse" in value and "contract" not in value
    return (read_warehouse_contract(document) if is_warehouse else read_contract(document))[1]


def build_contract(matcher: Any) -> Any:
    """Return a small contract file that holds a schema."""
    step = {"operation": "listOrders", "expect": {"body": {"$.a": matcher}}}
    return {"contract": "small", "spec": "shop", "scenarios": [{"id": "S.1", "title": "Small", "steps": [step]}]}


def build_grammars(folder: Path) -> Mapping[str, Grammar]:
    """Return the grammar of contract files and that of contracts.yaml, which stands in the folder."""
    for name in ("contracts", "reports", "spec"):
        (folder / name).mkdir()

    def read_project_file(value: Any) -> list[Problem]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(settings, "load_yaml", lambda path, root, **_: build_document(value))
            return settings.load_settings(folder)[1]

    contracts = [load_value(path) for path in VALID]
    contracts += [build_contract({"enum": [1], word: value}) for word, value in KEYWORDS.items()]
    projects = [parse_yaml(text, "contracts.yaml").value for text in (PROJECT, SMALL_PROJECT)]
    return {
        "contract": Grammar(load_schema("contract"), tuple(contracts), read_contract_file),
        "project": Grammar(load_schema("project"), tuple(projects), read_project_file),
    }
