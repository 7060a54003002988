"""A gateway that has nothing to do sleeps, and whoever was put out meanwhile is out all the same."""

import threading
import time
from pathlib import Path

import pytest

from gateway import Gateway
from processes import eventually

STILL_SECONDS = 0.8  # an awake feed of changes would ask three times


def wake_ups(gateway: Gateway) -> int:
    tasks = Path(f"/proc/{gateway.child.process.pid}/task")
    lines = [line for task in tasks.iterdir() for line in (task / "status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def is_still(gateway: Gateway) -> bool:
    before = wake_ups(gateway)
    time.sleep(STILL_SECONDS)
    return wake_ups(gateway) == before


def come_to_rest(gateway: Gateway) -> None:
    eventually(lambda: is_still(gateway), 20, f"no wake-up in {STILL_SECONDS} s")


@pytest.mark.parametrize("change", ["disable", "remove", "passwd"])
def test_who_is_put_out_while_it_rests_is_out_at_once(own_gateway: Gateway, change: str):
    token, unseen = own_gateway.log_in(), own_gateway.log_in()
    assert own_gateway.get("/me", token).status_code == 200
    come_to_rest(own_gateway)
    own_gateway.user(change, stdin="another-secret-456" if change == "passwd" else None)
    time.sleep(1)
    assert own_gateway.get("/me", token).status_code == 401
    assert own_gateway.get("/me", unseen).status_code == 401


def test_who_was_known_before_a_rest_is_known_after_it(own_gateway: Gateway):
    token = own_gateway.log_in()
    assert own_gateway.get("/me", token).status_code == 200
    come_to_rest(own_gateway)
    assert own_gateway.operations("/readyz").status_code == 200
    come_to_rest(own_gateway)
    for _ in range(3):
        assert own_gateway.get("/me", token).status_code == 200
    assert own_gateway.metric("auth_decisions_total", result="admitted", reason="in_grace") == 0


def test_a_request_that_is_under_way_for_long_is_ended_within_a_second(own_gateway: Gateway):
    token = own_gateway.log_in()
    ended = []

    def wait_for_an_answer() -> None:
        ended.append(own_gateway.get("/origin/silent", token))

    waiting = threading.Thread(target=wait_for_an_answer)
    waiting.start()
    time.sleep(4)  # longer than it takes to rest
    assert not ended
    own_gateway.user("disable")
    eventually(lambda: ended, 1, "the end of the request of a user who was disabled")
    waiting.join(10)
    assert ended[0].status_code == 401
