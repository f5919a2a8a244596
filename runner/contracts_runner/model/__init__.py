"""Frozen dataclasses and enums that the stages pass to each other; nothing here does I/O."""
