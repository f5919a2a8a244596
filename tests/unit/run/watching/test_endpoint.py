"""/metrics and /healthz of a watch."""

import json
import socket
import urllib.error
import urllib.request

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.run.watching.endpoint import serve_metrics
from contracts_runner.run.watching.gauges import WatchMetrics

METRICS = WatchMetrics("prod")


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("address", "is_well", "status"),
    [
        ("127.0.0.1", True, 200),
        ("127.0.0.1", False, 503),
        pytest.param("::1", True, 200, marks=pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6")),
    ],
)
def test_health_is_what_the_watch_says(address: str, is_well: bool, status: int) -> None:
    with serve_metrics(address, 0, METRICS.registry, lambda: (is_well, {"status": "Ж"})) as url:
        code, body = fetch(f"{url}/healthz")

    assert (code, json.loads(body)) == (status, {"status": "Ж"})


def test_metrics_are_served_as_they_are_now() -> None:
    with serve_metrics("127.0.0.1", 0, METRICS.registry, lambda: (True, {"status": "ok"})) as url:
        METRICS.count_missed(3)
        assert 'contracts_watch_missed_total{environment="prod"} 3.0' in fetch(f"{url}/metrics")[1]
        METRICS.count_missed(1)
        assert 'contracts_watch_missed_total{environment="prod"} 4.0' in fetch(f"{url}/metrics")[1]
        assert fetch(f"{url}/")[0] == 404


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(UsageError, match=f"metrics cannot be served on 127.0.0.1:{port}: "),
            serve_metrics("127.0.0.1", port, METRICS.registry, lambda: (True, {})),
        ):
            pass
