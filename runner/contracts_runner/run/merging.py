"""`contracts merge RUN…`: one run of the parts that `--shard` made of one selection.

Its ledger names the parts with their heads, and then has their lines, part after part, as they were; so the audit makes
the ledger of each again. Every figure is a fold of all these lines. Parts that do not hold, did not end or are of
different things are refused, and so is a merge from which one is missing.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from msgspec import UNSET, structs

from contracts_runner.audit.files import NO_LIMITS, iter_chunks
from contracts_runner.errors import explain_errors
from contracts_runner.evidence.artifacts import FOLDER as ARTIFACTS
from contracts_runner.evidence.artifacts import PACK
from contracts_runner.evidence.folder import LEDGER, create_run_folder, prepare_output_folder
from contracts_runner.evidence.ledger import HEAD, Ledger
from contracts_runner.model.json import Json
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reporting.formats import REPORTS
from contracts_runner.reporting.template_files import hash_templates
from contracts_runner.results.events import RunFinished, RunStarted, ShardStarted
from contracts_runner.results.rows import MergedShard, ScenarioDescription
from contracts_runner.run.options import RUNS
from contracts_runner.run.provenance import describe_folder, describe_platform
from contracts_runner.run.report import finish_late
from contracts_runner.run.runs import copy_file, find_run, find_settings, open_run
from contracts_runner.run.shard_runs import Shard, check_alike, check_whole, iter_lines, open_shard


def merge_runs(names: Sequence[str], *, project: Path | None, environment: str | None, output: Path | None) -> int:
    """Write the merged run, and print its summary; returns the exit code. Raises UsageError and RunFolderError."""
    settings = find_settings(project)
    runs = [find_run(name, settings, environment=environment) for name in names]
    shards = [open_shard(run, project) for run in runs]
    check_whole(shards)
    shards.sort(key=lambda shard: shard.index)
    for shard in shards[1:]:
        check_alike(shards[0], shard)
    now, run_id = datetime.now(UTC), secrets.token_hex(4)
    folder = _create_folder(output, shards[0], now, run_id)
    _write_ledger(folder, shards, now, _describe(shards, names, settings, run_id, folder, project))
    for shard in shards:
        _copy_artifacts(shard, folder)
    return finish_late(folder, settings)


def _describe(
    shards: Sequence[Shard],
    names: Sequence[str],
    settings: Settings | None,
    run_id: str,
    folder: Path,
    project: Path | None,
) -> RunStarted:
    run = shards[0].started.run
    commits = {shard.started.run.git_commit for shard in shards}
    scenarios = _merge_scenarios(shards)
    return RunStarted(
        run=structs.replace(
            run,
            id=run_id,
            command=" ".join(["contracts merge", *names]),
            platform=describe_platform(),
            git_commit=run.git_commit if len(commits) == 1 else None,
            shard=UNSET,
            folder=describe_folder(folder),
            project=str(project) if project else UNSET,
            shards=tuple(
                MergedShard(
                    part=shard.shard.part,
                    id=shard.started.run.id,
                    head=str(shard.results.head),
                    lines=shard.results.ledger.lines,
                )
                for shard in shards
            ),
            templates=hash_templates(settings.templates if settings else None),
            options={**(run.options or {}), "shard": None, "formats": list(REPORTS)},
        ),
        scenarios=scenarios,
        deselected=shards[0].selected - len(scenarios),
        operations=shards[0].started.operations,
        warehouse_checks=sum(shard.started.warehouse_checks for shard in shards),
    )


def _merge_scenarios(shards: Sequence[Shard]) -> tuple[ScenarioDescription, ...]:
    """Return the scenarios of all parts, in contract order; one that several have is needed by the users in each."""
    found: dict[str, ScenarioDescription] = {}
    for entry in chain.from_iterable(shard.started.scenarios for shard in shards):
        known = found.setdefault(entry.id, entry)
        users = tuple(dict.fromkeys((*(known.needed_by or ()), *(entry.needed_by or ()))))
        found[entry.id] = structs.replace(known, needed_by=users or UNSET)
    return tuple(sorted(found.values(), key=_find_place))


def _find_place(entry: ScenarioDescription) -> tuple[str, int]:
    file, _, line = (entry.location or "").rpartition(":")
    return file, int(line) if line.isdecimal() else 0


def _create_folder(output: Path | None, shard: Shard, now: datetime, run_id: str) -> Path:
    if output is not None:
        return prepare_output_folder(output)
    run = shard.started.run
    return create_run_folder(RUNS, now=now, environment=run.environment, is_simulated=run.simulated, run_id=run_id)


def _write_ledger(folder: Path, shards: Sequence[Shard], now: datetime, started: RunStarted) -> None:
    """Write the lines of all parts between a first line and a last one, whose time is that of the part's end that was
    the last."""
    times = iter([now, max(datetime.fromisoformat(str(shard.results.run.finished_at)) for shard in shards)])
    with Ledger(folder / LEDGER, lambda: next(times)) as ledger:
        ledger.append(started)
        for shard in shards:
            with open_run(shard.path, NO_LIMITS) as files:
                for number, raw in enumerate(iter_lines(files)):
                    row = json.loads(raw)
                    ledger.copy(row if number else _begin_shard(row, shard.shard.part))
        is_strict = any(shard.results.run.strict for shard in shards) or UNSET
        ledger.append(RunFinished(is_strict=is_strict))


def _begin_shard(row: Mapping[str, Json], part: str) -> dict[str, Json]:
    rest = {key: value for key, value in row.items() if key not in HEAD}
    return {"at": row["at"], "type": ShardStarted.__struct_config__.tag, "part": part, "started": rest}


def _copy_artifacts(shard: Shard, folder: Path) -> None:
    with open_run(shard.path, NO_LIMITS) as files:
        for name in files.names:
            if name == PACK:
                with explain_errors("write", folder / PACK), (folder / PACK).open("ab") as pack:
                    pack.writelines(iter_chunks(files, PACK))
            elif name.startswith(f"{ARTIFACTS}/"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                copy_file(files, name, folder / name)
