"""The commands: options in, exit code out. What a command works with is imported when it works."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from contracts_runner.cli.main import iter_words, main
from contracts_runner.cli.shared_options import (
    build_environment_option,
    choose_root,
    environment_option,
    find_project_root,
    format_option,
    into_option,
    last_run_option,
    list_given,
    name_project,
    open_project,
    pass_project,
    project_option,
    run_options,
)
from contracts_runner.maintenance.printing import ListFormat, OutputFormat
from contracts_runner.reporting.phrases import Language
from contracts_runner.run.options import LAST, RUN

if TYPE_CHECKING:
    from contracts_runner.project.project import Project


@main.command("load")
@run_options(
    "selectors",
    "environment",
    "tags",
    "excluded_tags",
    "output",
    "formats",
    "language",
    "is_quiet",
    "is_missing_skipped",
)
@click.option("--users", type=click.IntRange(1), help="Users at the same time; with --arrivals the most that may be.")
@click.option("--spawn-rate", type=click.FloatRange(0.01), default=1.0, help="Users that begin in a second.")
@click.option("--for", "duration", metavar="TIME", help="How long, such as 60s or 10m.")
@click.option(
    "--arrivals", metavar="RATE", help="Begin so many scenarios, such as 50/s, whether earlier ones have ended."
)
@click.option("--master", metavar="HOST:PORT", help="Send nothing: let workers send, which come to this address.")
@click.option("--workers", type=click.IntRange(1), default=1, help="With --master: so many workers are waited for.")
@click.option(
    "--worker", metavar="HOST:PORT", help="Send what the master at this address asks for; nothing is written."
)
@pass_project
def load_command(project: "Project", **choices: Any) -> int:
    """Send the scenarios that only read as load, through Locust.

    Each user sends one scenario after another, with the checks, credentials and bounds of a run. `load` in a contract
    says what must hold: latency, rate, error_share; without the last nothing may break.

    On several machines: one master, with the project and the evidence, and workers, each with the same project and its
    own credentials.

    Exit codes: 0 all thresholds hold, 1 one does not, 2 wrong use, 3 could not find out, 130 interrupted.
    """
    from contracts_runner.run.loading import Asked, load

    return load(project, list_given(), Asked(**{name: choices[name] for name in Asked.__slots__}))


@main.command()
@format_option(OutputFormat)
@click.option("--strict", is_flag=True, help="Exit with 2 on warnings of what is used, too.")
@click.option("--all", "is_whole", is_flag=True, help="List each warning of a document, not one line for each kind.")
@click.option("--watch", "is_watching", is_flag=True, help="Look again after each change, until interrupted.")
@click.option(
    "--write-schema", "has_schema", is_flag=True, help="Write schema/*.json for editors, with this project's names."
)
@project_option
def check(
    form: OutputFormat, strict: bool, is_whole: bool, is_watching: bool, has_schema: bool, project: Path | None
) -> int:
    """Look for mistakes in specs, contracts and settings. Nothing is sent.

    Exit codes: 0 no errors, 2 errors.
    """
    from contracts_runner.run.inspection import print_check

    root, choices = find_project_root(project), {"is_watching": is_watching, "has_schema": has_schema}
    return print_check(root, form, is_strict=strict, is_whole=is_whole, **choices)


@main.command()
@click.option("--fix", is_flag=True, help="Write the actions into the overlay, and name a new one in contracts.yaml.")
@project_option
def overlay(fix: bool, project: Path | None) -> int:
    """Print the overlay that mends the mistakes of the documents.

    It takes out what has no clear meaning, or adds what is missing: read it before you use it. Nothing is sent.
    """
    from contracts_runner.run.inspection import print_overlay

    return print_overlay(find_project_root(project), is_fixing=fix)


@main.command("list")
@build_environment_option("Also what this environment accepts as known, and what its write policy keeps back.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only scenarios with this tag; may be repeated.")
@click.option("--sources", is_flag=True, help="Where each scenario comes from: operation, document, evidence.")
@format_option(ListFormat)
@pass_project
def list_command(
    project: "Project", environment: str | None, tags: Sequence[str], sources: bool, form: ListFormat
) -> None:
    """List what there is: scenarios and warehouse checks."""
    from contracts_runner.run.inspection import print_list

    print_list(project, form, environment=environment, tags=tags, is_sources=sources)


@main.command()
@click.argument("names", metavar="[RUN] ID", nargs=-1, required=True)
@build_environment_option(f"The environment whose newest run is shown, and is `{LAST}`; else any, and the default one.")
@pass_project
def show(project: "Project", names: tuple[str, ...], environment: str | None) -> None:
    """Show one scenario or warehouse check with its last outcome.

    It shows what is sent and expected, and where that comes from. The last outcome is that of the newest run, folder or
    archive, in ./runs and the project's runs.

    With a RUN it shows what was sent and received there instead: the artifacts of a scenario or a property failure.
    """
    *runs, identifier = names
    if len(runs) > 1:
        raise click.UsageError("show takes one ID, or a run and an ID in it")
    for run in runs:
        from contracts_runner.run.recorded import show_recorded

        click.echo(show_recorded(project, run, identifier, environment=environment))
        return
    from contracts_runner.run.last_outcome import show as show_scenario

    click.echo(show_scenario(project, identifier, environment))


@main.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.File("rb"))
@click.option(
    "--into", type=click.Path(path_type=Path, dir_okay=False), help="Add the scenarios to this contract file."
)
@click.option("--spec", metavar="KEY", help="Match only the operations of this spec of contracts.yaml.")
@click.option("--warehouse", metavar="NAME", help="The warehouse that has the tables, where there are several.")
@pass_project
def import_command(
    project: "Project", files: Sequence[BinaryIO], into: Path | None, spec: str | None, warehouse: str | None
) -> int:
    """Make a contract file of what other tools have written down, and print it.

    FILE holds command lines of curl, or is a HAR archive, or a collection of Postman 2.1, beside which its environment
    may stand; `-` is the standard input. Credentials and personal values are not written: they become variables.

    Or FILE is an Arazzo document (1.0, 1.1), of which each workflow becomes a scenario.

    Or FILE promises something of tables: a property file of dbt (schema.yml), or a data contract of ODCS 3. It becomes
    a warehouse contract.

    Exit codes: 0 all is imported, 1 something is not, and is listed, 2 nothing can be.
    """
    from contracts_runner.run.importing import print_import

    return print_import(project, files, into=into, spec=spec, warehouse=warehouse)


@main.command()
@click.argument("patterns", nargs=-1, metavar="[ID|GLOB|FILE]...")
@click.option("--format", "form", type=click.Choice(["arazzo"]), required=True, help="What to write.")
@build_environment_option("The environment for which steps are written; else the default one.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only scenarios with this tag; may be repeated.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it there; *.json is JSON.")
@pass_project
def export(
    project: "Project",
    patterns: Sequence[str],
    form: str,
    environment: str | None,
    tags: Sequence[str],
    output: Path | None,
) -> int:
    """Write scenarios as an Arazzo 1.0.1 document, which other tools run.

    A scenario is a workflow. Credentials are inputs without a value; variables, and what a run makes up (`${now+1h}`),
    are inputs with one. What Arazzo cannot say is listed in the document as `x-contracts-not-carried`, at the step, the
    workflow or the document that lacks it. Nothing is sent.

    Exit codes: 0 all scenarios are there, 1 one is not, or not to its end, 2 none is.
    """
    from contracts_runner.run.exporting import ExportFormat
    from contracts_runner.run.exporting import export as export_scenarios

    return export_scenarios(project, ExportFormat(form), patterns, environment=environment, tags=tags, output=output)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("word", metavar="WORD", type=click.UNPROCESSED)
def explain(word: str) -> None:
    """Explain a key of a file, an outcome, a check, an extension, a rule of `contracts check`, a command, an option.

    All meanings of the word are told; of one without a meaning of its own, the words that tell of it. A project is not
    needed.
    """
    from contracts_runner.maintenance.reference.meanings import explain as explain_word

    click.echo(explain_word(word, iter_words(main)))


@main.command()
@click.argument("source", metavar="SOURCE")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--minimal", "is_minimal", is_flag=True, help="Write contracts.yaml and the document alone.")
def init(source: str, folder: Path, is_minimal: bool) -> None:
    """Start a project from an OpenAPI document.

    SOURCE is a file, a folder, each of whose documents becomes a spec, or an http(s) URL; DIR is the new project, the
    current folder if left out. The document is copied with all files that it refers to. For what it describes, and its
    values allow, scenarios are written; those that write are blocked until the environment allows it. Nothing is
    overwritten.
    """
    from contracts_runner.run.starting import start_project

    start_project(source, folder, is_minimal=is_minimal)


@main.command()
@run_options(
    *("selectors", "environment", "output", "formats", "language", "is_strict", "is_published"),
    *("is_quiet", "is_verbose"),
)
@pass_project
def verify(project: "Project", **_: object) -> int:
    """Run the warehouse phase alone. This is `contracts run --phase warehouse`."""
    from contracts_runner.run.execution import run_contracts

    return run_contracts(project, {**list_given(), "phases": ("warehouse",)})


@main.command()
@click.argument("run", metavar="RUN")
@click.argument("identifier", metavar="ID")
@build_environment_option(f"Where to send, and whose newest run `{LAST}` is; else where the run was sent.")
@run_options("confirmed")
@pass_project
def replay(project: "Project", run: str, identifier: str, environment: str | None, confirmed: str | None) -> int:
    """Send the requests of a property failure or of a scenario again.

    RUN is a run's folder, its archive, its id, its name under runs/, or `last`: the newest run of the environment.
    Without --env the requests go to the environment of the run. A scenario is run as its contract has it now, with what
    it needs. Exits with 1 if the defect shows again, with 0 if it does not, with 3 if no answer came.
    """
    from contracts_runner.run.replay import replay_recorded

    return replay_recorded(project, run, identifier, environment=environment, confirmed=confirmed)


@main.command()
@click.argument("identifier", metavar="OPERATION | --from RUN ID | --table TABLE", required=False)
@click.option("--from", "run", metavar="RUN", help=f"The run that has the ID: {RUN}.")
@click.option("--id", "name", metavar="ID", help="Id of the new scenario.")
@click.option("--table", metavar="TABLE", help="A table of a warehouse; DATABASE.TABLE is one of another database.")
@click.option("--warehouse", metavar="NAME", help="The warehouse that has the table, where there are several.")
@click.option("--spec", "key", metavar="KEY", help="The spec that the operation is of, where several have it.")
@into_option
@build_environment_option(f"The environment of the table, or whose newest run `{LAST}` is; else the default one.")
@pass_project
def new(
    project: "Project",
    identifier: str | None,
    run: str | None,
    table: str | None,
    warehouse: str | None,
    name: str | None,
    key: str | None,
    into: Path | None,
    environment: str | None,
) -> None:
    """Print a new scenario, or the contract of a table, or write it into a contract file.

    It sends the request of an OPERATION, an operationId or "METHOD /path", with the document's examples or else the
    smallest values that the schemas allow, and cleans up what it makes. Or, with --from, it sends the requests of the
    ID, a scenario or a property failure of the run: what was redacted in them is a variable, what an earlier answer
    gave is a capture. It is to be finished by its author. Of a file that is there, comments and layout stay.

    With --table it looks at a table, read-only and within the limits of the environment, and writes what it is and the
    checks that hold. What is seen of its values stands in comments; of values that may be personal only that they are
    there.
    """
    from contracts_runner.run.importing import show, write

    if (identifier is None) is (table is None) or (table is not None and (run or name)):
        raise click.UsageError("give an OPERATION, or --from RUN with an ID, or --table TABLE without an ID")
    if table is not None:
        from contracts_runner.run.tables import draft_table

        draft = draft_table(project, table, environment=environment, warehouse=warehouse, key=key, into=into)
        write(draft, into)
        return
    assert identifier is not None
    if run is not None:
        from contracts_runner.run.drafting import draft_recorded

        show(draft_recorded(project, run, identifier, environment=environment, name=name, into=into), into)
        return
    from contracts_runner.maintenance.drafts.new_scenario import render_new

    write(render_new(project, identifier, key=key, name=name, into=into), into)


@main.command()
@click.argument("targets", nargs=-1, required=True, metavar="RUN | --legacy FILE...")
@click.option("--legacy", is_flag=True, help="Read reports (Markdown) and logs (JSONL) of other tools instead.")
@click.option("--expect", "head", metavar="SHA", help="The head of the ledger, as the run printed it.")
@click.option("--large", is_flag=True, help="Read a run of any size; for runs of your own.")
@last_run_option
@format_option(OutputFormat)
@project_option
def audit(
    targets: Sequence[str],
    legacy: bool,
    head: str | None,
    large: bool,
    environment: str | None,
    form: OutputFormat,
    project: Path | None,
) -> int:
    """Recompute every figure and hash of a run.

    What does not hold is printed. RUN is a run's folder, its archive, its id, its name under runs/, or `last`: the
    newest run of the environment. A folder that was made up as a whole, hashes and all, is told by --expect, with the
    head of the ledger (the SHA-256 of its last line) that you kept when it was run. With --legacy, FILEs are foreign
    reports and logs, each compared with its own rows and with the others.

    Exit codes: 0 everything holds, 1 something does not, 2 there is no run.
    """
    from contracts_runner.run.audit import audit_files, audit_run, print_audit

    root = choose_root(project)
    if legacy:
        return print_audit(audit_files(targets, head=head), form)
    report = audit_run(targets, project=root, environment=environment, head=head, is_large=large)
    return print_audit(report, form)


@main.command()
@click.argument("run", metavar="RUN")
@click.option("--force", is_flag=True, help="Also where the audit of the run does not hold.")
@run_options("formats")
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Folder for the reports; else that of the run."
)
@click.option(
    "--lang", type=click.Choice(tuple(map(str, Language))), help="Language of the reports; else that of the run."
)
@last_run_option
@project_option
def report(
    run: str,
    force: bool,
    formats: tuple[str, ...],
    output: Path | None,
    lang: str | None,
    environment: str | None,
    project: Path | None,
) -> int:
    """Render the reports of a run again, from its ledger alone.

    Of a run that does not hold, as `contracts audit` tells, nothing is rendered unless --force says so: new reports and
    a new manifest would vouch for what was changed.

    RUN is a run's folder, its archive, its id, its name under runs/, or `last`: the newest run of the environment. An
    archive is unpacked into the folder of its name beside it, which must not exist yet; with --output nothing of the
    run is touched. A run that was killed is rendered as incomplete. A project is not needed; the templates of one that
    is found are used.
    """
    from contracts_runner.run.report import Wish, report_run

    wish = Wish(formats, output, lang)
    return report_run(run, project=choose_root(project), environment=environment, wish=wish, is_forced=force)


@main.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@run_options("output")
@last_run_option
@project_option
def merge(runs: Sequence[str], output: Path | None, environment: str | None, project: Path | None) -> int:
    """Make one run of the parts that `contracts run --shard I/N` made, all N of them.

    Its ledger holds the lines of each part and names the part's head; `contracts audit` holds it against them. Each RUN
    is a run's folder, its archive, its id, or its name under runs/. Parts that the audit finds wrong, that did not end,
    or that are not of one project, environment, selection and seed are refused. Nothing is sent.

    Exit codes: those of `contracts run`.
    """
    from contracts_runner.run.merging import merge_runs

    return merge_runs(runs, project=choose_root(project), environment=environment, output=output)


@main.group(invoke_without_command=True)
@environment_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; else a free one.")
@click.option("--seed", type=int, help="Seed of the application's data; else that of contracts.yaml.")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="A defect to plant; may be repeated.")
@click.option("--list-faults", is_flag=True, help="List the defects that the application knows; serve nothing.")
@project_option
@click.pass_context
def sandbox(
    ctx: click.Context,
    environment: str | None,
    port: int,
    seed: int | None,
    faults: Sequence[str],
    list_faults: bool,
    project: Path | None,
) -> None:
    """Serve the application of a sandbox environment until Ctrl-C.

    All requests meet one world, unlike the scenarios of a run, which have one each.
    """
    if ctx.invoked_subcommand is not None:
        return
    from contracts_runner.run.sandbox import render_faults, serve

    opened = open_project(project)
    if list_faults:
        click.echo(render_faults(opened, environment))
    else:
        serve(opened, environment, port=port, seed=seed, faults=faults)


@sandbox.command()
@environment_option
@click.option("--dsn", help="The ClickHouse to load into: chdb:///folder or http(s)://user:password@host:port.")
@click.option("--database", help="The database; else that of the environment.")
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="A defect to plant; may be repeated.")
@click.option("--replace", "is_replacing", is_flag=True, help="Load into a database that has tables already.")
@click.option("--list-defects", is_flag=True, help="List the defects that the loader knows; load nothing.")
@pass_project
def load(project: "Project", environment: str | None, list_defects: bool, **choices: Any) -> None:
    """Load the data of a sandbox into a ClickHouse, with planted defects.

    The loader is that of the environment.
    """
    from contracts_runner.run.sandbox import load as load_data
    from contracts_runner.run.sandbox import render_defects

    click.echo(render_defects(project, environment) if list_defects else load_data(project, environment, **choices))


@main.command()
@environment_option
@format_option(OutputFormat)
@pass_project
def doctor(project: "Project", environment: str | None, form: OutputFormat) -> int:
    """Print what a run would depend on. Exits with 3 if it could not do its work."""
    from contracts_runner.run.diagnosis import print_diagnosis

    return print_diagnosis(project, environment, form)


@main.command()
@run_options(
    *("selectors", "environment", "tags", "excluded_tags", "phases", "property_phases", "jobs", "seed", "writes"),
    *("confirmed", "formats", "language", "is_missing_skipped", "is_strict", "is_published"),
)
@click.option("--every", metavar="DURATION", help="From the beginning of one run to that of the next, such as 5m.")
@click.option("--cron", metavar="TIME", help='When runs begin: minute, hour, day, month, weekday; "*/5 * * * *".')
@click.option("--jitter", metavar="DURATION", help="Each run begins up to this much later, at random.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port of /metrics and /healthz; 0 takes a free one.")
@click.option("--textfile", metavar="FILE", help="Write the metrics into this file, NAME.prom, after each run.")
@click.option("--runs", "most_runs", type=click.IntRange(1), help="End after so many, with the last one's exit code.")
@project_option
def watch(project: Path | None, **choices: Any) -> int:
    """Run the contracts again and again, each time as `contracts run` does.

    When, and where the metrics for Prometheus are, is said by `watch` of the environment, or by the options here. One
    run is over before the next begins; times that pass meanwhile are left out, and counted. SIGTERM or Ctrl-C ends
    it: what is running is finished with its evidence.

    Exit codes: 0 it was asked to end, 2 wrong use, or the first run could not begin; with --runs that of the last run.
    """
    from contracts_runner.run.watching.choices import WatchChoices
    from contracts_runner.run.watching.watching import watch_contracts

    named = {name: value for name, value in choices.items() if name in WatchChoices.__dataclass_fields__}
    return watch_contracts(
        find_project_root(project), list_given(), WatchChoices(**named), project=name_project(project)
    )
