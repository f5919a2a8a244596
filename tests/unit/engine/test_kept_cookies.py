"""`cookies: keep`: cookies of a scenario's own answers go out with its later requests, and with no others."""

from typing import Any

import pytest

from contracts_runner.engine.cookies import KeptCookies
from contracts_runner.engine.progress import Progress
from contracts_runner.engine.scenarios import NO_COOKIES
from contracts_runner.model.exchange import Request, Response, Timings
from contracts_runner.model.spec import Effect
from contracts_runner.openapi.spec import Spec
from helpers.contracts import make_scenario, make_step
from helpers.engine import load_shop, make_desk, reply, run_scenario
from helpers.ledger_builder import make_step_row


def make_request(url: str = "http://shop.example.com/a/b", *headers: tuple[str, str]) -> Request:
    return Request(method="GET", url=url, headers=headers, operation="x", effect=Effect.READ)


def make_response(*cookies: str) -> Response:
    headers = tuple(("Set-Cookie", cookie) for cookie in cookies)
    return Response(status_code=200, headers=headers, body=b"", timings=Timings(first_byte_ms=1, total_ms=1))


def find_cookies(kept: KeptCookies, request: Request) -> list[str]:
    return [value for name, value in kept.add_to(request).headers if name == "Cookie"]


@pytest.mark.parametrize(
    ("cookies", "url", "sent"),
    [
        (("a=1; Path=/", "b=2; Path=/; HttpOnly"), "http://shop.example.com/", ["a=1; b=2"]),
        (("a=1",), "http://shop.example.com/a/c", ["a=1"]),
        (("a=1",), "http://shop.example.com/other", []),
        (("a=1; Path=/", "a=2; Path=/"), "http://shop.example.com/", ["a=2"]),
        (("a=1; Path=/", "a=; Path=/; Max-Age=0"), "http://shop.example.com/", []),
        (("a=1; Path=/; Secure",), "http://shop.example.com/", []),
        (("a=1; Path=/; Secure",), "https://shop.example.com/", ["a=1"]),
        (("a=1; Path=/",), "http://other.example.com/", []),
        (("a=1; Path=/; Domain=other.example.com",), "http://other.example.com/", []),
        (("=; ;", "чашка", ""), "http://shop.example.com/", []),
    ],
)
def test_a_cookie_goes_where_it_belongs(cookies: tuple[str, ...], url: str, sent: list[str]) -> None:
    kept = KeptCookies()
    kept.take(make_request(), make_response(*cookies))

    assert find_cookies(kept, make_request(url)) == sent


def test_a_cookie_that_the_step_sends_itself_counts() -> None:
    kept = KeptCookies()
    kept.take(make_request(), make_response("a=1; Path=/", "b=2; Path=/"))

    assert find_cookies(kept, make_request("http://shop.example.com/", ("Cookie", "a=mine"))) == ["a=mine; b=2"]


@pytest.mark.parametrize("keeps_cookies", [True, False])
def test_a_scenario_keeps_its_own_cookies_if_it_says_so(tmp_path: Any, keeps_cookies: bool) -> None:
    spec: Spec = load_shop(tmp_path)
    step = make_step("getThing", parameters={"id": 1})
    scenario = make_scenario("1", step, step, cleanup=(step,), keeps_cookies=keeps_cookies)

    def answer(request: Request) -> Response:
        return reply(200, {"id": 1, "name": "x"}, Set_Cookie="sid=abc; Path=/")

    first, second = (run_scenario(spec, scenario, answer) for _ in range(2))

    sent = [[value for name, value in each.headers if name == "Cookie"] for each in first.sent]
    assert sent == ([[], ["sid=abc"], ["sid=abc"]] if keeps_cookies else [[], [], []])
    assert not any(name == "Cookie" for name, _ in second.sent[0].headers)


def test_without_the_cookies_of_an_earlier_process_nothing_more_is_sent(tmp_path: Any) -> None:
    step = make_step("getThing", parameters={"id": 1})
    scenario = make_scenario("1", step, step, cleanup=(step,), keeps_cookies=True)
    progress = Progress(rows={1: make_step_row()}, has_sent=True)

    desk = make_desk(load_shop(tmp_path), lambda _: reply(200, {"id": 1, "name": "x"}), progress=progress)
    ran = desk.describe(desk.runner.run(scenario))

    assert (ran.sent, ran.outcome) == ([], "errored")
    assert {each["reason"] for each in ran.steps} == {NO_COOKIES}
