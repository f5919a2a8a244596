"""The rate limit, on a clock of our own."""

from contracts_runner.transport.rate import RateLimiter


def test_requests_leave_evenly_spaced() -> None:
    now = [100.0]
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    limiter = RateLimiter(2, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        limiter.wait()

    assert waits == [0.5, 0.5]


def test_without_a_limit_nothing_waits() -> None:
    waits: list[float] = []
    limiter = RateLimiter(None, clock=lambda: 0.0, sleep=waits.append)

    for _ in range(3):
        limiter.wait()

    assert waits == []
