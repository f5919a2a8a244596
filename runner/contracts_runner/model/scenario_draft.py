"""A scenario that the tool proposes, for an author to finish."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts_runner.model.json import Json


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
