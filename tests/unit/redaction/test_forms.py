import pytest

from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.forms import fingerprint, is_redacted, render_personal


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


def test_fingerprint_is_the_beginning_of_the_sha256() -> None:
    # printf abc | sha256sum
    assert fingerprint("abc") == "ba7816bf"


@pytest.mark.parametrize("mode", RedactionMode)
@pytest.mark.parametrize(
    ("kind", "value"), [("email", "user@example.com"), ("phone", "+79160000000"), ("name", "Ли"), ("name", "Иванова")]
)
def test_a_form_is_recognised_as_one(mode: RedactionMode, kind: str, value: str) -> None:
    assert is_redacted(mode, kind, render_personal(mode, kind, value, b"run"))


def test_a_partial_form_is_no_form_of_the_full_mode() -> None:
    assert not is_redacted(RedactionMode.FULL, "name", "Ива***")
