"""A uvicorn service that is given one request at a time: those who wait have their turns, and who leaves is gone."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from gateway import Gateway, cheap_hash, reason_of
from processes import Child, eventually, free_port
from services import ENVIRONMENT, HERE, PYTHON
from tokens import signed
from wire import request

USERS = 8
ROUTES = """
  - {path: /stream/*, upstream: gpu}
  - {path: /open/*, upstream: gpu, protected: false, strip_prefix: /open}
  - {path: /told/*, upstream: gpu, protected: false, strip_prefix: /told, queued_comments: true}
"""


@pytest.fixture
def scarce(tmp_path: Path) -> Iterator[Child]:
    command = [PYTHON, "-m", "uvicorn", "scarce_service:app", "--app-dir", HERE, "--host", "127.0.0.1"]
    port = free_port()
    service = Child([*command, "--port", str(port)], tmp_path, port, ENVIRONMENT)
    service.wait_ready()
    yield service
    service.kill()


def report_of(service: Child) -> dict:
    return httpx.get(f"http://127.0.0.1:{service.port}/report", timeout=10, trust_env=False).json()


def start_before(gateway: Gateway, service: Child, queue: str = "") -> None:
    """With users 1 to USERS."""
    gateway.configure(
        routes=ROUTES,
        upstreams={"gpu": f"{{url: 'http://127.0.0.1:{service.port}', max_requests: 1, queue: {{{queue}}}}}"},
    )
    users = [json.dumps({"email": f"user{i}@example.com", "hash": cheap_hash()}) for i in range(USERS)]
    done = gateway.cli("user", "import", stdin="\n".join(users) + "\n")
    assert done.returncode == 0, done.stderr
    gateway.start()


def waiting(gateway: Gateway) -> int:
    return gateway.metric("upstream_waiting", upstream="gpu")


@pytest.fixture
def ask(make_gateway) -> Iterator[Callable[..., Future]]:
    """Begins a request beside the test."""
    with ThreadPoolExecutor(32) as threads, httpx.Client(timeout=30, trust_env=False) as client:

        def begin(
            gateway: Gateway, path: str, user: int | None = None, body: dict | None = None, **headers: str
        ) -> Future:
            if user is not None:
                headers["Authorization"] = f"Bearer {signed(sub=str(user))}"
            return threads.submit(client.post, f"http://127.0.0.1:{gateway.port}{path}", headers=headers, json=body)

        yield begin


def events_of(answer: httpx.Response) -> list[str]:
    return [event for event in answer.text.split("\n\n") if event and not event.startswith(":")]


def test_eight_users_have_their_turns(make_gateway, scarce: Child, ask):
    gateway = make_gateway()
    start_before(gateway, scarce, "max_wait: 20s")
    begun = [ask(gateway, "/stream/100", 1)]  # 2 s
    eventually(lambda: report_of(scarce)["users"] == ["1"], 5, "the first request")
    begun += [ask(gateway, "/stream/5", 1) for _ in range(9)]
    eventually(lambda: waiting(gateway) == 9, 2, "nine requests of one user waiting")
    begun += [ask(gateway, "/stream/5", user) for user in range(2, USERS + 1)]
    eventually(lambda: waiting(gateway) == 16, 2, "all users waiting")
    answers = [one.result() for one in begun]
    assert [answer.status_code for answer in answers] == [200] * 17
    assert {len(events_of(answer)) for answer in answers[1:]} == {5}
    report = report_of(scarce)
    assert report["at_once"] == 1
    # Everybody once before anybody twice: then the one who has more.
    assert report["users"][1] == "1"
    assert sorted(report["users"][2:9]) == [str(user) for user in range(2, USERS + 1)]
    assert report["users"][9:] == ["1"] * 8
    waits = [gateway.logged(answer) for answer in answers[1:]]
    assert all(0 < line["queued_ms"] < 20_000 for line in waits)
    assert "queued_ms" not in gateway.logged(answers[0])
    assert sorted(line["queue_position"] for line in waits[:9]) == list(range(1, 10))


def test_who_withholds_bodies_keeps_nobody_waiting(make_gateway, scarce: Child, ask):
    gateway = make_gateway()
    start_before(gateway, scarce, "max_wait: 2s")
    begin = b"POST /open/stream/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"
    with ExitStack() as opened:
        withheld = []
        for _ in range(30):
            address = ("127.0.0.1", gateway.port)
            withheld.append(opened.enter_context(socket.create_connection(address, timeout=10)))
            withheld[-1].sendall(begin)
        answers = [ask(gateway, "/open/stream/5").result() for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert not any("queued_ms" in gateway.logged(answer) for answer in answers)
        withheld[0].sendall(b" rest!")
        assert withheld[0].recv(4096).startswith(b"HTTP/1.1 200 ")
        assert report_of(scarce) == {"users": ["nobody"] * 4, "at_once": 1}


def test_who_waits_too_long_is_told_within_the_bound(make_gateway, scarce: Child, ask):
    gateway = make_gateway()
    start_before(gateway, scarce, "max_wait: 1s, comment_interval: 300ms")
    first = ask(gateway, "/stream/150", 1)  # 3 s
    eventually(lambda: report_of(scarce)["users"] == ["1"], 5, "the first request")
    silent = ask(gateway, "/stream/1", 2)
    told = ask(gateway, "/told/stream/1", Accept="text/event-stream")
    answer = silent.result()
    assert (answer.status_code, reason_of(answer)) == (503, "queue_timeout")
    assert int(answer.headers["retry-after"]) >= 1
    assert 1000 <= gateway.logged(answer)["queued_ms"] < 2000
    stream = told.result()
    assert stream.status_code == 200
    assert stream.headers["content-type"] == "text/event-stream"
    assert stream.text.startswith(": queued\n\n: queued\n\n")
    last = events_of(stream)[-1]
    assert last.startswith("event: error\ndata: {")
    assert json.loads(last.split("data: ")[1])["reason"] == "queue_timeout"
    assert first.result().status_code == 200
    assert report_of(scarce) == {"users": ["1"], "at_once": 1}


def test_who_is_told_to_wait_gets_the_events_in_turn(make_gateway, scarce: Child, ask):
    gateway = make_gateway()
    start_before(gateway, scarce, "comment_interval: 200ms")
    coded = {"Accept-Encoding": "gzip, br"}
    begun = [ask(gateway, "/told/stream/30", Accept="text/event-stream", **coded) for _ in range(3)]
    asks_as_sdks_do = {"Accept": "application/json", **coded}
    begun += [ask(gateway, "/told/stream/30", body={"stream": True}, **asks_as_sdks_do) for _ in range(2)]
    answers = [one.result() for one in begun]
    assert sorted(answer.text.count(": queued\n\n") > 0 for answer in answers) == [False] + [True] * 4
    assert {tuple(events_of(answer)) for answer in answers} == {tuple(f"data: {i}" for i in range(30))}
    assert report_of(scarce) == {"users": ["nobody"] * 5, "at_once": 1}


def test_two_hundred_who_wait_and_leave_are_gone(make_gateway, scarce: Child, ask):
    gateway = make_gateway()
    start_before(gateway, scarce, "most: 300, most_per_user: 300")
    first = ask(gateway, "/stream/250", 1)  # 5 s
    eventually(lambda: report_of(scarce)["users"] == ["1"], 5, "the first request")
    clients = [socket.create_connection(("127.0.0.1", gateway.port), timeout=10) for _ in range(200)]
    for client in clients:
        client.sendall(request("POST /open/stream/1", "Content-Length: 0"))
    eventually(lambda: waiting(gateway) == 200, 5, "200 waiting")
    for client in clients:
        client.close()
    eventually(lambda: waiting(gateway) == 0, 3, "nobody waiting")
    lines = eventually(lambda: [line for line in gateway.access_lines() if line["path"] == "/open/stream/1"][199:], 3)
    assert len(lines) == 1
    gone = [line for line in gateway.access_lines() if line["path"] == "/open/stream/1"]
    assert {(line["status"], line["ending"]) for line in gone} == {(499, "client_gone")}
    assert sorted(line["queue_position"] for line in gone) == list(range(1, 201))
    assert first.result().status_code == 200
    answer = ask(gateway, "/stream/1", 2).result()
    assert answer.status_code == 200
    assert "queued_ms" not in gateway.logged(answer)
    assert report_of(scarce) == {"users": ["1", "2"], "at_once": 1}


def test_a_user_who_is_disabled_does_not_wait_on(make_gateway, scarce: Child, ask):
    gateway = make_gateway()
    start_before(gateway, scarce)
    first = ask(gateway, "/stream/150", 1)  # 3 s
    eventually(lambda: report_of(scarce)["users"] == ["1"], 5, "the first request")
    doomed = ask(gateway, "/stream/1", 2)
    eventually(lambda: waiting(gateway) == 1, 2, "the second user waiting")
    gateway.user("disable", "user1@example.com")  # the second of them
    answer = doomed.result()
    assert (answer.status_code, reason_of(answer)) == (401, "bad_token")
    assert gateway.logged(answer)["ending"] == "revoked"
    assert waiting(gateway) == 0
    assert first.result().status_code == 200
    assert report_of(scarce)["users"] == ["1"]
