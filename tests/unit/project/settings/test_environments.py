"""An environment with the values of its variables."""

import os
from pathlib import Path

import pytest

from contracts_runner.errors import ProjectError, UsageError
from contracts_runner.model.environment import Environment, OperationGroup, PropertySettings, RedactionMode, WritePolicy
from contracts_runner.model.proxies import parse_proxy
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import Settings, load_settings


def load(folder: Path, *environments: str, head: str = "") -> Settings:
    lines = ["version: 1", "specs: {}", "environments:", *(f"  {environment}" for environment in environments)]
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
    assert (environment.warehouse, environment.is_simulated, environment.is_protected) == (None, False, False)
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
        "ca_bundle: ca.pem}, "
        "properties: {operations: read, max_examples: 5}",
    )

    limits, warehouse = environment.limits, environment.warehouse
    assert (environment.writes, environment.redaction) == (WritePolicy.PROBE, RedactionMode.HASH)
    assert (environment.jobs, environment.rate_limit_per_second, environment.is_protected) == (2, 2.0, True)
    assert environment.patience_seconds == 120
    assert environment.variables == {"id": 33, "list": [1, {"a": 2}]}
    assert environment.ca_bundle == tmp_path / "ca.pem"
    assert (limits.connect_seconds, limits.first_byte_seconds, limits.exchange_seconds) == (1.0, 2.0, 3.0)
    assert (limits.header_bytes, limits.body_bytes, limits.depth) == (1024, 2 * 1024 * 1024, 9)
    assert warehouse is not None
    assert (warehouse.dsn, warehouse.database, warehouse.load) == ("chdb://memory", "d", "a.b:c")
    assert (warehouse.prepare, warehouse.max_lag_seconds, warehouse.ca_bundle) == ("a:d", 7200.0, tmp_path / "ca.pem")
    assert environment.properties == PropertySettings(operations=OperationGroup.READ, max_examples=5)


def test_variables_are_looked_up_anywhere(tmp_path: Path) -> None:
    environment = resolve(
        tmp_path,
        "base_url: $URL, jobs: $JOBS, protected: $PROTECTED, rate_limit: $RATE, writes: $WRITES, "
        "variables: {id: $ID, deep: [{a: $ID}], literal: US$, other: '$1'}, limits: {connect: $LIMIT}",
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
    assert environment.warehouse is not None
    assert (environment.warehouse.dsn, environment.warehouse.missing) == (None, "DSN")


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
            "no environment is chosen and contracts.yaml has no 'default_environment'; environments: prod, test",
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

    assert environment.warehouse is not None
    assert environment.publish is not None
    ways = [environment.proxies, environment.warehouse.proxies, environment.publish.target.proxies]
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
