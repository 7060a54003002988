"""Three servers behind one upstream: one is killed and one stands still under load, and nobody notices who need not."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from conftest import UVICORN
from gateway import Gateway, reason_of
from processes import Child, eventually, free_port

ROUTES = """
  - {path: /, methods: [GET], upstream: many, protected: false, timeouts: {first_byte: 2s}}
  - {path: /generate, methods: [POST], upstream: many, protected: false, timeouts: {first_byte: 2s}}
  - {path: /v1/*, upstream: many, protected: false, timeouts: {first_byte: 2s}}
"""
MANY = """
    servers: [{servers}]
    ejection: {{failures: 2, first: 1s, longest: 2s}}
    health: {{path: {path}, interval: 300ms, timeout: 500ms, unhealthy_after: 2, healthy_after: 2}}"""
SECONDS_STOPPED = 5


def service(folder: Path, port: int) -> Child:
    folder.mkdir(exist_ok=True)
    environment = dict(os.environ) | {"PYTHONDONTWRITEBYTECODE": "1"}
    return Child([*UVICORN, "--port", str(port)], folder, port, environment)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Child]]:
    servers = [service(tmp_path / f"server{i}", free_port()) for i in range(3)]
    for server in servers:
        server.wait_ready()
    yield servers
    for server in servers:
        server.kill()


def start_before(gateway: Gateway, servers: list[Child], path: str) -> None:
    urls = ", ".join(f'"http://127.0.0.1:{server.port}"' for server in servers)
    gateway.configure(routes=ROUTES, upstreams={"many": MANY.format(servers=urls, path=path)})
    gateway.start()


class Load(threading.Thread):
    """Asks again and again, each time on a new connection or an old one as it comes."""

    def __init__(self, gateway: Gateway, method: str, path: str, **more):
        super().__init__(daemon=True)
        self.request = (method, f"http://127.0.0.1:{gateway.port}{path}")
        self.more = more
        self.done = threading.Event()
        self.answers: list[httpx.Response] = []
        self.cuts: list[str] = []  # what was said of answers that came to no whole
        self.start()

    def run(self) -> None:
        with httpx.Client(timeout=20, trust_env=False) as client:
            while not self.done.is_set():
                try:
                    self.answers.append(client.request(*self.request, **self.more))
                except httpx.HTTPError as error:
                    self.cuts.append(str(error))

    def end(self) -> list[httpx.Response]:
        self.done.set()
        self.join(30)
        assert not self.is_alive()
        return self.answers


# With the prober, and by what becomes of the requests alone.
@pytest.mark.parametrize("path", ["/v1/models", "none"])
def test_only_what_cannot_be_repeated_fails(make_gateway, three: list[Child], path: str):
    gateway = make_gateway()
    start_before(gateway, three, path)
    idempotent = [Load(gateway, "GET", "/") for _ in range(3)] + [Load(gateway, "GET", "/v1/models")]
    others = [Load(gateway, "POST", "/generate", json={"prompt": "hello", "max_tokens": 4}) for _ in range(3)]
    time.sleep(1)
    three[0].kill()
    time.sleep(1)
    three[1].process.send_signal(signal.SIGSTOP)
    time.sleep(SECONDS_STOPPED)
    three[1].process.send_signal(signal.SIGCONT)
    time.sleep(2)
    answers = [answer for load in idempotent for answer in load.end()]
    assert len(answers) > 50
    assert {answer.status_code for answer in answers} == {200}
    posts = [answer for load in others for answer in load.end()]
    failed = [answer for answer in posts if answer.status_code != 200]
    assert len(failed) < len(posts) / 2
    for answer in failed:
        assert reason_of(answer) in ("upstream_failed", "upstream_timeout"), answer.text
        line = gateway.logged(answer)
        assert line["method"] == "POST"
        assert line["server"] in [f"127.0.0.1:{server.port}" for server in three[:2]]
    # Half an answer of the server that was killed cannot be repeated either; nothing else is ever cut.
    cuts = [cut for load in idempotent + others for cut in load.cuts]
    assert all("without sending complete message body" in cut for cut in cuts), cuts
    half = [line for line in gateway.access_lines() if line["status"] == 200 and line["ending"] != "complete"]
    assert len(half) == len(cuts)
    assert {line["server"] for line in half} <= {f"127.0.0.1:{three[0].port}"}


def test_a_server_that_is_killed_and_comes_back_is_noticed(make_gateway, three: list[Child], tmp_path: Path):
    gateway = make_gateway()
    start_before(gateway, three, "/v1/models")

    def well(number: int) -> bool:
        return gateway.metric("upstream_healthy", upstream="many", server=f"127.0.0.1:{three[number].port}") == 1

    assert all(well(number) for number in range(3))
    three[0].kill()
    eventually(lambda: not well(0), 5, "the killed server being down")
    assert [gateway.get("/").status_code for _ in range(6)] == [200] * 6
    three[0] = service(tmp_path / "again", three[0].port)
    eventually(lambda: well(0), 20, "the server being up again")


def test_without_a_healthy_server_the_answer_is_503_at_once(make_gateway, three: list[Child]):
    gateway = make_gateway()
    start_before(gateway, three, "/v1/models")
    for server in three:
        server.process.send_signal(signal.SIGSTOP)
    eventually(lambda: gateway.get("/").status_code == 503, 15, "503")
    began = time.monotonic()
    answer = gateway.get("/")
    assert time.monotonic() - began < 0.5
    assert answer.status_code == 503
    assert reason_of(answer) == "no_healthy_upstream"
    assert int(answer.headers["retry-after"]) >= 1
    for server in three:
        server.process.send_signal(signal.SIGCONT)
    eventually(lambda: gateway.get("/").status_code == 200, 10, "200 again")
