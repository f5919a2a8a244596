"""Drafts of scenarios and projects, and how they are written into files."""
