"""The servers of the benchmark of requests: nginx, fast enough not to matter, and one that takes its time."""

import asyncio
import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.workload import OPERATIONS, build_answer

_NGINX = """\
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 10000000; keepalive_timeout 600;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} backlog=1024; default_type application/json;
{locations}
  }}
}}
"""


@contextlib.contextmanager
def serve_fast(folder: Path) -> Iterator[str]:
    """Serve the answers by nginx from memory until the block is left; yields the address."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        raise RuntimeError("there is no nginx; install it (Debian: nginx-light)")
    port = _find_port()
    locations = "\n".join(
        f"    location = /things{number} {{ return 200 '{json.dumps(build_answer(number))}'; }}"
        for number in range(OPERATIONS)
    )
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, port=port, locations=locations), encoding="utf-8")
    with _run([nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], port) as address:
        yield address


@contextlib.contextmanager
def serve_slowly(milliseconds: int) -> Iterator[str]:
    """Serve the answers so many milliseconds after each request until the block is left; yields the address."""
    port = _find_port()
    with _run([sys.executable, "-m", "benchmarks.servers", str(port), str(milliseconds)], port) as address:
        yield address


@contextlib.contextmanager
def _run(command: list[str], port: int) -> Iterator[str]:
    process = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[1])
    try:
        _await_port(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.02)
    raise RuntimeError(f"the server ended at once: {process.args!r}")


class _Slow(asyncio.Protocol):
    """Answers each GET of a connection after a delay."""

    def __init__(self, seconds: float, answers: dict[bytes, bytes]) -> None:
        self._seconds, self._answers, self._received = seconds, answers, b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].partition(b"?")[0]
            assert self._transport is not None
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, self._answers[path])


async def _serve(port: int, milliseconds: int) -> None:
    answers = {}
    for number in range(OPERATIONS):
        body = json.dumps(build_answer(number)).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        answers[f"/things{number}".encode()] = head.encode() + body
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Slow(milliseconds / 1000, answers), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
