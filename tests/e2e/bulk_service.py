"""A service for many bytes in a process of its own: bulk_service.py PORT. Bodies are those of pattern.py.

    GET .../bytes/N     N bytes, with Content-Length
    GET .../chunks/N    N bytes, chunked
    GET .../events/N    N server-sent events, one every 20 ms
    GET .../progress/I  how many bytes of the body of request I it has sent or read so far
    else                reads the body and says how many bytes it had and whether they were right; below .../slowly/ it
                        reads 64 KiB a second for the first two seconds
"""

import json
import socketserver
import sys
import time
from collections.abc import Iterator
from http.client import HTTPMessage, parse_headers

import pattern

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: "
EVENT = b"data: event\n\n"


class Connection(socketserver.StreamRequestHandler):
    rbufsize = 256 * 1024
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.buffer = memoryview(bytearray(pattern.PIECE))

    def handle(self) -> None:
        try:
            while line := self.rfile.readline(65536):
                method, path, _ = line.decode("latin-1").split(" ")
                fields = parse_headers(self.rfile)
                self.request_id = fields["X-Request-Id"] or ""
                answer = {"bytes": self.send_body, "chunks": self.send_body, "events": self.send_events}
                *_, kind, last = path.split("/")
                if method == "GET" and kind in answer:
                    answer[kind](int(last), kind)
                elif method == "GET" and kind == "progress":
                    self.say({"bytes": self.server.progress.get(last, 0)})
                else:
                    self.read_body(fields, slowly="/slowly/" in path)
        except OSError:
            pass  # the gateway left

    def say(self, what: dict) -> None:
        body = json.dumps(what).encode()
        self.wfile.write(HEAD + b"application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    def count(self, bytes_so_far: int) -> None:
        if self.request_id:
            self.server.progress[self.request_id] = bytes_so_far

    def send_body(self, size: int, kind: str) -> None:
        chunked = kind == "chunks"
        framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
        self.wfile.write(HEAD + b"application/octet-stream\r\n%b\r\n\r\n" % framing)
        for at in range(0, size, pattern.PIECE):
            piece = pattern.piece(at, min(pattern.PIECE, size - at))
            if chunked:
                self.wfile.write(b"%x\r\n" % len(piece))
            sent = 0
            while sent < len(piece):
                sent += self.connection.send(piece[sent:])
                self.count(at + sent)
            if chunked:
                self.wfile.write(b"\r\n")
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def send_events(self, count: int, _: str) -> None:
        self.wfile.write(HEAD + b"text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(count):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(EVENT), EVENT))
            time.sleep(0.02)
        self.wfile.write(b"0\r\n\r\n")

    def read_body(self, fields: HTTPMessage, slowly: bool) -> None:
        reader = pattern.Reader()
        slow_until = time.monotonic() + 2 if slowly else 0.0
        for piece in self.pieces(fields):
            reader.take(piece)
            self.count(reader.count)
            time.sleep(min(len(piece) / 65536, max(0.0, slow_until - time.monotonic())))
        self.say({"bytes": reader.count, "right": reader.right})

    def pieces(self, fields: HTTPMessage) -> Iterator[memoryview]:
        if fields["Transfer-Encoding"]:
            while size := int(self.rfile.readline(), 16):
                yield from self.exactly(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            yield from self.exactly(int(fields["Content-Length"] or 0))

    def exactly(self, size: int) -> Iterator[memoryview]:
        while size > 0:
            count = self.rfile.readinto1(self.buffer[: min(size, len(self.buffer))])
            if count == 0:
                raise ConnectionError("the body ended early")
            yield self.buffer[:count]
            size -= count


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512
    progress: dict[str, int] = {}


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Connection).serve_forever()
