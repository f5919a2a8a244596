"""Publishing: the results of a run in ClickHouse tables of our own, for dashboards over many runs and machines."""

from contracts_runner.warehouse.publishing.publisher import publish_results

__all__ = ["publish_results"]
