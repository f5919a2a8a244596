"""`contracts verify --strict`: a warning fails, too; with -q it prints what broke and the verdict alone."""

from pathlib import Path

import pytest

from helpers.command import run_contracts
from helpers.servers import find_closed_port
from helpers.shop import READ, write_project

pytest.importorskip("chdb", reason="no embedded ClickHouse on this platform: there is no chdb-core for it")

CONTRACT = """
warehouse: things
tables:
  one: {database: system, checks: [{id: W.1, row_count: {min: 5}, severity: warning}]}
"""


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict", "-q"), 1)])
def test_a_warning_fails_nothing_without_the_option(tmp_path: Path, options: tuple[str, ...], code: int) -> None:
    settings = "warehouse: {dsn: 'chdb://memory'}"
    write_project(tmp_path, READ, base_url=f"http://127.0.0.1:{find_closed_port()}", more_settings=settings)
    (tmp_path / "contracts" / "tables.yaml").write_text(CONTRACT, encoding="utf-8")

    done = run_contracts("verify", "--output", "out", *options, cwd=tmp_path)

    assert done.code == code, done.stdout + done.stderr
    assert ("requests sent: " in done.stdout) is ("-q" not in options)
    assert done.results["totals"]["warehouse"]["warnings"] == 1
