"""The shape of a fault: a name, what it breaks, and where it takes hold."""

from collections.abc import Callable
from dataclasses import dataclass

from qtickets_sandbox.http import Request, Response
from qtickets_sandbox.rules import Rules
from qtickets_sandbox.world import World

Answer = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a wrapper may use: the world, and how to wait."""

    world: World
    sleep: Callable[[float], None]


Wrap = Callable[[Answer, Setting], Answer]
ChangeRules = Callable[[Rules], Rules]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planted defect: it wraps the answers, or replaces a rule of the lifecycle."""

    name: str
    description: str
    wrap: Wrap | None = None
    change_rules: ChangeRules | None = None
