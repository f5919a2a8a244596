"""docs/how-to: what stands there as pieces of files becomes a project, and is run against a service."""

import importlib.util
import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cheroot.ssl.builtin import BuiltinSSLAdapter

from contracts_runner.warehouse.client import Warehouse
from helpers.command import REPOSITORY, run_contracts
from helpers.page_project import write_page_project
from helpers.page_shop import CLIENT, KEY, PASSWORD, SCHEMES, SECRET, USER, PageShop, build_document
from helpers.servers import find_closed_port, serve_wsgi

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

from helpers.clickhouse_bridge import Bridge
from library_app import SPEC, Library

pytestmark = pytest.mark.thorough

SECRETS = {
    "SHOP_KEY": KEY,
    "SHOP_USER": USER,
    "SHOP_PASSWORD": PASSWORD,
    "ID": CLIENT,
    "SECRET": SECRET,
    "KEY_FILE": "certificates/me.key",
}
HERE = """
default_environment: here
environments:
  here:
    base_url: https://shop.example.com
    base_urls: {payments: https://shop.example.com}
    variables: {user: $SHOP_USER, password: $SHOP_PASSWORD}
    writes: allow
  prod: {base_url: https://shop.example.com}
"""
PROD = """
default_environment: prod
environments: {prod: {base_url: https://shop.example.com, credentials: {key: library-key-1}}}
"""


@pytest.fixture
def shop() -> PageShop:
    return PageShop()


@pytest.fixture
def base_url(shop: PageShop) -> Iterator[str]:
    with serve_wsgi(shop) as url:
        yield url


def open_tls(folder: Path) -> BuiltinSSLAdapter:
    """Write certificates of a service and a client, and that of who signed them; returns what asks a client for its."""
    authority = trustme.CA()
    (folder / "certificates").mkdir(parents=True)
    server, client = authority.issue_cert("127.0.0.1"), authority.issue_cert("me@example.com")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    server.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    client.private_key_pem.write_to_path(folder / "certificates" / "me.key")
    client.cert_chain_pems[0].write_to_path(folder / "certificates" / "me.pem")
    adapter = BuiltinSSLAdapter(str(folder / "server.pem"), str(folder / "server.pem"))
    adapter.context.load_verify_locations(folder / "ca.pem")
    adapter.context.verify_mode = ssl.CERT_OPTIONAL
    return adapter


def write_ways_in(folder: Path) -> None:
    """Add a scenario for each scheme, and one for each way to say `auth`."""
    rows = [
        f"  - {{id: L.{name}, title: A way in, steps: [{{operation: enter_{name}}}]}}\n"
        for name in SCHEMES
        if name != "bearerAuth"
    ]
    says = ("none", 401), ("invalid", 401), ("apiKey", 200), ("[apiKey, basicAuth]", 200)
    rows += [
        f"  - id: A.{number}\n    title: Said\n    steps:\n"
        f"      - {{operation: enter_apiKey, auth: {auth}, expect: {{status: {status}}}}}\n"
        for number, (auth, status) in enumerate(says)
    ]
    rows.append(
        "  - id: A.mapping\n    title: Said\n    needs: {login: S.login}\n    steps:\n"
        '      - {operation: enter_bearerAuth, auth: {bearerAuth: "${login.token}"}}\n'
    )
    text = "contract: ways\ntitle: Ways in\nspec: shop\nsource: {document: shop.json}\nscenarios:\n" + "".join(rows)
    (folder / "contracts" / "ways.yaml").write_text(text, encoding="utf-8")


def test_each_credential_of_log_in_is_let_in(tmp_path: Path, shop: PageShop) -> None:
    with serve_wsgi(shop, tls=open_tls(tmp_path / "p")) as url:
        folder = write_page_project(tmp_path / "p", "log-in", base_url=f"{url}\n    ca_bundle: ca.pem")
        write_ways_in(folder)
        tried = run_contracts("doctor", "--env", "test", cwd=folder, **SECRETS)
        shop.tokens.clear()
        done = run_contracts("run", "--env", "test", "--output", "out", cwd=folder, **SECRETS)
        kept = run_contracts("run", "--env", "test", "--writes", "block", "--output", "kept", cwd=folder, **SECRETS)
        document = build_document()
        document["paths"]["/login"]["post"]["x-effect"] = "read"
        (folder / "shop.json").write_text(json.dumps(document), encoding="utf-8")
        freed = run_contracts("run", "--env", "test", "--writes", "block", "--output", "freed", cwd=folder, **SECRETS)

    assert tried.code == 0, tried.stdout
    taken = {name for name in SCHEMES if re.search(rf"credential {name} at \w+ +ok +taken", tried.stdout)}
    assert taken == SCHEMES.keys() - {"bearerAuth"}, tried.stdout
    assert (done.code, set(done.outcomes.values())) == (0, {"passed"}), done.stdout
    assert sorted(shop.tokens[:3]) == [
        ("client_credentials", "form"),
        ("client_credentials", "header"),
        ("password", ""),
    ]
    blocked = {name for name, outcome in kept.outcomes.items() if outcome != "passed"}
    assert blocked == {"S.login", "L.session", "A.mapping"}, kept.stdout
    assert set(freed.outcomes.values()) == {"passed"}, freed.stdout


