"""contracts.yaml is read, with every mistake in it."""

from pathlib import Path

import pytest

from contracts_runner.project.settings.settings import load_settings

HEAD = "version: 1\nspecs: {shop: spec/shop.yaml}\nenvironments:\n"


def read_problems(folder: Path, text: str) -> list[str]:
    (folder / "contracts.yaml").write_text(text, encoding="utf-8")
    problems = sorted(load_settings(folder)[1], key=lambda problem: problem.location)
    return [str(problem).removeprefix("contracts.yaml:") for problem in problems]


def test_all_keys_are_read(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "checks").mkdir()
    text = "contracts: checks\ntemplates: reports\ndefault_environment: prod\n"
    (tmp_path / "contracts.yaml").write_text(
        text + HEAD + "  prod: {base_url: https://a.example.com, variables: {a: 1}}\n"
        "  test: {base_url: http://127.0.0.1:8080/api, variables: {a: 2, b: 3}}\n",
        encoding="utf-8",
    )

    settings, problems = load_settings(tmp_path)

    assert problems == []
    assert settings is not None
    assert settings.specs["shop"].path == tmp_path / "spec" / "shop.yaml"
    assert (settings.contracts, settings.templates) == (tmp_path / "checks", tmp_path / "reports")
    assert (settings.default_environment, settings.environments) == ("prod", ("prod", "test"))
    assert settings.find_names("variables") == {"a": ["prod", "test"], "b": ["test"]}


def test_folders_have_defaults(tmp_path: Path) -> None:
    (tmp_path / "contracts.yaml").write_text(HEAD + "  prod: {base_url: https://a.example.com}\n", encoding="utf-8")

    settings, problems = load_settings(tmp_path)

    assert problems == []
    assert settings is not None
    assert (settings.contracts, settings.templates) == (tmp_path / "contracts", None)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    settings, problems = load_settings(tmp_path)

    assert settings is None
    assert [str(problem) for problem in problems] == ["contracts.yaml:1: cannot be read: no such file or directory"]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "versoin: 1\n",
            [
                "1: contracts.yaml has no key 'versoin'; Did you mean 'version'?",
                "1: contracts.yaml needs the key 'specs'",
                "1: contracts.yaml needs the key 'environments'",
            ],
        ),
        (
            "version: 2\nspecs: {}\nenvironments: {}\n",
            ["1: unknown version 2; known: 1"],
        ),
        (
            "version: 1\nspecs: {a: ../spec.yaml, b: /etc/spec.yaml, c: 5, d: 'C:\\spec.yaml'}\nenvironments: []\n",
            [
                "2: '../spec.yaml' is outside of the project; write a path below contracts.yaml",
                "2: '/etc/spec.yaml' is outside of the project; write a path below contracts.yaml",
                "2: 'C:\\spec.yaml' is outside of the project; write a path below contracts.yaml",
                "3: 'environments' must be a mapping, not a list",
            ],
        ),
        (
            "contracts: contrcts\ntemplates: reports\ndefault_environment: prd\n"
            + HEAD
            + "  prod: {base_url: https://a.example.com}\n",
            [
                "1: there is no folder 'contrcts'",
                "2: there is no folder 'reports'",
                "3: there is no environment 'prd'; Did you mean 'prod'?",
            ],
        ),
        (
            HEAD + "  pro d: {base_url: https://a.example.com}\n  prod: ~\n",
            [
                "4: 'pro d' cannot be the name of an environment; use letters, digits, dots, - and _",
                "5: 'prod' must be a mapping, not null",
            ],
        ),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, text: str, problems: list[str]) -> None:
    assert read_problems(tmp_path, text) == problems


