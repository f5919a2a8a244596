"""`--lang`: reports and verdict in the language of the run, or in another one when they are rendered again; the audit
holds both."""

from pathlib import Path

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.reporting.template_files import hash_templates
from contracts_runner.run.audit import build_tool
from contracts_runner.run.report import Wish, report_run
from helpers.command import REPOSITORY, run_contracts
from helpers.forger import Forger
from helpers.golden_run import FAULTS, forge_golden_run
from helpers.shop import write_project

TITLE = "# Проверка контрактов: не пройдено: "


@pytest.fixture
def russian(tmp_path: Path) -> Forger:
    """A run that was asked for in Russian, rendered."""
    forged = forge_golden_run(FAULTS, tmp_path)
    forged.edit_ledger(lambda lines: lines[0]["run"].update(language="ru", templates=hash_templates(None)))
    report_run(str(forged.folder), project=REPOSITORY, environment=None, is_forced=True)
    return forged


def test_the_language_of_a_run_is_that_of_its_reports(russian: Forger) -> None:
    report = russian.read("report.md")

    assert report.startswith("запуск на песочнице: о рабочей системе он ничего не говорит\n")
    assert TITLE in report
    page = russian.read("report.html")
    assert '<html lang="ru">' in page
    assert '<h2 id="untested">Что не проверено</h2>' in page
    assert '"language":"ru"' in report
    assert audit_folder(russian.folder, build_tool(None)).violations == ()


def test_a_changed_word_of_a_translated_report_is_found(russian: Forger) -> None:
    russian.write("report.md", russian.read("report.md").replace(TITLE, "# Проверка контрактов: пройдено: "))
    russian.sign()

    found = audit_folder(russian.folder, build_tool(None)).violations

    assert [(each.figure, each.where) for each in found] == [("text", "report.md:3")]


def test_a_report_in_another_language_than_the_run_holds_with_a_note(russian: Forger) -> None:
    report_run(str(russian.folder), project=REPOSITORY, environment=None, wish=Wish(language="en"))

    audit = audit_folder(russian.folder, build_tool(None))

    assert "# Contract run: failed: " in russian.read("report.md")
    assert audit.violations == ()
    assert "report.md was made with other templates than the run names, or in another language" in audit.notes


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_console_of_any_encoding_shows_the_verdict(russian: Forger, encoding: str) -> None:
    done = run_contracts("report", str(russian.folder), cwd=REPOSITORY, PYTHONUTF8="0", PYTHONIOENCODING=encoding)

    verdict = "\nне пройдено: 6 не пройдено из 7 сценариев; "
    shown = verdict if encoding == "utf-8" else verdict.encode(encoding, "backslashreplace").decode()
    assert (done.code, shown in done.stdout) == (1, True), done.stderr


def test_a_run_records_its_language(tmp_path: Path) -> None:
    scenario = '- {id: "1", title: Вещь, steps: [{name: read, operation: getThing, parameters: {id: 1}}]}\n'
    write_project(tmp_path, scenario, base_url="http://127.0.0.1:9")

    done = run_contracts("run", "--lang", "ru", "-q", cwd=tmp_path)

    assert done.stdout.splitlines()[-1].startswith("не выяснено: 1 не выяснено из 1 сценария; ")
    (run,) = (path for path in (tmp_path / "runs").iterdir() if path.is_dir())
    assert "| Запуск |" in (run / "report.md").read_text(encoding="utf-8")
    assert run_contracts("audit", "last", cwd=tmp_path).code == 0
