"""Which proxy is used for an address, and what of a proxy is a secret."""

import base64

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.model.proxies import Proxies, Proxy, parse_proxy, take_proxy_variables

ONE, OTHER = "http://one.example.com:3128", "http://other.example.com:3128"


def find(url: str, **variables: str) -> str:
    proxy = Proxies(variables=variables).find(url)
    return proxy.url if proxy else ""


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("HTTP://Proxy.Example.com", "http://proxy.example.com:80"),
        ("https://proxy.example.com/", "https://proxy.example.com:443"),
        ("http://user:pw@[::1]:3128", "http://[::1]:3128"),
        ("user:pw@proxy.example.com:3128", "http://proxy.example.com:3128"),
    ],
)
def test_a_proxy_is_a_url_or_a_host_with_its_port(text: str, url: str) -> None:
    assert parse_proxy(text).url == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://",
        "http://h:99999",
        "http://h:0",
        "http://h:x",
        "http://h/path",
        "http://h?q",
        "http://h#f",
        "http://a b",
        "socks5://user:secret-1@h:1080",
        "ftp://h",
        "http://user:secret-1/@h:3128",
        "http://user:secret-1#@h",
        "http://us%3Aer:secret-1@h",
        "http://[::1:3128",
        "h\n",
    ],
)
def test_what_is_not_a_proxy_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="write http://HOST:PORT or https://HOST:PORT") as caught:
        parse_proxy(text)

    assert "secret-1" not in str(caught.value)


@pytest.mark.parametrize(
    ("userinfo", "pair", "secret"),
    [
        ("user:pw", "user:pw", "pw"),
        ("us%40er:p%3Aw%2F", "us@er:p:w/", "p:w/"),
        ("token", "token:", "token"),
        (":pw", ":pw", "pw"),
        ("имя:пароль", "имя:пароль", "пароль"),
    ],
)
def test_credentials_are_basic_ones_and_secret(userinfo: str, pair: str, secret: str) -> None:
    proxy = parse_proxy(f"http://{userinfo}@h:1")

    scheme, _, encoded = proxy.headers["Proxy-Authorization"].partition(" ")
    assert (scheme, base64.b64decode(encoded).decode()) == ("Basic", pair)
    assert proxy.secret == secret
    assert not any(text in repr(proxy) + proxy.url + proxy.address for text in (secret, encoded))


def test_a_proxy_without_credentials_gets_none() -> None:
    assert parse_proxy("h:1") == Proxy(scheme="http", host="h", port=1)
    assert parse_proxy("h:1").headers == {}


@pytest.mark.parametrize(
    ("variables", "http", "https"),
    [
        ({}, "", ""),
        ({"HTTP_PROXY": ONE}, ONE, ""),
        ({"HTTPS_PROXY": ONE}, "", ONE),
        ({"ALL_PROXY": ONE}, ONE, ONE),
        ({"all_proxy": ONE, "HTTPS_PROXY": OTHER}, ONE, OTHER),
        ({"http_proxy": ONE, "HTTP_PROXY": OTHER}, ONE, ""),
        ({"http_proxy": "", "HTTP_PROXY": OTHER, "ALL_PROXY": OTHER}, "", OTHER),
        ({"HTTP_PROXY": ONE, "NO_PROXY": "*"}, "", ""),
        ({"HTTP_PROXY": ONE, "NO_PROXY": "*", "no_proxy": ""}, ONE, ""),
    ],
)
def test_variables_of_the_process_are_read_as_curl_and_python_do(
    variables: dict[str, str], http: str, https: str
) -> None:
    found = (find("http://a.example.com/x", **variables), find("HTTPS://a.example.com/x", **variables))

    assert found == (http, https)


@pytest.mark.parametrize(
    ("entry", "host", "is_excepted"),
    [
        ("example.com", "example.com", True),
        ("example.com", "a.example.com", True),
        (".example.com", "a.example.com", True),
        ("*.example.com", "a.example.com", True),
        ("EXAMPLE.com", "a.Example.COM", True),
        ("example.com", "anexample.com", False),
        ("a.example.com", "example.com", False),
        ("example.com:8080", "example.com:8080", True),
        ("example.com:8080", "example.com", False),
        ("example.com:80", "example.com", True),
        ("other, example.com ,", "example.com", True),
        ("", "example.com", False),
        (",", "example.com", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("0.0.1", "127.0.0.1", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/99", "10.1.2.3", False),
        ("::1", "[::1]", True),
        ("[::1]", "[::1]:8080", True),
        ("fd00::/8", "[fd12::1]", True),
    ],
)
def test_no_proxy_names_hosts_domains_addresses_and_networks(entry: str, host: str, is_excepted: bool) -> None:
    assert find(f"http://{host}/x", HTTP_PROXY=ONE, NO_PROXY=entry) == ("" if is_excepted else ONE)


def test_the_proxy_of_the_environment_wins_and_no_proxy_does_not_hold_for_it() -> None:
    fixed = parse_proxy(OTHER)

    proxies = Proxies(fixed=fixed, variables={"HTTP_PROXY": ONE, "NO_PROXY": "*"})

    assert proxies.find("http://a") is proxies.find("https://a") is fixed


def test_a_variable_that_names_no_proxy_is_told_where_it_is_used() -> None:
    variables = {"ALL_PROXY": "socks5://user:secret-1@h", "NO_PROXY": "b"}

    with pytest.raises(UsageError, match="the variable ALL_PROXY of the process environment: a proxy of the kind") as e:
        find("http://a", **variables)

    assert "secret-1" not in str(e.value)
    assert find("http://b", **variables) == ""


def test_the_secrets_of_all_proxies_are_known() -> None:
    variables = {"HTTP_PROXY": "http://u:one@h", "https_proxy": "u:two@h", "ALL_PROXY": "socks5://u:th%2Free@h"}

    secrets = Proxies(fixed=parse_proxy("http://token@h"), variables=variables).list_secrets()

    assert secrets == {"proxy:": "token", "$HTTP_PROXY": "one", "$https_proxy": "two", "$ALL_PROXY": "th/ree"}


def test_only_variables_about_proxies_are_taken() -> None:
    environ = {"HTTP_PROXY": "a", "no_proxy": "b", "PATH": "c"}

    assert take_proxy_variables(environ) == {"HTTP_PROXY": "a", "no_proxy": "b"}
