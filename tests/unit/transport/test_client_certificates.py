"""Client certificates: shown to the service that a request is for, by the request's own or the environment's."""

import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import trustme

from contracts_runner.engine.effects import Effects
from contracts_runner.errors import NoResponseError
from contracts_runner.model.credential import ClientCertificate
from contracts_runner.model.environment import Limits, WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.spec import Effect
from contracts_runner.transport.guard import WriteGuard
from contracts_runner.transport.http import HttpTransport, TransportSettings
from contracts_runner.transport.rate import RateLimiter
from helpers.servers import always, answer, serve_raw


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds ca.pem, the files of two clients, and one with a password on its key."""
    folder, authority = tmp_path_factory.mktemp("pki"), trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    for name in ("one", "two"):
        issued = authority.issue_cert(f"{name}@example.com")
        issued.private_key_pem.write_to_path(folder / f"{name}.key")
        issued.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        issued.private_key_and_cert_chain_pem.write_to_path(folder / f"{name}-both.pem")
    (folder / "broken.pem").write_text("no certificate")
    return folder


def name(folder: Path, client: str, key: str | None = "") -> ClientCertificate:
    return ClientCertificate(
        certificate=folder / f"{client}.pem", key=None if key is None else folder / f"{key or client}.key"
    )


@contextmanager
def open_transport(folder: Path, own: ClientCertificate | None = None) -> Iterator[tuple[HttpTransport, str]]:
    """Yield a transport to a service that wants a certificate of the authority, and its URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with serve_raw(always(answer()), context=context) as server:
        transport = HttpTransport(
            TransportSettings(limits=Limits(), ca_bundle=folder / "ca.pem", certificate=own),
            guard=WriteGuard(base_url=server.base_url, writes=WritePolicy.ALLOW, effects=Effects(())),
            limiter=RateLimiter(None),
            on_leave=lambda _: None,
        )
        with closing(transport):
            yield transport, server.base_url


def make_request(base_url: str, certificate: ClientCertificate | None = None) -> Request:
    return Request(method="GET", url=f"{base_url}/x", operation="x", effect=Effect.READ, certificate=certificate)


@pytest.mark.parametrize(("client", "key"), [("one", ""), ("one-both", None)])
@pytest.mark.parametrize("is_of_the_environment", [True, False])
def test_it_is_shown(folder: Path, client: str, key: str | None, is_of_the_environment: bool) -> None:
    certificate = name(folder, client, key)
    own, other = (certificate, None) if is_of_the_environment else (None, certificate)

    with open_transport(folder, own) as (transport, base_url):
        assert transport.send(make_request(base_url, other)).status_code == 200


def test_a_connection_with_a_certificate_serves_no_request_without(folder: Path) -> None:
    with open_transport(folder) as (transport, base_url):
        assert transport.send(make_request(base_url, name(folder, "one"))).status_code == 200
        with pytest.raises(NoResponseError, match=r"(?i)certificate|reset|closed"):
            transport.send(make_request(base_url))


@pytest.mark.parametrize(("client", "key"), [("one", "two"), ("broken", None)])
def test_one_that_cannot_be_used_is_told_by_its_file(folder: Path, client: str, key: str | None) -> None:
    with (
        open_transport(folder) as (transport, base_url),
        pytest.raises(NoResponseError, match=rf"the client certificate {client}\.pem cannot be used with its key"),
    ):
        transport.send(make_request(base_url, name(folder, client, key)))
