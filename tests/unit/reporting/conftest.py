"""Where the tests of reports write, and what they read back."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from helpers.ledger_builder import Line
from helpers.rendering import Render, write_reports


@pytest.fixture
def render(tmp_path: Path) -> Render:
    """Returns the text of one file of the run's reports."""

    def render_file(lines: Sequence[Line], name: str) -> str:
        write_reports(lines, tmp_path)
        return (tmp_path / name).read_bytes().decode()

    return render_file
