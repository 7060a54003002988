"""A service that records the bytes of each request and notices when the gateway leaves. The end of the path says what
it answers:

    .../endless     chunks, one every 50 ms, until the peer leaves
    .../silent      nothing, until the peer leaves
    .../cut         a head and a chunk, then the connection closes without the end of the body
    .../nonsense    bytes that are no HTTP
    anything else   200 and a short JSON body
"""

import select
import socket
import socketserver
import threading
import time
from dataclasses import dataclass, field

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: "
JSON_ANSWER = HEAD + b'application/json\r\nContent-Length: 15\r\n\r\n{"origin":true}'
STREAM_HEAD = HEAD + b"text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass
class Recorded:
    head: bytes
    body: bytes = b""
    left: threading.Event = field(default_factory=threading.Event)  # the peer closed while this was answered
    left_at: float = 0.0

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n", 1)[0].decode("latin-1")

    def fields(self, name: str) -> list[str]:
        """All values of a field, whatever the case, and with `_` and `-` taken as the same."""
        pairs = [line.split(b":", 1) for line in self.head.split(b"\r\n")[1:] if b":" in line]
        plain = name.lower().replace("_", "-")
        return [
            value.strip().decode("latin-1")
            for key, value in pairs
            if key.decode("latin-1").lower().replace("_", "-") == plain
        ]


class Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while recorded := self._read_request():
            path = recorded.line.split(" ")[1].split("?")[0]
            if path.endswith("/endless"):
                return self._stream_until_left(recorded)
            if path.endswith("/silent"):
                return self._wait_until_left(recorded)
            if path.endswith("/cut"):
                self.wfile.write(STREAM_HEAD + b"5\r\nhello\r\n")
                return
            if path.endswith("/nonsense"):
                self.wfile.write(b"this is no HTTP\r\n\r\n")
                return
            self.wfile.write(JSON_ANSWER)

    def _read_request(self) -> Recorded | None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline(65536)
            if not line:
                return None
            head += line
        recorded = Recorded(head)
        self.server.requests.append(recorded)
        if lengths := recorded.fields("Content-Length"):
            recorded.body = self.rfile.read(int(lengths[0]))
        elif recorded.fields("Transfer-Encoding"):
            recorded.body = self._read_chunks()
        return recorded

    def _read_chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _stream_until_left(self, recorded: Recorded) -> None:
        self.wfile.write(STREAM_HEAD)
        try:
            while not self._peer_left(0.05):
                self.wfile.write(b"6\r\ndata\n\n\r\n")
        except OSError:
            pass
        self._note_left(recorded)

    def _wait_until_left(self, recorded: Recorded) -> None:
        deadline = time.monotonic() + 30
        while not self._peer_left(0.05):
            if time.monotonic() > deadline:
                return
        self._note_left(recorded)

    def _peer_left(self, within: float) -> bool:
        readable, _, _ = select.select([self.connection], [], [], within)
        try:
            return bool(readable) and self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    @staticmethod
    def _note_left(recorded: Recorded) -> None:
        recorded.left_at = time.monotonic()
        recorded.left.set()


class Origin(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Connection)
        self.requests: list[Recorded] = []
        self.port: int = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address) -> None:
        """A gateway that leaves in the middle is nothing to print."""

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
