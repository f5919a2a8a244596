"""The leak scan finds what was planted, in every spelling, and nothing else."""

import base64
import html
import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts_runner.leaks.search import LeakSearch
from contracts_runner.model.environment import RedactionMode
from contracts_runner.results.lines import as_json
from contracts_runner.results.rows import LeakRow
from helpers.personal_samples import CLIENTS_POINTER, make_exchange, make_redactor, record
from helpers.sealing import list_searched, seal_run

TOKEN = "sandbox-rest-token+/="
EMAIL = "first.last@example.com"
NAME = "Константинов"
PHONE = "+7 (900) 000-00-00"
ADDRESS = 'ул. Ленина, д. "5" & 6'
SECRETS = {"restToken": TOKEN}
PERSONAL = [EMAIL, NAME, PHONE, ADDRESS]

SPELLINGS = {
    "raw": str,
    "upper case": str.upper,
    "percent": lambda value: quote(value, safe=""),
    "percent in lower case": lambda value: quote(value, safe="").lower(),
    "every byte in percent": lambda value: "".join(f"%{byte:02X}" for byte in value.encode()),
    "percent of percent": lambda value: quote(quote(value, safe=""), safe=""),
    "JSON": json.dumps,
    "JSON in JSON": lambda value: json.dumps(json.dumps({"value": value})),
    "JSON with escaped slashes": lambda value: json.dumps(value).replace("/", "\\/"),
    "every letter in JSON": lambda value: "".join(f"\\u{ord(letter):04X}" for letter in value),
    "HTML": html.escape,
    "HTML numbers": lambda value: "".join(f"&#{ord(letter)};" for letter in value),
    "HTML hexadecimal": lambda value: "".join(f"&#x{ord(letter):x};" for letter in value),
    "Markdown": lambda value: "".join(f"\\{letter}" if letter in "-_.@+()" else letter for letter in value),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 inside": lambda value: base64.b64encode(f"user:{value}!".encode()).decode(),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(f"x{value}".encode()).decode(),
}


def scan(folder: Path, *, secrets: dict[str, str] | None = None, personal: list[str] | None = None) -> list[LeakRow]:
    search = LeakSearch(
        folder, secrets=SECRETS if secrets is None else secrets, personal=PERSONAL if personal is None else personal
    )
    return search.search(list_searched(folder))


def scan_text(folder: Path, text: str, **options: object) -> list[LeakRow]:
    (folder / "report.md").write_bytes(text.encode("utf-8", "surrogatepass"))
    return scan(folder, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("value", [TOKEN, EMAIL, NAME, PHONE, ADDRESS])
def test_planted_value_is_found_in_every_spelling(tmp_path: Path, spelling: str, value: str) -> None:
    text = f"first line\nsecond [{SPELLINGS[spelling](value)}] line\n"

    leaks = scan_text(tmp_path, text)

    expected = ("secret", "restToken") if value == TOKEN else ("personal value", f"of {len(value)} characters")
    assert [(leak.file, leak.line, leak.kind, leak.name) for leak in leaks] == [("report.md", 2, *expected)]


def test_leak_never_shows_the_value(tmp_path: Path) -> None:
    leaks = scan_text(tmp_path, f"{TOKEN} {EMAIL}")

    assert [str(leak) for leak in leaks] == [
        "report.md:1: personal value of 22 characters",
        "report.md:1: secret restToken",
    ]


def test_plus_for_a_space_is_understood_in_phones(tmp_path: Path) -> None:
    leaks = scan_text(tmp_path, f"?phone={quote_plus('79000000000')}", personal=["79000000000"])

    assert len(leaks) == 1


def test_every_file_and_the_archive_are_searched(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "artifacts" / "6.1").mkdir(parents=True)
    (folder / "artifacts" / "6.1" / "1-add.json").write_text(f'\n\n"{EMAIL}"', encoding="utf-8")
    seal_run(folder)

    leaks = scan(folder)

    assert [(leak.file, leak.line) for leak in leaks] == [
        ("../run.zip!artifacts/6.1/1-add.json", 3),
        ("artifacts/6.1/1-add.json", 3),
    ]


def test_archive_within_the_folder_is_searched(tmp_path: Path) -> None:
    inner = tmp_path / "run" / "inner"
    inner.mkdir(parents=True)
    (inner / "x.txt").write_text(TOKEN, encoding="utf-8")
    seal_run(inner)
    (inner / "x.txt").unlink()

    assert [leak.file for leak in scan(tmp_path / "run")] == ["inner.zip!x.txt"]


def test_names_of_files_are_searched(tmp_path: Path) -> None:
    (tmp_path / f"{EMAIL}.json").write_text("", encoding="utf-8")

    assert [str(leak) for leak in scan(tmp_path)] == [f"the name of {EMAIL}.json: personal value of 22 characters"]


def test_binary_files_are_searched(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"\x00\xff\xfe" + TOKEN.encode() + b"\x80")

    assert [leak.name for leak in scan(tmp_path)] == ["restToken"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ян", "name Ян"),  # too short to tell
        ("12345", "bytes 12345"),  # a number too short to tell
        ("Иванов", "концерт Ивановой"),
        ("Номер", "номерной знак"),
        ("status", '{"status": 200}'),
        ("status", '{\\"status\\": 200}'),
        ("a@b.io", "bba@b.iom"),
        ("79000000000", "179000000000"),
        ("877076325904", "98770763259041"),
        ("79000000000", "0790000000001234567890abcdef"),
    ],
)
def test_text_that_only_resembles_a_value_is_no_leak(tmp_path: Path, value: str, text: str) -> None:
    assert scan_text(tmp_path, text, personal=[value]) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Иванов", "client\\nИванов\\tx"),
        ("Иванов", '{"name": "иванов"}'),
        ("Status", '{"name": "status"}'),
        ("1234567", "id=1234567,"),
        ("877076325904", '"877076325904"'),
        ("O'Brien", "O&#39;Brien"),
        ("длинное-имя-клиента", "xдлинное-имя-клиентаx"),
    ],
)
def test_value_as_a_whole_word_is_a_leak(tmp_path: Path, value: str, text: str) -> None:
    assert len(scan_text(tmp_path, text, personal=[value])) == 1


