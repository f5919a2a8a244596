"""Turns requests that other tools have written down into scenarios."""
