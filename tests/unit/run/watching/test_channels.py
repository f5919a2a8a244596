"""How an alert leaves: exactly what was rendered, to the address that the environment names, and nowhere else."""

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import SourceLocation, UsageError
from contracts_runner.model.environment import Environment, Limits
from contracts_runner.model.watch import Channel, Command, Notification, Webhook
from contracts_runner.reporting.alert import Alert
from contracts_runner.run.watching.channels import build_channels
from helpers.servers import always, answer, reset, serve_raw

ALERT = Alert(title="prod: 1 new cause, 0 gone", text="# prod\n\n- *Новая* причина", document={"title": "Ж", "new": []})

# Its plugins import modules of the standard library that are on their way out.
_OF_APPRISE = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def make_environment(**changes: Any) -> Environment:
    location = SourceLocation("contracts.yaml", 5)
    limits = Limits(connect_seconds=1, first_byte_seconds=1, exchange_seconds=2)
    return Environment(name="prod", base_url="https://api.example.com", location=location, limits=limits, **changes)


@contextlib.contextmanager
def serve_smtp() -> Iterator[tuple[int, list[str]]]:
    """Take one mail until the block is left; yields the port, and the lines that come."""
    lines: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 ready\r\n")
            is_data = False
            for raw in iter(stream.readline, b""):
                lines.append(raw.decode().rstrip("\r\n"))
                is_data = lines[-1] == "data" or (is_data and lines[-1] != ".")
                if lines[-1] == "data":
                    stream.write(b"354 go on\r\n")
                elif not is_data:
                    stream.write(b"250 ok\r\n")
                if lines[-1] == "quit":
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield listener.getsockname()[1], lines
        thread.join(20)


def deliver(channel: Channel, root: Path = Path()) -> str:
    [(_, send)] = build_channels([channel], make_environment(), root).items()
    return send(ALERT)


def test_each_receiver_has_a_name() -> None:
    channels = [Webhook(url="http://127.0.0.1:9"), Command(words=("a",)), Webhook(url="http://127.0.0.1:9")]

    assert list(build_channels(channels, make_environment(), Path())) == ["webhook 1", "command 2", "webhook 3"]


def test_a_webhook_gets_one_post_with_the_alert_as_json() -> None:
    with serve_raw(always(answer("204 No Content", b""))) as server:
        problem = deliver(Webhook(url=f"{server.base_url}/hook?a=1", headers={"Authorization": "Bearer t"}))

    [request] = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert problem == ""
    assert head.startswith(b"POST /hook?a=1 HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer t" in head
    assert b"\r\nContent-Type: application/json; charset=utf-8" in head
    assert json.loads(body) == ALERT.document


def test_a_redirect_is_not_followed() -> None:
    with serve_raw(always(answer())) as other:
        moved = answer("307 Temporary Redirect", b"", f"Location: {other.base_url}/")
        with serve_raw(always(moved)) as server:
            problem = deliver(Webhook(url=server.base_url))

    assert (problem, len(server.requests), other.requests) == ("the answer is 307", 1, [])


@pytest.mark.parametrize(
    ("data", "problem"), [(answer("500 Oops"), "the answer is 500"), (answer("404 No"), "the answer is 404")]
)
def test_an_answer_that_is_no_success_is_told(data: bytes, problem: str) -> None:
    with serve_raw(always(data)) as server:
        assert deliver(Webhook(url=server.base_url)) == problem


def test_a_connection_that_breaks_is_told() -> None:
    with serve_raw(reset(b"HTTP/1.1 2")) as server:
        assert deliver(Webhook(url=server.base_url)) != ""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    assert "refused" in deliver(Webhook(url=url))


def test_a_program_gets_the_text_on_its_standard_input(tmp_path: Path) -> None:
    code = "import sys; open('told', 'wb').write(sys.stdin.buffer.read())"

    assert deliver(Command(words=(sys.executable, "-c", code)), tmp_path) == ""
    assert (tmp_path / "told").read_text(encoding="utf-8") == ALERT.text


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((sys.executable, "-c", "raise SystemExit(7)"), "ended with exit code 7"),
        (("no/such/program",), "no/such/program cannot be started: No such file or directory"),
    ],
)
def test_a_program_that_fails_is_told(words: tuple[str, ...], problem: str) -> None:
    assert problem in deliver(Command(words=words))


@_OF_APPRISE
def test_a_mail_arrives_by_apprise() -> None:
    with serve_smtp() as (port, lines):
        address = f"mailto://127.0.0.1:{port}/?mode=insecure&from=contracts@example.com&to=user@example.com"
        problem = deliver(Notification(url=address))

    mail = "\n".join(lines)
    assert problem == ""
    assert "rcpt to:<user@example.com>" in mail.lower()
    assert "Subject: prod: 1 new cause, 0 gone" in mail


@_OF_APPRISE
def test_a_mail_that_nobody_takes_is_told() -> None:
    address = "mailto://127.0.0.1:9/?mode=insecure&from=contracts@example.com&to=user@example.com"

    assert deliver(Notification(url=address)) == "Apprise could not deliver it"
    assert deliver(Notification(url="nobody-has-this://x")) == "Apprise does not know this kind of address"


@pytest.mark.parametrize("channel", [Webhook(url=None, missing="HOOK"), Notification(url=None, missing="HOOK")])
def test_an_address_that_is_not_set_is_told_before_the_first_run(channel: Channel) -> None:
    with pytest.raises(UsageError, match=r"contracts\.yaml:5: an alert .* goes to \$HOOK, which is not set"):
        build_channels([channel], make_environment(), Path())
