"""The form of one environment of contracts.yaml (docs/design.md, Project file, Safety)."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from contracts_runner.model.credential import Credential
from contracts_runner.model.environment import (
    HOOK_TIMEOUT_SECONDS,
    PATIENCE_SECONDS,
    Environment,
    Limits,
    RedactionMode,
    SandboxApp,
    WarehouseSettings,
    WritePolicy,
)
from contracts_runner.model.proxies import Proxies, Proxy, parse_proxy
from contracts_runner.model.watch import WatchSettings
from contracts_runner.project.contract.auth import CREDENTIAL_NAMES
from contracts_runner.project.contract.sending import PLAIN_HEADERS
from contracts_runner.project.settings.credential_form import CERTIFICATE, CREDENTIAL, Unavailable
from contracts_runner.project.settings.process_variables import FILLED, fill, list_read_variables
from contracts_runner.project.settings.property_form import PROPERTIES
from contracts_runner.project.settings.variable_form import VARIABLES
from contracts_runner.project.settings.warehouse_form import CALLABLE, FILE, PUBLISH, WAREHOUSE, WAREHOUSES
from contracts_runner.project.settings.watch_form import WATCH
from contracts_runner.reading.declarations import Form, Key, Reader, Scalar
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Value
from contracts_runner.reading.readers import (
    BOOLEAN,
    DURATION,
    RATE,
    SIZE,
    Names,
    integer,
    mapping,
    member,
    parsed,
)
from contracts_runner.reading.variables import (
    MissingVariable,
    UndecodableText,
)

SANDBOX = "sandbox"


def _parse_base_url(text: str) -> str:
    if text == SANDBOX:
        return text
    if "@" in text:
        # Not quoted: it may hold a password.
        raise FormError("the base URL holds a user or a password; use 'credentials'")
    try:
        url = urlsplit(text)
        is_fit = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError as error:
        raise FormError(f"'{text}' is not a URL: {error}") from None
    if not is_fit or any(map(str.isspace, text)):
        raise FormError(f"'{text}' is not a base URL; write `sandbox` or one such as https://api.example.com")
    if "?" in text or "#" in text:
        raise FormError(f"'{text}' has a query or a fragment; a base URL ends with its path")
    return text.rstrip("/")


def _read_proxy(value: Value) -> Proxy | None:
    text = value.read_text()
    try:
        return parse_proxy(text) if text is not None else None
    except ValueError as error:
        value.report(str(error))
        return None


_PROXY_TEXT = Scalar(
    type="string",
    pattern=r"^([hH][tT][tT][pP][sS]?://)?([^\s/?#]+@)?([^\s/?#@:\[\]]+|\[[^\s/?#@\[\]]+\])(:[0-9]{1,5})?/?$",
    patternErrorMessage="write one such as http://proxy.example.com:3128",
)
# Built in as `auth:` values, so no credential can have these names.
_CREDENTIALS = mapping(
    CREDENTIAL,
    Names("a credential", reserved=("none", "invalid")),
)

_ADDRESS = parsed(
    _parse_base_url,
    "URL, or `sandbox`",
    r"^(sandbox|[hH][tT][tT][pP][sS]?://[^\s@?#/]+(/[^\s@?#]*)?)$",
    "write `sandbox`, or one such as https://api.example.com without a user and a query",
)


class SandboxForm(Form, is_open=True):
    """The app that is served on a free loopback port; other keys are its options."""

    noun = "a sandbox"
    app = Key(CALLABLE, "The app's factory, as module:name.", required=True, example="shop_sandbox.app:create_app")


def _build_sandbox(form: SandboxForm) -> SandboxApp:
    entries = form.place.read_entries()
    options = {name: entry.read_json() for name, entry in entries.items() if name not in form.keys}
    return SandboxApp(app=form.app or "", options=options, location=form.location)


class LimitsForm(Form):
    """Bounds on one exchange."""

    noun = "limits"
    connect = Key(DURATION, "Time to connect.", default="5s")
    first_byte = Key(DURATION, "Time to the answer's first byte.", default="30s")
    exchange = Key(DURATION, "Time for the whole exchange.", default="60s")
    headers = Key(SIZE, "Size of the answer's head.", default="64 KiB")
    body = Key(SIZE, "Size of the answer's body, decompressed.", default="32 MiB")
    depth = Key(integer(1), "Depth of the answer's JSON.", default=200)


def _build_limits(form: LimitsForm) -> Limits:
    default = Limits()
    return Limits(
        connect_seconds=form.connect or default.connect_seconds,
        first_byte_seconds=form.first_byte or default.first_byte_seconds,
        exchange_seconds=form.exchange or default.exchange_seconds,
        header_bytes=form.headers or default.header_bytes,
        body_bytes=form.body or default.body_bytes,
        depth=form.depth or default.depth,
    )


class EnvironmentForm(
    Form,
    has_variables=True,
    rules={
        "allOf": [
            {
                "if": {"required": ["base_url"], "properties": {"base_url": {"const": SANDBOX}}},
                "then": {"required": ["sandbox"]},
            },
            {
                "if": {"required": ["base_url"], "properties": {"base_url": {"pattern": "^[hH]"}}},
                "then": {"not": {"required": ["sandbox"]}},
            },
            {"not": {"required": ["warehouse", "warehouses"]}},
            FILLED,
        ]
    },
):
    """Where to look, and what is allowed there. A single value may be `$NAME`, a variable of the process or of .env, or
    a longer text with `${NAME}` in it; `$$` is a dollar."""

    noun = "an environment"
    base_url = Key(
        _ADDRESS,
        "Scheme, host, port and path before the spec's paths; `sandbox` serves the app of `sandbox`.",
        required=True,
        example="https://api.example.com/v1",
    )
    base_urls = Key(
        mapping(_ADDRESS),
        "Spec -> where its service is; that of a spec without one is `base_url`.",
        example="{payments: https://payments.example.com}",
    )
    servers = Key(
        mapping(_ADDRESS),
        "Own server of a path or an operation, as the document names it -> the address in the place of all of it.",
        example='{"https://files.example.com/v2": https://files.example.org}',
    )
    sandbox = Key(
        SandboxForm.reader().then(_build_sandbox),
        "The app that is served on a free loopback port; other keys are its options.",
        example='{app: "shop_sandbox.app:create_app", latency: none}',
    )
    credentials = Key(
        _CREDENTIALS,
        "Security scheme of the spec, or another name for `auth` -> credential; what is secret best as $NAME.",
        example='{apiKey: $SHOP_KEY, session: {from: S.login, value: "${token}"}}',
    )
    auth = Key(
        CREDENTIAL_NAMES,
        "What steps without `auth` send to operations that declare a security; what the spec wants if left out.",
        example="partnerKey",
    )
    client_certificate = Key(
        CERTIFICATE,
        "The client certificate for a service whose document has no `mutualTLS` scheme.",
        example="{certificate: certificates/me.pem, key: $KEY_FILE}",
    )
    variables = Key(
        VARIABLES,
        "Name -> value of ${name} in contracts; `type` reads the text of a variable as an integer, a number, a boolean "
        "or JSON.",
        example="{event_id: 33, show: $SHOW, show_id: {from: $SHOW_ID, type: integer}}",
    )
    headers = Key(
        PLAIN_HEADERS, "Headers of every step that does not send its own.", example="{X-Client: tests, X-Key: $KEY}"
    )
    latency = Key(DURATION, "The longest time to an answer for steps that do not say theirs.", example="3s")
    writes = Key(
        member(WritePolicy),
        "Whether writes are sent, or only their `probe`; `block` unless it is the sandbox.",
        example="probe",
    )
    rate_limit = Key(RATE, "Most requests per s, m or h, such as 2/s.", example="2/s")
    patience = Key(DURATION, "How long a walk waits for one page after 429 or 503, as Retry-After says.", default="60s")
    jobs = Key(integer(1), "Scenarios at the same time, at most.", default=4)
    redaction = Key(member(RedactionMode), "How a personal value is written down.", default="full")
    limits = Key(
        LimitsForm.reader().then(_build_limits), "Bounds on one exchange.", example="{exchange: 20s, body: 8 MiB}"
    )
    hook_timeout = Key(
        DURATION, "How long `sandbox`, `prepare` and `load` may take until they return, each.", default="10m"
    )
    ca_bundle = Key(
        FILE,
        "File of certificates to trust: below contracts.yaml, or an absolute path.",
        example="certificates/shop.pem",
    )
    proxy = Key(
        Reader(_read_proxy, _PROXY_TEXT, "URL of a proxy"),
        "The proxy of all requests and of ClickHouse; without it HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY count.",
        example="$HTTPS_PROXY",
    )
    protected = Key(BOOLEAN, "True asks before anything is written there, or wants `--yes-write-to`.", example="true")
    warehouse = Key(
        WAREHOUSE, "The ClickHouse that is checked.", example="{dsn: $CLICKHOUSE_DSN, database: shop, max_lag: 2h}"
    )
    warehouses = Key(
        WAREHOUSES,
        "Several of them: name -> the ClickHouse; a warehouse contract says which one it is for.",
        example="{main: {dsn: $CLICKHOUSE_DSN}, mart: {dsn: $MART_DSN, database: mart}}",
    )
    publish = Key(
        PUBLISH, "The ClickHouse that collects the results of runs.", example="{dsn: $PUBLISH_DSN, database: results}"
    )
    properties = Key(
        PROPERTIES, "What is generated from the spec, and how much.", example="{operations: read, max_examples: 5}"
    )
    watch = Key(WATCH, "How `contracts watch` runs it again and again.", example="{every: 5m, metrics: {port: 9464}}")


def read_environment(name: str, value: Value, variables: Mapping[str, str] | None) -> Environment | None:
    """Return the environment with its `$NAME` values; without `variables` they are not known, nor reported as missing.

    Without a root of the reading, files are not looked for.
    """
    form = EnvironmentForm.take(replace(value, value=fill(value.value, variables)))
    if form is None:
        return None
    _check_base_url(form)
    base_urls, servers = (_read_addresses(form, key) for key in (EnvironmentForm.base_urls, EnvironmentForm.servers))
    addresses = {"base_url": form.base_url, "base_urls": base_urls, "servers": servers}
    default_writes = WritePolicy.ALLOW if form.base_url == SANDBOX else WritePolicy.BLOCK
    credentials: Mapping[str, Credential | Unavailable] = form.credentials or {}
    named = form.variables or {}
    absent = {key: item.why for key, item in credentials.items() if isinstance(item, Unavailable)}
    return Environment(
        name=name,
        base_url=None if form.base_url == SANDBOX else form.base_url,
        base_urls=base_urls,
        servers=servers,
        sandbox=form.sandbox,
        credentials={key: item for key, item in credentials.items() if not isinstance(item, Unavailable)},
        missing_credentials={key: why.name for key, why in absent.items() if isinstance(why, MissingVariable)},
        undecodable_credentials=_list_undecodable(absent),
        sample_credentials={key: item.sample for key, item in credentials.items() if isinstance(item, Unavailable)},
        auth=form.auth,
        client_certificate=form.client_certificate,
        variables={key: item for key, item in named.items() if not isinstance(item, UndecodableText)},
        undecodable_variables=_list_undecodable(named),
        # A text as it is: no expression of a contract.
        headers={name: text.replace("${", "$${") for name, text in (form.headers or {}).items()},
        latency_ms=None if form.latency is None else form.latency * 1000,
        writes=form.writes or default_writes,
        rate_limit_per_second=form.rate_limit,
        patience_seconds=form.patience or PATIENCE_SECONDS,
        jobs=form.jobs or EnvironmentForm.jobs.default,
        redaction=form.redaction or RedactionMode.FULL,
        limits=form.limits or Limits(),
        hook_timeout_seconds=form.hook_timeout or HOOK_TIMEOUT_SECONDS,
        ca_bundle=form.ca_bundle,
        proxies=Proxies(fixed=form.proxy),
        is_protected=form.protected is True,
        warehouses=_read_warehouses(form),
        publish=form.publish,
        properties=form.properties,
        watch=form.watch or WatchSettings(),
        read_variables=list_read_variables(value.value, addresses, variables or {}),
        location=value.location,
    )


def _read_warehouses(form: EnvironmentForm) -> dict[str, WarehouseSettings]:
    if EnvironmentForm.warehouse in form and EnvironmentForm.warehouses in form:
        form.at(EnvironmentForm.warehouses).report(
            "an environment has 'warehouse' or 'warehouses'; write them all here"
        )
    return form.warehouses or ({"": form.warehouse} if form.warehouse else {})


def _list_undecodable(named: Mapping[str, object]) -> dict[str, str]:
    return {key: item.message for key, item in named.items() if isinstance(item, UndecodableText)}


def _read_addresses(form: EnvironmentForm, key: Key[dict[str, str]]) -> dict[str, str]:
    """Return name -> address, "" for that of the sandbox, and for a variable whose text is not known."""
    names = form.at(key).value if key in form else {}
    found = form.find(key) or {}
    for name, address in found.items():
        if address == SANDBOX != form.base_url:
            form.at(key).at(name).report("the address `sandbox` needs `base_url: sandbox`")
    addresses = {name: found.get(name, "") for name in names} if isinstance(names, dict) else {}
    return {name: "" if address == SANDBOX else address for name, address in addresses.items()}


def _check_base_url(form: EnvironmentForm) -> None:
    if form.base_url == SANDBOX and EnvironmentForm.sandbox not in form:
        form.at(EnvironmentForm.base_url).report("'base_url: sandbox' needs the key 'sandbox' with the app to serve")
    if form.base_url not in (None, SANDBOX) and EnvironmentForm.sandbox in form:
        form.at(EnvironmentForm.sandbox).report("'sandbox' needs 'base_url: sandbox'")
