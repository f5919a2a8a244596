"""What passes between the generator and those who send and judge: nothing here knows Schemathesis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contracts_runner.model.exchange import Exchange, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A generated request without credentials. `path` is the spec's template, `declared_method` the operation's own
    method; `flow` names the flow of requests that it is part of, "" for one that stands alone."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    path: str
    declared_method: str
    flow: str


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
    itself last; `history`: all that was sent before it in its flow, in order. `link`: the name (links.name_link) of the
    link that led from the last step but one to it with all its values, "" without one.
    """

    phase: str
    negation: Negation | None
    is_probe: bool
    draft: Draft
    exchange: Exchange
    steps: tuple[Exchange, ...]
    history: tuple[Exchange, ...] = ()
    link: str = ""

    @property
    def response(self) -> Response:
        """The answer; a case without one is not judged."""
        assert self.exchange.response is not None
        return self.exchange.response


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What one check says against one case. `shape` is the same for the same defect, whatever the values; `steps` is
    more than the case's own where the check needs other requests for its proof."""

    check: str
    code: str
    title: str
    message: str
    shape: str
    steps: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A complaint of Schemathesis's own check, before it is somebody's finding."""

    code: str
    title: str
    message: str
    steps: tuple[Exchange, ...]


# check -> what Schemathesis itself has against the case, None for nothing.
Ask = Callable[[str], Opinion | None]


class Wire(Protocol):
    """Sends drafts."""

    def send(self, draft: Draft) -> Exchange:
        """Return the exchange, without a response if none came; never raises for what the service does."""
        ...


class Examiner(Protocol):
    """Judges cases; called from the generator's threads."""

    def examine(self, case: GeneratedCase, ask: Ask) -> Sequence[Complaint]:
        """Return the complaints that are worth a smaller example."""
        ...

    def is_hidden_error(self, exchange: Exchange) -> bool:
        """Tell whether an answer is an error in spite of its status."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why no requests, or fewer than planned, were generated. `operation` is (method, path) if it is about one."""

    operation: tuple[str, str]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """How requests are generated. `phases` are of project/settings/property_form.py; `is_guessing_links`: the spec
    declares none for flows to follow; `scratch` is a folder for Hypothesis's own tables, which would otherwise land in
    the current folder."""

    base_url: str
    seed: int
    phases: tuple[str, ...]
    max_examples: int
    workers: int
    is_positive_only: bool
    is_shrinking: bool
    is_guessing_links: bool
    scratch: Path
