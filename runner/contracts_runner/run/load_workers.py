"""What the workers of a load and their master tell each other: windows, and events with what their artifacts hold.

A worker has its own connections and credentials, read from its own environment; no value of one is ever sent. It writes
nothing down: that does the master, whose ledger holds what all of them measured.
"""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import msgspec
from msgspec import structs

from contracts_runner.dataclass import dataclass
from contracts_runner.evidence.artifacts import TOKENS, WrittenArtifact
from contracts_runner.faults import Fault
from contracts_runner.model.json import Json
from contracts_runner.results.events import Event, LoadFailed, LoadMeasured, TokenRequested
from contracts_runner.results.lines import MisfitError, parse_event
from contracts_runner.run.plan import RunPlan
from contracts_runner.run.session import Session

_TAKEN = (LoadFailed, LoadMeasured, TokenRequested)
WORKER = "load worker"


def sign_plan(plan: RunPlan, scenarios: Sequence[str]) -> str:
    """Return what is the same where the same is sent."""
    said = [sorted(plan.project.files.items()), list(scenarios), plan.environment.name]
    return hashlib.sha256(json.dumps(said).encode("utf-8")).hexdigest()


@dataclass(slots=True)
class Outbox:
    """Keeps the events of a worker until its master takes them."""

    signature: str
    _waiting: list[dict[str, Any]] = field(default_factory=list)
    _documents: list[dict[str, Json]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write_artifact(
        self, owner: str, number: int, step: str, document: Mapping[str, Json], *, group: str = ""
    ) -> WrittenArtifact:
        """Keep what the next event names as its artifact."""
        del number, step, group
        with self._lock:
            self._documents.append({"owner": owner, "document": dict(document)})
        return WrittenArtifact("", "")

    def emit(self, event: Event) -> None:
        """Keep an event."""
        with self._lock:
            documents, self._documents = self._documents, []
            self._waiting.append(
                {"type": event.type, "event": msgspec.json.encode(event), "documents": json.dumps(documents)}
            )

    def take(self, window: LoadMeasured) -> dict[str, Any]:
        """Return all that is kept, and a window, as a message."""
        self.emit(window)
        with self._lock:
            waiting, self._waiting = self._waiting, []
        return {"plan": self.signature, "events": waiting}


@dataclass(slots=True)
class Inbox:
    """Takes the messages of workers into the ledger of their master."""

    session: Session
    signature: str
    _tokens: int = 0
    _is_told: bool = False

    def take(self, message: Any) -> None:
        """Record what a message holds. One of another project, or that is none, is a fault of the run, told once."""
        try:
            if message["plan"] != self.signature:
                raise MisfitError("a worker sends other scenarios, or has other files of the project")
            for each in message["events"]:
                self._take_event(each)
        except (MisfitError, KeyError, TypeError, ValueError) as problem:
            if not self._is_told:
                self._is_told = True
                self.session.record_fault(WORKER, Fault("MisfitError", "", f"a report was not taken: {problem}"))

    def _take_event(self, message: Mapping[str, Any]) -> None:
        event = parse_event(message["event"], message["type"])
        if not isinstance(event, _TAKEN):
            raise MisfitError(f"a worker does not record '{message['type']}'")
        for kept in json.loads(message["documents"]) if isinstance(event, TokenRequested) else ():
            self._tokens += 1
            written = self.session.write_artifact(
                kept["owner"], self._tokens, f"worker-token-{self._tokens}", kept["document"], group=TOKENS
            )
            event = structs.replace(event, number=self._tokens, artifact=written.path, artifact_sha256=written.sha256)
        self.session.listeners.emit(event)
