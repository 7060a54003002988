"""64 keep-alive connections under load for a while: every answer right, and the memory does not grow.

TOLLGATE_SOAK_SECONDS sets how long (20).
"""

import asyncio
import os
import time
from pathlib import Path

import pytest

from gateway import Gateway

SECONDS = float(os.environ.get("TOLLGATE_SOAK_SECONDS", "20"))
CONNECTIONS = 64
MOST_GROWTH_KIB = 1024


def requests(token: str) -> list[tuple[bytes, int]]:
    """What each connection sends, in turn, and the status it must get."""

    def raw(line: str, credentials: str = "", body: str = "") -> bytes:
        authorization = f"Authorization: Bearer {credentials}\r\n" if credentials else ""
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        return f"{line} HTTP/1.1\r\nHost: gateway.test\r\n{authorization}{length}\r\n{body}".encode()

    return [
        (raw("GET /me", token), 200),
        (raw("GET /origin/x", token), 200),
        (raw("POST /origin/upload", token, "x" * 3000), 200),
        (raw("GET /me"), 401),
        (raw("GET /open/x"), 200),
        (raw("GET /me", token[:-3]), 401),
        (raw("GET /nowhere", token), 404),
    ]


async def read_answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    lengths = [line.split(b":")[1] for line in lines if line.startswith(b"content-length:")]
    assert len(lengths) == 1, head
    await reader.readexactly(int(lengths[0]))
    return int(head[9:12])


async def keep_asking(port: int, asked: list[tuple[bytes, int]], until: float) -> int:
    count = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        for data, expected in asked:
            writer.write(data)
            status = await asyncio.wait_for(read_answer(reader), 10)
            assert status == expected, f"{data[:40]!r} got {status}"
            count += 1
    writer.close()
    return count


def resident_kib(process_id: int) -> int:
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


async def load(gateway: Gateway, asked: list[tuple[bytes, int]]) -> tuple[int, list[int]]:
    """How many requests were answered, and the resident memory ten times a second."""
    until = time.monotonic() + SECONDS
    clients = asyncio.gather(*(keep_asking(gateway.port, asked, until) for _ in range(CONNECTIONS)))
    memory = []
    while time.monotonic() < until and not clients.done():
        memory.append(resident_kib(gateway.child.process.pid))
        await asyncio.sleep(0.1)
    return sum(await clients), memory


def test_the_memory_does_not_grow_under_load(own_gateway: Gateway, capsys: pytest.CaptureFixture):
    count, memory = asyncio.run(load(own_gateway, requests(own_gateway.log_in())))
    middle = len(memory) // 2
    grown = max(memory[-10:]) - max(memory[middle - 10 : middle])
    with capsys.disabled():
        print(f"\n{count} requests in {SECONDS:.0f} s; resident {memory[0]}, {memory[middle]}, {memory[-1]} KiB")
    assert count > 100 * SECONDS
    assert grown <= MOST_GROWTH_KIB, memory
    assert own_gateway.get("/").status_code == 200
