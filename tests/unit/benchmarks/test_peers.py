"""What a peer is measured by is the suite that we are measured by; who is not installed is left out."""

import json
from pathlib import Path

from benchmarks.peers import ARAZZO, find_peers
from benchmarks.workload import STEPS, write_suite

ADDRESS = "http://127.0.0.1:1"


def test_a_peer_has_each_step_of_the_suite_with_its_assertions(tmp_path: Path) -> None:
    folder = write_suite(tmp_path / "suite", 2, ADDRESS)
    plain = json.loads((folder / "suite.json").read_text(encoding="utf-8"))

    peers = find_peers(folder, ADDRESS, which=lambda name: f"/bin/{name}")

    [command] = peers.values()
    workflows = json.loads((folder / ARAZZO).read_text(encoding="utf-8"))["workflows"]
    assert command.arguments[:3] == ("/bin/redocly", "respect", ARAZZO)
    assert command.arguments[-1] == str(2 * STEPS)
    assert [len(workflow["steps"]) for workflow in workflows] == [STEPS, STEPS]
    for workflow, scenario in zip(workflows, plain, strict=True):
        for step, expected in zip(workflow["steps"], scenario, strict=True):
            text = json.dumps(step["successCriteria"])
            assert step["operationId"] == f"getThing{expected['id']}"
            assert all(str(expected[name]) in text for name in ("id", "code", "amount"))
    first, second = workflows[0]["steps"][:2]
    assert (first["parameters"][0]["value"], second["parameters"][0]["value"]) == ("first", "$steps.get0.outputs.next")


def test_who_is_not_installed_is_left_out(tmp_path: Path) -> None:
    folder = write_suite(tmp_path / "suite", 1, ADDRESS)

    assert find_peers(folder, ADDRESS, which=lambda _: None) == {}
    assert not (folder / ARAZZO).exists()
