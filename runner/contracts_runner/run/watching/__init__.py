"""Runs an environment again and again: `contracts watch`."""
