"""What of an environment must not be written down."""

import pytest

from contracts_runner.model.secrets import find_address_secrets, is_provable, split_credential


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("https://ch.example:8443/shop", []),
        ("https://loader:pl%40nt-1@ch.example/shop", ["loader:pl%40nt-1", "loader:pl@nt-1", "pl%40nt-1", "pl@nt-1"]),
        ("https://plant-token@ch.example", ["plant-token"]),
        ("https://:plant-1@ch.example", [":plant-1", "plant-1"]),
        ("https://ch.example/?password=plant-1&database=shop", ["plant-1"]),
        ("chdb:///folder", []),
        ("https://[broken", []),
    ],
)
def test_secrets_of_an_address(address: str, secrets: list[str]) -> None:
    assert list(find_address_secrets("dsn", address).values()) == secrets


def test_secrets_of_an_address_have_names_of_their_own() -> None:
    assert find_address_secrets("dsn", "https://u:p@x.example") == {"dsn": "u:p", "dsn:1": "p"}


@pytest.mark.parametrize(
    ("value", "names"), [("plant", ["key"]), ("user:plant", ["key", "key:password"]), ("user:", ["key"])]
)
def test_password_of_a_pair_is_a_secret_too(value: str, names: list[str]) -> None:
    assert list(split_credential("key", value)) == names


@pytest.mark.parametrize(("value", "expected"), [("4076", False), ("4915027", True), ("prod", False), ("a-1b", True)])
def test_one_word_or_a_short_number_proves_nothing(value: str, expected: bool) -> None:
    assert is_provable(value) is expected
