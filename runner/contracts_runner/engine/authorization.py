"""Which credentials a request carries: decided here for scenarios, `check`, `--dry-run`, generated requests, paging and
replay (docs/design.md, Project file)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts_runner.engine.security_schemes import (
    Authorization,
    AuthorizationError,
    find_fault,
    find_place,
    place_credential,
    render_invalid,
)
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import Operation, SecurityScheme

__all__ = [
    "INVALID_AUTH",
    "NO_AUTH",
    "Authorization",
    "AuthorizationError",
    "MissingCredentialError",
    "authorize",
    "choose_credentials",
    "explain_missing",
    "find_missing",
    "find_obstacle",
    "list_places",
]

NO_AUTH = "none"
INVALID_AUTH = "invalid"

# Of the form of every scheme: what `$NAME` holds is not known.
_SAMPLE = "user:password"

Schemes = Mapping[str, SecurityScheme]
# The schemes that an operation wants together.
Alternative = tuple[str, ...]


class MissingCredentialError(AuthorizationError):
    """The environment does not name the credentials `names`, or their variables are not set."""

    def __init__(self, names: Sequence[str]) -> None:
        listed = " and ".join(f"'{name}'" for name in names)
        super().__init__(
            f"the environment has no credential {listed}",
            "add it to its `credentials`, or write `auth: none` where none is wanted",
        )
        self.names = tuple(names)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a request carries: the schemes, each with the name of its credential, None for an invalid one. `name` is the
    one to report."""

    name: str
    parts: tuple[tuple[SecurityScheme, str | None], ...] = ()

    @property
    def credentials(self) -> tuple[str, ...]:
        """The names of the credentials that are needed."""
        return tuple(name for _, name in self.parts if name is not None)


def choose_credentials(
    auth: str | None, *, operation: Operation, schemes: Schemes, known: Collection[str], unset: Collection[str] = ()
) -> Choice:
    """Return what to send for a step's `auth`. `known` names the credentials that have a value, `unset` those whose
    variable has none.

    Of several alternatives the strongest that is configured is sent: that with most schemes, of two such the first; one
    with a value before one without, and none only where none is configured. Raises AuthorizationError for what cannot
    be served or would not leave; MissingCredentialError where the environment does not name the credential.
    """
    chooser = _Chooser(operation, schemes, frozenset(known), frozenset({*known, *unset}))
    if auth == NO_AUTH:
        return Choice(NO_AUTH)
    if auth is None:
        return chooser.choose_own()
    if not chooser.strongest:
        raise AuthorizationError(
            f"`auth: {auth}` would send nothing: {operation.label} declares no security",
            "declare its `security` in the document, or in an overlay of it",
        )
    return chooser.choose_invalid() if auth == INVALID_AUTH else chooser.choose_named(auth)


def authorize(
    auth: str | None,
    *,
    operation: Operation,
    schemes: Schemes,
    credentials: Mapping[str, str],
    unset: Collection[str] = (),
) -> Authorization:
    """Return the parts of a request that carry what choose_credentials has chosen; raises AuthorizationError."""
    choice = choose_credentials(auth, operation=operation, schemes=schemes, known=credentials, unset=unset)
    missing = [name for name in choice.credentials if name not in credentials]
    if missing:
        raise MissingCredentialError(missing)
    placed = [
        place_credential(scheme, render_invalid(scheme) if name is None else credentials[name])
        for scheme, name in choice.parts
    ]
    return Authorization(
        choice.name,
        headers=tuple(header for each in placed for header in each.headers),
        query=tuple(pair for each in placed for pair in each.query),
        cookies=tuple(cookie for each in placed for cookie in each.cookies),
    )


def find_obstacle(
    auth: str | None, *, operation: Operation, schemes: Schemes, environment: Environment
) -> AuthorizationError | None:
    """Return why `auth` cannot be sent in an environment, None if it can once all of its variables have values."""
    undecodable = environment.undecodable_credentials
    unset = [*environment.missing_credentials, *undecodable]
    credentials = {**dict.fromkeys(unset, _SAMPLE), **environment.credentials}
    try:
        authorize(auth, operation=operation, schemes=schemes, credentials=credentials)
    except AuthorizationError as error:
        return error
    for name in _choose(auth, operation, schemes, environment).credentials:
        if name in undecodable:
            message = f"the credential '{name}' cannot be used: {undecodable[name]}"
            return AuthorizationError(message, "set it to a text in UTF-8")
    return None


