"""A body in slow pieces, and the server that takes it is killed in the middle: three uvicorn behind one upstream."""

import hashlib
import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway import Gateway
from processes import Child, eventually, free_port
from services import ENVIRONMENT, HERE, PYTHON

ROUTES = """
  - {path: /files/*, upstream: many, protected: false}
"""
BODY = os.urandom(40 * 1024)
PIECES = [BODY[at : at + 4096] for at in range(0, len(BODY), 4096)]


class UploadService(Child):
    def __init__(self, folder: Path):
        folder.mkdir()
        port = free_port()
        place = ["--app-dir", HERE, "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
        super().__init__([PYTHON, "-m", "uvicorn", "upload_service:app", *place], folder, port, ENVIRONMENT)

    def begun(self) -> int:
        return self.output_file.read_text().count("begun")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[UploadService]]:
    servers = [UploadService(tmp_path / f"server{i}") for i in range(3)]
    for server in servers:
        server.wait_ready()
    yield servers
    for server in servers:
        server.kill()


def upload(
    gateway: Gateway, servers: list[UploadService], method: str, framing: str
) -> tuple[int, bytes, UploadService]:
    """The status and body of the answer, and the server that was killed after half of the pieces."""
    client = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    client.putrequest(method, "/files/x")
    chunked = framing == "chunked"
    client.putheader("Transfer-Encoding" if chunked else "Content-Length", "chunked" if chunked else str(len(BODY)))
    client.endheaders()
    killed = None
    for number, piece in enumerate(PIECES):
        if number == len(PIECES) // 2:
            (killed,) = eventually(lambda: [server for server in servers if server.begun()], 10, "a body being taken")
            killed.kill()
        try:
            client.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        except OSError:
            break  # it was answered already, and its connection closed
        time.sleep(0.05)
    else:
        if chunked:
            client.send(b"0\r\n\r\n")
    answer = client.getresponse()
    return answer.status, answer.read(), killed


@pytest.fixture
def gateway(make_gateway: Callable[[], Gateway], three: list[UploadService]) -> Gateway:
    gateway = make_gateway()
    urls = ", ".join(f'"http://127.0.0.1:{server.port}"' for server in three)
    gateway.configure(routes=ROUTES, upstreams={"many": f"{{servers: [{urls}]}}"})
    return gateway.start()


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_put_goes_on_at_another_server(gateway: Gateway, three: list[UploadService], framing: str):
    status, answer, killed = upload(gateway, three, "PUT", framing)
    assert status == 200
    assert hashlib.sha256(BODY).hexdigest().encode() in answer
    assert sorted(server.begun() for server in three) == [0, 1, 1]
    line = eventually(gateway.access_lines, 5, "an access line")[0]
    assert line["bytes_received"] == len(BODY)
    assert line["server"] != f"127.0.0.1:{killed.port}"


def test_a_post_is_not_sent_to_another_server(gateway: Gateway, three: list[UploadService]):
    status, answer, killed = upload(gateway, three, "POST", "length")
    assert status == 502
    assert b'"reason":"upstream_failed"' in answer.replace(b" ", b"")
    assert sorted(server.begun() for server in three) == [0, 0, 1]
    assert eventually(gateway.access_lines, 5, "an access line")[0]["server"] == f"127.0.0.1:{killed.port}"


def test_a_service_that_takes_no_more_of_a_body_is_504_and_says_which_timeouts_count(make_gateway):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        gateway = make_gateway()
        timeouts = "timeouts: {gap: 300ms, first_byte: 300ms}"
        routes = f"\n  - {{path: /files/*, upstream: deaf, protected: false, {timeouts}}}"
        gateway.configure(routes=routes, upstreams={"deaf": deaf.getsockname()[1]})
        gateway.start()
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as client:
            began = time.monotonic()
            client.sendall(b"POST /files/x HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
            sender = threading.Thread(target=send_until_nobody_takes_it, args=(client, 10_000_000), daemon=True)
            sender.start()
            answer = http.client.HTTPResponse(client)
            answer.begin()
            problem = json.loads(answer.read())
            assert time.monotonic() - began < 5
        sender.join(20)
    assert not sender.is_alive()
    assert answer.status == 504 and problem["reason"] == "upstream_timeout"
    assert "`timeouts.gap`" in problem["detail"]


def send_until_nobody_takes_it(client: socket.socket, size: int) -> None:
    try:
        client.sendall(bytes(size))
    except OSError:
        pass  # it was answered, and its connection closed
