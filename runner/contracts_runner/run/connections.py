"""What commands that talk to a service make of an environment: the transport, and the redactor of what they hear."""

import contextlib
import secrets
from collections.abc import Callable
from importlib import metadata

from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter

USER_AGENT = f"contracts-runner/{metadata.version('contracts-runner')}"


def open_transport(
    environment: Environment, base_url: str, *, on_leave: Callable[[Request], None] = lambda _: None
) -> contextlib.closing[HttpTransport]:
    """Return the transport to a base URL within the environment's bounds; its connections end with the block."""
    return contextlib.closing(
        HttpTransport(
            TransportSettings(
                base_url=base_url,
                limits=environment.limits,
                verify=str(environment.ca_bundle) if environment.ca_bundle else True,
                use_proxies=not environment.is_simulated,
            ),
            guard=WriteGuard(base_url=base_url, writes=environment.writes),
            limiter=RateLimiter(environment.rate_limit_per_second),
            on_leave=on_leave,
        )
    )


def build_redactor(environment: Environment) -> Redactor:
    """Return a redactor in the environment's mode, with a key of its own."""
    return Redactor(mode=environment.redaction, secrets=environment.credentials, key=secrets.token_bytes(32))
