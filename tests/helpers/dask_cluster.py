"""A Dask cluster of processes on this machine: a scheduler, and workers that can be killed, stopped and continued."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType


def find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Cluster:
    """`workers` is address -> process. All of them have the variables of `environ` beside those of this process."""

    folder: Path
    environ: dict[str, str]
    port: int = field(default_factory=find_port)
    workers: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    scheduler: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """That of the scheduler."""
        return f"tcp://127.0.0.1:{self.port}"

    def start(self, workers: int = 2) -> None:
        """Start a scheduler on the port, and workers; returns when they are there."""
        import distributed

        self.scheduler = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        for _ in range(workers):
            port = find_port()
            arguments = ["--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--worker-port", str(port)]
            self.workers[f"tcp://127.0.0.1:{port}"] = self._start("dask_worker", self.address, *arguments)
        with distributed.Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)

    def _start(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        dashboard = ["--dashboard-address", ":0"] if program == "dask_scheduler" else ["--no-dashboard"]
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *arguments, *dashboard],
            cwd=self.folder,
            env={**os.environ, **self.environ},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def signal(self, address: str, number: signal.Signals) -> None:
        """Send a signal to a worker."""
        self.workers[address].send_signal(number)

    def kill_scheduler(self) -> None:
        """Kill the scheduler, and wait until its workers have noticed and ended."""
        assert self.scheduler is not None
        self.scheduler.kill()
        self.scheduler.wait()
        for worker in self.workers.values():
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
            worker.wait()
        self.workers.clear()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (*self.workers.values(), *([self.scheduler] if self.scheduler else [])):
            process.kill()
            process.wait()


@contextlib.contextmanager
def start_cluster(folder: Path, workers: int = 2, **environ: str) -> Iterator[Cluster]:
    """Start a cluster whose processes end with the block."""
    with Cluster(folder, environ) as cluster:
        cluster.start(workers)
        yield cluster
