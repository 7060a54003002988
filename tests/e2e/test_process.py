"""Signals: reload on SIGHUP, drain on SIGTERM."""

import json
import signal
import threading
import time

import httpx
import pytest

from gateway import ROUTES, Gateway
from origin import Origin
from processes import accepts, eventually


def test_a_changed_route_takes_effect_on_sighup(own_gateway: Gateway):
    token = own_gateway.log_in()
    assert own_gateway.post("/generate?prompt=x").status_code == 401
    own_gateway.configure(routes=ROUTES + "  - {path: /more, upstream: origin, protected: false}\n")
    own_gateway.child.process.send_signal(signal.SIGHUP)
    eventually(lambda: own_gateway.get("/more").status_code == 200, 5, "the new route")
    assert own_gateway.post("/generate?prompt=x").status_code == 401
    assert own_gateway.get("/me", token).status_code == 200


def test_a_bad_file_changes_nothing_on_sighup_and_is_reported(own_gateway: Gateway):
    token = own_gateway.log_in()
    own_gateway.configure(routes="\n  - {path: /, upstream: nobody}\n")
    own_gateway.child.process.send_signal(signal.SIGHUP)
    eventually(lambda: "tollgate.yaml:" in own_gateway.child.errors(), 5, "the error in the log")
    assert own_gateway.get("/").status_code == 200
    assert own_gateway.post("/generate?prompt=x", token).status_code == 200
    assert own_gateway.post("/generate?prompt=x").status_code == 401

    own_gateway.configure(routes=ROUTES + "  - {path: /more, upstream: origin, protected: false}\n")
    own_gateway.child.process.send_signal(signal.SIGHUP)
    eventually(lambda: own_gateway.get("/more").status_code == 200, 5, "the route of the corrected file")


class Stream(threading.Thread):
    """A stream of the AI service that is read to its end, elsewhere."""

    def __init__(self, gateway: Gateway, token: str, tokens: int):
        super().__init__(daemon=True)
        self.url = f"http://127.0.0.1:{gateway.port}/generate/stream"
        self.asked = {"prompt": "hello", "max_tokens": tokens}
        self.more = {"headers": {"Authorization": f"Bearer {token}"}, "timeout": 20, "trust_env": False}
        self.began = threading.Event()
        self.lines: list[str] = []
        self.error: Exception | None = None
        self.start()
        assert self.began.wait(10)

    def run(self) -> None:
        try:
            with httpx.stream("POST", self.url, json=self.asked, **self.more) as answer:
                for line in answer.iter_lines():
                    if line.strip():
                        self.lines.append(line.strip())
                        self.began.set()
        except httpx.HTTPError as error:
            self.error = error
        self.began.set()


def test_a_reload_does_not_cut_a_stream(own_gateway: Gateway):
    stream = Stream(own_gateway, own_gateway.log_in(), tokens=24)
    own_gateway.configure(routes="\n  - {path: /more, upstream: origin, protected: false}\n")
    own_gateway.child.process.send_signal(signal.SIGHUP)
    eventually(lambda: own_gateway.get("/more").status_code == 200, 5, "the new route")
    assert own_gateway.get("/").status_code == 404
    stream.join(15)
    assert stream.error is None
    assert stream.lines[-1] == "data: [DONE]"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stream_in_flight_is_completed_and_new_connections_are_refused(own_gateway: Gateway, number: int):
    stream = Stream(own_gateway, own_gateway.log_in(), tokens=40)
    process = own_gateway.child.process
    process.send_signal(number)
    eventually(lambda: not accepts(own_gateway.port), 1, "refusing new connections")
    assert process.poll() is None, "it ended before the stream did"
    stream.join(15)
    assert stream.error is None
    assert stream.lines[-1] == "data: [DONE]"
    assert json.loads(stream.lines[0].removeprefix("data: "))["user"] == "1"
    assert process.wait(5) == 0
    (line,) = [line for line in own_gateway.access_lines() if line["path"] == "/generate/stream"]
    assert line["ending"] == "complete"


def test_an_idle_gateway_ends_at_once(own_gateway: Gateway):
    assert own_gateway.get("/").status_code == 200  # leaves an idle keep-alive connection behind
    began = time.monotonic()
    assert own_gateway.child.stop() == 0
    assert time.monotonic() - began < 2


def test_what_outlives_the_drain_is_cut_and_the_exit_code_is_still_0(own_gateway: Gateway, origin: Origin):
    own_gateway.configure(more="drain: {timeout: 500ms}\n")
    own_gateway.child.stop()
    own_gateway.start()
    token = own_gateway.log_in()
    with own_gateway.http.stream("GET", "/origin/endless", headers={"Authorization": f"Bearer {token}"}) as answer:
        chunks = answer.iter_raw()
        next(chunks)
        assert own_gateway.child.stop(within=5) == 0
        with pytest.raises(httpx.HTTPError):
            list(chunks)
    (line,) = [line for line in own_gateway.access_lines() if line["path"] == "/origin/endless"]
    assert line["ending"] == "drained"


def test_a_second_signal_ends_at_once(own_gateway: Gateway):
    stream = Stream(own_gateway, own_gateway.log_in(), tokens=400)
    process = own_gateway.child.process
    process.send_signal(signal.SIGTERM)
    eventually(lambda: not accepts(own_gateway.port), 2, "refusing new connections")
    process.send_signal(signal.SIGTERM)
    process.wait(2)
    stream.join(5)
    assert stream.lines[-1] != "data: [DONE]"


def test_readyz_says_that_it_drains(own_gateway: Gateway):
    assert own_gateway.operations("/readyz").status_code == 200
    stream = Stream(own_gateway, own_gateway.log_in(), tokens=40)
    own_gateway.child.process.send_signal(signal.SIGTERM)
    eventually(lambda: own_gateway.operations("/readyz").status_code == 503, 1, "503 from /readyz")
    stream.join(15)
    assert stream.lines[-1] == "data: [DONE]"
    assert own_gateway.child.process.wait(5) == 0
