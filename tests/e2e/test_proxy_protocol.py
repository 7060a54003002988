"""PROXY headers as other people's programs write them. The client comes from 127.0.0.5, the balancer from 127.0.0.1."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from gateway import Gateway
from origin import Origin
from processes import free_port
from proxy_senders import SENDERS
from secure import make_certificate, run

CLIENT = "127.0.0.5"


class Asking:
    """A gateway that asks for headers at two ports of its own, in the clear and over TLS."""

    def __init__(self, gateway: Gateway):
        self.gateway, self.plain, self.secure = gateway, free_port(), free_port()
        certificate = make_certificate(gateway.folder, "gateway.test")
        pair = f"{{certificate: {certificate}, key: {certificate.with_suffix('.key')}}}"
        listens = [
            f"127.0.0.1:{gateway.port}",
            f"{{address: '127.0.0.1:{self.plain}', proxy_protocol: true}}",
            f"{{address: '127.0.0.1:{self.secure}', proxy_protocol: true, tls: {{certificates: [{pair}]}}}}",
        ]
        text = gateway.configuration.read_text()
        text = text.replace(f"listen: {listens[0]}", f"listen: [{', '.join(listens)}]")
        gateway.configuration.write_text(text + "\ntrusted_proxies: [127.0.0.1]\n")
        gateway.start()

    def headers(self, result: str) -> int:
        return self.gateway.metric("proxy_headers_total", result=result)


@pytest.fixture
def asking(make_gateway: Callable[[], Gateway]) -> Iterator[Asking]:
    yield Asking(make_gateway())


def curl(url: str, *more: str) -> str:
    done = run("curl", "-sS", "--fail-with-body", "--insecure", *more, url)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def heard_of(origin: Origin, gateway: Gateway, client: str, scheme: str) -> None:
    """The service and the log know the same client."""
    request = origin.requests[-1]
    assert request.fields("X-Forwarded-For") == [client]
    assert f"for={client};" in request.fields("Forwarded")[0]
    assert request.fields("X-Forwarded-Proto") == [scheme]
    assert gateway.logged_as(request.fields("X-Request-Id")[0])["client"] == client


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_client_of_a_balancer_is_known(asking: Asking, origin: Origin, tmp_path: Path, sender: str, scheme: str):
    balancer = SENDERS[sender](tmp_path, asking.secure if scheme == "https" else asking.plain)
    try:
        balancer.wait_ready()
        curl(f"{scheme}://127.0.0.1:{balancer.port}/open/x", "--interface", CLIENT)
        heard_of(origin, asking.gateway, CLIENT, scheme)
        if sender == "haproxy_v2":
            time.sleep(0.5)
            assert asking.headers("local") > 0  # HAProxy's checks speak for themselves
            curl(f"{scheme}://127.0.0.1:{balancer.port}/open/x", "--interface", CLIENT)
    finally:
        balancer.kill()
    assert asking.headers("client_named") >= 1
    assert asking.headers("missing") == asking.headers("malformed") == 0


def test_curl_speaks_for_itself(asking: Asking, origin: Origin):
    for scheme, port in (("http", asking.plain), ("https", asking.secure)):
        curl(f"{scheme}://127.0.0.1:{port}/open/x", "--haproxy-protocol")
        heard_of(origin, asking.gateway, "127.0.0.1", scheme)
    assert asking.headers("client_named") == 2


def test_a_trusted_peer_without_a_header_is_told_of_in_the_log(asking: Asking, origin: Origin):
    for _ in range(20):
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{asking.plain}/open/x", trust_env=False)
    assert asking.headers("missing") == 20
    assert asking.gateway.child.errors().count("their PROXY header is missing") == 1
    assert origin.requests == []


def test_a_client_that_comes_without_the_balancer_is_served_and_cannot_name_another(asking: Asking, origin: Origin):
    own = ["--interface", CLIENT]
    curl(f"http://127.0.0.1:{asking.plain}/open/x", *own)
    heard_of(origin, asking.gateway, CLIENT, "http")
    url = f"http://127.0.0.1:{asking.plain}/open/x"
    assert run("curl", "-sS", *own, "--haproxy-protocol", "-w", "%{http_code}", url).stdout.endswith("400")
    assert len(origin.requests) == 1
