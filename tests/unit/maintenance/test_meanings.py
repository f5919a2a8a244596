"""`contracts explain` tells every word of the files and messages, with all of its meanings."""

import pytest

from contracts_runner.cli.commands import main
from contracts_runner.cli.main import iter_words
from contracts_runner.errors import EXIT_CODES, Rule, UsageError
from contracts_runner.maintenance.reference.meanings import ALSO, explain, list_meanings, render_words_page
from contracts_runner.maintenance.reference.pages import PAGES, list_forms
from contracts_runner.model.checks import CheckName, PropertyCheck
from contracts_runner.model.credential import SCHEMES
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.extension_rules import EXTENSIONS
from contracts_runner.reading.expressions import BUILTINS
from contracts_runner.reading.schema_keywords import KEYWORDS
from contracts_runner.reading.value_changes import CHANGE_WORDS, CHANGES
from contracts_runner.results.rows import EndpointState
from contracts_runner.results.since import SinceState

SETS = [
    *(("outcome", word.value, word.text) for word in Outcome),
    *(("what earlier runs tell of a row", word.value, word.text) for word in SinceState),
    *(("state of an endpoint", word.value, word.text) for word in EndpointState),
    *(("check of a step", word.value, word.text) for word in CheckName),
    *(("check of generated requests", word.value, word.text) for word in PropertyCheck),
    *(("rule of `contracts check`", word.value, word.text) for word in Rule),
    *(("security scheme", word, text) for word, text in SCHEMES.items()),
    *(("extension of OpenAPI", word, text) for word, text in EXTENSIONS.items()),
    *(("name in `${…}`", word, text) for word, text in BUILTINS.items()),
    *(("change of a value in `${…:…}`", word, text) for word, text in CHANGE_WORDS.items()),
    *(("exit code", str(code), text) for code, text in EXIT_CODES.items()),
    *(("keyword of JSON Schema", word, text) for word, text in KEYWORDS.items()),
]


def test_every_word_of_the_closed_sets_is_told_with_its_sentence() -> None:
    told = {word: explain(word) for _, word, _ in SETS}

    assert [(kind, word) for kind, word, text in SETS if f"{word}: {kind}\n  {text}\n" not in told[word]] == []


def test_every_change_of_a_value_has_its_word() -> None:
    assert CHANGES.keys() < CHANGE_WORDS.keys()


def test_every_word_has_a_sentence() -> None:
    assert [word for _, word, text in SETS if not text.endswith(".")] == []


def test_every_key_is_told_with_the_form_that_it_belongs_to() -> None:
    keys = [(form, key) for root in PAGES.values() for form in list_forms(root) for key in form.keys.values()]
    told = {key.name: explain(key.name) for _, key in keys}

    missing = [(form.noun, key.name) for form, key in keys if f"key of {form.noun}" not in told[key.name]]
    assert missing == []
    assert [key.name for _, key in keys if key.text not in told[key.name]] == []


def test_the_same_key_of_several_forms_is_told_once() -> None:
    assert "parameters: key of a step; key of a variant; key of a probe\n" in explain("parameters")


@pytest.mark.parametrize("word", ["X-PII", " x-pii ", "`x-pii`", "x-pii:"])
def test_a_word_is_found_as_it_is_pasted(word: str) -> None:
    assert explain(word).startswith("x-pii: extension of OpenAPI\n")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("parametres", "Did you mean 'parameters'?"),
        ("erored", "Did you mean 'errored'?"),
        ("x-sucess", "Did you mean 'x-success'?"),
        ("чтоэто", "docs/reference has them all"),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest(word: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        explain(word)

    assert str(raised.value) == f"'{word}' is no key, outcome, check, extension, command or rule; {hint}"


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("oauth", "oauth2: security scheme\n"),
        ("mTLS", "mutualTLS: security scheme\n"),
        ("multipart", "body: key of a step;"),
        ("pagination", "x-paging: extension of OpenAPI\n"),
        ("OAuth client", "OAuth client: form\n"),
        ("import", "import: command\n  Make "),
        ("--dry-run", "dry-run: option of `contracts run`\n  Show the requests"),
        ("csv", "'csv' is no word of its own; it is told of in:\n  file: key of a table: A CSV"),
        ("guess", "'guess' is no word of its own; it is told of in:\n  asserted-guess: rule of `contracts check`: "),
    ],
)
def test_what_a_reader_would_type_is_found(word: str, told: str) -> None:
    assert told in explain(word, iter_words(main))


def test_each_synonym_leads_to_words() -> None:
    words = {each.word for each in list_meanings()} | {name for name, _, _ in iter_words(main)}

    assert [word for also in ALSO.values() for word in also if word not in words] == []


def test_the_page_of_words_has_all_that_no_form_declares() -> None:
    page = render_words_page()

    assert [word for kind, word, _ in SETS if "JSON" not in kind and f"\n| `{word}` | " not in page] == []
