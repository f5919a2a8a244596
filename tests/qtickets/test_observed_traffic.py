"""The whole project against its twin, and what its twin has recorded of it: the same checks, the same rows. What both
show, and a copy of the document has lost, is learned again."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from contracts_runner.cli.main import main
from contracts_runner.openapi.explain_text import render_path
from helpers.command import REPOSITORY, Finished, run_contracts
from helpers.recorded_traffic import write_har

pytestmark = pytest.mark.thorough

APP = "qtickets_sandbox.app:create_app"
RECORDED_APP = """\
import json
import sys

sys.path.insert(0, {helpers!r})

from helpers.recorded_traffic import Recorder
from qtickets_sandbox.app import create_app as create_twin


def create_app(**options):
    return Recorder(create_twin(**options), "traffic.jsonl")
"""
# What the copy loses: file, place, members. There are shared schemas, parts of `allOf`, items, objects in objects, the
# answer of one operation, members that are objects or lists themselves, and such that redaction hides.
_ANSWER = ("responses", "200", "content", "application/json", "schema")
LOST = [
    ("paths/promotions.yaml", ("promoCodes", "get", *_ANSWER), ["paging"]),
    ("schemas/barcodes.yaml", ("BarcodeRow",), ["price"]),
    ("schemas/baskets.yaml", ("BasketFields",), ["barcode", "id", "passbook_url", "seat_name"]),
    ("schemas/clients.yaml", ("ClientFields",), ["email"]),
    ("schemas/clients.yaml", ("DetailsFields",), ["surname"]),
    ("schemas/events.yaml", ("Event",), ["description", "slug"]),
    ("schemas/events.yaml", ("Event", "properties", "payments", "items"), ["is_active"]),
    ("schemas/events.yaml", ("NamedTemplate",), ["is_active"]),
    ("schemas/orders.yaml", ("OrderFields",), ["deleted_at", "payed"]),
    ("schemas/partners-events.yaml", ("City",), ["id"]),
    ("schemas/partners-events.yaml", ("EventHeader",), ["start_date", "last_update_hash"]),
    ("schemas/partners-events.yaml", ("ShowItem",), ["event_type"]),
    ("schemas/partners-events.yaml", ("ShowItem", "properties", "integrations", "items"), ["source_id"]),
    ("schemas/partners-tickets.yaml", ("PartnerTicket",), ["external_order_id", "price"]),
    ("schemas/promotions.yaml", ("Discount",), ["name"]),
    ("schemas/promotions.yaml", ("Discount", "properties", "events", "items"), ["name"]),
    ("schemas/promotions.yaml", ("PromoCode",), ["type"]),
    ("schemas/seats.yaml", ("Seat",), ["max_quantity", "place"]),
    ("schemas/seats.yaml", ("Seat", "properties", "spread"), ["agents"]),
    ("schemas/shows.yaml", ("Price",), ["color_theme"]),
    ("schemas/shows.yaml", ("Show",), ["finish_date", "prices"]),
]
OF_SPEC = {"status_declared", "media_type_declared", "response_headers", "body_json", "body_schema"}


def make_project(folder: Path) -> Path:
    """Make a copy of the project whose twin writes down what it is asked and answers."""
    for name in ("spec", "contracts", "reports"):
        shutil.copytree(REPOSITORY / name, folder / name)
    settings = (REPOSITORY / "contracts.yaml").read_text(encoding="utf-8")
    assert APP in settings
    (folder / "contracts.yaml").write_text(settings.replace(APP, "recorded_app:create_app"), encoding="utf-8")
    app = RECORDED_APP.format(helpers=str(REPOSITORY / "tests"))
    (folder / "recorded_app.py").write_text(app, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def run(project: Path) -> Finished:
    arguments = ("run", "--phase", "scenarios", "--format", "json", "--artifacts", "packed", "--output", "out")
    return run_contracts(*arguments, cwd=project, timeout=300)


@pytest.fixture(scope="module")
def observed(project: Path, run: Finished) -> Finished:
    lines = (project / "traffic.jsonl").read_text(encoding="utf-8").splitlines()
    write_har(project / "traffic.har", map(json.loads, lines))
    arguments = ("observe", "traffic.har", "--format", "json", "--artifacts", "packed", "--output", "seen")
    return run_contracts(*arguments, cwd=project, timeout=300)


def count_rows(finished: Finished) -> Counter[tuple[str, str, str, str]]:
    """Return how often each check of the spec had each outcome, by operation."""
    return Counter(
        (step["operation"], check["check"], check["path"] or "", check["outcome"])
        for scenario in finished.results["scenarios"]
        for step in scenario["steps"]
        if not _is_repeated(step)
        for check in step["checks"]
        if check["check"] in OF_SPEC
    )


def _is_repeated(step: object) -> bool:
    """Of a step that was sent until its answer was as expected the run has the last answer, the recording all."""
    return isinstance(step, dict) and step["attempts"] > 1


def test_the_rows_of_the_spec_s_checks_are_those_of_the_run(run: Finished, observed: Finished) -> None:
    of_run, of_traffic = count_rows(run), count_rows(observed)

    assert sum(of_run.values()) > 1500
    assert of_run - of_traffic == Counter()
    assert set(of_traffic) == set(of_run)
    repeated = {step["operation"] for row in run.results["scenarios"] for step in row["steps"] if _is_repeated(step)}
    assert {row[0] for row in of_traffic - of_run} <= repeated


def test_nothing_was_sent_and_everything_was_judged(run: Finished, observed: Finished) -> None:
    results, (file,) = observed.results, observed.results["run"]["observed"]

    assert (observed.code, results["totals"]["requests_sent"]) == (0, 0)
    assert file["judged"] == file["entries"] == run.results["totals"]["requests_sent"]


@pytest.fixture(scope="module")
def lossy(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose document has lost 30 members."""
    folder = tmp_path_factory.mktemp("lossy")
    for name in ("spec", "contracts", "reports", "contracts.yaml"):
        copy = shutil.copytree if (project / name).is_dir() else shutil.copy
        copy(project / name, folder / name)
    for name, place, members in LOST:
        path = folder / "spec/qtickets" / name
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        schema = document
        for part in place:
            schema = schema[part]
        for member in members:
            del schema["properties"][member]
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return folder