def test_the_steps_do_what_their_page_says(tmp_path: Path, base_url: str) -> None:
    folder = write_page_project(tmp_path / "p", "steps", "log-in", base_url=base_url, settings=HERE)
    (folder / "data").mkdir()
    (folder / "data" / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "data" / "user.json").write_text('{"email": "${random.8}@example.com"}', encoding="utf-8")

    done = run_contracts("run", "--output", "out", cwd=folder, **SECRETS)

    assert done.code == 0, done.stdout + done.stderr
    assert set(done.outcomes) == {"U.1", "F.1", "A.1", "T.1[adult]", "T.1[child]", "S.login"}
    assert set(done.outcomes.values()) == {"passed"}


def test_the_tables_are_loaded_and_hold(tmp_path: Path, base_url: str, engine: Warehouse) -> None:
    folder = write_page_project(tmp_path / "p", "tables", base_url=base_url)
    settings = folder / "contracts.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("/tmp/shop", str(tmp_path / "tables")))

    done = run_contracts("run", "--env", "test", "--output", "out", cwd=folder, **SECRETS)
    alone = run_contracts("verify", "--env", "test", cwd=folder, **SECRETS)
    drawn = run_contracts("new", "--table", "orders", "--env", "test", cwd=folder, **SECRETS)
    tried = run_contracts("doctor", "--env", "test", cwd=folder, **SECRETS)

    assert done.code == 0, done.stdout + done.stderr
    found = {row["id"]: row["outcome"] for row in done.results["warehouse"]["checks"]}
    assert found == dict.fromkeys(("orders:exists", "W.1", "W.2", "W.3"), "passed")
    assert alone.code == 0, alone.stdout + alone.stderr
    assert (drawn.code, "sold_at" in drawn.stdout) == (0, True), drawn.stderr
    assert tried.code == 0, tried.stdout


def test_a_deviation_of_a_document_is_accepted_as_its_page_says(tmp_path: Path, shop: PageShop, base_url: str) -> None:
    shop.price = "10.50"
    folder = write_page_project(
        tmp_path / "p", "wrong-document", base_url=base_url, settings=HERE.replace("here", "test")
    )

    done = run_contracts("run", "--output", "out", cwd=folder, **SECRETS)

    assert (done.code, done.outcomes) == (0, {"K.1": "known"}), done.stdout


def test_a_deviation_of_a_service_is_accepted_as_its_page_says(tmp_path: Path) -> None:
    with serve_wsgi(Library("wrong type")) as url:
        folder = write_page_project(tmp_path / "p", "failing-contract", base_url=url, settings=PROD)
        (folder / "shop.json").write_text(json.dumps(SPEC), encoding="utf-8")
        done = run_contracts("run", "--output", "out", cwd=folder, **SECRETS)

    assert (done.code, done.outcomes) == (0, {"1.1": "known"}), done.stdout


@pytest.fixture
def history(engine: Warehouse) -> Iterator[Bridge]:
    server = Bridge(users={"publisher": "sesame"})
    yield server
    server.stop()
    engine.raw_client.command("DROP DATABASE IF EXISTS contracts SYNC")


def test_the_history_is_published_and_what_was_lost_comes_later(
    tmp_path: Path, base_url: str, engine: Warehouse, history: Bridge
) -> None:
    folder = write_page_project(tmp_path / "p", "published-history", base_url=base_url)
    scenario = "contract: a\ntitle: A\nspec: shop\nsource: {document: shop.json}\nscenarios:\n"
    scenario += "  - {id: P, title: Ping, steps: [{operation: ping}]}\n"
    (folder / "contracts" / "a.yaml").write_text(scenario, encoding="utf-8")

    def publish(name: str, dsn: str) -> int:
        return run_contracts("run", "--env", "prod", "--output", name, cwd=folder, HISTORY_DSN=dsn).code

    codes = [publish("lost", f"http://u:p@127.0.0.1:{find_closed_port()}")]
    told = (folder / "lost.unpublished").exists()
    codes += [publish(name, history.dsn("publisher")) for name in ("next", "last")]

    assert (codes, told, (folder / "lost.unpublished").exists()) == ([3, 0, 0], True, False)
    page = (REPOSITORY / "docs" / "how-to" / "published-history.md").read_text(encoding="utf-8")
    counted = {
        name: engine.query(f"SELECT count() FROM contracts.{name} FINAL")[0][0]
        for name in re.findall(r"^\| `(contract_\w+)` \|", page, re.MULTILINE)
    }
    assert counted == {"contract_runs": 3, "contract_results": 3, "contract_latency": 3, "contract_days": 1}
    [view] = re.findall(r"\(`(contract_\w+)`\)", page)
    assert engine.query(f"SELECT count() FROM system.tables WHERE database = 'contracts' AND name = '{view}'") == [(1,)]
