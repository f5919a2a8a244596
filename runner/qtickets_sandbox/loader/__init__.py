"""A small, correct loader from the QTickets API into ClickHouse, with defects to plant by name."""

from qtickets_sandbox.loader.api import LoadError
from qtickets_sandbox.loader.defects import DEFECTS, Defect
from qtickets_sandbox.loader.job import load
from qtickets_sandbox.loader.warehouse import Client, create_tables

__all__ = ["DEFECTS", "Client", "Defect", "LoadError", "create_tables", "load"]
