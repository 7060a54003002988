"""nginx as the service behind: the wire as another hand writes it. curl is the client where its habits matter."""

import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway import Gateway, reason_of
from nginx import MIB, Nginx
from processes import eventually, unread_bytes
from wire import Answer, exchange, request

ROUTES = """
  - {path: /*, upstream: nginx, protected: false, body_limit: 64MiB}
  - {path: /private/*, upstream: nginx, strip_prefix: /private}
"""


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path_factory.mktemp("nginx"))
    yield nginx
    nginx.child.stop()


@pytest.fixture(scope="module")
def gateway(built: None, tmp_path_factory: pytest.TempPathFactory, nginx: Nginx) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("gateway"))
    gateway.configure(routes=ROUTES, upstreams={"nginx": nginx.port})
    gateway.add_user()
    try:
        yield gateway.start()
    finally:
        gateway.stop()


def seen_through(gateway: Gateway, nginx: Nginx, answer: httpx.Response) -> tuple[dict, dict]:
    """The gateway's line and nginx's of one answer, which must agree."""
    ours = gateway.logged(answer)
    theirs = nginx.heard_once(answer.headers["x-request-id"])
    assert ours["status"] == theirs["status"] == answer.status_code
    assert ours["ending"] == "complete"
    assert ours["upstream"] == "nginx"
    return ours, theirs


def test_a_file_comes_whole_and_the_next_request_goes_over_the_same_connection(gateway: Gateway, nginx: Nginx):
    connections = []
    for _ in range(3):
        answer = gateway.get("/file")
        assert answer.status_code == 200
        assert answer.content == nginx.file
        assert answer.headers["content-length"] == str(MIB)
        assert answer.headers["server"].startswith("nginx")
        ours, theirs = seen_through(gateway, nginx, answer)
        assert theirs["line"] == "GET /file HTTP/1.1"
        assert ours["bytes_sent"] == MIB
        connections.append(theirs["connection"])
    assert len(set(connections)) == 1


def test_a_chunked_answer_comes_whole(gateway: Gateway, nginx: Nginx):
    answer = gateway.get("/chunked/file")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.headers
    assert answer.content == nginx.file
    ours, _ = seen_through(gateway, nginx, answer)
    assert ours["bytes_sent"] == MIB


def test_a_part_of_a_file_is_206_and_that_part(gateway: Gateway, nginx: Nginx):
    answer = gateway.get("/file", headers={"Range": "bytes=1000-1999"})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes 1000-1999/{MIB}"
    assert answer.content == nginx.file[1000:2000]
    ours, _ = seen_through(gateway, nginx, answer)
    assert ours["bytes_sent"] == 1000


def test_several_parts_of_a_file_come_as_multipart(gateway: Gateway, nginx: Nginx):
    answer = gateway.get("/file", headers={"Range": "bytes=0-9,-10"})
    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges")
    assert nginx.file[:10] in answer.content and nginx.file[-10:] in answer.content


def test_a_file_that_has_not_changed_is_304_without_a_body(gateway: Gateway, nginx: Nginx):
    tag = gateway.get("/file").headers["etag"]
    for _ in range(2):  # the second over the same connection
        answer = gateway.get("/file", headers={"If-None-Match": tag})
        assert answer.status_code == 304
        assert answer.headers["etag"] == tag
        assert answer.content == b""
        ours, _ = seen_through(gateway, nginx, answer)
        assert ours["bytes_sent"] == 0
    assert gateway.get("/file", headers={"If-None-Match": '"another"'}).content == nginx.file


def test_head_says_the_length_of_the_file_and_sends_none_of_it(gateway: Gateway, nginx: Nginx):
    answer = gateway.ask("HEAD", "/file")
    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(MIB)
    assert answer.content == b""
    ours, theirs = seen_through(gateway, nginx, answer)
    assert theirs["line"] == "HEAD /file HTTP/1.1"
    assert ours["bytes_sent"] == 0
    assert gateway.get("/said").text == "said"


def test_204_and_404_of_the_service_pass_as_they_are(gateway: Gateway, nginx: Nginx):
    empty = gateway.get("/empty")
    assert empty.status_code == 204
    assert empty.content == b""
    assert "content-length" not in empty.headers and "transfer-encoding" not in empty.headers
    missing = gateway.get("/missing")
    assert missing.status_code == 404
    assert "nginx" in missing.text
    for answer in (empty, missing):
        seen_through(gateway, nginx, answer)


