"""WebSockets through the gateway, with a real client and a real server."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import websockets

from gateway import Gateway
from processes import eventually, free_port, unread_bytes
from services import EchoService
from wire import exchange, request

ROUTES = """
  - {path: /echo/*, upstream: echo}
  - {path: /doomed/*, upstream: doomed}
  - {path: /idle/*, upstream: echo, timeouts: {gap: 500ms}}
"""
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EchoService]:
    service = EchoService(tmp_path_factory.mktemp("echo"), free_port())
    service.wait_ready()
    yield service
    assert service.stop() == 0


@pytest.fixture(scope="module")
def doomed_port() -> int:
    return free_port()


@pytest.fixture
def doomed(tmp_path: Path, doomed_port: int) -> Iterator[EchoService]:
    """One that a test may kill."""
    service = EchoService(tmp_path, doomed_port)
    service.wait_ready()
    yield service
    service.kill()


@pytest.fixture(scope="module")
def gateway(
    built: None, tmp_path_factory: pytest.TempPathFactory, echo: EchoService, doomed_port: int
) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("gateway"))
    gateway.configure(routes=ROUTES, upstreams={"echo": echo.port, "doomed": doomed_port})
    gateway.add_user()
    try:
        yield gateway.start()
    finally:
        gateway.stop()


def connect(gateway: Gateway, token: str, path: str = "/echo/x", fields: dict | None = None, **more):
    """A client's connection to be; it neither pings by itself nor compresses, so that its bytes can be counted."""
    return websockets.connect(
        f"ws://127.0.0.1:{gateway.port}{path}",
        extra_headers={"Authorization": f"Bearer {token}"} | (fields or {}),
        **{"compression": None, "ping_interval": None, "max_size": None, "open_timeout": 10} | more,
    )


def id_of(connection: websockets.WebSocketClientProtocol) -> str:
    return connection.response_headers["X-Request-Id"]


def handshake(echo: EchoService, request_id: str) -> list[tuple[str, str]]:
    """The fields of one request as the service heard them, names in lower case."""
    (heard,) = [
        [(name.lower(), value) for name, value in said["fields"]]
        for said in echo.heard("handshake")
        if ["x-request-id", request_id] in [[name.lower(), value] for name, value in said["fields"]]
    ]
    return heard


def values(fields: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in fields if key.replace("_", "-") == name]


def frame(payload: int, masked: bool) -> int:
    """The size of a frame (RFC 6455, section 5.2) with so many bytes of payload."""
    return 2 + (0 if payload < 126 else 2 if payload < 65536 else 8) + (4 if masked else 0) + payload


def test_messages_of_text_and_bytes_are_echoed_and_every_byte_is_counted(
    gateway: Gateway, token: str, echo: EchoService
):
    messages = ["hello", "", "\u00fcber \u2603", b"", b"\x00\xff\r\n\r\n", os.urandom(1000)]

    async def talk() -> str:
        async with connect(gateway, token) as client:
            for message in messages:
                await client.send(message)
                assert await client.recv() == message
            assert client.response_headers["Upgrade"].lower() == "websocket"
            return id_of(client)

    request_id = asyncio.run(talk())
    line = gateway.logged_as(request_id)
    assert (line["method"], line["path"], line["route"]) == ("GET", "/echo/x", "/echo/*")
    assert (line["status"], line["ending"], line["upstream"], line["user_id"]) == (101, "complete", "echo", "1")
    assert "reason" not in line
    sizes = [len(message.encode() if isinstance(message, str) else message) for message in messages]
    sizes.append(2)  # the code in the closing frame
    assert line["bytes_received"] == sum(frame(size, masked=True) for size in sizes)
    assert line["bytes_sent"] == sum(frame(size, masked=False) for size in sizes)
    fields = handshake(echo, request_id)
    assert values(fields, "upgrade") == ["websocket"]
    assert values(fields, "connection") == ["Upgrade"]


def test_a_message_of_1_mib_comes_back_whole(gateway: Gateway, token: str):
    message = os.urandom(MIB)

    async def talk() -> str:
        async with connect(gateway, token) as client:
            await client.send(message)
            assert await client.recv() == message
            return id_of(client)

    line = gateway.logged_as(asyncio.run(talk()))
    assert (line["status"], line["ending"]) == (101, "complete")
    assert line["bytes_received"] > MIB and line["bytes_sent"] > MIB


def test_a_hundred_messages_sent_at_once_come_back_in_order(gateway: Gateway, token: str):
    messages = [f"{number}: " + "x" * (number * 37) for number in range(100)]

    async def talk() -> str:
        async with connect(gateway, token, compression="deflate") as client:
            assert client.extensions, "the extension that both sides know was not agreed upon"
            for message in messages:
                await client.send(message)
            assert [await client.recv() for _ in messages] == messages
            return id_of(client)

    assert gateway.logged_as(asyncio.run(talk()))["ending"] == "complete"


def test_pings_are_answered_both_ways(gateway: Gateway, token: str):
    async def talk() -> str:
        async with connect(gateway, token, "/echo/pinging") as client:
            assert await asyncio.wait_for(client.recv(), 5) == "the pong came"
            await asyncio.wait_for(await client.ping(b"and you?"), 5)
            return id_of(client)

    assert gateway.logged_as(asyncio.run(talk()))["ending"] == "complete"


def test_a_close_of_the_client_reaches_the_service_with_its_code(gateway: Gateway, token: str, echo: EchoService):
    async def talk() -> str:
        async with connect(gateway, token, "/echo/client-closes") as client:
            await client.close(4002, "bye")
            assert client.close_code == 4002  # the service's answer to it
            return id_of(client)

    assert gateway.logged_as(asyncio.run(talk()))["ending"] == "complete"

    def ended() -> list[dict]:
        return [said for said in echo.heard("end") if said["path"] == "/echo/client-closes"]

    (end,) = eventually(ended, 5, "the end of the connection at the service")
    assert (end["code"], end["reason"]) == (4002, "bye")


def test_a_close_of_the_service_reaches_the_client_with_its_code(gateway: Gateway, token: str):
    async def talk() -> str:
        async with connect(gateway, token, "/echo/closing") as client:
            await client.send("last words")
            assert await client.recv() == "last words"
            with pytest.raises(websockets.ConnectionClosedError):
                await client.recv()
            assert (client.close_code, client.close_reason) == (4001, "enough")
            return id_of(client)

    line = gateway.logged_as(asyncio.run(talk()))
    assert (line["status"], line["ending"]) == (101, "complete")


@pytest.mark.parametrize("fields", [{}, {"Authorization": "Bearer x.y.z"}], ids=["no token", "a bad token"])
def test_without_a_good_token_it_is_401_and_the_service_hears_nothing(
    gateway: Gateway, echo: EchoService, fields: dict
):
    before = len(echo.heard("handshake"))

    async def talk() -> websockets.Headers:
        url = f"ws://127.0.0.1:{gateway.port}/echo/x"
        with pytest.raises(websockets.InvalidStatusCode) as refused:
            await websockets.connect(url, extra_headers=fields, open_timeout=10)
        assert refused.value.status_code == 401
        return refused.value.headers

    headers = asyncio.run(talk())
    assert headers["WWW-Authenticate"].startswith('Bearer realm="tollgate"')
    assert "Upgrade" not in headers
    line = gateway.logged_as(headers["X-Request-Id"])
    assert (line["status"], line["reason"]) == (401, "bad_token" if fields else "no_token")
    assert len(echo.heard("handshake")) == before


def test_the_service_hears_the_real_user_and_neither_the_claimed_one_nor_the_token(
    gateway: Gateway, token: str, echo: EchoService
):
    forged = {"X-User-Id": "99", "x_user_id": "98", "X-User-Email": "ceo@example.com"}

    async def talk() -> str:
        async with connect(gateway, token, fields=forged) as client:
            return id_of(client)

    request_id = asyncio.run(talk())
    fields = handshake(echo, request_id)
    assert values(fields, "x-user-id") == ["1"]
    assert values(fields, "x-user-email") == []
    assert values(fields, "authorization") == []
    assert token not in str(fields)
    assert gateway.logged_as(request_id)["user_id"] == "1"


def test_when_the_service_is_killed_in_the_middle_the_client_sees_no_proper_close(
    gateway: Gateway, token: str, doomed: EchoService
):
    async def talk() -> str:
        async with connect(gateway, token, "/doomed/x") as client:
            await client.send("one")
            assert await client.recv() == "one"
            doomed.process.send_signal(signal.SIGSTOP)  # it hangs, so that what comes now is lost for certain
            await client.send("two")
            eventually(lambda: unread_bytes(doomed.port) > 0, 5, "the message lying at the service")
            doomed.kill()
            with pytest.raises(websockets.ConnectionClosedError):
                await asyncio.wait_for(client.recv(), 5)
            assert client.close_code == 1006
            return id_of(client)

    line = gateway.logged_as(asyncio.run(talk()))
    assert (line["status"], line["reason"], line["ending"]) == (101, "upstream_failed", "upstream_failed")
    assert line["bytes_received"] == frame(3, masked=True) * 2
    assert line["bytes_sent"] == frame(3, masked=False)


def test_when_the_service_is_killed_while_nobody_speaks_the_client_sees_no_proper_close(
    gateway: Gateway, token: str, doomed: EchoService
):
    async def talk() -> str:
        async with connect(gateway, token, "/doomed/x") as client:
            await client.send("one")
            assert await client.recv() == "one"
            doomed.kill()
            with pytest.raises(websockets.ConnectionClosedError):
                await asyncio.wait_for(client.recv(), 5)
            assert client.close_code == 1006
            return id_of(client)

    # Its system ended the connection for it, in order; a tunnel does not look into the frames.
    line = gateway.logged_as(asyncio.run(talk()))
    assert (line["status"], line["ending"]) == (101, "complete")


def test_a_tunnel_in_which_nobody_speaks_is_ended_after_the_gap_of_the_route(gateway: Gateway, token: str):
    async def talk() -> tuple[str, float]:
        async with connect(gateway, token, "/idle/x") as client:
            for _ in range(5):  # in all for longer than the gap
                await asyncio.sleep(0.2)
                await client.send("still here")
                assert await client.recv() == "still here"
            spoke = time.monotonic()
            with pytest.raises(websockets.ConnectionClosedError):
                await asyncio.wait_for(client.recv(), 10)
            assert client.close_code == 1006
            return id_of(client), time.monotonic() - spoke

    request_id, silence = asyncio.run(talk())
    assert 0.4 < silence < 3
    line = gateway.logged_as(request_id)
    assert (line["status"], line["ending"], line["reason"]) == (101, "timed_out", "tunnel_idle")


@pytest.mark.parametrize(
    "fields",
    [
        ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"),
        ("Connection: Upgrade", "Upgrade: websocket, h2c", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
        ("Upgrade: h2c",),
    ],
    ids=["h2c", "h2c besides websocket", "h2c unnamed in Connection"],
)
def test_a_change_to_http_2_is_refused_and_the_service_hears_nothing(
    gateway: Gateway, token: str, echo: EchoService, fields: tuple
):
    before = len(echo.heard("handshake"))
    answer = exchange(gateway.port, request("GET /echo/x", f"Authorization: Bearer {token}", *fields))
    assert answer.status == 400
    assert answer.json()["reason"] == "upgrade_refused"
    assert answer.headers["Upgrade"] is None
    line = gateway.logged_as(answer.headers["X-Request-Id"])
    assert (line["status"], line["reason"]) == (400, "upgrade_refused")
    assert len(echo.heard("handshake")) == before


def test_a_drain_lets_an_open_tunnel_speak_and_cuts_it_when_its_time_is_up(make_gateway, echo: EchoService):
    gateway = make_gateway()
    upstreams = {"echo": echo.port, "doomed": echo.port}
    gateway.configure(routes=ROUTES, more="drain: {timeout: 1s}\n", upstreams=upstreams)
    gateway.add_user()
    token = gateway.start().log_in()

    async def talk() -> tuple[str, float]:
        async with connect(gateway, token) as client:
            began = time.monotonic()
            gateway.child.process.send_signal(signal.SIGTERM)
            eventually(lambda: "draining" in gateway.child.errors(), 2, "the drain in the log")
            await client.send("still here?")
            assert await client.recv() == "still here?"
            with pytest.raises(websockets.ConnectionClosedError):
                await asyncio.wait_for(client.recv(), 10)
            assert client.close_code == 1006
            return id_of(client), time.monotonic() - began

    request_id, lasted = asyncio.run(talk())
    assert 0.9 < lasted < 4
    assert gateway.child.process.wait(5) == 0
    line = gateway.logged_as(request_id)
    assert (line["status"], line["ending"], line["reason"]) == (101, "drained", "draining")
