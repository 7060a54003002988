"""Clients that take their time cost nobody else any."""

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator

import pytest

import pattern
from gateway import Gateway
from processes import eventually
from services import BulkService
from traffic import Client

pytestmark = pytest.mark.alone

SLOW_HEADS = 200
SLOW_BODIES = 50
SLOW_READERS = 50
MIB = 1024 * 1024
SECONDS = 3
ROUTES = "\n  - {path: /bulk/*, upstream: bulk}\n"
MORE = "timeouts: {head: 2s}\n"
MOST_MEDIAN_SECONDS = 0.05


@pytest.fixture(scope="module")
def gateway(built: None, tmp_path_factory: pytest.TempPathFactory, bulk: BulkService) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("gateway"))
    gateway.configure(routes=ROUTES, more=MORE, upstreams={"bulk": bulk.port})
    gateway.add_user()
    try:
        yield gateway.start()
    finally:
        gateway.stop()


async def send_a_head_slowly(port: int) -> None:
    """A byte a second: more than one head may take."""
    client = await Client.connect(port)
    began = time.monotonic()
    answer = asyncio.create_task(client.read_head())
    for byte in b"GET /bulk/bytes/1 HTTP/1.1\r\n":
        client.writer.write(bytes([byte]))
        if (await asyncio.wait([answer], timeout=1))[0]:
            break
        assert time.monotonic() - began < 10, "it was not cut"
    head = await answer
    took = time.monotonic() - began
    assert head.status == 408
    assert head.ends_connection
    assert 1.9 < took < 5, took
    assert json.loads(await client.read_body(head))["reason"] == "request_timeout"
    assert await asyncio.wait_for(client.reader.read(), 5) == b""
    client.close()


async def send_a_body_slowly(port: int, credentials: str, number: int) -> None:
    client = await Client.connect(port)
    body = bytes(pattern.piece(0, SECONDS * 10))
    client.send("POST /bulk/upload", credentials, f"Content-Length: {len(body)}", f"X-Request-Id: body-{number}")
    for byte in body:
        client.writer.write(bytes([byte]))
        await asyncio.sleep(0.1)
    head = await asyncio.wait_for(client.read_head(), 10)
    assert head.status == 200
    assert json.loads(await client.read_body(head)) == {"bytes": len(body), "right": True}
    client.close()


async def read_an_answer_slowly(port: int, credentials: str, number: int) -> None:
    client = await Client.connect(port, buffer_bytes=16 * 1024)
    client.send(f"GET /bulk/bytes/{6 * MIB}", credentials, f"X-Request-Id: reader-{number}")
    head = await client.read_head()
    assert head.status == 200
    reader = pattern.Reader()
    slow_until = time.monotonic() + SECONDS
    async for piece in client.pieces(head):
        reader.take(memoryview(piece))
        if time.monotonic() < slow_until:
            await asyncio.sleep(0.5)
    assert (reader.count, reader.right) == (6 * MIB, True)
    client.close()


async def ask_as_others_do(port: int, credentials: str) -> list[float]:
    """How long each answer took, while the slow ones are at it."""
    client = await Client.connect(port)
    took = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for path in ("/bulk/bytes/1000", "/me"):
            began = time.monotonic()
            client.send(f"GET {path}", credentials)
            head = await client.read_head()
            body = await client.read_body(head)
            took.append(time.monotonic() - began)
            assert head.status == 200
            assert json.loads(body)["id"] == 1 if path == "/me" else body == bytes(pattern.piece(0, 1000))
        await asyncio.sleep(0.01)
    client.close()
    return took


def test_slow_clients_are_served_or_cut_and_nobody_else_waits_for_them(
    gateway: Gateway, token: str, bulk: BulkService, capsys: pytest.CaptureFixture
):
    credentials = f"Authorization: Bearer {token}"

    async def everybody() -> tuple[list[float], int]:
        slow = [
            *(send_a_head_slowly(gateway.port) for _ in range(SLOW_HEADS)),
            *(send_a_body_slowly(gateway.port, credentials, number) for number in range(SLOW_BODIES)),
            *(read_an_answer_slowly(gateway.port, credentials, number) for number in range(SLOW_READERS)),
        ]
        at_work = asyncio.gather(*slow)
        await asyncio.sleep(0.3)
        others = asyncio.gather(*(ask_as_others_do(gateway.port, credentials) for _ in range(4)))
        await asyncio.sleep(0.5)
        connections = await asyncio.to_thread(gateway.metric, "connections")
        took = sum(await others, [])
        await at_work
        return took, connections

    took, connections = asyncio.run(everybody())
    median = statistics.median(took)
    with capsys.disabled():
        print(f"\n{len(took)} answers beside {connections} connections: median {median * 1000:.1f} ms, slowest "
              f"{max(took) * 1000:.0f} ms; resident {gateway.child.resident_kib()} KiB")
    assert connections >= SLOW_HEADS + SLOW_BODIES + SLOW_READERS
    assert len(took) > 100
    assert median < MOST_MEDIAN_SECONDS

    eventually(lambda: gateway.metric("connections") <= 1, 5, "all connections closed")
    lines = gateway.access_lines()
    cut = [line for line in lines if line["status"] == 408]
    assert len(cut) == SLOW_HEADS
    assert {(line["reason"], line["ending"]) for line in cut} == {("request_timeout", "timed_out")}
    ended = Counter((line["status"], line["ending"]) for line in lines if line["status"] != 408)
    assert ended == {(200, "complete"): 1 + len(took) + SLOW_BODIES + SLOW_READERS}, "and one login"
    by_id = {line["request_id"]: line for line in lines}
    for number in range(SLOW_BODIES):
        assert by_id[f"body-{number}"]["bytes_received"] == SECONDS * 10
        assert bulk.progress(f"body-{number}") == SECONDS * 10
    for number in range(SLOW_READERS):
        assert by_id[f"reader-{number}"]["bytes_sent"] == 6 * MIB
        assert by_id[f"reader-{number}"]["duration_ms"] > SECONDS * 900
