"""Foreign reports and logs against their own rows: every contradiction is told, with line, figure and both values."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_runner.audit.foreign.claims import iter_claims
from contracts_runner.audit.foreign.legacy_audit import LegacyAudit, audit_legacy
from contracts_runner.audit.foreign.markdown import repair_text
from contracts_runner.errors import UsageError

# An invented report in the form of those that people write: 5 rows, 3 ticks, a mean of 240.0 ms, 5 artifacts.
REPORT = """# API Final Report

## Executive Summary

**Status:** Stage 2 {conclusion}
All {all} mandatory tests have been executed with complete artifact collection.

## Test Matrix

### REST

| Test ID | Endpoint | Status | Latency (ms) | Artifact | Notes |
|---------|----------|--------|--------------|----------|-------|
| 1.1 | GET /api/things/7 | ❌ 404 | 100 | test_1_1_thing.json | Thing not found |
| 1.2 | POST /api/things | ❌ 403 | 200 | test_1_2_add.json | Permission denied |

### Partners

| Test ID | Endpoint | Status | Latency (ms) | Artifact | Notes |
|---------|----------|--------|--------------|----------|-------|
| 2.1 | POST /api/partners/add | ✅ 200 | 300 | test_2_1_add.json | Success - added |
| 2.2 | POST /api/partners/find/1 | ✅ 200 | 280 | test_2_2_find.json | Success - found |
| 2.3 | POST {find} | ✅ 200 | 320 | test_2_3_check.json | Success - checked |

## Summary

- **Total Tests Executed:** {total}
- **Successful Tests (200 OK):** {successes}
- **Failed Tests (404/403):** {failures}
- **Artifacts Generated:** {artifacts} files
- **Average Latency:** {mean}ms

All {artifacts} test artifacts are in `artifacts/`:

- **REST:** test_1_*.json (2 files)
- **Partners:** test_2_*.json ({partners} files)

