"""What may leave the process."""

import dataclasses

import pytest

from contracts_runner.errors import BlockedError
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.spec import Effect
from contracts_runner.transport.guard import WriteGuard

BASE = "https://api.example.com"


def make_request(url: str = f"{BASE}/x", effect: Effect = Effect.WRITE, *, is_probe: bool = False) -> Request:
    return Request(method="POST", url=url, operation="x", effect=effect, is_probe=is_probe)


def is_permitted(request: Request, writes: WritePolicy) -> bool:
    try:
        WriteGuard(base_url=BASE, writes=writes).permit(request)
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
