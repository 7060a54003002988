"""TLS at the front, spoken by other people's clients: curl, the openssl command, Python's ssl and httpx."""

import json
import signal
import socket
import ssl
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from gateway import FOUNDER, PASSWORD, Gateway
from origin import Origin
from processes import eventually
from secure import NAME, Secure, make_certificate


def test_curl_logs_in_and_calls_the_service(secure: Secure, origin: Origin):
    login = secure.curl("/login", "-d", f"username={FOUNDER}", "-d", f"password={PASSWORD}")
    token = f"Authorization: Bearer {json.loads(login)['access_token']}"
    assert json.loads(secure.curl("/me", "-H", token))["email"] == FOUNDER
    assert json.loads(secure.curl("/origin/x", "-H", token)) == {"origin": True}
    assert origin.requests[0].fields("X-Forwarded-Proto") == ["https"]
    assert origin.requests[0].fields("Forwarded")[0].endswith(";proto=https")
    assert origin.requests[0].fields("X-User-Id") == ["1"]


def test_a_client_of_python_is_served_and_streamed_to(secure: Secure, origin: Origin):
    answer = secure.client.post("/login", data={"username": FOUNDER, "password": PASSWORD})
    token = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    came = []
    asked = {"prompt": "hello", "max_tokens": 10}
    with secure.client.stream("POST", "/generate/stream", headers=token, json=asked) as stream:
        for line in stream.iter_lines():
            if line.strip():
                came.append((time.monotonic(), line.strip()))
    assert came[-1][1] == "data: [DONE]"
    gaps = [later - earlier for (earlier, _), (later, _) in zip(came, came[1:-1])]
    assert statistics.median(gaps) > 0.02, gaps
    body = bytes(range(256)) * 4096
    assert secure.client.post("/open/big", content=body).status_code == 200
    assert origin.requests[-1].body == body


def test_a_client_that_leaves_a_stream_cancels_it(secure: Secure, origin: Origin):
    with secure.client.stream("GET", "/open/endless") as stream:
        next(stream.iter_lines())
    eventually(lambda: origin.requests[0].left.is_set(), 5, "the service being left")


def test_what_is_spoken_and_what_is_not(secure: Secure):
    assert "TLSv1.3" in secure.s_client("-tls1_3", "-brief")
    modern = secure.s_client("-tls1_2")
    assert "Cipher is ECDHE-" in modern and "Verify return code: 0 (ok)" in modern
    assert "Compression: NONE" in modern
    assert "Cipher is (NONE)" in secure.s_client("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    assert "Cipher is (NONE)" in secure.s_client("-tls1_2", "-cipher", "AES128-SHA")
    assert "ALPN protocol: http/1.1" in secure.s_client("-alpn", "h2,http/1.1")
    assert secure.handshakes("old_version") == 1
    assert secure.handshakes("nothing_in_common") == 1


def test_sessions_are_resumed_with_tickets(secure: Secure, tmp_path: Path):
    assert secure.s_client("-tls1_2", "-reconnect").count("Reused, TLSv1.2") == 5
    assert secure.handshakes("resumed") == 5
    ask = f"GET /open/x HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n"
    ticket = tmp_path / "session"
    secure.s_client("-tls1_3", "-ign_eof", "-sess_out", ticket, stdin=ask)
    again = secure.s_client("-tls1_3", "-ign_eof", "-sess_in", ticket, stdin=ask)
    assert "Reused, TLSv1.3" in again
    assert '{"origin":true}' in again


def test_an_end_is_clean_and_a_cut_is_not(secure: Secure):
    context = ssl.create_default_context(cafile=str(secure.certificate))
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF if hasattr(ssl, "OP_IGNORE_UNEXPECTED_EOF") else ~0
    for path, clean in (("/open/x", True), ("/open/cut", False)):
        connection = socket.create_connection(("127.0.0.1", secure.port), timeout=10)
        with context.wrap_socket(connection, server_hostname=NAME, suppress_ragged_eofs=False) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
            ended = False
            try:
                while client.recv(65536):
                    pass
                ended = True
            except (ssl.SSLError, ConnectionError):
                pass
            assert ended == clean, path


def test_plain_http_on_the_port_of_tls_is_told_so(secure: Secure):
    answer = httpx.get(f"http://127.0.0.1:{secure.port}/", timeout=10, trust_env=False)
    assert answer.status_code == 400
    assert "HTTPS" in answer.text
    assert secure.gateway.access_lines() == []


def test_a_certificate_that_cannot_be_used_ends_the_start_with_one_line(make_gateway: Callable[[], Gateway]):
    gateway = make_gateway()
    secure = Secure(gateway)
    key = secure.certificate.with_suffix(".key")
    good = key.read_text()
    make_certificate(gateway.folder, "other.test")
    for text, said in (
        (None, "cannot be read: No such file"),
        ("nothing", "holds no private key"),
        ((gateway.folder / "other.test.key").read_text(), "does not fit the certificate"),
    ):
        key.unlink()
        if text is not None:
            key.write_text(text)
        errors = gateway.fails_to_start()
        assert said in errors and str(key) in errors
        assert len(errors.splitlines()) == 1
        assert errors.startswith(f"{gateway.configuration}:2:")
        assert gateway.cli("check").stderr == errors
        key.write_text(good)
    assert gateway.cli("check").returncode == 0


def test_a_reload_with_a_bad_certificate_keeps_the_old_one_and_says_so(secure: Secure):
    good = secure.certificate.read_text()
    secure.certificate.write_text("nothing")
    secure.gateway.child.process.send_signal(signal.SIGHUP)
    eventually(lambda: "holds no certificate" in secure.gateway.child.errors(), 10, "the error in the log")
    secure.certificate.write_text(good)
    assert secure.client.get("/").status_code == 200
