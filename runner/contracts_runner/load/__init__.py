"""Scenarios as load: the only place that imports Locust."""
