"""Requests as bytes, for what an HTTP client would refuse to send."""

import contextlib
import http.client
import json
import socket
import threading
from dataclasses import dataclass


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> dict:
        return json.loads(self.body)


def request(line: str, *fields: str, body: bytes = b"") -> bytes:
    """A request head with Host, and the body as it stands: its length is for `fields` to say."""
    return "\r\n".join([f"{line} HTTP/1.1", "Host: gateway.test", *fields, "", ""]).encode("latin-1") + body


def exchange(port: int, data: bytes, timeout: float = 15) -> Answer:
    """Sends `data` on a new connection while it reads the answer, as the peer may answer before it took all."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        sender = threading.Thread(target=_send, args=(connection, data), daemon=True)
        sender.start()
        response = http.client.HTTPResponse(connection)
        response.begin()
        answer = Answer(response.status, response.headers, response.read())
        with contextlib.suppress(OSError):  # it may be closed already
            connection.shutdown(socket.SHUT_RDWR)  # wakes a sender that still waits
    sender.join(timeout)
    return answer


def _send(connection: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):  # refused before it was all sent: the answer says why
        connection.sendall(data)