@pytest.mark.parametrize(("secret", "count"), [("abc", 0), ("test", 1), ("testtest", 2)])
def test_short_secret_counts_as_a_whole_word(tmp_path: Path, secret: str, count: int) -> None:
    text = "abc\ntest latest\ntesttest\nxtesttesty" if secret != "testtest" else "testtest\nxtesttesty"

    assert len(scan_text(tmp_path, text, secrets={"k": secret}, personal=[])) == count


def test_nothing_to_look_for_finds_nothing(tmp_path: Path) -> None:
    assert scan_text(tmp_path, "text", secrets={}, personal=[]) == []


def test_thousands_of_values_are_looked_for_at_once(tmp_path: Path) -> None:
    values = [f"user{number}@example.com" for number in range(20_000)]
    text = "\n".join(f"line {number}" for number in range(5_000)) + "\nuser19999@example.com"

    assert [leak.line for leak in scan_text(tmp_path, text, personal=values)] == [5_001]


@pytest.mark.parametrize("mode", RedactionMode)
def test_what_the_redactor_records_has_no_leaks(tmp_path: Path, mode: RedactionMode) -> None:
    redactor = make_redactor(mode)
    client = {"name": "Константинов Пётр", "email": EMAIL, "phone": PHONE, "home": ADDRESS, "city": "Омск"}
    body = {"data": [client], "copy": json.dumps(client), "link": f"https://x.example/?q={quote(EMAIL)}"}

    recorded = record(make_exchange(body), redactor=redactor, response_pointer=CLIENTS_POINTER)
    (tmp_path / "a.json").write_text(json.dumps(as_json(recorded.as_row(None))), encoding="utf-8")

    assert len(redactor.personal_values()) >= 4
    search = LeakSearch(tmp_path, secrets=redactor.secret_values(), personal=redactor.personal_values())
    assert search.search(list_searched(tmp_path)) == []


@given(
    st.text(st.characters(codec=None), max_size=80),
    st.sampled_from([*PERSONAL, TOKEN]),
    st.sampled_from(list(SPELLINGS)),
)
@settings(max_examples=150)
def test_planted_value_is_found_in_any_text(
    tmp_path_factory: pytest.TempPathFactory, text: str, value: str, spelling: str
) -> None:
    folder = tmp_path_factory.mktemp("leak")

    leaks = scan_text(folder, f"{text}\n<{SPELLINGS[spelling](value)}>\n{text}")

    assert len(leaks) == 1


LONG = [f"{number} " + "filler of a long body. " * 500 for number in range(3)]
STREET = f"{LONG[2]} улица"
MIDDLE = f"{LONG[0]} {EMAIL} {LONG[0]}"
PIECES = st.sampled_from([*LONG, f"{LONG[0]}{EMAIL}", f"{EMAIL} {LONG[1]}", STREET, "Ленина", MIDDLE, "short", NAME])


@settings(max_examples=60, deadline=None)
@example(files=[[MIDDLE], ["short", MIDDLE]])
@example(files=[[STREET], [STREET, "Ленина"]])
@given(files=st.lists(st.lists(PIECES, min_size=1, max_size=5), min_size=1, max_size=4))
def test_lines_that_come_again_hide_nothing(tmp_path_factory: pytest.TempPathFactory, files: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("run")
    for number, lines in enumerate(files):
        (folder / f"{number}.txt").write_text("\n".join(lines), encoding="utf-8")
    names = [f"{number}.txt" for number in range(len(files))]
    personal = [EMAIL, NAME, "улица Ленина"]

    together = LeakSearch(folder, secrets={}, personal=personal).search(names)

    apart = [LeakSearch(folder, secrets={}, personal=personal).search([name]) for name in names]
    assert together == sorted(leak for leaks in apart for leak in leaks)


def test_value_in_the_middle_of_a_long_line_is_found(tmp_path: Path) -> None:
    [leak] = scan_text(tmp_path, f"short\n{MIDDLE}")

    assert (leak.line, leak.kind) == (2, "personal value")


@pytest.mark.parametrize("value", ['open {"sesame": 1}', 'password{"', "password{", '{"key": 1}'])
def test_objects_that_come_again_hide_no_value_with_a_brace(tmp_path: Path, value: str) -> None:
    texts = {"a": f'x{value}"x', "b": 'open {"other": 2}', "c": '{"sesame": 1}', "d": f'{{"text": "{value}"}}'}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    leaks = LeakSearch(tmp_path, secrets={"token": value}, personal=()).search(["b", "c", "a", "d"])

    assert {leak.file for leak in leaks} == {name for name, text in texts.items() if value in text}


def test_objects_that_come_again_hide_no_value_between_them(tmp_path: Path) -> None:
    (tmp_path / "before").write_text('{"a": "x"}{"name": "Иванова"}', encoding="utf-8")
    (tmp_path / "after").write_text(
        f'{{"a": "x"}}{{"name": "Иванова", "more": "{EMAIL}"}}{{"a": "x"}}', encoding="utf-8"
    )

    leaks = LeakSearch(tmp_path, secrets={}, personal=[EMAIL]).search(["before", "after"])

    assert [leak.file for leak in leaks] == ["after"]
