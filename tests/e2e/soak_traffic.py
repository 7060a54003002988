"""What goes through the gateway during the soak, and what is known of each request for comparing it with the log."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import websockets

import pattern
from traffic import Client, Head

MIB = 1024 * 1024
PATIENCE_SECONDS = 20
SERVICE_DIED = (502, "upstream_failed")
DIED_UNHEARD = (502, "client_gone")  # the service died, and who should have heard of it had left as well
CUT = (200, "upstream_failed")
LEFT_EARLY = {(499, "client_gone"), (200, "client_gone"), (200, "complete"), CUT, SERVICE_DIED, DIED_UNHEARD}


@dataclass
class Told:
    """What a client knows of its request: nothing for certain, until it is settled."""

    certain: bool = False  # it arrived whole, so there is one line for it
    allowed: set[tuple[int, str]] = field(default_factory=set)  # status and ending of that line; empty: any


class Ledger:
    def __init__(self):
        self.told: dict[str, Told] = {}

    def open(self, kind: str) -> str:
        """The id of a new request."""
        request_id = f"{kind}-{len(self.told)}"
        self.told[request_id] = Told()
        return request_id

    def settle(self, request_id: str, *allowed: tuple[int, str]) -> None:
        self.told[request_id] = Told(True, set(allowed))

    def kinds(self) -> Counter:
        return Counter(request_id.split("-")[0] for request_id in self.told)


@dataclass(frozen=True)
class Question:
    line: str
    fields: tuple[str, ...] = ()
    body: bytes = b""
    status: int = 200
    right: Callable[[bytes], bool] = lambda body: True
    fragile: bool = False  # its service may die


def is_pattern(body: bytes, size: int) -> bool:
    reader = pattern.Reader()
    for at in range(0, len(body), pattern.PIECE):
        reader.take(memoryview(body)[at : at + pattern.PIECE])
    return reader.right and reader.count == size


class Traffic:
    """One kind of traffic is one method, which goes on until the time is up. Whatever is not as it must be raises."""

    def __init__(self, port: int, token: str, ledger: Ledger, until: float, seed: str):
        self.port = port
        self.token = token
        self.credentials = f"Authorization: Bearer {token}"
        self.ledger = ledger
        self.until = until
        self.random = random.Random(seed)

    async def keep_on(self, once: Callable[[], Awaitable[None]], longest_pause: float) -> None:
        while time.monotonic() < self.until:
            await once()
            await asyncio.sleep(self.random.uniform(0, longest_pause))

    async def ask(self, client: Client | None, kind: str, asked: Question) -> Client | None:
        """One request on a connection, and the connection when it can be used again."""
        request_id = self.ledger.open(kind)
        client = client or await Client.connect(self.port)
        client.send(asked.line, f"X-Request-Id: {request_id}", *asked.fields, body=asked.body)
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await client.read_head()
            try:
                body = await client.read_body(head)
            except (asyncio.IncompleteReadError, ConnectionError):
                assert asked.fragile and head.status == 200, f"{request_id}: the answer {head} was cut"
                self.ledger.settle(request_id, CUT)
                return client.close()
        self.settle_answer(request_id, head, body, asked)
        return client.close() if head.ends_connection else client

    async def ask_alone(self, kind: str, asked: Question) -> None:
        if client := await self.ask(None, kind, asked):
            client.close()

    def settle_answer(self, request_id: str, head: Head, body: bytes, asked: Question) -> None:
        assert head.fields["x-request-id"] == request_id
        if asked.fragile and head.status == 502:
            assert json.loads(body)["reason"] in ("upstream_refused", "upstream_failed"), f"{request_id}: {body}"
            return self.ledger.settle(request_id, SERVICE_DIED)
        assert head.status == asked.status, f"{request_id}: {head} {body}"
        assert asked.right(body), f"{request_id}: {head} with a wrong body: {body[:200]}"
        self.ledger.settle(request_id, (asked.status, "complete"))

    # The kinds.

    async def small(self) -> None:
        """Short requests over connections that are kept."""
        good, forged = (self.credentials,), (self.credentials[:-3],)
        piece = bytes(pattern.piece(0, 3000))
        read = json.dumps({"bytes": 3000, "right": True}).encode()
        questions = [
            Question("GET /me", good, right=lambda body: b'"id"' in body),
            Question("GET /me", status=401),
            Question("GET /me", forged, status=401),
            Question("GET /nowhere", good, status=404),
            Question("GET /bulk/bytes/70000", status=401),
            Question("GET /bulk/bytes/700", good, right=lambda body: body == piece[:700], fragile=True),
            Question(
                "POST /bulk/upload",
                (*good, "Content-Length: 3000"),
                body=piece,
                right=lambda body: body == read,
                fragile=True,
            ),
        ]
        client = None
        while time.monotonic() < self.until:
            client = await self.ask(client, "small", self.random.choice(questions))
            await asyncio.sleep(self.random.uniform(0, 0.01))
        if client:
            client.close()

    async def downloads(self) -> None:
        def question() -> Question:
            size = self.random.randrange(4 * MIB)
            line = f"GET /bulk/{self.random.choice(['bytes', 'chunks'])}/{size}"
            return Question(line, (self.credentials,), right=lambda body: is_pattern(body, size), fragile=True)

        await self.keep_on(lambda: self.ask_alone("download", question()), 0.3)

    async def streams(self) -> None:
        def question() -> Question:
            count = self.random.randrange(50)
            events = b"data: event\n\n" * count
            line = f"GET /bulk/events/{count}"
            return Question(line, (self.credentials,), right=lambda body: body == events, fragile=True)

        await self.keep_on(lambda: self.ask_alone("stream", question()), 0.1)

    async def talks(self) -> None:
        """Streams of the AI service, which lives: none of its answers may suffer from what happens beside it."""

        def question() -> Question:
            body = json.dumps({"prompt": "hello", "max_tokens": self.random.randrange(1, 20)}).encode()
            fields = (self.credentials, "Content-Type: application/json", f"Content-Length: {len(body)}")
            line = "POST /generate/stream"
            return Question(line, fields, body, right=lambda answer: answer.endswith(b"data: [DONE]\n\n"))

        await self.keep_on(lambda: self.ask_alone("talk", question()), 0.1)

    async def uploads(self) -> None:
        await self.keep_on(self._upload, 0.2)

    async def _upload(self) -> None:
        request_id = self.ledger.open("upload")
        size = self.random.randrange(2 * MIB)
        chunked = self.random.random() < 0.5
        framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
        client = await Client.connect(self.port)
        client.send("POST /bulk/upload", self.credentials, f"X-Request-Id: {request_id}", framing)
        sending = asyncio.create_task(self._send_body(client, size, chunked))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                head = await client.read_head()
                body = await client.read_body(head)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.ledger.settle(request_id, SERVICE_DIED)  # the answer was lost, as we went on sending
        else:
            read = {"bytes": size, "right": True}
            asked = Question("POST", right=lambda body: json.loads(body) == read, fragile=True)
            self.settle_answer(request_id, head, body, asked)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            client.close()

    async def _send_body(self, client: Client, size: int, chunked: bool) -> None:
        at = 0
        while at < size:
            piece = pattern.piece(at, min(self.random.randrange(1, 200_000), size - at))
            client.writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            await client.writer.drain()
            at += len(piece)
        if chunked:
            client.writer.write(b"0\r\n\r\n")

    async def websockets(self) -> None:
        await self.keep_on(self._talk_over_a_websocket, 0.1)

    async def _talk_over_a_websocket(self) -> None:
        request_id = self.ledger.open("websocket")
        fields = {"Authorization": f"Bearer {self.token}", "X-Request-Id": request_id}
        options = {"ping_interval": None, "open_timeout": PATIENCE_SECONDS, "close_timeout": PATIENCE_SECONDS}
        try:
            url = f"ws://127.0.0.1:{self.port}/echo/x"
            connection = await websockets.connect(url, extra_headers=fields, compression=None, **options)
        except websockets.InvalidStatusCode as refused:
            assert refused.status_code == 502, f"{request_id}: {refused}"
            return self.ledger.settle(request_id, SERVICE_DIED)
        self.ledger.settle(request_id, (101, "complete"), (101, "upstream_failed"), (101, "client_gone"))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                for _ in range(self.random.randrange(20)):
                    message = self.random.randbytes(self.random.randrange(1, 5000))
                    await connection.send(message)
                    assert await connection.recv() == message
                    await asyncio.sleep(self.random.uniform(0, 0.05))
                if self.random.random() < 0.3:
                    connection.transport.abort()
                await connection.close()
        except websockets.ConnectionClosed:
            pass  # the service died
        if connection.close_code == 1000:
            self.ledger.settle(request_id, (101, "complete"), (101, "upstream_failed"))

    async def breakers(self) -> None:
        """Clients that break off, in order or not."""
        ways = [self._break_off_a_head, self._break_off_a_body, self._leave_at_once, self._leave_an_answer]
        await self.keep_on(lambda: self.random.choice(ways)(), 0.02)

    def _leave(self, client: Client, request_id: str, whole: bool) -> None:
        """A reset may overtake what was sent; after an orderly end all of it arrives."""
        if self.random.random() < 0.5:
            client.reset()
        else:
            client.close()
            if whole:
                self.ledger.settle(request_id, *LEFT_EARLY)

    async def _break_off_a_head(self) -> None:
        request_id = self.ledger.open("broken_head")
        client = await Client.connect(self.port)
        text = f"GET /bulk/bytes/100 HTTP/1.1\r\nX-Request-Id: {request_id}\r\nHost: a\r\n".encode()
        client.writer.write(text[: self.random.randrange(len(text))])
        await asyncio.sleep(self.random.choice([0, 0.01]))
        self._leave(client, request_id, whole=False)

    async def _break_off_a_body(self) -> None:
        request_id = self.ledger.open("broken_body")
        client = await Client.connect(self.port)
        size = self.random.randrange(2, 200_000)
        fields = (self.credentials, f"X-Request-Id: {request_id}", f"Content-Length: {size}")
        body = pattern.piece(0, self.random.randrange(size))
        client.send("POST /bulk/upload", *fields, body=bytes(body))
        await asyncio.sleep(self.random.choice([0, 0.01]))
        self._leave(client, request_id, whole=True)

    async def _leave_at_once(self) -> None:
        request_id = self.ledger.open("left")
        client = await Client.connect(self.port)
        path = self.random.choice(["/bulk/bytes/500000", "/bulk/events/20", "/me"])
        client.send(f"GET {path}", self.credentials, f"X-Request-Id: {request_id}")
        await asyncio.sleep(self.random.choice([0, 0, 0.01]))
        self._leave(client, request_id, whole=True)

    async def _leave_an_answer(self) -> None:
        request_id = self.ledger.open("left_answer")
        client = await Client.connect(self.port)
        path = self.random.choice(["/bulk/bytes/8000000", "/bulk/chunks/8000000", "/bulk/events/50"])
        client.send(f"GET {path}", self.credentials, f"X-Request-Id: {request_id}")
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await client.read_head()
            assert head.status in (200, 502)
            await client.reader.read(self.random.randrange(1, 100_000))
        allowed = {SERVICE_DIED} if head.status == 502 else {(200, "client_gone"), (200, "complete"), CUT}
        self.ledger.settle(request_id, *allowed)
        client.reset() if self.random.random() < 0.5 else client.close()
