"""What other tools introduce themselves with, written anew as contracts: green, and not longer.

A number is the lines of their example, without blank ones and comments: of Karate and runn a whole file (its head and
that scenario, without what Java or a database does), of Hurl a sample, which has no head. Features by ID:

Karate (README and karate-demo of 1.5.2): hello, users create, list and read; cats one answer against another; kittens
answers in a request, each item of a list; outline a table; csv a table of a file; upload a file there and back; soap;
graphql; form; retry polling; cookies kept; oauth a token of a user.

Hurl (README of 7.1, first page and samples): csrf a token of a page, by form and by header; chain; rest, order values,
counts, types and patterns of JSON; html, page XPath; graphql; soap; latency; sha256; query, headers, basic, capture,
form, multipart, json, file, template, template-xml, dynamic what is sent and carried; status-range, response-headers,
cookie, body, xml-body, csv, text what comes; redirects; polling; skip.

runn (README and its examples): health a message; login, projects, logout a token that others send; post JSON and a
header; repository a flow of three; include another scenario's values; loop until it succeeds, one at a time; files
forms and uploads; cookies kept; if a condition; defer what is done at the end.
"""

import re
from pathlib import Path

import pytest

from helpers.command import run_contracts

PROJECT = Path(__file__).parent / "introductions"
KARATE = {"hello": 10, "users": 11, "cats": 20, "kittens": 29, "outline": 18, "csv": 11, "upload": 18, "soap": 20}
KARATE |= {"graphql": 24, "form": 9, "retry": 13, "cookies": 16, "oauth": 19}
HURL = {"csrf": 10, "csrf-header": 7, "chain": 4, "rest": 11, "html": 4, "page": 9, "graphql": 13, "soap": 13}
HURL |= {"latency": 4, "sha256": 4, "query": 5, "headers": 6, "basic": 3, "capture": 6, "form": 6, "multipart": 5}
HURL |= {"json": 5, "file": 3, "template": 8, "template-xml": 8, "dynamic": 9, "status-range": 5, "order": 15}
HURL |= {"response-headers": 4, "cookie": 9, "body": 9, "xml-body": 13, "csv": 9, "text": 3, "redirects": 10}
HURL |= {"polling": 13, "skip": 6}
RUNN = {
    "health": 14,
    "login": 16,
    "projects": 26,
    "logout": 26,
    "post": 17,
    "repository": 51,
    "include": 47,
    "loop": 11,
}
RUNN |= {"loop": 11, "files": 34, "cookies": 45, "if": 8, "defer": 30}


def read_lines(tool: str) -> tuple[int, dict[str, int]]:
    """Return the lines of a contract's head, and of each scenario, with its longest line held to 120 characters."""
    text = (PROJECT / "contracts" / f"{tool}.yaml").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 120
    head, *blocks = re.split(rf"^(?=  - \{{?id: {tool}\.)", text, flags=re.MULTILINE)
    counts = [sum(bool(line.strip()) for line in block.splitlines()) for block in (head, *blocks)]
    names = [re.findall(rf"id: {tool}\.([\w-]+)", block)[0] for block in blocks]
    return counts[0], dict(zip(names, counts[1:], strict=True))


@pytest.mark.thorough
def test_introductions_are_green(tmp_path: Path) -> None:
    checked = run_contracts("check", "--project", str(PROJECT), cwd=tmp_path)
    done = run_contracts("run", "--project", str(PROJECT), "--output", "out", cwd=tmp_path)

    assert checked.stdout.startswith("0 errors, 0 warnings"), checked.stdout
    assert done.code == 0, done.stdout + done.stderr
    assert set(done.outcomes.values()) == {"passed"}


@pytest.mark.parametrize(("tool", "theirs"), [("karate", KARATE), ("runn", RUNN)])
def test_a_file_of_one_scenario_is_not_longer_than_theirs(tool: str, theirs: dict[str, int]) -> None:
    head, ours = read_lines(tool)

    assert ours.keys() == theirs.keys()
    assert {name: head + count for name, count in ours.items() if head + count > theirs[name]} == {}


def test_a_scenario_is_not_longer_than_a_sample_of_hurl() -> None:
    head, ours = read_lines("hurl")

    assert ours.keys() == HURL.keys()
    assert {name: count for name, count in ours.items() if count > HURL[name]} == {}
    assert head + sum(ours.values()) <= sum(HURL.values())