def test_a_protected_file_needs_a_token_and_nginx_hears_the_user(gateway: Gateway, token: str, nginx: Nginx):
    refused = gateway.get("/private/file")
    assert refused.status_code == 401
    answer = gateway.get("/private/file", token, headers={"X-User-Id": "99"})
    assert answer.content == nginx.file
    _, theirs = seen_through(gateway, nginx, answer)
    assert (theirs["line"], theirs["user"]) == ("GET /file HTTP/1.1", "1")
    assert nginx.heard(refused.headers["x-request-id"]) == []


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_upload_arrives_whole(gateway: Gateway, nginx: Nginx, framing: str):
    body = os.urandom(5 * MIB)
    content = body if framing == "length" else iter([body[at : at + 70_000] for at in range(0, len(body), 70_000)])
    answer = gateway.ask("PUT", f"/uploads/{framing}", content=content)
    assert answer.status_code == 201
    assert (nginx.folder / "files/uploads" / framing).read_bytes() == body
    ours, theirs = seen_through(gateway, nginx, answer)
    assert ours["bytes_received"] == len(body)
    assert theirs["received"] > len(body)
    assert gateway.get(f"/uploads/{framing}").content == body
    assert gateway.ask("DELETE", f"/uploads/{framing}").status_code == 204
    assert gateway.get(f"/uploads/{framing}").status_code == 404


def early_answer(port: int, data: bytes) -> Answer | None:
    """The answer to a request that is refused while it is sent; None when the connection ended instead, for whoever
    goes on sending may lose the answer. To wait in vain is a failure."""
    try:
        return exchange(port, data, timeout=10)
    except (ConnectionError, http.client.HTTPException):
        return None


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("path", ["/small/x", "/abrupt/x"])
def test_an_upload_that_nginx_refuses_on_its_way_does_not_hang(
    gateway: Gateway, nginx: Nginx, framing: str, path: str
):
    """Below /small/ nginx reads on and throws away; below /abrupt/ it closes, which may destroy its own answer."""
    size = 20 * MIB
    chunk = b"100000\r\n" + bytes(MIB) + b"\r\n"
    body = bytes(size) if framing == "length" else chunk * 20 + b"0\r\n\r\n"
    said = f"Content-Length: {size}" if framing == "length" else "Transfer-Encoding: chunked"
    allowed = {413} if path == "/small/x" else {413, 502}
    answers = []
    for number in range(10):
        request_id = f"refused-{framing}-{path[1:-2]}-{number}"
        began = time.monotonic()
        answer = early_answer(gateway.port, request(f"PUT {path}", said, f"X-Request-Id: {request_id}", body=body))
        assert time.monotonic() - began < 5
        line = gateway.logged_as(request_id)
        assert line["status"] in allowed
        assert line["bytes_received"] <= size
        assert answer is None or answer.status == line["status"]
        answers.append(answer)
        assert nginx.heard_once(request_id)["status"] == 413
    assert any(answers), "not one of ten clients got the answer"
    assert not (nginx.folder / "files" / path[1:]).exists()
    assert gateway.get("/said").text == "said"


