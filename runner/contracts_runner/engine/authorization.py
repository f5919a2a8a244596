"""Which credentials a request carries: decided here for scenarios, `check`, `--dry-run`, generated requests, paging and
replay (docs/design.md, Project file)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.security_schemes import (
    Authorization,
    AuthorizationError,
    find_fault,
    find_place,
    join,
    place,
    render_invalid,
)
from contracts_runner.model.contract import Auth
from contracts_runner.model.credential import Credential, UserPassword
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
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
    "list_sent",
    "read_inline",
    "take_inline",
]

NO_AUTH = "none"
INVALID_AUTH = "invalid"

# Of the form of every scheme, for a value that is not known.
SAMPLE = "user:password"

# The names of credentials, or one of NO_AUTH and INVALID_AUTH.
Names = str | tuple[str, ...]
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
    auth: Names | None, *, operation: Operation, schemes: Schemes, known: Collection[str], unset: Collection[str] = ()
) -> Choice:
    """Return what to send for a step's `auth`. `known` names the credentials that have a value, `unset` those whose
    variable has none.

    Of several alternatives the strongest that is configured is sent: that with most schemes, of two such the first; one
    with a value before one without, and none only where none is configured. Raises AuthorizationError for what cannot
    be served or would not leave; MissingCredentialError where the environment does not name the credential.
    """
    if auth == NO_AUTH or not (auth or operation.security):
        return Choice(NO_AUTH)
    chooser = _Chooser(operation, schemes, frozenset(known), frozenset({*known, *unset}))
    if not auth:  # an empty list or mapping is a mistake of its file
        return chooser.choose_own()
    if not chooser.strongest:
        raise AuthorizationError(
            f"`auth: {_list_names(auth)}` would send nothing: {operation.label} declares no security",
            "declare its `security` in the document, or in an overlay of it",
        )
    if auth == INVALID_AUTH:
        return chooser.choose_invalid()
    return chooser.choose_named((auth,) if isinstance(auth, str) else auth)


def _list_names(auth: Names) -> str:
    return auth if isinstance(auth, str) else f"[{', '.join(auth)}]"


def read_inline(values: Mapping[str, Json]) -> dict[str, Credential]:
    """Return the credentials of `auth: {scheme: value}`, once the values are known; raises AuthorizationError."""
    found: dict[str, Credential] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            texts = {key: _read_text(name, part) for key, part in value.items()}
            found[name] = UserPassword(username=texts["username"], password=texts["password"])
        else:
            found[name] = _read_text(name, value)
    return found


def _read_text(name: str, value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise AuthorizationError(f"the value of `auth` for '{name}' is no text")
    # A text keeps its type: that of an expression in a preview is a Placeholder.
    return value if isinstance(value, str) else str(value)


def take_inline(auth: Auth | None, credentials: Mapping[str, Credential]) -> tuple[Names | None, dict[str, Credential]]:
    """Return the names that an `auth` has, and the credentials, with a sample for each value that stands in it."""
    if auth is None or isinstance(auth, str | tuple):
        return auth, dict(credentials)
    sample = UserPassword(username=SAMPLE.partition(":")[0], password=SAMPLE)
    given = {name: sample if isinstance(value, Mapping) else SAMPLE for name, value in auth.items()}
    return tuple(auth), {**credentials, **given}


def authorize(
    auth: Names | None,
    *,
    operation: Operation,
    schemes: Schemes,
    credentials: Mapping[str, Credential],
    unset: Collection[str] = (),
) -> Authorization:
    """Return the parts of a request that carry what choose_credentials has chosen; raises AuthorizationError."""
    choice = choose_credentials(auth, operation=operation, schemes=schemes, known=credentials, unset=unset)
    missing = [name for name in choice.credentials if name not in credentials]
    if missing:
        raise MissingCredentialError(missing)
    placed = [
        place(name or "", scheme, render_invalid(scheme) if name is None else credentials[name])
        for scheme, name in choice.parts
    ]
    return join(choice.name, placed)


def find_obstacle(
    auth: Auth | None,
    *,
    operation: Operation,
    schemes: Schemes,
    environment: Environment,
    given: Mapping[str, Json] = MappingProxyType({}),
) -> AuthorizationError | None:
    """Return why `auth` cannot be sent in an environment, None if it can once all of its variables have values. `given`
    are the values that stand in it, as far as they are known."""
    undecodable = environment.undecodable_credentials
    names, credentials = take_inline(auth, {**environment.sample_credentials, **environment.credentials})
    try:
        credentials |= read_inline(given)
        authorize(names, operation=operation, schemes=schemes, credentials=credentials)
    except AuthorizationError as error:
        return error
    for name in _choose(auth, operation, schemes, environment).credentials:
        if name in undecodable:
            message = f"the credential '{name}' cannot be used: {undecodable[name]}"
            return AuthorizationError(message, "set it to a text in UTF-8")
    return None


def _choose(auth: Auth | None, operation: Operation, schemes: Schemes, environment: Environment) -> Choice:
    """Return what would be sent in an environment; raises AuthorizationError."""
    unset = [*environment.missing_credentials, *environment.undecodable_credentials]
    names, known = take_inline(auth, environment.credentials)
    return choose_credentials(names, operation=operation, schemes=schemes, known=known, unset=unset)


def list_places(
    auth: Auth | None, *, operation: Operation, schemes: Schemes, environment: Environment
) -> dict[tuple[str, str], str]:
    """Return where the credentials would be written that `auth` sends in an environment (security_schemes.py), each
    with the name of its scheme; none where nothing can be sent."""
    try:
        choice = _choose(auth, operation, schemes, environment)
    except AuthorizationError:
        return {}
    return {place: scheme.name for scheme, _ in choice.parts if (place := find_place(scheme))}


def find_missing(
    auth: Auth | None, *, operation: Operation, schemes: Schemes, environment: Environment
) -> tuple[str, ...]:
    """Return the credentials that would be sent and have no value in an environment; none where nothing can be sent."""
    try:
        sent = _list_sent(auth, operation, schemes, environment)
    except MissingCredentialError as error:
        return error.names
    except AuthorizationError:
        return ()
    return tuple(name for name in sent if name not in environment.credentials)


def list_sent(
    auth: Auth | None, *, operation: Operation, schemes: Schemes, environment: Environment
) -> dict[str, Credential]:
    """Return the credentials of the environment that would be sent; none where nothing can be sent."""
    try:
        sent = _list_sent(auth, operation, schemes, environment)
    except AuthorizationError:
        return {}
    return {name: environment.credentials[name] for name in sent if name in environment.credentials}


def _list_sent(auth: Auth | None, operation: Operation, schemes: Schemes, environment: Environment) -> list[str]:
    choice = _choose(auth, operation, schemes, environment)
    inline = auth if isinstance(auth, Mapping) else ()
    return [name for name in choice.credentials if name not in inline]


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
        if () in self.operation.security:
            return Choice(NO_AUTH)
        servable = self._select_servable(self.operation.security)
        if not servable:
            raise self._explain(self.operation.security)
        nearest = min(servable, key=lambda each: len(self._list_missing(each)))
        raise MissingCredentialError(self._list_missing(nearest))

    def choose_invalid(self) -> Choice:
        """Return an invalid credential for each scheme of the alternative that would be sent."""
        chosen = self._choose_form(self.strongest)
        # There is no certificate that nobody has issued: the connection is made without one.
        parts = [(self.schemes[name], None) for name in chosen if self.schemes[name].type != "mutualTLS"]
        return Choice(INVALID_AUTH, tuple(parts)) if parts else Choice(NO_AUTH)

    def choose_named(self, names: tuple[str, ...]) -> Choice:
        """Return schemes of the document with their credentials, or other credentials in the operation's way."""
        own = [name for name in names if name in self.schemes]
        others = [name for name in names if name not in self.schemes]
        alternatives = [names] if not others else self._list_fitting(names, own)
        if not alternatives:
            wanted = " and ".join(self.strongest[0])
            what = "is one credential" if len(names) == 1 else f"are {len(names)} credentials"
            raise AuthorizationError(
                f"`auth: {_list_names(names[0] if len(names) == 1 else names)}` {what}, "
                f"and {self.operation.label} wants {wanted} together",
                f"name a scheme of the document: {', '.join(self.schemes)}",
            )
        chosen = self._choose_form(alternatives)
        unnamed = [name for name in names if name not in self.named]
        if unnamed:
            raise MissingCredentialError(unnamed)
        free = iter(scheme for scheme in chosen if scheme not in own)
        parts = [(self.schemes[name if name in own else next(free)], name) for name in names]
        return Choice(" + ".join(names), tuple(parts))

    def _list_fitting(self, names: Sequence[str], own: Sequence[str]) -> list[Alternative]:
        """Return the alternatives of which each scheme gets one of the credentials, its own where that is named."""
        return [each for each in self.strongest if len(each) == len(names) and set(own) <= set(each)]

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
