"""Reads contracts.yaml, specs and contract files into typed models that know file and line."""
