"""What a resumed run keeps of the ledger of its earlier part."""

from pathlib import Path

from contracts_runner.run.resume import open_resumption
from helpers.large_ledger import BODY, STEPS, measure_kept, write_large_ledger


def test_no_exchange_is_kept_until_the_end(tmp_path: Path) -> None:
    write_large_ledger(tmp_path)

    resumption, kept = measure_kept(lambda: open_resumption(tmp_path))

    assert kept < STEPS * BODY / 2
    assert len(resumption.progress["1.1"].rows) == STEPS
    assert [line.type for line in resumption.lines] == ["run_started", *["request_sent", "step_finished"] * STEPS]