def test_what_the_document_has_lost_is_learned_and_nothing_else(lossy: Path, observed: Finished) -> None:
    done = learn(lossy, observed.folder)

    expected = {(name, render_path(place), member) for name, place, members in LOST for member in members}
    actions = yaml.safe_load(done)["actions"]
    learned = [(each["x-file"], each["target"], name) for each in actions for name in each["update"]["properties"]]
    assert len(expected) == len(learned) == 30
    assert set(learned) == expected
    assert {key for each in actions for key in each["update"]} <= {"properties", "required"}


def test_what_was_learned_mends_the_document(lossy: Path, run: Finished) -> None:
    (lossy / "spec/learned.yaml").write_text(learn(lossy, run.folder), encoding="utf-8")
    settings = lossy / "contracts.yaml"
    before = settings.read_text(encoding="utf-8")
    after = before.replace(
        "qtickets: spec/qtickets/openapi.yaml",
        "qtickets: {document: spec/qtickets/openapi.yaml, overlays: [spec/learned.yaml]}",
    )
    assert after != before
    settings.write_text(after, encoding="utf-8")

    checked = CliRunner().invoke(main, ["--project", str(lossy), "check"])

    assert checked.exit_code == 0, checked.stdout
    assert learn(lossy, run.folder) == ""


def learn(project: Path, run: Path) -> str:
    done = CliRunner().invoke(main, ["--project", str(project), "learn", str(run)])
    assert done.exit_code == 0, done.stderr
    return done.stdout
