"""A project, an API that it is about, and a Dask cluster that runs it."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from helpers.command import Finished, run_contracts
from helpers.dask_cluster import Cluster
from helpers.ledger_reader import read_lines
from helpers.shop import write_project


class Shop:
    """An API of things; `on_request` is called with what arrived, and the key of who sent it, before the answer."""

    def __init__(self) -> None:
        self.owner, self.name = "", "чашка"
        self.keys: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.arrivals: list[float] = []  # as of time.time()
        self.on_request: Callable[[str, str], object] = lambda _name, _key: None
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        name, key = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", environ.get("HTTP_X_KEY", "")
        with self._lock:
            self.keys.add(key)
            self.asked[name] += 1
            self.arrivals.append(time.time())
            self.on_request(name, key)
        thing = {"id": 1, "name": "чашка", **({"owner": self.owner} if self.owner else {})}
        status, value = {
            "GET /things": ("200 OK", {"data": [{"id": 1, "name": self.name}]}),
            "POST /things": ("201 Created", thing),
            "DELETE /things/1": ("204 No Content", None),
        }.get(name, ("200 OK", thing))
        data = b"" if value is None else json.dumps(value).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
        return [data]


class ClusterProject:
    """A project, its API, and a cluster that runs it."""

    def __init__(self, folder: Path, shop: Shop, base_url: str, cluster: Cluster) -> None:
        self.folder, self.shop, self.cluster, self._base_url = folder, shop, cluster, base_url

    def write(self, scenarios: str, more: str = "jobs: 2", patience: str = "9s") -> None:
        write_project(self.folder, scenarios, base_url=self._base_url, more_settings=more)
        settings = self.folder / "contracts.yaml"
        text = settings.read_text(encoding="utf-8").replace("very-secret-key-1", "$SHOP_KEY")
        text = text.replace("first_byte: 2s, exchange: 3s", f"first_byte: {patience}, exchange: {patience}")
        settings.write_text(text, encoding="utf-8")

    def run(self, scenarios: str, *options: str, **settings: str) -> Finished:
        self.write(scenarios, **settings)
        command = ("run", *(options or ("--scheduler", self.cluster.address)), "--output", "out")
        return run_contracts(*command, cwd=self.folder, timeout=300, SHOP_KEY="key-of-the-client")

    def find_worker(self, scenario: str) -> str:
        """The address of the worker that runs a scenario."""
        lines = read_lines(self.folder / "out")
        found = [each for each in lines if each["type"] == "scenario_started" and each["scenario"] == scenario]
        return str(found[-1]["worker"])
