"""What `${…}` makes of a secret is as secret, and the functions of a project are called by a run and shown in it."""

import base64
import hashlib
import hmac
import json
import socket
from pathlib import Path
from urllib.parse import quote

from helpers.command import run_contracts
from helpers.ledger_reader import read_lines
from helpers.servers import answer, serve_raw
from helpers.shop import write_project

SECRET = "p@ss w0rd/ключ-99"
FUNCTIONS = """\
import hmac


def seal(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()


def cut(key: str) -> dict:
    return {"parts": [key[:9], key[9:]]}


def fail(key: str) -> str:
    raise ValueError("cannot use " + key)
"""
SCENARIOS = """
- id: "1"
  title: What is made of a secret is sent and comes back
  steps:
    - {name: base64, operation: addThing, body: {name: "${key:base64}"}, expect: {body: {$.name: "${key:base64}"}}}
    - {name: sha256, operation: addThing, body: {name: "${key:sha256}"}, expect: {body: {$.name: "${key:sha256}"}}}
    - {name: code, operation: addThing, body: {name: "${key:urlencode}"}, expect: {body: {$.name: "${key:urlencode}"}}}
    - {name: seal, operation: addThing, body: {name: "${seal(key, word):base64}"}, capture: {sealed: $.name}}
    - name: cut
      operation: addThing
      body: {name: "${cut(key)}"}
      expect: {body: {$.name.parts: [], $.name: "${cut(key).parts[0]}"}}
      invalid_request: true
- id: "2"
  title: A function fails
  steps: [{operation: addThing, body: {name: "${fail(key)}"}}]
- id: "3"
  title: A value is not what is asked of it
  steps:
    - {operation: addThing, body: {name: a}, capture: {thing_made: $}}
    - {operation: addThing, body: {name: "${thing_made.nme}"}}
"""


def echo(connection: socket.socket, request: bytes) -> None:
    body = json.loads(request.partition(b"\r\n\r\n")[2])
    connection.sendall(answer("201 Created", json.dumps({"id": 1, **body}).encode()))


def test_what_is_made_of_a_secret_is_sent_and_written_nowhere(tmp_path: Path) -> None:
    with serve_raw(echo) as server:
        project = write_project(tmp_path / "project", SCENARIOS, base_url=server.base_url)
        settings = project / "contracts.yaml"
        text = settings.read_text(encoding="utf-8").replace("thing: 1", "key: $THE_KEY, word: abc")
        settings.write_text(text + "functions: shop_functions\n", encoding="utf-8")
        (project / "shop_functions.py").write_text(FUNCTIONS, encoding="utf-8")
        options = ("run", "--phase", "scenarios", "--output", "out", "--project", str(project))
        done = run_contracts(*options, cwd=tmp_path, THE_KEY=SECRET)

    raw, sealed = SECRET.encode(), hmac.new(SECRET.encode(), b"abc", "sha256").hexdigest().encode()
    made = [base64.b64encode(raw), hashlib.sha256(raw).hexdigest().encode(), quote(SECRET, safe="").encode()]
    made += [base64.b64encode(sealed), sealed, SECRET[:9].encode(), SECRET[9:].encode()]
    sent = [json.loads(request.partition(b"\r\n\r\n")[2])["name"] for request in server.requests]
    assert [each for each in made[:4] if each.decode() not in sent] == []
    written = [path.read_bytes() for path in done.folder.rglob("*") if path.is_file()]
    assert [each for each in (raw, *made) if any(each in content for content in written)] == []
    assert done.outcomes == {"1": "failed", "2": "errored", "3": "errored"}
    assert done.code == 1
    assert "LEAK" not in done.stdout.upper()
    reasons = [row["reason"] for row in done.results["scenarios"]]
    assert reasons[1].startswith("not sent: ${fail(key)}: shop_functions:fail failed: ValueError: cannot use <")
    assert reasons[1].endswith("(shop_functions.py:13)")
    assert reasons[2] == "not sent: ${thing_made.nme}: the value has no member 'nme'; Did you mean 'name'?"
    digest = hashlib.sha256(FUNCTIONS.encode()).hexdigest()
    assert read_lines(done.folder)[0]["run"]["files"]["shop_functions.py"] == digest
    assert digest in (done.folder / "report.html").read_text(encoding="utf-8")


def test_a_seed_makes_the_same_values_whatever_else_runs(tmp_path: Path) -> None:
    steps = "steps: [{operation: addThing, body: {name: '${random.8} ${uuid} ${random.3}'}}]"
    scenarios = "\n".join(f"- {{id: '{number}', title: One, {steps}}}" for number in range(4))
    runs = []
    for options in (("--seed", "7", "--jobs", "4"), ("--seed", "7", "--jobs", "1", "3"), ("--jobs", "1", "3")):
        with serve_raw(echo) as server:
            project = write_project(tmp_path / "project", scenarios, base_url=server.base_url)
            output = ("--output", f"out{len(runs)}", "--project", str(project))
            assert run_contracts("run", "--phase", "scenarios", *options, *output, cwd=tmp_path).code == 0
        runs.append({json.loads(each.partition(b"\r\n\r\n")[2])["name"] for each in server.requests})

    assert len(runs[0]) == 4
    assert runs[1] < runs[0]
    assert not runs[2] & runs[0]
