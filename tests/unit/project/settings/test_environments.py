"""An environment with the values of its variables."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import ProjectError, UsageError
from contracts_runner.model.environment import Environment, OperationGroup, PropertySettings, RedactionMode, WritePolicy
from contracts_runner.model.json import Json
from contracts_runner.model.proxies import parse_proxy
from contracts_runner.project.settings.environment_form import LimitsForm
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import Settings, load_settings


def load(folder: Path, *environments: str, head: str = "") -> Settings:
    lines = [
        "version: 1",
        "specs: {shop: s.yaml, bank: b.yaml, x: x.yaml}",
        "environments:",
        *(f"  {environment}" for environment in environments),
    ]
    (folder / "contracts.yaml").write_text(head + "\n".join(lines), encoding="utf-8")
    settings, problems = load_settings(folder)
    assert settings is not None
    assert problems == []
    return settings


def resolve(folder: Path, text: str, **environ: str) -> Environment:
    return resolve_environment(load(folder, f"prod: {{{text}}}"), "prod", environ)


def test_everything_has_a_default(tmp_path: Path) -> None:
    environment = resolve(tmp_path, "base_url: https://a.example.com/api/")

    assert (environment.base_url, environment.jobs) == ("https://a.example.com/api", 4)
    assert (environment.writes, environment.redaction) == (WritePolicy.BLOCK, RedactionMode.FULL)
    assert (environment.limits.exchange_seconds, environment.limits.body_bytes) == (60.0, 32 * 1024 * 1024)
    assert (environment.warehouses, environment.is_simulated, environment.is_protected) == ({}, False, False)
    assert str(environment.location) == "contracts.yaml:4"


def test_a_sandbox_may_be_written_to_and_has_no_address(tmp_path: Path) -> None:
    environment = resolve(
        tmp_path, "base_url: sandbox, sandbox: {app: 'shop.app:create', latency: none, seed: $SEED}", SEED="5"
    )

    assert (environment.base_url, environment.writes, environment.is_simulated) == (None, WritePolicy.ALLOW, True)
    assert environment.sandbox is not None
    assert (environment.sandbox.app, environment.sandbox.options) == (
        "shop.app:create",
        {"latency": "none", "seed": "5"},
    )


def test_all_keys_are_read(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("", encoding="utf-8")
    environment = resolve(
        tmp_path,
        "base_url: https://a, writes: probe, redaction: hash, jobs: 2, rate_limit: 120/m, protected: true, "
        "patience: 2m, ca_bundle: ca.pem, variables: {id: 33, list: [1, {a: 2}]}, "
        "limits: {connect: 1s, first_byte: 2s, exchange: 3s, headers: 1KiB, body: 2MiB, depth: 9}, "
        "warehouse: {dsn: 'chdb://memory', database: d, load: 'a.b:c', prepare: 'a:d', max_lag: 2h, "
        "max_requests: 9, ca_bundle: ca.pem}, "
        "properties: {operations: read, max_examples: 5}",
    )

    limits, warehouse = environment.limits, environment.warehouses[""]
    assert (environment.writes, environment.redaction) == (WritePolicy.PROBE, RedactionMode.HASH)
    assert (environment.jobs, environment.rate_limit_per_second, environment.is_protected) == (2, 2.0, True)
    assert environment.patience_seconds == 120
    assert environment.variables == {"id": 33, "list": [1, {"a": 2}]}
    assert environment.ca_bundle == tmp_path / "ca.pem"
    assert (limits.connect_seconds, limits.first_byte_seconds, limits.exchange_seconds) == (1.0, 2.0, 3.0)
    assert (limits.header_bytes, limits.body_bytes, limits.depth) == (1024, 2 * 1024 * 1024, 9)
    written = ["connect: 1s", "first_byte: 2s", "exchange: 3s", "headers: 1 KiB", "body: 2 MiB", "depth: 9"]
    told = [limits.explain(key) for key in LimitsForm.keys]
    assert told == [f" (`limits: {{{each}}}` of the environment)" for each in written]
    assert (warehouse.dsn, warehouse.database, warehouse.load) == ("chdb://memory", "d", "a.b:c")
    assert (warehouse.prepare, warehouse.max_lag_seconds, warehouse.ca_bundle) == ("a:d", 7200.0, tmp_path / "ca.pem")
    assert warehouse.max_requests == 9
    assert environment.properties == PropertySettings(operations=OperationGroup.READ, max_examples=5)


def test_variables_are_looked_up_anywhere(tmp_path: Path) -> None:
    environment = resolve(
        tmp_path,
        "base_url: $URL, jobs: $JOBS, protected: $PROTECTED, rate_limit: $RATE, writes: $WRITES, "
        "variables: {id: $ID, deep: [{a: $ID}], literal: US$$, other: '$$1'}, limits: {connect: $LIMIT}",
        URL="https://a.example.com",
        JOBS="3",
        PROTECTED="true",
        RATE="2/s",
        WRITES="allow",
        ID="0012",
        LIMIT="2s",
    )

    assert (environment.base_url, environment.jobs, environment.is_protected) == ("https://a.example.com", 3, True)
    assert (environment.rate_limit_per_second, environment.writes) == (2.0, WritePolicy.ALLOW)
    assert environment.variables == {"id": "0012", "deep": [{"a": "0012"}], "literal": "US$", "other": "$1"}
    assert environment.limits.connect_seconds == 2.0


# (text in the file, value), with A=a and B=b:c; the second half is what other grammars would read as a variable.
FILLED = [
    ("$A", "a"),
    ("${A}", "a"),
    ("x-${A}-${B}", "x-a-b:c"),
    ("${A}${A}", "aa"),
    ("${A}:${B}", "a:b:c"),
    ("$$", "$"),
    ("$$A", "$A"),
    ("$${A}", "${A}"),
    ("$$${A}", "$a"),
    ("US$$5", "US$5"),
    ("{A}", "{A}"),
    ("%A%", "%A%"),
]
STRAY = ["$", "a$", "$5", "$A:$B", "$A/x", "x$A", "${A", "${}", "${1}", "${A-b}", "${ A }", "$(A)", "$$$"]
MESSAGE = "a $ in it is neither $NAME, the whole text, nor part of ${NAME} or $$"
# Where a text of an environment is: its name in messages, and what reads it.
PLACES: list[tuple[str, str, Callable[[Environment], Any]]] = [
    ("a", "base_url: https://a, variables: {{a: '{}'}}", lambda read: read.variables["a"]),
    ("an item of 'a'", "base_url: https://a, variables: {{a: ['{}']}}", lambda read: read.variables["a"][0]),
    ("c", "base_url: https://a, credentials: {{c: '{}'}}", lambda read: read.credentials["c"]),
    (
        "latency",
        "base_url: sandbox, sandbox: {{app: 'a:b', latency: '{}'}}",
        lambda read: read.sandbox.options["latency"],
    ),
    (
        "database",
        "base_url: https://a, warehouse: {{dsn: x, database: '{}'}}",
        lambda read: read.warehouses[""].database,
    ),
    ("dsn", "base_url: https://a, publish: {{dsn: '{}'}}", lambda read: read.publish.target.dsn),
]


@pytest.mark.parametrize(("written", "value"), FILLED)
@pytest.mark.parametrize(("text", "find"), [place[1:] for place in PLACES])
def test_variables_are_filled_into_texts(
    tmp_path: Path, text: str, find: Callable[[Environment], Any], written: str, value: str
) -> None:
    assert find(resolve(tmp_path, text.format(written), A="a", B="b:c")) == value


@pytest.mark.parametrize("written", STRAY)
@pytest.mark.parametrize(("name", "text"), [place[:2] for place in PLACES])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_dollar_that_begins_nothing_is_a_mistake(
    tmp_path: Path, name: str, text: str, written: str, is_open: bool
) -> None:
    line = f"  prod: {{{text.format(written)}}}"
    (tmp_path / "contracts.yaml").write_text(f"version: 1\nspecs: {{}}\nenvironments:\n{line}\n", encoding="utf-8")
    settings, problems = load_settings(tmp_path)
    assert settings is not None
    if not is_open:
        with pytest.raises(ProjectError) as caught:
            resolve_environment(settings, "prod", {"A": "a", "B": "b"})
        problems = caught.value.problems

    named = name if " " in name else f"'{name}'"
    assert [(problem.location.line, problem.message) for problem in problems] == [(4, f"{named}: {MESSAGE}")]


def test_the_base_url_takes_parts_from_variables(tmp_path: Path) -> None:
    environment = resolve(tmp_path, "base_url: 'https://${HOST}:${PORT}/v1'", HOST="a.example.com", PORT="8443")

    assert environment.base_url == "https://a.example.com:8443/v1"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "33", 33),
        ("integer", "-1", -1),
        ("number", "1.5", 1.5),
        ("number", "2", 2),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("json", '{"a": [1, null]}', {"a": [1, None]}),
        ("json", "null", None),
        ("json", '"33"', "33"),
    ],
)
def test_the_text_of_a_variable_becomes_a_value(tmp_path: Path, kind: str, text: str, value: Json) -> None:
    environment = resolve(tmp_path, f"base_url: https://a, variables: {{v: {{from: $V, type: {kind}}}}}", V=text)

    found = environment.variables["v"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "1.0"),
        ("integer", "x"),
        ("integer", "true"),
        ("integer", "007"),
        ("integer", "9" * 5000),
        ("number", '"1"'),
        ("number", "NaN"),
        ("number", "1e999"),
        ("boolean", "1"),
        ("boolean", "yes"),
        ("json", "{a: 1}"),
        ("json", "[" * 100_000),
    ],
)
def test_a_text_of_another_type_is_a_mistake_that_does_not_show_it(tmp_path: Path, kind: str, text: str) -> None:
    with pytest.raises(ProjectError) as caught:
        resolve(tmp_path, f"base_url: https://a, variables: {{v: {{from: $V, type: {kind}}}}}", V=text)

    assert str(caught.value) == f"contracts.yaml:4: the text of the variable for 'v' is not of the type {kind}"


def test_only_a_variable_with_these_two_keys_is_typed(tmp_path: Path) -> None:
    environment = resolve(
        tmp_path,
        "base_url: https://a, variables: {a: {from: Moscow, type: integer}, b: {from: $V, type: x, to: y}}",
        V="1",
    )

    assert environment.variables == {
        "a": {"from": "Moscow", "type": "integer"},
        "b": {"from": "1", "type": "x", "to": "y"},
    }


def test_an_unknown_type_is_named(tmp_path: Path) -> None:
    text = "version: 1\nspecs: {}\nenvironments: {a: {base_url: https://a, variables: {a: {from: $V, type: int}}}}\n"
    (tmp_path / "contracts.yaml").write_text(text, encoding="utf-8")

    _, problems = load_settings(tmp_path)

    assert list(map(str, problems)) == ["contracts.yaml:3: 'type' cannot be 'int'; Did you mean 'integer'?"]


@pytest.mark.parametrize("text", ["$V", "x-${V}"])
@pytest.mark.parametrize("value", ["'{}'", "['{}']", "{{b: ['{}']}}", "{{from: '{}', type: integer}}"])
def test_a_variable_of_bytes_that_are_not_utf_8_is_kept_apart(tmp_path: Path, value: str, text: str) -> None:
    place = f"base_url: https://a, credentials: {{c: '{text}', d: e}}, variables: {{v: {value.format(text)}, w: 1}}"

    environment = resolve(tmp_path, place, V=b"us\xe9r".decode("utf-8", "surrogateescape"))

    assert environment.variables == {"w": 1}
    assert environment.undecodable_variables == {"v": "$V is not UTF-8"}
    assert (environment.credentials, environment.missing_credentials) == ({"d": "e"}, {})
    assert environment.undecodable_credentials == {"c": "$V is not UTF-8"}


@pytest.mark.parametrize("text", ["$V", "x-${V}"])
@pytest.mark.parametrize(("name", "place"), [place[:2] for place in PLACES[3:]])
def test_bytes_that_are_not_utf_8_are_a_mistake_of_what_uses_them(
    tmp_path: Path, name: str, place: str, text: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        resolve(tmp_path, place.format(text), V=b"us\xe9r".decode("utf-8", "surrogateescape"))

    named = name if " " in name else f"'{name}'"
    assert str(caught.value) == f"contracts.yaml:4: {named}: $V is not UTF-8; set it to a text in UTF-8"


def test_a_variable_that_nothing_uses_may_hold_any_bytes(tmp_path: Path) -> None:
    assert resolve(tmp_path, "base_url: https://a", V="\udce9").base_url == "https://a"


@pytest.mark.parametrize("part", ["{}\n", "\n{}", "{}\r\n", "a\0{}", "a\t{}", " {}", "{} ", "{}\x7f", "{}\x85"])
def test_a_credential_that_no_request_can_carry_is_a_mistake_that_does_not_show_it(tmp_path: Path, part: str) -> None:
    with pytest.raises(ProjectError) as caught:
        resolve(tmp_path, "base_url: https://a, credentials: {c: $C}", C=part.format("s3cret"))

    assert "s3cret" not in str(caught.value)
    assert [problem.message for problem in caught.value.problems] == [
        "'c' has a control character, or a blank at its beginning or end"
    ]


def test_a_dsn_with_a_control_character_is_a_mistake_that_does_not_show_it(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        resolve(tmp_path, "base_url: https://a, warehouse: {dsn: $DSN}", DSN="https://u:s3cret@ch.example\n")

    assert str(caught.value).startswith("contracts.yaml:4: 'dsn' has a control character")
    assert "s3cret" not in str(caught.value)


def test_the_dotenv_file_comes_after_the_process_environment(tmp_path: Path) -> None:
    content = "# tokens\nA=of the file\nexport B='of the file'\nC=$A\nD=\n"
    (tmp_path / ".env").write_text(content, encoding="utf-8")

    environment = resolve(
        tmp_path, "base_url: https://a, credentials: {a: $A, b: $B, c: $C, d: $D}", A="of the process", B=""
    )

    assert environment.credentials == {"a": "of the process", "b": "of the file", "c": "$A"}
    assert environment.missing_credentials == {"d": "D"}


def test_the_process_environment_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CONTRACTS_TEST_ONLY=secret\n", encoding="utf-8")
    before = dict(os.environ)

    resolve(tmp_path, "base_url: https://a, credentials: {a: $CONTRACTS_TEST_ONLY}")

    assert dict(os.environ) == before


def test_missing_credentials_and_dsn_are_left_to_the_caller(tmp_path: Path) -> None:
    environment = resolve(
        tmp_path, "base_url: https://a, credentials: {a: $TOKEN_A, b: literal}, warehouse: {dsn: $DSN}", TOKEN_A=""
    )

    assert environment.credentials == {"b": "literal"}
    assert environment.missing_credentials == {"a": "TOKEN_A"}
    assert (environment.warehouses[""].dsn, environment.warehouses[""].missing) == (None, "DSN")


def test_everything_else_that_is_missing_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        resolve(tmp_path, "base_url: $URL, jobs: $JOBS, variables: {a: [1, $ID]}, protected: $BOX, ca_bundle: gone.pem")

    hint = "is not set; set it in the environment or in the file .env"
    assert [str(problem) for problem in caught.value.problems] == [
        f"contracts.yaml:4: $BOX {hint}",
        f"contracts.yaml:4: $ID {hint}",
        f"contracts.yaml:4: $JOBS {hint}",
        f"contracts.yaml:4: $URL {hint}",
        "contracts.yaml:4: there is no file 'gone.pem'",
    ]


def test_the_value_of_a_variable_must_have_the_right_form(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        resolve(tmp_path, "base_url: https://a, jobs: $JOBS, limits: {body: $BODY}", JOBS="many", BODY="1GB")

    assert [problem.message for problem in caught.value.problems] == [
        "'1GB' is not a size; write a number above zero with B, KiB, MiB or GiB, such as 64KiB",
        "'jobs' must be a whole number, not text",
    ]


def test_a_broken_dotenv_file_is_reported_without_its_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nthis is a secret\n", encoding="utf-8")

    with pytest.raises(ProjectError) as caught:
        resolve(tmp_path, "base_url: https://a")

    assert str(caught.value) == ".env:2: is not of the form NAME=value"


def test_a_dotenv_file_in_another_encoding_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("A=привет\n".encode("cp1251"))

    with pytest.raises(ProjectError) as caught:
        resolve(tmp_path, "base_url: https://a")

    assert str(caught.value) == ".env:1: is not UTF-8"


def test_the_default_environment_is_taken_without_a_name(tmp_path: Path) -> None:
    settings = load(tmp_path, "a: {base_url: https://a}", "b: {base_url: https://b}", head="default_environment: b\n")

    assert resolve_environment(settings, None, {}).name == "b"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("prd", "there is no environment 'prd'; Did you mean 'prod'?"),
        ("xyz", "there is no environment 'xyz'; known: prod, test"),
        (
            None,
            "no environment is chosen and contracts.yaml has no 'default_environment'; name one with --env: prod, test",
        ),
    ],
)
def test_an_unknown_environment_is_wrong_use(tmp_path: Path, name: str | None, message: str) -> None:
    settings = load(tmp_path, "prod: {base_url: https://a}", "test: {base_url: https://b}")

    with pytest.raises(UsageError) as caught:
        resolve_environment(settings, name, {})

    assert str(caught.value) == message


def test_the_proxy_of_the_environment_is_read_and_reaches_all_that_connect(tmp_path: Path) -> None:
    environment = resolve(
        tmp_path,
        "base_url: https://a, proxy: $P, warehouse: {dsn: 'http://c'}, publish: {dsn: 'http://d'}",
        P="http://u:secret-1@h:3128",
        NO_PROXY="*",
    )

    assert environment.publish is not None
    ways = [environment.proxies, environment.warehouses[""].proxies, environment.publish.target.proxies]
    assert [way.find("https://a") for way in ways] == [parse_proxy("http://u:secret-1@h:3128")] * 3
    assert environment.secrets == {"proxy:": "secret-1"}


def test_without_one_the_proxy_is_that_of_the_process(tmp_path: Path) -> None:
    environment = resolve(tmp_path, "base_url: https://a", HTTPS_PROXY="h:1", HTTP_PROXY="h:2")

    assert environment.proxies.find("https://a") == parse_proxy("h:1")


def test_the_dotenv_file_is_no_process_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HTTPS_PROXY=h:1\n", encoding="utf-8")

    assert resolve(tmp_path, "base_url: https://a").proxies.find("https://a") is None
    assert resolve(tmp_path, "base_url: https://a, proxy: $HTTPS_PROXY").proxies.fixed == parse_proxy("h:1")


def test_a_sandbox_is_never_reached_through_a_proxy(tmp_path: Path) -> None:
    environment = resolve(
        tmp_path, "base_url: sandbox, sandbox: {app: 'a:b'}, proxy: 'h:1'", HTTP_PROXY="h:2", ALL_PROXY="socks5://h"
    )

    assert environment.service_proxies.find("http://127.0.0.1:8000") is None
    assert environment.proxies.find("http://a") == parse_proxy("h:1")


@pytest.mark.parametrize("proxy", ["socks5://u:secret-1@h", "http://u:secret-1@h/path", "http://"])
def test_a_proxy_that_is_none_is_a_mistake_at_its_place(tmp_path: Path, proxy: str) -> None:
    with pytest.raises(ProjectError, match=r"contracts.yaml:4: .*write http://HOST:PORT") as caught:
        resolve(tmp_path, "base_url: https://a, proxy: $P", P=proxy)

    assert "secret-1" not in str(caught.value)


def test_a_proxy_of_the_process_that_is_none_is_told_before_the_first_request(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the variable HTTPS_PROXY of the process environment"):
        resolve(tmp_path, "base_url: https://a", HTTPS_PROXY="socks5://h")

    assert resolve(tmp_path, "base_url: https://a", HTTPS_PROXY="socks5://h", NO_PROXY="a").base_url == "https://a"


def test_everything_that_is_read_from_a_variable_is_a_secret(tmp_path: Path) -> None:
    environment = resolve(
        tmp_path,
        "base_url: $URL, credentials: {key: $KEY, pair: '${USER}:${PASSWORD}'}, "
        "variables: {a: $A, b: [{c: 'x-${B}'}], n: {from: $N, type: integer}, plain: '$$A'}, "
        "warehouse: {dsn: $DSN}, publish: {dsn: 'https://${USER}:${PASSWORD}@other.example'}",
        URL="https://a.example.com/v1/bot0123456789abc",
        KEY="key-1",
        USER="someone-1",
        PASSWORD="pass-1",
        A="value-a",
        B="value-b",
        N="4915027733",
        DSN="https://loader:dsn-1@ch.example/shop",
        UNUSED="unused-1",
    )

    found = {*environment.secrets.values()}
    assert found >= {"key-1", "someone-1", "pass-1", "value-a", "value-b", "4915027733", "dsn-1", "bot0123456789abc"}
    assert not found & {"unused-1", "a.example.com", "ch.example", "https://a.example.com/v1/bot0123456789abc"}


def test_variable_that_is_one_word_or_a_short_number_is_not_searched_for(tmp_path: Path) -> None:
    environment = resolve(
        tmp_path, "base_url: https://a, variables: {a: $A, b: $B}, writes: $W", A="prod", B="33", W="block"
    )

    assert (environment.secrets, environment.secret_words) == ({}, {"$A": "prod", "$B": "33"})


def test_each_text_and_number_of_a_json_text_is_secret(tmp_path: Path) -> None:
    text = '{"token": "part-1", "deep": [{"number": 4915027733, "word": "north", "page": 1, "on": true}]}'

    environment = resolve(tmp_path, "base_url: https://a, variables: {a: {from: $A, type: json}}", A=text)

    assert environment.secrets == {"$A": text, "$A:0": "part-1", "$A:1": "4915027733"}
    assert environment.secret_words == {"$A:2": "north"}


def test_services_have_addresses_of_their_own(tmp_path: Path) -> None:
    text = 'base_url: $A, base_urls: {shop: $B, bank: https://bank.example.com/}, servers: {"https://x/v2": "${C}/v3"}'
    key = "k3yk3yk3yk3yk3y"

    environment = resolve(tmp_path, text, A="http://a", B=f"http://b/{key}", C="http://c")

    assert environment.base_urls == {"shop": f"http://b/{key}", "bank": "https://bank.example.com"}
    assert environment.servers == {"https://x/v2": "http://c/v3"}
    assert environment.addresses == (f"http://b/{key}", "https://bank.example.com", "http://c/v3")
    assert key in environment.secrets.values()


@pytest.mark.parametrize("address", ["ftp://a", "a.example.com", "https://user:pw@a", "https://a?b=1", "sandbox"])
@pytest.mark.parametrize("key", ["base_urls", "servers"])
def test_an_address_that_is_none_is_an_error_with_its_line(tmp_path: Path, key: str, address: str) -> None:
    with pytest.raises(ProjectError, match=r"contracts\.yaml:4: "):
        resolve(tmp_path, f"base_url: https://a, {key}: {{x: $ADDRESS}}", ADDRESS=address)


def test_an_address_whose_variable_is_not_set_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="ADDRESS is not set"):
        resolve(tmp_path, "base_url: https://a, servers: {x: $ADDRESS}")


def test_a_service_of_no_spec_is_an_error(tmp_path: Path) -> None:
    text = (
        "version: 1\nspecs: {shop: shop.yaml}\nenvironments:\n  a: {base_url: https://a, base_urls: {shp: https://b}}"
    )
    (tmp_path / "contracts.yaml").write_text(text, encoding="utf-8")

    settings, problems = load_settings(tmp_path)

    assert (settings is not None, problems) == (True, [])
    assert list(map(str, settings.iter_unknown_services() if settings else ())) == [
        "contracts.yaml:4: there is no spec 'shp'; Did you mean 'shop'?"
    ]