def curl(gateway: Gateway, path: str, options: str) -> tuple[list[str], str]:
    """What `-w` said, as words, and what `-v` told."""
    url = f"http://127.0.0.1:{gateway.port}{path}"
    command = ["curl", "-sS", "-v", "--noproxy", "*", "--max-time", "20", *options.split(), url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.split(","), done.stderr


def test_curl_waits_for_100_continue_before_it_uploads_and_gets_it(gateway: Gateway, nginx: Nginx, tmp_path: Path):
    body = os.urandom(2 * MIB)
    (tmp_path / "body").write_bytes(body)
    expecting = f"-T {tmp_path}/body -H X-Request-Id:expected-1 -H Expect:100-continue --expect100-timeout 15"
    words, told = curl(gateway, "/uploads/expected", f"{expecting} -w %{{http_code}},%{{time_total}}")
    assert words[0] == "201"
    assert float(words[1]) < 10, "it did not get 100 Continue, but went on without"
    assert "< HTTP/1.1 100 Continue" in told
    assert (nginx.folder / "files/uploads/expected").read_bytes() == body
    assert gateway.logged_as("expected-1")["bytes_received"] == len(body)
    assert nginx.heard_once("expected-1")["status"] == 201


def test_curl_sends_no_body_when_it_hears_413_instead_of_100_continue(gateway: Gateway, nginx: Nginx, tmp_path: Path):
    (tmp_path / "body").write_bytes(bytes(2 * MIB))
    expecting = f"-T {tmp_path}/body -H X-Request-Id:expected-2 -H Expect:100-continue --expect100-timeout 15"
    words, told = curl(gateway, "/small/expected", f"{expecting} -o {tmp_path}/got -w %{{http_code}},%{{size_upload}}")
    assert words == ["413", "0"]
    assert "100 Continue" not in told
    line = gateway.logged_as("expected-2")
    assert (line["status"], line["bytes_received"]) == (413, 0)
    assert nginx.heard_once("expected-2")["status"] == 413


@pytest.mark.parametrize("path", ["/file", "/chunked/file", "/missing"])
def test_a_client_of_http_1_0_gets_an_answer_that_is_not_chunked(
    gateway: Gateway, nginx: Nginx, tmp_path: Path, path: str
):
    request_id = "old" + path.replace("/", "-")
    options = f"-0 -o {tmp_path}/got -H X-Request-Id:{request_id} -w %{{http_code}}"
    words, told = curl(gateway, path, options)
    assert words == ["404" if path == "/missing" else "200"]
    assert "transfer-encoding" not in told.lower()
    got = (tmp_path / "got").read_bytes()
    assert b"nginx" in got if path == "/missing" else got == nginx.file
    line = gateway.logged_as(request_id)
    assert (line["status"], line["ending"]) == (int(words[0]), "complete")
    assert line["bytes_sent"] == len(got)
    assert nginx.heard_once(request_id)["line"] == f"GET {path} HTTP/1.1"


def test_requests_after_nginx_closed_the_idle_connections_do_not_fail(gateway: Gateway, nginx: Nginx):
    """Its keepalive_timeout is 1 s."""
    for pause in (1.5, 1.5):
        for number in range(4):
            answer = gateway.ask("PUT", "/uploads/later", content=f"{pause} {number}".encode())
            assert answer.status_code in (201, 204)
            assert gateway.get("/uploads/later").text == f"{pause} {number}"
        time.sleep(pause)
    answer = gateway.ask("PUT", "/uploads/later", content=b"the last")
    assert answer.status_code == 204
    seen_through(gateway, nginx, answer)


@pytest.mark.parametrize("method, status", [("GET", 200), ("POST", 502)])
def test_what_a_dying_nginx_did_not_answer_is_sent_again_unless_it_could_be_done_twice(
    gateway: Gateway, nginx: Nginx, method: str, status: int
):
    request_id = f"dying-{method}"
    client = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    client.request("GET", "/said")
    assert client.getresponse().read() == b"said"
    worker = nginx.worker()
    try:
        os.kill(worker, signal.SIGSTOP)
        client.request(method, "/said", headers={"X-Request-Id": request_id})
        eventually(lambda: unread_bytes(nginx.port) > 0, 5, "the request lying there unread")
    finally:
        os.kill(worker, signal.SIGKILL)
    answer = client.getresponse()
    body = answer.read()
    client.close()
    assert answer.status == status
    line = gateway.logged_as(request_id)
    if method == "GET":
        assert body == b"said"
        assert line["ending"] == "complete"
        assert nginx.heard_once(request_id)["status"] == 200
    else:
        assert json.loads(body)["reason"] == "upstream_failed"
        assert (line["status"], line["ending"]) == (502, "upstream_failed")
        assert gateway.get("/said").text == "said"
        assert nginx.heard(request_id) == []


def test_a_restart_of_nginx_costs_only_the_requests_while_it_is_down(gateway: Gateway, nginx: Nginx):
    for _ in range(8):
        assert gateway.get("/said").text == "said"
    assert nginx.child.stop() == 0
    down = gateway.get("/said")
    assert down.status_code == 502
    assert reason_of(down) == "upstream_refused"
    line = gateway.logged(down)
    assert (line["reason"], line["ending"]) == ("upstream_refused", "upstream_failed")
    nginx.start()
    for number in range(8):
        answer = gateway.ask("PUT", "/uploads/again", content=b"x" * number)
        assert answer.status_code in (201, 204)
        seen_through(gateway, nginx, answer)

    nginx.child.stop()
    nginx.start()  # between two requests: nobody notices
    answer = gateway.ask("PUT", "/uploads/again", content=b"after the restart")
    assert answer.status_code == 204
    seen_through(gateway, nginx, answer)
