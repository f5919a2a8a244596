"""What nobody foresaw ends a command with exit code 3 and one line with its place: never with a traceback."""

from pathlib import Path

import pytest

from helpers.command import run_contracts
from helpers.shop import READ, write_project


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("raise KeyError('very-secret-key-1')", "KeyError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("def create_app(:", "SyntaxError"),
    ],
)
def test_a_command_that_breaks_says_where_in_one_line(tmp_path: Path, body: str, kind: str) -> None:
    write_project(tmp_path, READ, base_url="http://none.invalid")
    settings = tmp_path / "contracts.yaml"
    served = "sandbox\n    sandbox: {app: 'own_app:create_app'}"
    settings.write_text(settings.read_text(encoding="utf-8").replace("http://none.invalid", served), encoding="utf-8")
    (tmp_path / "own_app.py").write_text(f"\n{body}\n", encoding="utf-8")

    done = run_contracts("sandbox", "--list-faults", cwd=tmp_path)

    assert done.code == 3
    assert done.stderr.startswith(f"contracts broke off: an unexpected {kind} (own_app.py:2)")
    assert done.stderr.count("\n") == 1
    assert "very-secret-key-1" not in done.stderr
