"""Publishes a finished run to ClickHouse, if its environment or the command line asks for it."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from contracts_runner.errors import UsageError
from contracts_runner.model.environment import Environment, PublishSettings, WarehouseSettings
from contracts_runner.reading.dotenv_file import load_dotenv_file
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.lines import parse_results

VARIABLE = "CONTRACTS_PUBLISH_DSN"


def find_target(environment: Environment, *, is_asked: bool, root: Path) -> PublishSettings | None:
    """Return where a run is published; None if nowhere.

    `publish:` of the environment, whose DSN may be missing only if nobody asked on the command line; without that
    key, `--publish` writes to the server of $CONTRACTS_PUBLISH_DSN and creates the tables. Raises UsageError.
    """
    target = environment.publish
    if target is None and is_asked:
        dsn = {**load_dotenv_file(root)[0], **os.environ}.get(VARIABLE)
        target = PublishSettings(target=WarehouseSettings(dsn=dsn, missing=VARIABLE), is_creating=True)
    if target is not None and target.target.dsn is None and is_asked:
        raise UsageError(
            f"--publish: ${target.target.missing} is not set; it holds the DSN of the ClickHouse to write to"
        )
    return target


def publish_history(target: PublishSettings, folder: Path, redact: Callable[[str], str]) -> bool:
    """Publish results.json of the run in `folder`, and say on stderr what came of it; False if it failed.

    `redact` is for the words of a server that takes nothing.
    """
    from contracts_runner.warehouse import WarehouseQueryError, WarehouseUnavailable
    from contracts_runner.warehouse.publishing import publish_results

    if target.target.dsn is None:
        print(f"not published: ${target.target.missing} is not set", file=sys.stderr)
        return True
    results = parse_results((folder / "results.json").read_bytes())
    try:
        is_new = publish_results(results, target.target, is_creating=target.is_creating, now=datetime.now(UTC))
    except (WarehouseQueryError, WarehouseUnavailable) as problem:
        print(make_visible(f"not published: {redact(str(problem))}"), file=sys.stderr)
        return False
    print("published" if is_new else "published before: nothing to write", file=sys.stderr)
    return True
