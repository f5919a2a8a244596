import pytest

from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.replacement import Span, fingerprint, is_redacted, render_personal, replace_spans

TEXT = "0123456789"


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("email", "testuser@example.com", "test***@example.com"),
        ("email", "test@example.com", "te***@example.com"),
        ("email", "a@example.com", "***@example.com"),
        ("email", "no address", "***"),
        ("phone", "+79160000000", "+791***"),
        ("phone", "8 (916) 000-00-00", "+791***"),
        ("phone", "9160000000", "+791***"),
        ("phone", "+441632960000", "+441***"),
        ("phone", "112", "***"),
        ("name", "Иванов", "Ива***"),
        ("name", "Иван", "Ива***"),
        ("name", "Яна", "Я***"),
        ("card", "4111111111111111", "***"),
        ("token", "877076325904", "***"),
        ("address", "ул. Ленина, 5", "***"),
        ("url", "https://service.example/ticket", "***"),
    ],
)
def test_partial_form(kind: str, value: str, form: str) -> None:
    assert render_personal(RedactionMode.PARTIAL, kind, value, b"") == form


def test_full_form_names_the_kind_only() -> None:
    assert render_personal(RedactionMode.FULL, "email", "user@example.com", b"") == "<email>"


def test_hash_form_is_equal_for_equal_values_of_one_run() -> None:
    forms = [render_personal(RedactionMode.HASH, "email", "user@example.com", b"run") for _ in range(2)]

    assert forms[0] == forms[1]
    assert forms[0].startswith("<email:")


def test_hash_form_differs_between_runs() -> None:
    first, second = (render_personal(RedactionMode.HASH, "email", "user@example.com", key) for key in (b"1", b"2"))

    assert first != second


def test_fingerprint_is_the_beginning_of_a_hash_under_the_key() -> None:
    # printf abc | openssl dgst -sha256 -hmac key
    assert fingerprint("abc", b"key") == "9c196e32"


@pytest.mark.parametrize("mode", RedactionMode)
@pytest.mark.parametrize(
    ("kind", "value"), [("email", "user@example.com"), ("phone", "+79160000000"), ("name", "Ли"), ("name", "Иванова")]
)
def test_a_form_is_recognised_as_one(mode: RedactionMode, kind: str, value: str) -> None:
    assert is_redacted(mode, kind, render_personal(mode, kind, value, b"run"))


def test_a_partial_form_is_no_form_of_the_full_mode() -> None:
    assert not is_redacted(RedactionMode.FULL, "name", "Ива***")


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], TEXT),
        ([Span(1, 3, "<a>"), Span(5, 6, "<b>")], "0<a>34<b>6789"),
        ([Span(1, 3, "<a>"), Span(3, 5, "<b>")], "0<a><b>56789"),
        ([Span(1, 4, "<a>"), Span(3, 8, "<b>")], "0<b>89"),
        ([Span(1, 8, "<a>"), Span(3, 4, "<b>")], "0<a>89"),
        ([Span(1, 8, "<a>"), Span(3, 4, "<s>", is_secret=True)], "0<s>89"),
        ([Span(4, 4, "<a>")], TEXT),
    ],
)
def test_spans_are_replaced(spans: list[Span], expected: str) -> None:
    assert replace_spans(TEXT, spans) == expected


def test_form_written_before_is_left_alone() -> None:
    assert replace_spans("x <email> y", [Span(3, 8, "<name>")]) == "x <email> y"


def test_secret_within_a_form_is_replaced_all_the_same() -> None:
    text = "<credential abcdefgh sha256:00000000>"

    assert replace_spans(text, [Span(12, 20, "?", is_secret=True)]) == "<credential ? sha256:00000000>"