ENVIRONMENT_MISTAKES = [
    ("writes: allow", ["an environment needs the key 'base_url'"]),
    ("base_url: https://a, credential: {}", ["an environment has no key 'credential'; Did you mean 'credentials'?"]),
    ("base_url: sandbox", ["'base_url: sandbox' needs the key 'sandbox' with the app to serve"]),
    ("base_url: https://a, sandbox: {app: a:b}", ["'sandbox' needs 'base_url: sandbox'"]),
    ("base_url: sandbox, sandbox: {latency: none}", ["a sandbox needs the key 'app'"]),
    ("base_url: sandbox, sandbox: {app: app.py}", ["'app.py' does not name a callable; write module:name"]),
    (
        "base_url: a.example.com",
        ["'a.example.com' is not a base URL; write `sandbox` or one such as https://api.example.com"],
    ),
    ("base_url: 'https://user:pass@a'", ["the base URL holds a user or a password; use 'credentials'"]),
    ("base_url: 'https://a/?b=c'", ["'https://a/?b=c' has a query or a fragment; a base URL ends with its path"]),
    ("base_url: 'https://a:99999'", ["'https://a:99999' is not a URL: Port out of range 0-65535"]),
    ("base_url: 'https://[a'", ["'https://[a' is not a URL: Invalid IPv6 URL"]),
    (
        "base_url: https://a, credentials: {none: x, token: 5, empty: ''}",
        [
            "'none' is built in and cannot be the name of a credential",
            '5 is read as the number 5; write "5" in quotes',
            "'empty' is empty",
        ],
    ),
    (
        "base_url: https://a, variables: {event-id: 5, now: 6}",
        [
            "'event-id' cannot be the name of a variable; use letters, digits and _",
            "'now' is built in and cannot be the name of a variable",
        ],
    ),
    (
        "base_url: https://a, writes: false, redaction: ful, jobs: 0, protected: maybe",
        [
            "'writes' cannot be false; known: block, probe, allow",
            "'jobs' must be at least 1, not 0",
            "'redaction' cannot be 'ful'; Did you mean 'full'?",
            "'protected' must be true or false, not text",
        ],
    ),
    (
        "base_url: https://a, writes: alow, rate_limit: 2",
        [
            "'writes' cannot be 'alow'; Did you mean 'allow'?",
            "'2' is not a rate; write requests per s, m or h, such as 2/s or 120/m",
        ],
    ),
    (
        "base_url: https://a, limits: {conect: 1s, exchange: 0s, headers: 64KB, depth: 0}",
        [
            "limits has no key 'conect'; Did you mean 'connect'?",
            "'0s' is not a duration; write a number above zero with ms, s, m, h or d, such as 500ms or 3s",
            "'64KB' is not a size; write a number above zero with B, KiB, MiB or GiB, such as 64KiB",
            "'depth' must be at least 1, not 0",
        ],
    ),
    (
        "base_url: https://a, warehouse: {databse: a, load: loader, max_lag: 2}",
        [
            "a warehouse has no key 'databse'; Did you mean 'database'?",
            "a warehouse needs the key 'dsn'",
            "'loader' does not name a callable; write module:name",
            "'2' is not a duration; write a number above zero with ms, s, m, h or d, such as 500ms or 3s",
        ],
    ),
    (
        "base_url: https://a, properties: {operation: read}",
        ["properties has no key 'operation'; Did you mean 'operations'?"],
    ),
]


@pytest.mark.parametrize(("text", "messages"), ENVIRONMENT_MISTAKES)
def test_a_mistake_in_an_environment_is_reported(tmp_path: Path, text: str, messages: list[str]) -> None:
    assert read_problems(tmp_path, HEAD + f"  prod: {{{text}}}\n") == [f"4: {message}" for message in messages]


def test_nothing_is_said_of_variables_before_they_are_looked_up(tmp_path: Path) -> None:
    text = (
        "base_url: $A, credentials: {token: $B}, variables: {id: $C}, writes: $D, rate_limit: $E, jobs: $F, "
        "redaction: $G, limits: {connect: $H, body: $I, depth: $J}, ca_bundle: $K, protected: $L, "
        "warehouse: {dsn: $M, database: $N, load: $O, max_lag: $P}, properties: {max_examples: $Q}"
    )

    assert read_problems(tmp_path, HEAD + f"  prod: {{{text}}}\n") == []


def test_a_variable_is_never_a_mapping_or_a_list(tmp_path: Path) -> None:
    text = "base_url: https://a, limits: $LIMITS, credentials: $KEYS, properties: {phases: $PHASES}"

    assert read_problems(tmp_path, HEAD + f"  prod: {{{text}}}\n  test: $TEST\n") == [
        "4: 'credentials' must be a mapping, not the variable $KEYS",
        "4: 'limits' must be a mapping, not the variable $LIMITS",
        "4: 'phases' must be a list, not the variable $PHASES",
        "5: 'test' must be a mapping, not the variable $TEST",
    ]
