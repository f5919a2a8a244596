"""The address that an environment stands for: its base URL, or that of its application, served meanwhile."""

import contextlib
from collections.abc import Callable, Iterator

from contracts_runner.model.environment import Environment


@contextlib.contextmanager
def open_target(
    environment: Environment, *, worlds: int = 0, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Yield the base URL; a sandbox is served until the block is left, and `meanwhile` called while it gets ready.

    `worlds`: how many worlds of their own will be asked for.
    """
    if environment.sandbox is None:
        yield environment.base_url or ""
        return
    from contracts_runner.sandbox.server import serve_sandbox

    with serve_sandbox(environment.sandbox, worlds=worlds, meanwhile=meanwhile) as base_url:
        yield base_url
