"""Commands that send a request again: what a shell makes of them is what was sent."""

import subprocess
from typing import Any

import pytest

from contracts_runner.reporting.commands import name_credentials, render_command
from contracts_runner.results.rows import ExchangeRow, SentMessage

TOKEN = "<credential restToken sha256:1a2b3c4d>"


def build(**request: Any) -> ExchangeRow:
    return ExchangeRow(request=SentMessage(**{"method": "GET", "url": "http://a.example/x", **request}))


def split(command: str, **variables: str) -> list[str]:
    """The words that a shell gives to curl."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{command}"
    told = subprocess.run(["/bin/sh", "-c", script], env=variables, capture_output=True, check=True)
    return told.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize(
    "value", [f"Bearer {TOKEN}", f"{TOKEN}", f"key={TOKEN};a='b' $HOME `id`", f"{TOKEN} and {TOKEN}"]
)
def test_a_credential_is_a_variable_and_everything_else_is_as_it_was(value: str) -> None:
    command = render_command(build(headers=(("X-Key", value), ("Accept", "*/*"))))

    words = split(command, restToken="s3'c$r`et")

    assert "X-Key: " + value.replace(TOKEN, "s3'c$r`et") in words
    assert '"$restToken"' in command


def test_a_body_in_any_letters_stays_as_it_was() -> None:
    body = '{"name": "Чашка \'и\' \\"блюдце\\" $5"}'

    words = split(render_command(build(method="POST", body=body)))

    assert words[-3:] == ["--data-raw", body, "http://a.example/x"]


def test_a_request_whose_body_was_cut_has_no_command() -> None:
    assert render_command(build(body="{", truncated=True)) == ""


@pytest.mark.parametrize(
    ("credential", "variable"),
    [("rest-token", "rest_token"), ("2nd", "_2nd"), ("ключ", "____"), ("$SHOP_TOKEN", "SHOP_TOKEN")],
)
def test_any_name_of_a_credential_is_a_name_of_a_variable(credential: str, variable: str) -> None:
    command = name_credentials(f"curl -H 'A: <credential {credential} sha256:1a2b3c4d>' http://a.example")

    assert split(command, **{variable: "v"}) == ["-H", "A: v", "http://a.example"]
