"""The ways on which an alert leaves: a webhook, a service of Apprise, a program of this machine."""

import contextlib
import json
import logging
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import assert_never

from contracts_runner.engine.effects import build_effects
from contracts_runner.errors import TransportError, UsageError
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.spec import Effect
from contracts_runner.model.watch import Channel, Command, Notification, Webhook
from contracts_runner.reporting.alert import Alert
from contracts_runner.run.connections import USER_AGENT
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter

# Returns why an alert did not arrive, "" if it did.
Deliver = Callable[[Alert], str]
_COMMAND_SECONDS = 60
_ACCEPTED = range(200, 300)


def build_channels(channels: Sequence[Channel], environment: Environment, root: Path) -> dict[str, Deliver]:
    """Return how each receiver is reached, by its kind and place in the list. Raises UsageError for one that cannot
    be."""
    return {
        f"{type(channel).__name__.lower()} {number}": _build(channel, environment, root)
        for number, channel in enumerate(channels, 1)
    }


def _build(channel: Channel, environment: Environment, root: Path) -> Deliver:
    match channel:
        case Webhook():
            return partial(_post, channel, _require(channel, environment), environment)
        case Notification():
            try:
                import apprise  # noqa: F401 - it is looked for before the first alert
            except ImportError:
                raise UsageError(
                    f"{environment.location}: `notify` of the environment '{environment.name}' needs Apprise; install "
                    "contracts-runner[alerts]"
                ) from None
            return partial(_notify, _require(channel, environment))
        case Command():
            return partial(_start, channel.words, root)
        case _:
            assert_never(channel)


def _require(channel: Webhook | Notification, environment: Environment) -> str:
    if channel.url is None:
        raise UsageError(
            f"{environment.location}: an alert of the environment '{environment.name}' goes to ${channel.missing}, "
            "which is not set; set it in the environment or in the file .env"
        )
    return channel.url


def _post(webhook: Webhook, url: str, environment: Environment, alert: Alert) -> str:
    own = {"Content-Type": "application/json; charset=utf-8", "User-Agent": USER_AGENT}
    request = Request(
        method="POST",
        url=url,
        headers=tuple({**own, **webhook.headers}.items()),
        body=json.dumps(alert.document, ensure_ascii=False).encode("utf-8", "backslashreplace"),
        operation="alert",
        effect=Effect.WRITE,
    )
    settings = TransportSettings(limits=environment.limits, ca_bundle=webhook.ca_bundle, proxies=environment.proxies)
    guard = WriteGuard(base_url=url, writes=WritePolicy.ALLOW, effects=build_effects((), url))
    transport = HttpTransport(settings, guard=guard, limiter=RateLimiter(None), on_leave=lambda _: None)
    with contextlib.closing(transport):
        try:
            status = transport.send(request).status_code
        except TransportError as error:
            return str(error)
    return "" if status in _ACCEPTED else f"the answer is {status}"


def _notify(url: str, alert: Alert) -> str:
    import apprise

    # What it logs may name an address; that an alert did not arrive is told here.
    logging.getLogger("apprise").disabled = True
    service = apprise.Apprise()
    if not service.add(url):
        return "Apprise does not know this kind of address"
    is_sent = service.notify(title=alert.title, body=alert.text, body_format=apprise.NotifyFormat.MARKDOWN)
    return "" if is_sent else "Apprise could not deliver it"


def _start(words: Sequence[str], root: Path, alert: Alert) -> str:
    try:
        done = subprocess.run(
            words,
            cwd=root,
            input=alert.text,
            encoding="utf-8",
            errors="backslashreplace",
            stdout=subprocess.DEVNULL,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{words[0]} did not end within {_COMMAND_SECONDS} s"
    except OSError as error:
        return f"{words[0]} cannot be started: {error.strerror or error}"
    return "" if done.returncode == 0 else f"{words[0]} ended with exit code {done.returncode}"
