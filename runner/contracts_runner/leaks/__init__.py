"""The search of everything that was written, for secrets and personal values."""
