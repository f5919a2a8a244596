"""`contracts explain`: what a word means, without a project."""

from pathlib import Path

from helpers.command import COLD, run_contracts


def test_all_meanings_of_a_word_are_printed_without_a_project(tmp_path: Path) -> None:
    done = run_contracts("explain", "known", cwd=tmp_path, **COLD)

    assert (done.code, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if line.startswith("known: ")] == [
        "known: outcome",
        "known: check of a step",
        "known: key of a scenario",
        "known: key of properties",
        "known: key of a check",
        "known: key of Counts in the files of a run",
    ]


def test_an_option_is_explained_as_it_is_typed(tmp_path: Path) -> None:
    done = run_contracts("explain", "--fail-fast", cwd=tmp_path)

    assert (done.code, done.stdout.partition("\n")[0]) == (0, "fail-fast: option of `contracts run`")


def test_an_unknown_word_is_wrong_use(tmp_path: Path) -> None:
    done = run_contracts("explain", "knwon", cwd=tmp_path)

    assert (done.code, done.stdout) == (2, "")
    assert done.stderr == "'knwon' is no key, outcome, check, extension, command or rule; Did you mean 'known'?\n"
