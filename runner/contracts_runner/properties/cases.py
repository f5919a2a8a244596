"""What the generator hands to those who send and judge: nothing here knows Schemathesis."""

from collections.abc import Callable

from contracts_runner.dataclass import dataclass
from contracts_runner.model.checks import PropertyCheck, Violation
from contracts_runner.model.exchange import Exchange, Response
from contracts_runner.model.phase import GenerationPhase

OperationKey = tuple[str, str]  # (METHOD, path template)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A generated request without credentials. `operation` is the one that it was generated for, whose method may be
    another; `flow` names the flow of requests that it is part of, "" for a single one. `phase` is None where it is not
    known."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    operation: OperationKey
    flow: str = ""
    phase: GenerationPhase | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation:
    """What is invalid in a case. `parts`: (location, parameter or "", keywords of JSON Schema that are broken)."""

    description: str
    parts: tuple[tuple[str, str, tuple[str, ...]], ...]

    @property
    def place(self) -> str:
        """Where it is, such as "body, query `page`"; parameters that the spec does not have may be ignored."""
        telling = [part for part in self.parts if part[0] == "body" or "additionalProperties" not in part[2]]
        names = {_name_place(location, name) for location, name, _ in telling or self.parts}
        return ", ".join(sorted(names))

    def __str__(self) -> str:
        """Return such as "query `page`: Incorrect type"."""
        lines = self.description.removeprefix("- ").split("\n- ")
        return ": ".join(filter(None, (self.place if len(lines) == 1 else "", "; ".join(lines))))


def _name_place(location: str, name: str) -> str:
    return f"{location} `{name}`" if name and location != "body" else location


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedCase:
    """A generated request with its answer.

    `negation` says what is invalid in it, None for a positive one. `is_probe`: its very shape is wrong (an undeclared
    content type), so that the operation's promises do not apply. `steps`: the exchanges that it needs, oldest first,
    itself last; `makers`: those before all of them that gave the values which they take from outside; `history`: all
    that was sent before it in its flow, in order. `link`: the name (links.name_link) of the link that led from the step
    before it to it with all its values, "" without one. `phase` is None where unknown.
    """

    phase: GenerationPhase | None
    negation: Negation | None = None
    is_probe: bool = False
    draft: Draft
    exchange: Exchange
    steps: tuple[Exchange, ...]
    makers: tuple[Exchange, ...] = ()
    history: tuple[Exchange, ...]
    link: str

    @property
    def response(self) -> Response:
        """The answer; a case without one is not judged."""
        assert self.exchange.response is not None
        return self.exchange.response


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What one check reports of one case. `code` is Schemathesis's for the same defect; `shape` is the same for the
    same defect, whatever the values, `violations` what does not hold; `steps` is more than the case's own where the
    proof needs other requests."""

    check: PropertyCheck
    code: str
    title: str
    message: str
    shape: str = ""
    violations: tuple[Violation, ...] = ()
    steps: tuple[Exchange, ...]


# check -> what Schemathesis's own check reports of the case, without a shape; None for nothing.
Ask = Callable[[PropertyCheck], Complaint | None]
