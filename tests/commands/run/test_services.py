"""Several services in one project: each operation goes to the address of its own, and nothing goes anywhere else."""

import hashlib
import json
from pathlib import Path

from helpers.command import run_contracts
from helpers.servers import RawServer, always, answer, serve_raw

FILES = "https://files.example.com/v2"
DOCUMENT = """
openapi: 3.1.0
info: {{title: T, version: "1"}}
paths:
  /{0}:
    get:
      operationId: {0}
      responses: {{"200": {{description: "", content: {{application/json: {{}}}}}}}}
  /{0}-file:
    servers: [{{url: "{1}"}}]
    get:
      operationId: {0}File
      responses: {{"200": {{description: "", content: {{application/json: {{}}}}}}}}
"""
LOST = "https://lost.example.com"
SETTINGS = """
version: 1
specs: {{shop: shop.yaml, bank: bank.yaml}}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: {shop}/api
    writes: allow
    base_urls: {{bank: $BANK_URL}}
    servers: {{"{FILES}": {files}/mapped}}
    properties: {{operations: read, max_examples: 1, phases: [coverage]}}
"""


def write_project(folder: Path, **addresses: str) -> None:
    (folder / "contracts").mkdir()
    (folder / "data").mkdir()
    (folder / "data" / "a.png").write_bytes(PNG)
    (folder / "contracts.yaml").write_text(SETTINGS.format(**addresses, FILES=FILES), encoding="utf-8")
    for spec, server in (("shop", FILES), ("bank", LOST)):
        (folder / f"{spec}.yaml").write_text(DOCUMENT.format(spec, server), encoding="utf-8")
        steps = "".join(
            f"  - {{id: {each}, title: T, steps: [{{operation: {each}}}]}}\n" for each in (spec, f"{spec}File")
        )
        head = f"contract: {spec}\ntitle: T\nspec: {spec}\nsource: {{document: d.md}}\nscenarios:\n"
        more = BOTH if spec == "shop" else ""
        (folder / "contracts" / f"{spec}.yaml").write_text(head + steps + more, encoding="utf-8")


# One flow over both services: a link, the bytes of a file.
BOTH = """
  - id: both
    title: T
    steps:
      - {operation: shop, capture: {next: $.next}}
      - {operation: shop, url: "${next}"}
      - {spec: bank, operation: bank}
      - {operation: shopFile}
      - {operation: POST /files, media_type: image/png, body: {file: data/a.png}, expect: {status: 200}}
"""
PNG = b"\x89PNG\r\n\x1a\n"


def list_targets(server: RawServer) -> set[str]:
    return {request.split(b" ")[1].decode() for request in server.requests}


def test_every_operation_goes_to_its_own_address_and_one_without_is_errored(tmp_path: Path) -> None:
    ok = always(answer(body=b'{"next": "/api/shop?page=2"}'))
    with serve_raw(ok) as shop, serve_raw(ok) as bank, serve_raw(ok) as files:
        write_project(tmp_path, shop=shop.base_url, files=files.base_url)
        environ = {"BANK_URL": f"{bank.base_url}/b"}
        ran = run_contracts("run", "--output", "out", cwd=tmp_path, **environ)
        shown = run_contracts("run", "--dry-run", cwd=tmp_path, **environ)
        targets = [list_targets(server) for server in (shop, bank, files)]
        [sent] = [request for request in shop.requests if request.startswith(b"POST")]
        checked = run_contracts("check", cwd=tmp_path)

    lost = f"bankFile is served at {LOST}, which the environment 'here' does not map"
    assert ran.code == 3
    passed = dict.fromkeys(("bank", "shop", "shopFile", "both"), "passed")
    assert ran.outcomes == {**passed, "bankFile": "errored"}
    assert targets == [{"/api/shop", "/api/shop?page=2", "/api/files"}, {"/b/bank"}, {"/mapped/shop-file"}]
    assert sent.endswith(b"\r\n\r\n" + PNG)
    assert "Content-Type: image/png" in sent.decode("latin-1")
    started = json.loads((ran.folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert started["run"]["files"]["data/a.png"] == hashlib.sha256(PNG).hexdigest()
    rows = {row["operation"]: row["outcome"] for row in ran.results["properties"]}
    assert (rows["shop"], rows["shopFile"], rows["bank"], rows["bankFile"]) == ("passed", "passed", "passed", "errored")
    assert [row["reason"] for row in ran.results["scenarios"] if row["id"] == "bankFile"] == [lost]
    assert f"{files.base_url}/mapped/shop-file" in shown.stdout
    assert "/api/shop  [link ${next}]" in shown.stdout
    assert lost in shown.stdout
    assert checked.code == 2
    assert f'contracts.yaml:7: {lost}; add to its `servers`: {{"{LOST}": ADDRESS}}' in checked.stdout
