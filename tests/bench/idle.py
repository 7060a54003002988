"""Connections that do nothing: what each takes of memory, and whether the proxy sleeps meanwhile."""

import subprocess
import time
from dataclasses import dataclass, field

from bench import load
from bench.kernel import cpu_ns, pss_kib, wakeups
from bench.load import Load
from bench.processes import Child
from bench.proxies import ALL, PROGRAMS, Bench, Running
from bench.results import Goal, Section
from bench.table import markdown, spread

CONNECTIONS = 5000
MOST_ROUNDS = 3  # memory hardly varies
SETTLE_SECONDS = 2
WATCHED_SECONDS = 3
MOST_KIB = {False: 1.0, True: 24.0}  # for one connection: plain, TLS
MOST_WAKEUPS = 1  # a second, beyond those without a connection


@dataclass
class Idle:
    kib: list[float] = field(default_factory=list)  # for one connection
    wakeups: list[float] = field(default_factory=list)  # a second, of all threads
    cpu_us: list[float] = field(default_factory=list)  # a second


def idle(bench: Bench, rounds: int, seconds: float, peers: set[str] | None, say) -> Section:
    names = ["tollgate", *(peer for peer in ("nginx", "haproxy", "caddy") if peers is None or peer in peers)]
    found = {(name, tls): Idle() for tls in (False, True) for name in names}
    without = {name: Idle() for name in names}
    rounds = min(rounds, MOST_ROUNDS)
    for turn in range(rounds):
        for name, tls in found:
            measure_idle(bench, name, tls, found[name, tls], without[name])
        say(f"idle: round {turn + 1} of {rounds}")
    heading = ["proxy", "KiB for one connection", "wake-ups a second", "without connections", "CPU a second (us)"]
    rows = [
        [name + ", TLS" * tls, *map(spread, (one.kib, one.wakeups, without[name].wakeups, one.cpu_us))]
        for (name, tls), one in found.items()
    ]
    goals = [
        Goal(f"idle: KiB for one connection{', TLS' * tls}", most, found["tollgate", tls].kib)
        for tls, most in MOST_KIB.items()
    ]
    both = zip(found["tollgate", False].wakeups, without["tollgate"].wakeups)
    added = [with_them - without_them for with_them, without_them in both]
    goals.append(Goal("idle: wake-ups a second that connections add", MOST_WAKEUPS, added))
    return Section(f"{CONNECTIONS:,} idle connections, each after one request", markdown(heading, rows), goals)


def measure_idle(bench: Bench, name: str, tls: bool, found: Idle, without: Idle) -> None:
    """A fresh proxy each time: what an earlier load left in its memory would hide the connections."""
    with bench.running(ALL[name]) as running:
        warm_up = Load("requests", {"connections": 8, "method": "GET", "path": "/echo"}, tls=tls)
        load.run(bench, running, warm_up, 0.3)
        time.sleep(SETTLE_SECONDS)
        before = pss_kib(running.pids)
        if not tls:
            watch(running, without)
        held = Load("idle", {"connections": CONNECTIONS, "method": "GET", "path": "/echo"}, tls=tls)
        command = [PROGRAMS / "bench_load", *held.arguments(running, bench.tokens)]
        clients = Child(command, bench.folder, bench.cpus.others, output=subprocess.PIPE, stdin=subprocess.PIPE)
        bench.children.append(clients)
        try:
            if clients.process.stdout.readline() != "ready\n":
                raise RuntimeError(f"{name}: {clients.errors()}")
            time.sleep(SETTLE_SECONDS)
            found.kib.append((pss_kib(running.pids) - before) / CONNECTIONS)
            watch(running, found)
            clients.process.stdin.close()
            if clients.process.wait(10) != 0:
                raise RuntimeError(f"{name}: {clients.errors()}")
        finally:
            clients.stop()
            bench.children.remove(clients)


def watch(running: Running, found: Idle) -> None:
    pids = running.pids
    woke, used = wakeups(pids), cpu_ns(pids)
    time.sleep(WATCHED_SECONDS)
    found.wakeups.append((wakeups(pids) - woke) / WATCHED_SECONDS)
    found.cpu_us.append((cpu_ns(pids) - used) / 1000 / WATCHED_SECONDS)
