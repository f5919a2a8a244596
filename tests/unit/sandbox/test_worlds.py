"""Worlds of a sandbox: one application for each, some of them made before anybody asks."""

from collections.abc import Iterable
from typing import Any

from contracts_runner.sandbox.worlds import WORLD_HEADER, Worlds

KEY = "HTTP_" + WORLD_HEADER.upper().replace("-", "_")


class Factory:
    """Makes applications that answer with their number; the `broken` ones cannot be made."""

    def __init__(self, broken: Iterable[int] = ()) -> None:
        self.broken = set(broken)
        self.made = 0

    def __call__(self) -> Any:
        self.made += 1
        number = self.made
        if number in self.broken:
            raise ValueError(f"no application {number}")
        return lambda environ, start_response: [str(number).encode()]


def ask(worlds: Worlds, name: str | None) -> int:
    [body] = worlds({KEY: name} if name else {}, print)
    return int(body)


def test_spares_are_counted_and_become_worlds() -> None:
    factory = Factory()
    worlds = Worlds(factory)
    worlds.make_spares(64)
    made = factory.made

    numbers = [ask(worlds, name) for name in ("a", "b", "a")]

    assert made == factory.made == 65
    assert ask(worlds, None) == 1
    assert numbers[0] == numbers[2] != numbers[1]
    assert 1 not in numbers


def test_no_spare_is_made_once_somebody_asks() -> None:
    factory = Factory()
    worlds = Worlds(factory)
    ask(worlds, "a")

    worlds.make_spares(64)

    assert factory.made == 2


def test_spare_that_cannot_be_made_leaves_the_world_to_the_request() -> None:
    factory = Factory(broken=[3])
    worlds = Worlds(factory)
    worlds.make_spares(64)

    numbers = [ask(worlds, "a"), ask(worlds, "b")]

    assert numbers == [2, 4]
