"""The entities of the twin: mutable records that the world owns and only changes under its lock."""
