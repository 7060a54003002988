"""What happens when there are more connections than the gateway takes, or than the system gives it."""

import http.client
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from gateway import Gateway
from origin import Origin
from processes import eventually
from wire import Answer, request

MORE = "limits: {{connections: {total}, connections_per_client: {each}}}\n"
OPEN_FILES = 64


class Caller:
    """A connection that stays open, from an address of its own if need be: all of 127.0.0.0/8 is this machine."""

    def __init__(self, port: int, address: str = "127.0.0.1"):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(address, 0))

    def ask(self, line: str = "GET /open/x", *fields: str) -> Answer:
        self.connection.sendall(request(line, *fields))
        response = http.client.HTTPResponse(self.connection, method=line.split(" ")[0])
        response.begin()
        answer = Answer(response.status, response.headers, response.read())
        response.close()
        return answer

    def is_closed(self, within: float = 5) -> bool:
        """Whether the gateway closed it, without a word."""
        self.connection.settimeout(within)
        try:
            return self.connection.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.connection.close()


@pytest.fixture
def call() -> Iterator[Callable[..., Caller]]:
    """Opens connections; those that are left are closed after the test."""
    with ExitStack() as opened:

        def make(gateway: Gateway, address: str = "127.0.0.1") -> Caller:
            caller = Caller(gateway.port, address)
            opened.callback(caller.close)
            return caller

        yield make


def limited(make_gateway, total: int, each: int) -> Gateway:
    gateway = make_gateway()
    gateway.configure(more=MORE.format(total=total, each=each))
    gateway.start()
    no_connection_is_open(gateway)  # the last probe of whether it is up
    return gateway


def no_connection_is_open(gateway: Gateway) -> None:
    eventually(lambda: gateway.metric("connections") == 0, 5, "no connection being open")


def test_connections_over_the_limit_are_closed_and_places_are_given_back(
    make_gateway, call: Callable[..., Caller], origin: Origin
):
    gateway = limited(make_gateway, total=20, each=1000)
    callers = [call(gateway, f"127.0.0.{2 + number % 7}") for number in range(20)]
    assert [caller.ask().status for caller in callers] == [200] * 20
    excess = [call(gateway, f"127.0.0.{2 + number % 7}") for number in range(5)]
    assert all(caller.is_closed() for caller in excess)
    assert gateway.metric("connections") == 20
    assert gateway.metric("connections_refused_total", limit="connections") == 5
    assert gateway.metric("connections_refused_total", limit="connections_per_client") == 0
    assert [caller.ask().status for caller in callers] == [200] * 20

    for caller in callers[:5]:
        caller.close()
    eventually(lambda: gateway.metric("connections") == 15, 5, "five places being free")
    assert [call(gateway).ask().status for _ in range(5)] == [200] * 5
    assert call(gateway).is_closed()
    assert len(origin.requests) == 45
    eventually(lambda: len(gateway.access_lines()) >= 45, 5, "the access lines of all that were served")
    assert len(gateway.access_lines()) == 45


def test_one_client_cannot_take_the_places_of_the_others(make_gateway, call: Callable[..., Caller], origin: Origin):
    gateway = limited(make_gateway, total=20, each=8)
    greedy = [call(gateway, "127.0.0.2") for _ in range(8)]
    assert [caller.ask().status for caller in greedy] == [200] * 8
    assert all(call(gateway, "127.0.0.2").is_closed() for _ in range(20))
    assert gateway.metric("connections_refused_total", limit="connections_per_client") == 20
    assert gateway.metric("connections_refused_total", limit="connections") == 0
    others = [call(gateway, f"127.0.0.{3 + number}") for number in range(8)]
    answers = [caller.ask() for caller in others]
    assert [answer.status for answer in answers] == [200] * 8
    assert [gateway.logged_as(answer.headers["X-Request-Id"])["client"] for answer in answers] == [
        f"127.0.0.{3 + number}" for number in range(8)
    ]

    greedy.pop().close()
    eventually(lambda: gateway.metric("connections") == 15, 5, "a place being free")
    assert call(gateway, "127.0.0.2").ask().status == 200
    assert call(gateway, "127.0.0.2").is_closed()
    assert len(origin.requests) == 17


def test_a_reload_changes_the_limit_and_closes_nothing(make_gateway, call: Callable[..., Caller], origin: Origin):
    gateway = limited(make_gateway, total=20, each=1000)
    callers = [call(gateway) for _ in range(20)]
    assert [caller.ask().status for caller in callers] == [200] * 20
    for total, admitted in ((25, True), (5, False)):
        gateway.configure(more=MORE.format(total=total, each=1000))
        done = gateway.child.errors().count("reload: done")
        gateway.child.process.send_signal(signal.SIGHUP)
        eventually(lambda: gateway.child.errors().count("reload: done") > done, 5, "the reload")
        if admitted:
            callers.append(call(gateway))
        else:
            assert call(gateway).is_closed()
        assert [caller.ask().status for caller in callers] == [200] * 21


def test_without_descriptors_accepting_pauses_and_goes_on_when_there_are_some_again(
    make_gateway, call: Callable[..., Caller], origin: Origin
):
    gateway = make_gateway()
    gateway.add_user()
    gateway.start("prlimit", f"--nofile={OPEN_FILES}:{OPEN_FILES}")
    credentials = f"Authorization: Bearer {gateway.log_in()}"
    gateway.http.close()
    old = call(gateway)
    assert old.ask("GET /me", credentials).status == 200
    before = gateway.child.descriptors()

    callers = [call(gateway) for _ in range(200)]
    eventually(lambda: "accepting pauses: Too many open files" in gateway.child.errors(), 5, "the pause in the log")
    eventually(lambda: gateway.child.descriptors() == OPEN_FILES, 5, "all descriptors being used")
    time.sleep(0.5)
    assert gateway.child.errors().count("accepting pauses") <= 2 * os.cpu_count(), "it says so again and again"

    # Who is in is served as far as that needs no descriptor, and a user that is disabled is out.
    assert old.ask("GET /me", credentials).status == 200
    lacking = old.ask("GET /open/x")
    assert lacking.status == 503
    assert lacking.json()["reason"] == "too_many_connections"
    assert gateway.logged_as(lacking.headers["X-Request-Id"])["reason"] == "too_many_connections"
    assert origin.requests == []
    gateway.user("disable")
    eventually(lambda: old.ask("GET /me", credentials).status == 401, 3, "the disabled user being out")

    for caller in callers:
        caller.close()
    eventually(lambda: "accepting connections again" in gateway.child.errors(), 5, "the end of the pause in the log")
    fresh = [call(gateway) for _ in range(10)]
    assert [caller.ask().status for caller in fresh] == [200] * 10
    assert old.ask().status == 200
    for caller in fresh:
        caller.close()
    eventually(lambda: gateway.child.descriptors() <= before + 2, 10, "the descriptors being given back")
