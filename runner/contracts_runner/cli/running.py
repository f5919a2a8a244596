"""The command that most processes are started for: it is defined apart from the others, which it does not need."""

from typing import TYPE_CHECKING

from contracts_runner.cli.main import main
from contracts_runner.cli.shared_options import list_given, pass_project, run_options

if TYPE_CHECKING:
    from contracts_runner.project.project import Project


@main.command()
@run_options()
@pass_project
def run(project: "Project", **_: object) -> int:
    """Run the contracts and write the evidence.

    An environment marked `protected: true` is written to only after its name was typed, or with --yes-write-to NAME.

    Exit codes: 0 nothing failed or errored (with --baseline: newly), 1 a contract failed, 2 wrong use or nothing
    selected, 3 could not find out, 130 interrupted.
    """
    from contracts_runner.run.execution import run_contracts

    return run_contracts(project, list_given())
