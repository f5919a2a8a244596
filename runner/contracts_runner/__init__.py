"""Declarative contract tests for APIs that somebody else runs, driven by OpenAPI."""
