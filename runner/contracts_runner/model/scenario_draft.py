"""A scenario that the tool proposes, for an author to finish."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json

# Tag of every scenario that was made from a document, and the beginning of a tag that names what was guessed in it.
GENERATED = "generated"
_GUESS = "guess:"


def make_guess_tag(name: str) -> str:
    """Return the tag for something that was guessed."""
    return _GUESS + re.sub(r"\s+", "-", name)


def list_guesses(tags: Iterable[str]) -> list[str]:
    """Return the names of what was guessed in a scenario with these tags."""
    return [tag.removeprefix(_GUESS) for tag in tags if tag.startswith(_GUESS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDraft:
    """A step by the keys of a contract file, in the order to write them, and the comments above it (without `#`)."""

    content: Mapping[str, Json]
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioDraft:
    """A scenario, and the comments above it (without `#`). `more` are further keys of a contract file, written before
    the steps."""

    id: str
    title: str
    tags: tuple[str, ...] = ()
    more: Mapping[str, Json] = field(default_factory=dict)
    steps: tuple[StepDraft, ...]
    cleanup: tuple[StepDraft, ...] = ()
    comments: tuple[str, ...] = ()
