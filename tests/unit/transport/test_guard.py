"""What may leave the process."""

import dataclasses

import pytest

from contracts_runner.engine.effects import Effects
from contracts_runner.errors import BlockedError
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect
from contracts_runner.transport.guard import WriteGuard

BASE = "https://api.example.com"


def make_request(url: str = f"{BASE}/x", effect: Effect = Effect.WRITE, *, is_probe: bool = False) -> Request:
    return Request(method="GET", url=url, operation="x", effect=effect, is_probe=is_probe)


def is_permitted(request: Request, writes: WritePolicy) -> bool:
    try:
        WriteGuard(base_url=BASE, writes=writes, effects=Effects(())).permit(request)
    except BlockedError:
        return False
    return True


@pytest.mark.parametrize(
    ("writes", "plain", "probe"),
    [(WritePolicy.BLOCK, False, False), (WritePolicy.PROBE, False, True), (WritePolicy.ALLOW, True, True)],
)
def test_a_write_leaves_only_as_the_policy_says(writes: WritePolicy, plain: bool, probe: bool) -> None:
    permitted = [is_permitted(make_request(is_probe=is_probe), writes) for is_probe in (False, True)]

    assert permitted == [plain, probe]


def test_a_read_always_leaves() -> None:
    assert all(is_permitted(make_request(effect=Effect.READ), policy) for policy in WritePolicy)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/x",
        "https://api.example.com:8443/x",
        "https://api.example.com.evil.example/x",
        "https://evil.example/x",
        "https://api.example.com@evil.example/x",
    ],
)
def test_nothing_leaves_for_another_origin(url: str) -> None:
    assert not is_permitted(make_request(url, Effect.READ), WritePolicy.ALLOW)


@pytest.mark.parametrize(
    "host", ["evil.example", "api.example.com:8443", "api.example.com@evil.example", "", "[", "a:b"]
)
@pytest.mark.parametrize("name", ["Host", "host", "HOST "])
def test_a_header_cannot_name_another_host(name: str, host: str) -> None:
    request = dataclasses.replace(make_request(effect=Effect.READ), headers=((name, host),))

    assert not is_permitted(request, WritePolicy.ALLOW)


@pytest.mark.parametrize("host", ["api.example.com", "API.example.com:443"])
def test_a_header_may_name_the_environments_own_host(host: str) -> None:
    request = dataclasses.replace(make_request(effect=Effect.READ), headers=(("Host", host),))

    assert is_permitted(request, WritePolicy.BLOCK)


def test_the_default_port_is_the_same_origin() -> None:
    assert is_permitted(make_request("https://API.example.com:443/x", Effect.READ), WritePolicy.BLOCK)


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("GET /cancel HTTP/1.1\r\nX:", "X-A", "1"),
        ("GET /cancel", "X-A", "1"),
        ("", "X-A", "1"),
        ("GET", "X-A", "1\r\nX-HTTP-Method-Override: DELETE"),
        ("GET", "X-A", "1\r\n 2"),
        ("GET", "X-A", "1\n2"),
        ("GET", "X-A", "1\0"),
        ("GET", "X-A: 1\r\nX-B", "2"),
        ("GET", "X A", "1"),
        ("GET", "", "1"),
        ("GET", "Transfer-Encoding", "chunked"),
        ("GET", "transfer-encoding", "identity"),
        ("GET", "Transfer-Encoding ", "chunked"),
    ],
)
def test_a_head_by_which_the_service_would_read_another_request_does_not_leave(
    method: str, name: str, value: str
) -> None:
    request = dataclasses.replace(make_request(effect=Effect.READ), method=method, headers=((name, value),))

    assert not is_permitted(request, WritePolicy.ALLOW)


@pytest.mark.parametrize("writes", WritePolicy)
def test_a_warehouse_check_sends_no_write_whatever_the_policy(writes: WritePolicy) -> None:
    assert not is_permitted(dataclasses.replace(make_request(), phase=Phase.WAREHOUSE), writes)


@pytest.mark.parametrize("url", ["http://files.example.com:8080/x", "https://pay.example.com/other"])
def test_what_the_environment_names_beside_its_base_url_may_be_asked(url: str) -> None:
    addresses = ["http://files.example.com:8080/v2", "https://pay.example.com"]
    guard = WriteGuard(base_url=BASE, writes=WritePolicy.BLOCK, effects=Effects(()), addresses=addresses)

    assert guard.permit(make_request(url, Effect.READ)).url == url
    host = (("Host", "api.example.com"),)
    with pytest.raises(BlockedError, match="its header Host names another service"):
        guard.permit(dataclasses.replace(make_request(url, Effect.READ), headers=host))


TOKENS = "https://id.example.com/token"


@pytest.mark.parametrize("policy", WritePolicy)
@pytest.mark.parametrize(
    ("url", "token_of", "is_sent"),
    [
        (TOKENS, "oauth", True),
        (f"{BASE}/token", "oauth", True),
        (f"{TOKENS}?a=b", "oauth", False),
        (f"{TOKENS}/other", "oauth", False),
        ("http://id.example.com/token", "oauth", False),
        (TOKENS, "", False),
    ],
)
def test_a_token_is_no_write_and_comes_from_its_address_alone(
    url: str, token_of: str, is_sent: bool, policy: WritePolicy
) -> None:
    guard = WriteGuard(base_url=BASE, writes=policy, effects=Effects(()))
    guard.allow_tokens(TOKENS)
    guard.allow_tokens(f"{BASE}/token")
    request = Request(method="POST", url=url, operation="x", effect=Effect.READ, token_of=token_of)

    if is_sent:
        assert guard.permit(request).effect is Effect.READ
    else:
        with pytest.raises(BlockedError):
            guard.permit(request)
