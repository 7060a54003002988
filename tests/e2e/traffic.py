"""HTTP/1.1 as a client writes it, on asyncio, for those that speak slowly, all at once, or not to the end."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass
class Head:
    status: int
    fields: dict[str, str]  # names in lower case

    @property
    def ends_connection(self) -> bool:
        return self.fields.get("connection", "").lower() == "close"


class Client:
    """One connection. A body that ends early is an IncompleteReadError, never a short body."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, buffer_bytes: int | None = None) -> "Client":
        connection = socket.socket()
        if buffer_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        connection.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
            return cls(*await asyncio.open_connection(sock=connection, limit=64 * 1024))
        except BaseException:
            connection.close()
            raise

    def send(self, line: str, *fields: str, body: bytes = b"") -> None:
        """A request head, and `body` as it stands behind it."""
        self.writer.write("\r\n".join([f"{line} HTTP/1.1", "Host: gateway.test", *fields, "", ""]).encode() + body)

    async def read_head(self) -> Head:
        """The head of the final answer."""
        while True:
            text = await self.reader.readuntil(b"\r\n\r\n")
            line, *fields = text.decode("latin-1").split("\r\n")[:-2]
            pairs = [field.split(":", 1) for field in fields]
            head = Head(int(line[9:12]), {name.lower(): value.strip() for name, value in pairs})
            if head.status >= 200:
                return head

    async def pieces(self, head: Head) -> AsyncIterator[bytes]:
        """The body, as it comes."""
        if "transfer-encoding" not in head.fields:
            left = int(head.fields["content-length"])
            while left > 0:
                piece = await self._some(left)
                left -= len(piece)
                yield piece
            return
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            yield await self.reader.readexactly(size)
            assert await self.reader.readexactly(2) == b"\r\n"
        assert await self.reader.readexactly(2) == b"\r\n"

    async def read_body(self, head: Head) -> bytes:
        return b"".join([piece async for piece in self.pieces(head)])

    async def _some(self, most: int) -> bytes:
        piece = await self.reader.read(min(most, 64 * 1024))
        if not piece:
            raise asyncio.IncompleteReadError(b"", most)
        return piece

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        """Leaves without a word: the peer sees an error."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()
