"""Sorts recorded traffic: which entry is of which operation, and of the others why they are not judged."""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.conformance import find_response
from contracts_runner.engine.missing_routes import name_nearest
from contracts_runner.engine.outgoing import find_operation
from contracts_runner.errors import Problem, ProjectError, SourceLocation
from contracts_runner.maintenance.importing.carried_credentials import Sent, list_credential_values, take_credentials
from contracts_runner.maintenance.importing.foreign_requests import ForeignRequest
from contracts_runner.maintenance.importing.request_matching import (
    Addresses,
    Match,
    UnmatchedError,
    build_addresses,
    find_match,
    is_local,
    split_url,
)
from contracts_runner.model.contract import Step
from contracts_runner.model.environment import Environment, Limits
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.credentials import ANYWHERE_LENGTH
from contracts_runner.results.traffic_rows import LeftOut, TrafficFile
from contracts_runner.run.observing.har_files import HarEntry, HarFile
from contracts_runner.run.observing.recorded import NoEntryError, Recorded, read_recorded

_MOST_PROBLEMS = 20
# A segment of a path that names something; all others may be values, long ones keys.
_WORD = re.compile(r"v\d+|[A-Za-z]{1,19}(?:[_.-][A-Za-z]{1,19})*")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the operations of an environment are."""

    addresses: Addresses
    is_here: bool  # on this machine, where an address is one of it whatever its port is

    @classmethod
    def find(cls, environment: Environment, specs: Mapping[str, Spec]) -> "Places":
        """Return the places of an environment. What went to the address of a document did not go to a sandbox."""
        if environment.is_simulated:
            return cls(Addresses({key: {} for key in specs}), is_here=True)
        addresses = build_addresses([environment], specs)
        return cls(addresses, is_here=False)

    def has(self, origin: str) -> bool:
        """Tell whether an origin is one of them."""
        return origin in self.addresses.origins or (self.is_here and is_local(origin))


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry that is judged, its operation, and what its step is called."""

    entry: HarEntry
    match: Match
    name: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Requests that no operation is for: what of the document comes nearest, and where the first one stands."""

    spec: str
    reason: str
    location: SourceLocation


@dataclass(slots=True)
class Traffic:
    """Sorted traffic; `origins` counts those of the judged entries, `secrets` are the credentials that they carried."""

    files: list[TrafficFile] = field(default_factory=list)
    taken: dict[tuple[str, str], list[Taken]] = field(default_factory=dict)  # by spec and operation
    unknown: dict[str, Unknown] = field(default_factory=dict)  # by METHOD and path
    origins: Counter[str] = field(default_factory=Counter)
    secrets: dict[str, None] = field(default_factory=dict)


# The entries of each file with what they hold, without the bodies.
Entries = Sequence[tuple[HarFile, Sequence[tuple[HarEntry, Recorded]]]]


def read_entries(files: Iterable[HarFile]) -> Entries:
    """Return what the files hold. Raises ProjectError with what cannot be read."""
    problems: list[Problem] = []
    found = [(file, list(_iter_read(file, problems))) for file in files]
    if problems:
        raise ProjectError(problems[:_MOST_PROBLEMS])
    return found


def _iter_read(file: HarFile, problems: list[Problem]) -> Iterator[tuple[HarEntry, Recorded]]:
    for entry in file.entries:
        try:
            read = read_recorded(entry, most_bytes=Limits().body_bytes)
        except NoEntryError as error:
            hint = "leave the entry out, or record it again"
            message = f"entry {entry.number} {error}"
            problems.append(Problem(location=entry.location, message=message, hint=hint))
            continue
        answer = read.request.answer and dataclasses.replace(read.request.answer, body=b"")
        yield (
            entry,
            dataclasses.replace(read, request=dataclasses.replace(read.request, answer=answer, body=None, parts=None)),
        )


def count_origins(entries: Entries) -> Counter[str]:
    """Return the addresses that requests of HTTP went to."""
    found = Counter[str]()
    for _, listed in entries:
        for _, read in listed:
            with suppress(UnmatchedError):
                found[split_url(read.request.url)[0]] += read.left_out is not LeftOut.NO_HTTP
    return found


def sort_traffic(entries: Entries, specs: Mapping[str, Spec], places: Places) -> Traffic:
    """Return the entries, sorted."""
    traffic = Traffic()
    for file, listed in entries:
        counts = Counter[LeftOut]()
        prefix = f"{file.path.name} " if len(entries) > 1 else ""
        for entry, read in listed:
            if why := _sort(traffic, entry, read, specs, places, f"{prefix}entry {entry.number}"):
                counts[why] += 1
        traffic.files.append(
            TrafficFile(
                file=file.name,
                sha256=file.sha256,
                entries=len(listed),
                judged=len(listed) - counts.total(),
                left_out={str(why): counts[why] for why in LeftOut if counts[why]},
            )
        )
    return traffic


def _sort(
    traffic: Traffic, entry: HarEntry, read: Recorded, specs: Mapping[str, Spec], places: Places, name: str
) -> LeftOut | None:
    """Take an entry into the traffic; returns why it is not judged, None if it is."""
    if read.left_out is LeftOut.NO_HTTP:
        return read.left_out
    try:
        origin, path, _ = split_url(read.request.url)
    except UnmatchedError:
        return LeftOut.NO_HTTP
    if not places.has(origin):
        return LeftOut.ELSEWHERE
    if read.left_out is not None:
        return read.left_out
    try:
        match = find_match(read.request, specs.values(), places.addresses, is_strict=False)
    except UnmatchedError:
        return _take_unknown(traffic, entry, read, specs, places, origin, path)
    if _is_from_cache(match, read):
        return LeftOut.CACHED
    traffic.taken.setdefault((match.spec.key, match.operation.label), []).append(Taken(entry, match, name))
    traffic.origins[origin] += 1
    traffic.secrets |= dict.fromkeys(_list_secrets(match, read.request))
    return None


def _is_from_cache(match: Match, read: Recorded) -> bool:
    """Tell whether an answer says that the client has it already, and the document does not speak of that."""
    return read.is_unchanged and find_response(match.operation, 304) is None


def _list_secrets(match: Match, request: ForeignRequest) -> list[str]:
    sent = Sent.split(request.headers, match.query)
    carried = take_credentials(match.operation, match.spec.security_schemes, sent) or {}
    # A short cookie, such as a language, is no secret wherever else it stands.
    return [*carried.values(), *(each for each in list_credential_values(sent) if len(each) >= ANYWHERE_LENGTH)]


def _take_unknown(
    traffic: Traffic,
    entry: HarEntry,
    read: Recorded,
    specs: Mapping[str, Spec],
    places: Places,
    origin: str,
    path: str,
) -> LeftOut:
    if read.is_preflight:
        return LeftOut.PREFLIGHT
    if read.is_page:
        return LeftOut.PAGE
    for key, spec in specs.items():
        for prefix in places.addresses.list_prefixes(key, origin):
            if path.startswith(f"{prefix}/"):
                words = path.removeprefix(prefix).split("/")
                shown = "/".join(word if not word or _WORD.fullmatch(word) else "{}" for word in words)
                label = f"{read.request.method} {shown}"
                if label not in traffic.unknown:
                    reason = _explain(spec, label, entry.location)
                    traffic.unknown[label] = Unknown(key, reason, entry.location)
                return LeftOut.UNKNOWN
    return LeftOut.ELSEWHERE


def _explain(spec: Spec, label: str, location: SourceLocation) -> str:
    step = Step(name=label, spec=spec.key, operation=label, location=location)
    near = name_nearest(spec, find_operation({spec.key: spec}, step))
    return f"no such operation; the document has {near}" if near else "no such operation, and none that comes near"
