"""Runs commands in forks that are watched: what they ask of the system, how long they take, and how much memory.

A fork has no home folder, no rights of root, a umask of 077 and bounds of time and memory: what passes one is killed.
"""

import ctypes
import gc
import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.forks import Forks, import_all, run, settle

SECONDS = 30
MEGABYTES = 500
# The address space of a process is larger than what it uses; this protects the machine, `MEGABYTES` is the bound.
_ADDRESS_SPACE = 3 * 1024**3
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events of the interpreter that change files, start a process or reach another host.
_CHANGES = {
    *("os.chmod", "os.chown", "os.link", "os.mkdir", "os.mkfifo", "os.remove", "os.rename", "os.rmdir", "os.symlink"),
    *("os.truncate", "os.utime", "shutil.rmtree", "tempfile.mkdtemp", "tempfile.mkstemp"),
}
_PROCESSES = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
_NETWORK = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind"}


@dataclass(frozen=True, slots=True)
class Watched:
    """A command that ended: `code` is negative for a signal, `seconds` are of the processor, `writes` are paths,
    `calls` are (event, its arguments)."""

    code: int
    output: str
    megabytes: int
    seconds: float
    writes: tuple[str, ...]
    calls: tuple[tuple[str, str], ...]


class Confined(Forks):
    """The process that forks. A context manager."""

    module = "helpers.confined"

    def run(self, arguments: Sequence[str], *, cwd: Path, scratch: Path) -> Watched:
        """Run `contracts ARGUMENTS` in `cwd`; what it prints and asks for is noted in `scratch`."""
        trace, output = scratch / "trace.jsonl", scratch / "output.txt"
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        place = {"cwd": str(cwd), "environ": {**kept, "NO_COLOR": "1"}, "outputs": [str(output)] * 2}
        order = {"arguments": list(arguments), "place": place, "trace": str(trace)}
        done = json.loads(self._ask(order))
        events = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
        return Watched(
            done["code"],
            output.read_bytes().decode("utf-8", "replace"),
            done["megabytes"],
            done["seconds"],
            tuple(path for event, path in events if event in ("open", *_CHANGES)),
            tuple((event, words) for event, words in events if event in _PROCESSES | _NETWORK),
        )


def main() -> None:
    """Serve the orders that come on stdin."""
    import_all()
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os.umask(0o077)
            _drop_rights()
            settle(**order["place"])
            _confine(order["trace"])
            run(order["arguments"])
        _, status, usage = os.wait4(child, 0)
        seconds = usage.ru_utime + usage.ru_stime
        done = {"code": os.waitstatus_to_exitcode(status), "megabytes": usage.ru_maxrss // 1024, "seconds": seconds}
        print(json.dumps(done), flush=True)


def _confine(trace: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    signal.alarm(4 * SECONDS)  # of a process that waits; other processes may take most of the time
    _watch(os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND))


def _drop_rights() -> None:
    """Take the capabilities of root away: what cannot be written by its mode cannot be written."""
    version_3, of_self = 0x20080522, 0
    header, none = (ctypes.c_uint32 * 2)(version_3, of_self), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None, use_errno=True).capset(header, none) == 0


def _watch(trace: int) -> None:
    def note(event: str, words: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = words
            if isinstance(path, int) or not isinstance(flags, int) or not flags & _WRITING:
                return
            text = os.path.abspath(os.fsdecode(path))
        elif event in _CHANGES:
            text = _locate(words[1] if event in ("os.rename", "os.link", "os.symlink") else words[0], words[-1])
        elif event in _NETWORK:
            text = repr(words[1] if isinstance(words[0], socket.socket) else words[:2])
        elif event in _PROCESSES:
            text = repr(words)
        else:
            return
        os.write(trace, json.dumps([event, text]).encode() + b"\n")

    sys.addaudithook(note)


def _locate(path: Any, folder: Any) -> str:
    """Return an absolute path; it may be relative to an open folder."""
    base = os.readlink(f"/proc/self/fd/{folder}") if isinstance(folder, int) and folder > 2 else ""
    return os.path.abspath(os.path.join(base, os.fsdecode(path)))


if __name__ == "__main__":
    main()
