"""What a connection costs that nobody uses: chat pages keep thousands of them."""

import resource
import socket
import ssl
from collections.abc import Callable

import pytest

from gateway import Gateway
from processes import eventually
from secure import NAME, Secure

pytestmark = pytest.mark.alone

CONNECTIONS = 5_000
REQUEST = f"GET /open/x HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode()
LIMITS = f"limits: {{connections: {4 * CONNECTIONS}, connections_per_client: {4 * CONNECTIONS}}}\n"


@pytest.fixture
def many_descriptors():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * CONNECTIONS + 1_000
    if before[1] < needed:
        pytest.skip(f"this needs {needed} open files, and {before[1]} are allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("kind, most_kib", [("plain", 1), ("tls", 24)])
def test_an_idle_connection_costs_little(
    many_descriptors, make_gateway: Callable[[], Gateway], kind: str, most_kib: int
):
    secure = Secure(make_gateway(), LIMITS)
    gateway = secure.gateway.start()
    context = ssl.create_default_context(cafile=str(secure.trusted))
    clients: list[socket.socket] = []

    def connect() -> None:
        plain = socket.create_connection(("127.0.0.1", secure.port if kind == "tls" else gateway.port), timeout=20)
        client = context.wrap_socket(plain, server_hostname=NAME) if kind == "tls" else plain
        clients.append(client)
        client.sendall(REQUEST)
        answer = b""
        while not answer.endswith(b'{"origin":true}'):
            answer += client.recv(4096)

    try:
        for _ in range(200):  # so that everything is there that a gateway at work has
            connect()
        before = gateway.child.resident_kib()
        for _ in range(CONNECTIONS):
            connect()
        each = (gateway.child.resident_kib() - before) / CONNECTIONS
        print(f"{kind}: {each:.2f} KiB for each of {CONNECTIONS} idle connections")
        assert each <= most_kib
        assert len(clients) + 10 < gateway.child.descriptors()
    finally:
        for client in clients:
            client.close()
    eventually(lambda: gateway.child.descriptors() < 100, 20, "all connections being closed")