def _choose(auth: str | None, operation: Operation, schemes: Schemes, environment: Environment) -> Choice:
    """Return what would be sent in an environment; raises AuthorizationError."""
    unset = [*environment.missing_credentials, *environment.undecodable_credentials]
    known = environment.credentials
    return choose_credentials(auth, operation=operation, schemes=schemes, known=known, unset=unset)


def list_places(
    auth: str | None, *, operation: Operation, schemes: Schemes, environment: Environment
) -> dict[tuple[str, str], str]:
    """Return where the credentials would be written that `auth` sends in an environment (security_schemes.py), each
    with the name of its scheme; none where nothing can be sent."""
    try:
        choice = _choose(auth, operation, schemes, environment)
    except AuthorizationError:
        return {}
    return {place: scheme.name for scheme, _ in choice.parts if (place := find_place(scheme))}


def find_missing(
    auth: str | None, *, operation: Operation, schemes: Schemes, environment: Environment
) -> tuple[str, ...]:
    """Return the credentials that would be sent and have no value in an environment; none where nothing can be sent."""
    try:
        choice = _choose(auth, operation, schemes, environment)
    except MissingCredentialError as error:
        return error.names
    except AuthorizationError:
        return ()
    return tuple(name for name in choice.credentials if name not in environment.credentials)


def explain_missing(names: Iterable[str], environment: Environment) -> str:
    """Return in a sentence which credentials have no value in an environment, "" for none."""
    variables = environment.missing_credentials
    listed = [f"{name} (${variables[name]})" if name in variables else name for name in names]
    return f"the credential {', '.join(listed)} is not set" if listed else ""


@dataclass(frozen=True, slots=True)
class _Chooser:
    """The alternatives of an operation, and the names of the credentials that have a value, or are named at least."""

    operation: Operation
    schemes: Schemes
    known: frozenset[str]
    named: frozenset[str]

    @property
    def strongest(self) -> list[Alternative]:
        """The alternatives that carry something, the strongest first."""
        return sorted(filter(None, self.operation.security), key=len, reverse=True)

    def choose_own(self) -> Choice:
        """Return the operation's own credentials."""
        configured = [each for each in self.strongest if self.named.issuperset(each)]
        servable = self._select_servable(configured)
        if servable:
            return self._build(min(servable, key=lambda each: not self.known.issuperset(each)))
        if configured:
            raise self._explain(configured)
        if not self.operation.security or () in self.operation.security:
            return Choice(NO_AUTH)
        servable = self._select_servable(self.operation.security)
        if not servable:
            raise self._explain(self.operation.security)
        nearest = min(servable, key=lambda each: len(self._list_missing(each)))
        raise MissingCredentialError(self._list_missing(nearest))

    def choose_invalid(self) -> Choice:
        """Return an invalid credential for each scheme of the alternative that would be sent."""
        chosen = self._choose_form(self.strongest)
        return Choice(INVALID_AUTH, tuple((self.schemes[name], None) for name in chosen))

    def choose_named(self, auth: str) -> Choice:
        """Return a scheme of the document with its credential, or another credential in the operation's way."""
        if auth in self.schemes:
            scheme = self._choose_form([(auth,)])[0]
        elif single := [each for each in self.strongest if len(each) == 1]:
            scheme = self._choose_form(single)[0]
        else:
            wanted = " and ".join(self.strongest[0])
            raise AuthorizationError(
                f"`auth: {auth}` is one credential, and {self.operation.label} wants {wanted} together",
                f"name a scheme of the document: {', '.join(self.schemes)}",
            )
        if auth not in self.named:
            raise MissingCredentialError([auth])
        return Choice(auth, ((self.schemes[scheme], auth),))

    def _choose_form(self, alternatives: Sequence[Alternative]) -> Alternative:
        """Return one that can be served, a configured one before others."""
        servable = self._select_servable(alternatives)
        if not servable:
            raise self._explain(alternatives)
        return min(servable, key=lambda each: (not self.known.issuperset(each), not self.named.issuperset(each)))

    def _select_servable(self, alternatives: Sequence[Alternative]) -> list[Alternative]:
        return [each for each in alternatives if each and find_fault(each, self.schemes) is None]

    def _explain(self, alternatives: Sequence[Alternative]) -> AuthorizationError:
        """Return why none of the alternatives can be served."""
        faults = (find_fault(each, self.schemes) for each in alternatives)
        fault = next(filter(None, faults))
        return AuthorizationError(f"{self.operation.label}: {fault}", fault.hint)

    def _list_missing(self, alternative: Alternative) -> list[str]:
        return [name for name in alternative if name not in self.named]

    def _build(self, alternative: Alternative) -> Choice:
        return Choice(" + ".join(alternative), tuple((self.schemes[name], name) for name in alternative))
