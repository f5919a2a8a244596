"""A Dask cluster of processes on this machine: a scheduler, and workers that can be killed, stopped and continued."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from types import TracebackType


def find_port() -> int:
    """A free port below those that the kernel gives to connections: whoever tries to reach what is not there yet would
    now and then be given its port, and be connected with itself."""
    while True:
        port = SystemRandom().randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@dataclass
class Cluster:
    """`workers` is address -> process. Each has a key of its own, of those that `keys` tells by address."""

    folder: Path
    port: int = field(default_factory=find_port)
    workers: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    _ended: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _scheduler: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """That of the scheduler."""
        return f"tcp://127.0.0.1:{self.port}"

    def fill(self, workers: int = 2) -> None:
        """Start what is missing; returns when the scheduler knows these workers and no other."""
        import distributed

        if self._scheduler is None:
            options = ("--host", "127.0.0.1", "--port", str(self.port), "--dashboard-address", ":0")
            self._scheduler = self._start("dask_scheduler", options)
        while len(self.workers) < workers:
            port = find_port()
            address, key = f"tcp://127.0.0.1:{port}", f"key-of-worker-{port}"
            options = ("--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--no-dashboard")
            self.workers[address] = self._start(
                "dask_worker", (self.address, *options, "--worker-port", str(port)), SHOP_KEY=key
            )
            self.keys[address] = key
        with distributed.Client(self.address, timeout=60, set_as_default=False) as client:
            while client.scheduler_info(-1)["workers"].keys() != self.workers.keys():
                time.sleep(0.02)

    def _start(self, program: str, arguments: tuple[str, ...], **environ: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *arguments],
            cwd=self.folder,
            env={**os.environ, **environ},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def find_worker(self, key: str) -> str:
        """The address of the worker with a key."""
        return next(address for address, own in self.keys.items() if own == key)

    def signal(self, address: str, number: signal.Signals) -> None:
        """Send a signal to a worker."""
        self.workers[address].send_signal(number)

    def kill(self, address: str) -> None:
        """Kill a worker."""
        self._end(self.workers.pop(address))

    def restart(self) -> None:
        """Kill the scheduler, and start it again, with new workers; those before are left to themselves."""
        assert self._scheduler is not None
        self._end(self._scheduler)
        self._scheduler = None
        self._ended += self.workers.values()
        self.workers.clear()
        self.fill()

    def _end(self, process: "subprocess.Popen[bytes]") -> None:
        process.kill()
        process.wait()

    def __enter__(self) -> "Cluster":
        self.fill()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (*self._ended, *self.workers.values(), *([self._scheduler] if self._scheduler else [])):
            self._end(process)


@contextlib.contextmanager
def record_traffic(port: int) -> Iterator[tuple[int, list[bytearray]]]:
    """Relay connections to a port; yields that on which they are taken, and what went through, by way."""
    seen = list[bytearray]()

    def pump(source: socket.socket, target: socket.socket) -> None:
        own = bytearray()
        seen.append(own)
        with contextlib.suppress(OSError), source:
            while data := source.recv(65536):
                own.extend(data)
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, far = listener.accept()[0], socket.create_connection(("127.0.0.1", port))
                for way in ((near, far), (far, near)):
                    threading.Thread(target=pump, args=way, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1], seen
