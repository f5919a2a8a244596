"""What commands that talk to a service do with an environment first: ask before they write to a protected one
(docs/design.md, Safety), open the transport, build the redactor of the answers, and say how hooks are called."""

import contextlib
import secrets
import sys
from collections.abc import Callable, Iterable

from contracts_runner import DISTRIBUTION, read_version
from contracts_runner.engine.effects import build_effects
from contracts_runner.engine.keyring import Keyring
from contracts_runner.engine.oauth import TokenAnswer
from contracts_runner.engine.ports import Clock, Digest
from contracts_runner.engine.token_client import RecordToken, TokenClient
from contracts_runner.errors import UsageError
from contracts_runner.model.credential import CapturedCredential, UserPassword
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.exchange import PendingCredential, Request
from contracts_runner.model.phase import Phase
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.hooks import Hooks
from contracts_runner.project.project import Project
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter

# (name, credential, whether it was got before) -> its text; raises CredentialError, or BlockedError.
Capture = Callable[[str, CapturedCredential, bool], str]
USER_AGENT = f"{DISTRIBUTION}/{read_version()}"


def confirm_writes(environment: Environment, *, confirmed: str | None) -> None:
    """Return if the environment may be written to as its policy says; raises UsageError if that was not confirmed.

    Only `writes: allow` of a protected environment needs its name, typed on the terminal or as `confirmed`, the value
    of --yes-write-to. A wrong name is not asked for again.
    """
    name = environment.name
    if confirmed is not None and confirmed != name:
        raise UsageError(f"--yes-write-to {confirmed}: the environment is '{name}'; nothing was sent")
    if not environment.is_protected or environment.writes is not WritePolicy.ALLOW or confirmed is not None:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            f"the environment '{name}' is protected, and `writes` is allow: there is no terminal to ask on. "
            f"Confirm with --yes-write-to {name}, or run with --writes block; nothing was sent"
        )
    question = f"'{name}' is protected, and this run may write to it. Type its name to go on: "
    print(question, end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != name:
        raise UsageError(f"'{name}' was not typed; nothing was sent")


def open_transport(
    environment: Environment,
    base_url: str,
    specs: Iterable[Spec],
    *,
    on_leave: Callable[[Request], None] = lambda _: None,
    limiter: RateLimiter | None = None,
) -> contextlib.closing[HttpTransport]:
    """Return the transport to a base URL, where the operations of some specs are, within the environment's bounds; its
    connections end with the block. `limiter` is one that several processes share."""
    return contextlib.closing(
        HttpTransport(
            TransportSettings(
                limits=environment.limits,
                ca_bundle=environment.ca_bundle,
                proxies=environment.service_proxies,
                certificate=environment.client_certificate,
            ),
            guard=build_guard(environment, base_url, specs),
            limiter=limiter or RateLimiter(environment.rate_limit_per_second),
            on_leave=on_leave,
        )
    )


def build_keyring(
    base_url: str,
    transport: HttpTransport,
    *,
    redactor: Redactor,
    clock: Clock,
    capture: Capture,
    record: RecordToken = lambda _name, _exchange, _reason: None,
) -> Keyring:
    """Return what gets the credentials of an environment; `capture` runs a scenario for one, `record` takes requests
    for tokens."""
    client = TokenClient(
        base_url=base_url,
        transport=transport,
        allow=transport.allow_tokens,
        learn=redactor.learn_secret,
        record=record,
        user_agent=USER_AGENT,
    )

    def fetch(pending: PendingCredential, refresh_token: str, phase: Phase, is_again: bool) -> TokenAnswer:
        if isinstance(pending.credential, CapturedCredential):
            return TokenAnswer(text=capture(pending.name, pending.credential, is_again))
        return client.fetch(pending, refresh_token, phase)

    def make_digest(user: UserPassword) -> Digest:
        from contracts_runner.transport.digest import DigestAnswers  # the library that it needs is large

        return DigestAnswers(user)

    return Keyring(fetch=fetch, make_digest=make_digest, clock=clock)


def build_guard(environment: Environment, base_url: str, specs: Iterable[Spec]) -> WriteGuard:
    """Return the guard of an environment, for all specs of a project."""
    return WriteGuard(
        base_url=base_url,
        writes=environment.writes,
        effects=build_effects(specs, base_url),
        addresses=environment.addresses,
    )


def build_hooks(project: Project, environment: Environment) -> Hooks:
    """Return how the project's hooks are called in an environment."""
    return Hooks(root=project.root, timeout_seconds=environment.hook_timeout_seconds)


def build_redactor(environment: Environment, key: bytes = b"") -> Redactor:
    """Return a redactor in the environment's mode, with a new key unless one is given."""
    return Redactor(
        mode=environment.redaction,
        secrets=environment.secrets,
        words=environment.secret_words,
        key=key or secrets.token_bytes(32),
    )
