"""A run imports what it works with, and nothing else: half of what one request costs is to start."""

import subprocess
import sys
from pathlib import Path

from contracts_runner.project.project import load_project
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project

SCENARIO = """
- {id: "1", title: It is there, steps: [{operation: getThing, parameters: {id: 1}, expect: {body: {$.id: 1}}}]}
"""
# Tables, templates, terminals, .env files, cookies that are kept, paths that are not plain, patterns with groups,
# generated requests, parts of a run, other processes, what was mistaken, and files that were read before.
UNUSED = (
    *("clickhouse_connect", "contracts_runner.warehouse.client", "jinja2", "rich", "dotenv", "http.cookiejar"),
    *("jsonpath_rfc9535", "regex", "schemathesis", "statistics", "fractions", "subprocess", "html", "zoneinfo"),
    *(
        "yaml",
        "urllib3",
        "requests",
        "xml.dom.minidom",
        "contracts_runner.openapi.read_bundle",
        "contracts_runner.cli.commands",
    ),
    *("contracts_runner.engine.paging", "contracts_runner.project.contract.warehouse_contracts"),
    *("contracts_runner.maintenance", "contracts_runner.run.shards", "contracts_runner.run.github"),
)
RUN = f"""
import sys
from contracts_runner.cli.main import main
try:
    main(["run", "-q", "--phase", "scenarios", "--format", "junit", "--output", "out"], prog_name="contracts")
except SystemExit as end:
    assert end.code == 0, end.code
print("imported:", [name for name in {UNUSED} if name in sys.modules])
"""


def test_a_quiet_run_of_scenarios_imports_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    with serve_raw(always(answer("200 OK", b'{"id": 1, "name": "a"}'))) as service:
        write_project(tmp_path, SCENARIO, base_url=service.base_url)
        load_project(tmp_path)
        command = [sys.executable, "-c", RUN]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60, check=False)

    assert done.stdout.endswith("imported: []\n"), done.stderr
