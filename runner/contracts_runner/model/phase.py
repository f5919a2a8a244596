"""The phases of a run, in their order."""

PHASES = ("scenarios", "properties", "warehouse")
