"""Generates requests from the spec and judges the answers: the only place that imports Schemathesis."""
