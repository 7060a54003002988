"""A gigabyte either way: every byte right, in bounded memory, and as fast as the slowest side and no faster."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import pattern
from gateway import Gateway
from services import BulkService
from wire import request

pytestmark = pytest.mark.alone

GIB = 1024 * 1024 * 1024
MOST_MORE_KIB = 20 * 1024
ROUTES = "\n  - {path: /bulk/*, upstream: bulk, body_limit: 2GiB}\n"

# What lies in the buffers of the system between two programs that do not read: up to some 10 MiB a connection.
MOST_UNDER_WAY = 64 * 1024 * 1024


@pytest.fixture(scope="module")
def gateway(built: None, tmp_path_factory: pytest.TempPathFactory, bulk: BulkService) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("gateway"))
    gateway.configure(routes=ROUTES, upstreams={"bulk": bulk.port})
    gateway.add_user()
    try:
        yield gateway.start()
    finally:
        gateway.stop()


@contextmanager
def bounded_memory(gateway: Gateway) -> Iterator[None]:
    """While it lasts, the gateway stays near the memory that it had when nothing was going on."""
    idle = gateway.child.resident_kib()
    samples = [idle]
    over = threading.Event()

    def sample() -> None:
        while not over.wait(0.02):
            samples.append(gateway.child.resident_kib())

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    began = time.monotonic()
    try:
        yield
    finally:
        over.set()
        sampler.join(5)
    print(f"resident {idle} KiB before, {max(samples)} KiB at most; {time.monotonic() - began:.2f} s")
    assert max(samples) - idle < MOST_MORE_KIB


def connect(gateway: Gateway, buffer_bytes: int | None = None) -> socket.socket:
    connection = socket.socket()
    if buffer_bytes:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", gateway.port))
    return connection


def ask(line: str, token: str, request_id: str, *fields: str) -> bytes:
    return request(line, f"Authorization: Bearer {token}", f"X-Request-Id: {request_id}", *fields)


def begin_answer(connection: socket.socket) -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    assert answer.status == 200
    return answer


def read_pattern(answer: http.client.HTTPResponse, reader: pattern.Reader) -> None:
    buffer = memoryview(bytearray(pattern.PIECE))
    while count := answer.readinto(buffer):
        reader.take(buffer[:count])


def send_pattern(connection: socket.socket, size: int, chunked: bool) -> None:
    for at in range(0, size, pattern.PIECE):
        piece = pattern.piece(at, min(pattern.PIECE, size - at))
        if chunked:
            connection.sendall(b"%x\r\n" % len(piece))
        connection.sendall(piece)
        if chunked:
            connection.sendall(b"\r\n")
    if chunked:
        connection.sendall(b"0\r\n\r\n")


@pytest.mark.parametrize("kind", ["bytes", "chunks"])
def test_a_gigabyte_comes_down_whole_in_bounded_memory(gateway: Gateway, token: str, bulk: BulkService, kind: str):
    reader = pattern.Reader()
    with bounded_memory(gateway), connect(gateway) as connection:
        connection.sendall(ask(f"GET /bulk/{kind}/{GIB}", token, f"down-{kind}"))
        answer = begin_answer(connection)
        assert answer.headers["Content-Length"] == (str(GIB) if kind == "bytes" else None)
        read_pattern(answer, reader)
    assert reader.right
    assert reader.count == GIB
    assert bulk.progress(f"down-{kind}") == GIB
    line = gateway.logged_as(f"down-{kind}")
    assert (line["status"], line["ending"], line["bytes_sent"]) == (200, "complete", GIB)


@pytest.mark.parametrize("kind", ["bytes", "chunks"])
def test_a_gigabyte_goes_up_whole_in_bounded_memory(gateway: Gateway, token: str, bulk: BulkService, kind: str):
    framing = f"Content-Length: {GIB}" if kind == "bytes" else "Transfer-Encoding: chunked"
    with bounded_memory(gateway), connect(gateway) as connection:
        connection.sendall(ask("POST /bulk/upload", token, f"up-{kind}", framing))
        send_pattern(connection, GIB, chunked=kind == "chunks")
        assert json.loads(begin_answer(connection).read()) == {"bytes": GIB, "right": True}
    assert bulk.progress(f"up-{kind}") == GIB
    line = gateway.logged_as(f"up-{kind}")
    assert (line["status"], line["ending"], line["bytes_received"]) == (200, "complete", GIB)


def test_a_client_that_reads_slowly_holds_the_service_back(gateway: Gateway, token: str, bulk: BulkService):
    reader = pattern.Reader()
    with bounded_memory(gateway), connect(gateway, buffer_bytes=64 * 1024) as connection:
        connection.sendall(ask(f"GET /bulk/bytes/{GIB}", token, "slow-down"))
        answer = begin_answer(connection)
        for _ in range(8):
            reader.take(memoryview(answer.read(16 * 1024)))
            time.sleep(0.25)
        sent = bulk.progress("slow-down")
        print(f"{reader.count} bytes read, {sent} sent")
        answer.close()  # it holds the connection too
        assert reader.right
        assert reader.count <= sent < MOST_UNDER_WAY
    line = gateway.logged_as("slow-down")
    assert (line["status"], line["ending"]) == (200, "client_gone")
    assert line["bytes_sent"] <= sent


def test_a_service_that_reads_slowly_holds_the_client_back(gateway: Gateway, token: str, bulk: BulkService):
    size = GIB // 8
    sent = 0
    with bounded_memory(gateway), connect(gateway) as connection:
        connection.sendall(ask("POST /bulk/slowly/upload", token, "slow-up", f"Content-Length: {size}"))
        until = time.monotonic() + 1.5
        connection.settimeout(0.05)
        while time.monotonic() < until:
            try:
                sent += connection.send(pattern.piece(sent, min(pattern.PIECE, size - sent)))
            except TimeoutError:
                pass
        read = bulk.progress("slow-up")
        print(f"{sent} bytes sent, {read} read")
        assert read <= sent < MOST_UNDER_WAY
        connection.settimeout(30)
        while sent < size:
            sent += connection.send(pattern.piece(sent, min(pattern.PIECE, size - sent)))
        assert json.loads(begin_answer(connection).read()) == {"bytes": size, "right": True}
    line = gateway.logged_as("slow-up")
    assert (line["status"], line["ending"], line["bytes_received"]) == (200, "complete", size)
