"""The phases of a run, and those of the generation of requests."""

from enum import StrEnum
from typing import assert_never


class Phase(StrEnum):
    """A phase of a run, in the order in which they take place."""

    SCENARIOS = "scenarios"
    PROPERTIES = "properties"
    WAREHOUSE = "warehouse"

    @property
    def noun(self) -> str:
        """What is counted in it, in the singular."""
        match self:
            case Phase.SCENARIOS:
                return "scenario"
            case Phase.PROPERTIES:
                return "property"
            case Phase.WAREHOUSE:
                return "warehouse check"
            case _:
                assert_never(self)


class GenerationPhase(StrEnum):
    """A way in which the property phase generates requests, in its order: `--properties`, `properties: {phases: …}`."""

    EXAMPLES = "examples"
    COVERAGE = "coverage"
    FUZZING = "fuzzing"
    STATEFUL = "stateful"
