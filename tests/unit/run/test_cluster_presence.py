"""How long a run waits for a cluster of which nobody is there."""

from types import SimpleNamespace

from contracts_runner.run.cluster_presence import Presence


class Client:
    """A client of a cluster with these workers."""

    def __init__(self, *workers: str) -> None:
        self.status = "running"
        self.workers = workers

    def scheduler_info(self, _count: int) -> dict[str, dict[str, object]]:
        return {"workers": dict.fromkeys(self.workers)}


def test_a_cluster_that_has_no_worker_for_too_long_is_given_up() -> None:
    client, clock = Client("tcp://one"), SimpleNamespace(now=0.0)
    presence = Presence(client, patience=60, clock=lambda: clock.now)
    problems = []
    for clock.now, client.workers in ((50, ("tcp://one",)), (100, ()), (110, ()), (111, ())):
        presence.look()
        problems.append(presence.find_problem())

    assert problems == ["", "", "", "the cluster has no worker"]
    assert presence.workers == frozenset()


def test_workers_are_not_missed_while_the_scheduler_is_away() -> None:
    client, clock = Client(), SimpleNamespace(now=0.0)
    presence = Presence(client, patience=60, clock=lambda: clock.now)
    client.status, clock.now = "connecting", 100.0
    presence.look()

    assert presence.find_problem() == ""


def test_a_scheduler_that_does_not_come_back_is_given_up() -> None:
    client = Client("tcp://one")
    client.status = "closed"

    assert Presence(client).find_problem() == "the scheduler does not come back"