- `stg_things`: 0 rows
"""
TRUE: dict[str, Any] = {
    "conclusion": "finished",
    "all": 5,
    "find": "/api/partners/check",
    "total": 5,
    "successes": 3,
    "failures": 2,
    "artifacts": 5,
    "mean": 240,
    "partners": 3,
}


def audit(folder: Path, text: str, name: str = "report.md") -> LegacyAudit:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return audit_legacy([path])


def tell(found: LegacyAudit) -> list[tuple[str, Any, Any]]:
    return [(each.figure, each.printed, each.recomputed) for each in found.violations]


def test_a_report_that_fits_its_rows_has_no_contradiction(tmp_path: Path) -> None:
    found = audit(tmp_path, REPORT.format(**TRUE))

    assert tell(found) == []
    assert found.subjects == (
        f"{(tmp_path / 'report.md').as_posix()}: 5 rows: 3 successful, 2 not; "
        "latency mean 240.0 ms, median 280.0 ms; 5 artifacts",
    )


@pytest.mark.parametrize(
    ("claim", "value", "violations"),
    [
        ("all", 33, [("tests", 33, 5)]),
        ("total", 22, [("tests", 22, 5)]),
        ("successes", 7, [("successful tests", 7, 3)]),
        ("failures", 15, [("failed tests", 15, 2)]),
        ("artifacts", 33, [("artifacts", 33, 5), ("artifacts", 33, 5)]),
        ("partners", 28, [("files of artifacts test_2_*.json", 28, 3)]),
        ("mean", 847, [("average latency (ms)", 847, 240.0)]),
        ("mean", 240.4, [("average latency (ms)", 240.4, 240.0)]),
        (
            "conclusion",
            "Completed Successfully",
            [("conclusion", "Completed Successfully", "2 of 5 rows are not a success")],
        ),
        (
            "find",
            "/api/things",
            [("test 2.3: status of POST /api/things", 200, "403 in test 1.2 at line 15: the same request line")],
        ),
    ],
)
def test_a_claim_that_the_rows_refute_is_told(
    tmp_path: Path, claim: str, value: Any, violations: list[tuple[str, Any, Any]]
) -> None:
    text = REPORT.format(**{**TRUE, claim: value})

    found = audit(tmp_path, text)

    assert tell(found) == violations
    lines = text.splitlines()
    assert all(str(value) in lines[(each.line or 0) - 1] for each in found.violations)


def make_table(*rows: str) -> str:
    header = "| Test ID | Endpoint | Status | Expected | Actual | Notes |\n|---|---|---|---|---|---|\n"
    return header + "".join(f"{row}\n" for row in rows)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("| 1 | GET /a | ✅ 200 | 403/404 | JSON | |", ("success", "status 200, expected 403/404")),
        ("| 1 | GET /a | ❌ 404 | 403/404 | HTML | |", ("failure", "status 404, expected 403/404")),
        ("| 1 | GET /a | ✅ 500 | | JSON | |", ("success", "status 500")),
        ("| 1 | GET /a | ✅ 200 | | Mock response | |", ("success", "'Mock': no exchange with the service")),
        (
            "| 1 | GET /a | ✅ 200 | | JSON | not implemented |",
            ("success", "'not implemented': no exchange with the service"),
        ),
        ("| 1 | GET /a | ✅ 200 | | | WRONG_AUTHORIZATION |", ("success", "the remark says 'WRONG_AUTHORIZATION'")),
        ("| 1 | GET /a | ❌ 200 | | JSON | fine |", ("failure", "status 200, and no reason")),
    ],
)
def test_a_row_that_contradicts_itself_is_told(tmp_path: Path, row: str, told: tuple[str, str]) -> None:
    assert tell(audit(tmp_path, make_table(row))) == [("test 1: mark", *told)]


@pytest.mark.parametrize(
    "row",
    [
        "| 1 | GET /a | ✅ 200 | 200 | JSON | no errors |",
        "| 1 | GET /a | ✅ 404 | 404 | refused | as expected: not found |",
        "| 1 | GET /a | ❌ 404 | 200 | HTML | |",
        "| 1 | GET /a | passed | | JSON | |",
        "| 1 | GET /a | 200 | 200 | JSON | |",
    ],
)
def test_a_row_without_contradiction_is_left_alone(tmp_path: Path, row: str) -> None:
    assert tell(audit(tmp_path, make_table(row))) == []


@pytest.mark.parametrize("encoding", ["mac_roman", "cp1252", "latin-1"])
def test_ticks_that_were_decoded_wrongly_count_as_ticks(tmp_path: Path, encoding: str) -> None:
    def spoil(text: str) -> str:
        return "".join(
            bytes([byte]).decode(encoding, "replace").replace("\ufffd", chr(byte)) for byte in text.encode("utf-8")
        )

    text = make_table(f"| 1 | GET /a | {spoil('✅')} 200 | | | |", f"| 2 | GET /b | {spoil('❌')} 404 | | | |")

    found = audit(tmp_path, f"{text}\nSuccessful Tests: 2\n")

    assert tell(found) == [("successful tests", 2, 1)]


@given(st.text())
def test_what_was_not_spoiled_is_not_repaired(text: str) -> None:
    repaired = repair_text(text)

    # Only what reads as UTF-8 a second time is changed, and it becomes shorter.
    assert repaired == text or len(repaired) < len(text)
    assert repair_text("Иванов, «Театр» – билет №5, café ✅") == "Иванов, «Театр» – билет №5, café ✅"


def test_mocks_are_no_successes_though_their_number_fits(tmp_path: Path) -> None:
    rows = ("| 1 | GET /a | ✅ 200 | 200 | Mock response | |", "| 2 | GET /b | ✅ 200 | 200 | JSON | |")

    found = audit(tmp_path, make_table(*rows) + "\n**Successful Tests**: 2 (some mocked)\n")

    assert ("successful tests without mocks", 2, 1) in tell(found)


def test_figures_that_nothing_was_measured_for_are_told(tmp_path: Path) -> None:
    text = make_table("| 1 | GET /a | ✅ 200 | 200 | JSON | |") + (
        "\n- **ClickHouse Status**: Unknown (counts are zero)\n- `stg_orders`: 0\n- `fact_*`: 0 rows\n"
        "- **Events endpoints**: 900-991ms (consistent)\n- **Average Latency:** 5 ms\n"
    )

    assert tell(audit(tmp_path, text)) == [
        ("rows of stg_orders", 0, "not measured: see line 5"),
        ("rows of fact_*", 0, "not measured: a pattern is not a table"),
        ("latency: Events endpoints", "900-991ms", "not recorded: no row has a latency"),
        ("average latency (ms)", 5, None),
    ]


def test_a_test_that_stands_twice_is_told(tmp_path: Path) -> None:
    found = audit(tmp_path, make_table("| 1 | GET /a | ✅ 200 | | | |", "| 1 | GET /b | ✅ 200 | | | |"))

    assert [figure for figure, _, _ in tell(found)] == ["test 1: row"]


def test_figures_in_a_table_of_two_columns_are_claims(tmp_path: Path) -> None:
    text = make_table("| 1 | GET /a | ✅ 200 | | | |") + "\n| Metric | Value |\n|---|---|\n| Total tests | 22 |\n"

    assert tell(audit(tmp_path, text)) == [("tests", 22, 1)]


@pytest.mark.parametrize(
    ("line", "claims"),
    [
        ("- **Total Tests Executed:** 22", [("tests", 22)]),
        ("**Total Tests Executed**: 13  ", [("tests", 13)]),
        ("All 33 mandatory tests have been executed", [("tests", 33)]),
        ("7 passed, 15 failed", [("successful tests", 7), ("failed tests", 15)]),
        ("**API 404 Errors**: 7 (expected)", [("responses with status", 7)]),
        ("Success rate: 41.7 %", [("success rate (%)", 41.7)]),
        ("Average response time: 1.5 s", [("average latency (ms)", 1500)]),
        ("Average latency was 847 ms", [("average latency (ms)", 847)]),
        ("**Date:** 2025-11-09", []),
        ("**Environment:** Windows 11, Python 3.13", []),
        ("1. **Test Framework**: Comprehensive testing infrastructure", []),
    ],
)
def test_claims_are_read_from_sentences(line: str, claims: list[tuple[str, float]]) -> None:
    assert [(claim.what, claim.number) for claim in iter_claims(1, line)] == claims


def make_log(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def make_record(test: str, **values: Any) -> dict[str, Any]:
    return {"test_id": test, "status_code": 200, "latency_ms": 100, "success": True, **values}


def test_a_log_is_held_to_its_own_lines(tmp_path: Path) -> None:
    log = make_log(
        {"stage": "Stage1", "timestamp": "2025-11-09T15:14:41.000"},
        make_record("1.1", timestamp="2025-11-09T15:14:41.200"),
        make_record("1.2", timestamp="2025-11-09T15:14:41.201", latency_ms=1123),
        make_record("1.3", timestamp="2025-11-09T15:14:42.000", status_code=404),
        make_record(
            "1.4", timestamp="2025-11-09T15:14:43.000", response={"status": "error", "code": "WRONG_AUTHORIZATION"}
        ),
        make_record("1.5", timestamp="2025-11-09T15:14:40.000", latency_ms=1),
        {"stage": "Stage3", "total_tests": 7, "successful": 7, "average_latency_ms": 100.0},
    )

    found = audit(tmp_path, log, "log.jsonl")

    assert [(each.line, each.figure, each.printed, each.recomputed) for each in found.violations] == [
        (3, "test 1.2: latency (ms)", 1123.0, "at most 1: the time since the line before"),
        (4, "test 1.3: mark", "success", "status 404"),
        (5, "test 1.4: mark", "success", "the body has the error WRONG_AUTHORIZATION"),
        (6, "test 1.5: time", "2025-11-09T15:14:40.000", "not before 2025-11-09T15:14:43.000"),
        (7, "tests", 7, 5),
        (7, "successful tests", 7, 5),
        (7, "average latency (ms)", 100.0, 284.8),
    ]


def test_a_log_without_contradiction_is_left_alone(tmp_path: Path) -> None:
    log = make_log(
        make_record("1.1", timestamp="2025-11-09T15:14:41Z"),
        make_record("1.2", timestamp="2025-11-09T15:14:41Z", status_code=404, success=False, message="not found"),
        {"total": 2, "passed": 1, "failed": 1},
    )

    assert tell(audit(tmp_path, log, "log.jsonl")) == []


def test_lines_of_a_log_that_are_no_records_are_told(tmp_path: Path) -> None:
    found = audit(tmp_path, make_log(make_record("1.1")) + "no JSON\n[1]\n\n", "log.jsonl")

    assert [(each.line, each.figure) for each in found.violations] == [(2, "line"), (3, "line")]


def test_report_and_log_are_held_against_each_other(tmp_path: Path) -> None:
    report, log = tmp_path / "report.md", tmp_path / "log.jsonl"
    report.write_text(make_table("| 1 | GET /a | ✅ 200 | | | |", "| 2 | GET /b | ✅ 200 | | | |"), encoding="utf-8")
    log.write_text(make_log(make_record("1", status_code=403, success=False), make_record("3")), encoding="utf-8")

    found = tell(audit_legacy([report, log]))

    assert ("test 1: status", 200, f"403 at {log.as_posix()}:1") in found
    assert ("test 2: row", "a test", f"no row in {log.as_posix()}") in found
    assert ("test 3: row", "a test", f"no row in {report.as_posix()}") in found


@pytest.mark.parametrize("text", ["", "Nothing here.\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "{}\n"])
def test_a_file_without_tests_is_a_mistake(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError, match="neither a row of a test nor a figure"):
        audit(tmp_path, text)


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        audit_legacy([tmp_path / "nowhere.md"])


PIECES = st.sampled_from(
    [
        *'|-:✅❌\n*`\\{}[]"',
        "Test ID",
        "Status",
        " | ",
        "|---|---|\n",
        "404",
        "Total tests: 9" * 3,
        "9" * 400,
        "ms",
        "\x00",
        "‚úÖ",
    ]
)


@given(pieces=st.lists(PIECES | st.text(max_size=5), max_size=40), name=st.sampled_from(["a.md", "a.jsonl"]))
def test_no_text_breaks_the_reading(tmp_path_factory: pytest.TempPathFactory, pieces: list[str], name: str) -> None:
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes("".join(pieces).encode("utf-8", "surrogatepass"))

    try:
        found = audit_legacy([path])
    except UsageError:
        return
    assert all(json.dumps(each.as_json()) for each in found.violations)
