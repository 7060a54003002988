"""Everything at once for a while, with services that die and clients that break off: every answer right, every request
in the log exactly once, and no memory and no descriptor lost.

TOLLGATE_SOAK_SECONDS sets how long (60).
"""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from gateway import Gateway
from processes import Child, eventually, free_port
from services import BulkService, EchoService
from soak_traffic import Ledger, Traffic

pytestmark = pytest.mark.alone

SECONDS = float(os.environ.get("TOLLGATE_SOAK_SECONDS", "60"))
SEED = "a fixed one"
MOST_GROWTH_KIB = 1024
ROUTES = """
  - {path: /bulk/*, upstream: bulk}
  - {path: /echo/*, upstream: echo}
  - {path: /generate/stream, methods: [POST], upstream: ai}
"""
AT_ONCE = {"small": 16, "downloads": 3, "streams": 8, "talks": 4, "uploads": 4, "websockets": 4, "breakers": 4}


class Mortal:
    """A service that is killed and started again, on the same port."""

    def __init__(self, kind: type, folder: Path):
        self.kind = kind
        self.folder = folder
        self.port = free_port()
        self.deaths = -1
        self.start()
        self.child.wait_ready()

    def start(self) -> None:
        self.child: Child = self.kind(self.folder, self.port)
        self.deaths += 1

    async def die_now_and_then(self, until: float, dice: random.Random) -> None:
        while True:
            await asyncio.sleep(dice.uniform(0.5, 4))
            if time.monotonic() > until - 2:
                return
            if dice.random() < 0.3:
                self.child.process.send_signal(signal.SIGSTOP)  # it hangs before it dies: what came is lost
                await asyncio.sleep(0.2)
            self.child.kill()
            await asyncio.sleep(dice.choice([0, 0.3]))
            self.start()


@pytest.fixture
def mortals(tmp_path: Path):
    made = {}
    for name, kind in {"bulk": BulkService, "echo": EchoService}.items():
        (tmp_path / name).mkdir()
        made[name] = Mortal(kind, tmp_path / name)
    yield made
    for mortal in made.values():
        mortal.child.kill()


async def soak(gateway: Gateway, token: str, ledger: Ledger, mortals: list[Mortal]) -> list[int]:
    """The resident memory, ten times a second."""
    until = time.monotonic() + SECONDS
    memory = []
    async with asyncio.TaskGroup() as tasks:
        for kind, count in AT_ONCE.items():
            for number in range(count):
                traffic = Traffic(gateway.port, token, ledger, until, f"{SEED} {kind} {number}")
                tasks.create_task(getattr(traffic, kind)())
        for mortal in mortals:
            tasks.create_task(mortal.die_now_and_then(until, random.Random(f"{SEED} {mortal.kind.__name__}")))
        while time.monotonic() < until:
            memory.append(gateway.child.resident_kib())
            await asyncio.sleep(0.1)
    return memory


def unaccounted(lines: list[dict], ledger: Ledger) -> list[str]:
    """What the log says otherwise than the clients know it."""
    found = []
    times = Counter(line["request_id"] for line in lines)
    found += [f"{request_id} is there {count} times" for request_id, count in times.items() if count > 1]
    found += [f"{i} is missing" for i, told in ledger.told.items() if told.certain and i not in times]
    for line in lines:
        told = ledger.told.get(line["request_id"])
        if told is None and line["path"] != "/login":
            found.append(f"nobody asked this: {line}")
        if told and told.allowed and (line["status"], line["ending"]) not in told.allowed:
            found.append(f"not one of {told.allowed}: {line}")
    return found


def test_under_everything_at_once_nothing_is_lost_and_nothing_grows(
    make_gateway, mortals: dict[str, Mortal], capsys: pytest.CaptureFixture
):
    gateway = make_gateway()
    gateway.configure(routes=ROUTES, upstreams={name: mortal.port for name, mortal in mortals.items()})
    gateway.add_user()
    token = gateway.start().log_in()
    gateway.http.close()
    time.sleep(0.5)
    descriptors = gateway.child.descriptors()

    ledger = Ledger()
    memory = asyncio.run(soak(gateway, token, ledger, list(mortals.values())))
    middle = len(memory) // 2
    grown = max(memory[-10:]) - max(memory[middle - 10 : middle])
    eventually(lambda: abs(gateway.child.descriptors() - descriptors) <= 2, 15, "the descriptors being given back")
    counted = gateway.metric("requests_total")
    assert gateway.child.stop() == 0, gateway.child.errors()

    lines = gateway.access_lines()
    outcomes = Counter((line["status"], line["ending"]) for line in lines)
    with capsys.disabled():
        print(f"\n{len(lines)} requests in {SECONDS:.0f} s: {dict(ledger.kinds())}")
        print(f"outcomes: {dict(sorted(outcomes.items()))}")
        print(f"deaths: {({name: mortal.deaths for name, mortal in mortals.items()})}")
        print(f"resident KiB: {memory[0]}, {memory[middle]}, {memory[-1]}; descriptors: {descriptors}")
    assert unaccounted(lines, ledger)[:20] == []
    assert counted == len(lines)
    assert " error " not in gateway.child.errors()
    assert len(lines) > 100 * SECONDS
    assert grown <= MOST_GROWTH_KIB, memory
