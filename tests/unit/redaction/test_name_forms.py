"""Known names in a text, as people write them: inflected, in another order, with initials."""

import json

import pytest

from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.name_forms import NameForms
from contracts_runner.redaction.redactor import Redactor
from helpers.personal_samples import CLIENT_POINTER, make_exchange, make_redactor, record


def make_forms(*names: str) -> NameForms:
    forms = NameForms()
    forms.learn(names)
    return forms


def find(forms: NameForms, text: str) -> list[str]:
    return [text[start:end] for start, end in forms.find(text)]


@pytest.mark.parametrize(
    "form",
    [
        "Иван Образцов",
        "Образцов Иван",
        "Образцов, Иван",
        "Ивана Образцова",
        "Ивану Образцову",
        "Образцовым Иваном",
        "ИВАН ОБРАЗЦОВ",
        "Образцов И.",
        "Образцову И. П.",
        "И.П. Образцов",
        "Иван Петрович Образцов",
        "Иван\u00a0Образцов",
        "Иван Петров",
    ],
)
def test_a_person_is_found_in_every_form(form: str) -> None:
    forms = make_forms("Иван", "Образцов")

    assert find(forms, f"Звонили: {form} сегодня; конец") == [form]


@pytest.mark.parametrize(
    ("name", "surname", "form"),
    [
        ("Мария", "Достоевская", "Марии Достоевской"),
        ("Дмитрий", "Толстой", "Дмитрием Толстым"),
        ("Павел", "Кузнец", "Павлу Кузнецу"),
        ("Пётр", "Королёв", "Петра Королева"),
        ("Илья", "Шевченко", "Ильёй Шевченко"),
        ("Игорь", "Белый", "Игоря Белого"),
        ("John", "Sampleton", "Sampleton, John"),
        ("John", "O'Sample", "John O’Sample"),
    ],
)
def test_declensions_and_other_alphabets(name: str, surname: str, form: str) -> None:
    assert find(make_forms(name, surname), f"Для {form}.") == [form]


@pytest.mark.parametrize(
    "text",
    [
        "Иван Грозный",
        "Большой Театр имени Ивана",
        "Концерт в Иваново Сегодня",
        "Образцовый Порядок",
        "Билеты. Иван",
        "Ивана@example.com Москва",
        "",
    ],
)
def test_one_known_word_beside_an_ordinary_one_is_no_person(text: str) -> None:
    assert find(make_forms("Иван"), text) == []


def test_names_of_two_people_are_no_third_one() -> None:
    forms = make_forms("James", "Sampleton")
    forms.learn(["Lake", "Victoria"])

    assert find(forms, "Lake James, Lake Victoria, Victoria Sampleton") == ["Lake Victoria"]


def test_a_long_row_of_names_is_several_people() -> None:
    row = "Иван Образцов " * 50_000

    assert len(find(make_forms("Иван", "Образцов"), row)) == 25_000


def test_nothing_is_found_before_a_name_is_known() -> None:
    assert find(NameForms(), "Иван Петрович Образцов") == []


SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "x-pii": "name"},
        "surname": {"type": "string", "x-pii": "name"},
        "note": {"type": "string"},
    },
}
DOCUMENT = {"components": {"schemas": {"Client": SCHEMA}}}


def record_note(redactor: Redactor, note: str) -> str:
    exchange = make_exchange({"name": "Иван", "surname": "Образцов", "note": note})
    recorded = record(exchange, redactor=redactor, document=DOCUMENT, response_pointer=CLIENT_POINTER)
    assert recorded.response is not None
    written: str = json.loads(recorded.response.body)["note"]
    return written


@pytest.mark.parametrize("note", ["Иван Образцов", "для Образцова Ивана", "образцов иван, два места", "И. Образцов"])
def test_an_unmarked_name_beside_the_marked_ones_is_redacted(note: str) -> None:
    written = record_note(make_redactor(RedactionMode.FULL), note)

    assert "<name>" in written
    assert "бразцов" not in written


def test_the_partial_form_is_that_of_a_name() -> None:
    assert record_note(make_redactor(RedactionMode.PARTIAL), "для Ивана Образцова") == "для Ива***"


def test_the_other_form_is_searched_for_as_well() -> None:
    redactor = make_redactor(RedactionMode.FULL)

    record_note(redactor, "для Ивана Образцова")

    assert "Ивана Образцова" in redactor.personal_values()


def test_one_known_word_in_a_described_text_stays() -> None:
    assert record_note(make_redactor(RedactionMode.FULL), "Иван Грозный, опера") == "Иван Грозный, опера"
