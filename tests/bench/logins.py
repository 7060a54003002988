"""Logins: what they do to other traffic, and how many there are a second when there is none."""

import subprocess
import time
from dataclasses import dataclass, field

from bench import load
from bench.kernel import cpu_ns
from bench.load import Load
from bench.processes import Child
from bench.proxies import ALL, HASH_COST, PROGRAMS, Bench, Running
from bench.results import Goal, Section
from bench.table import markdown, number, spread

WAITING_LOGINS = 64  # what the hashing queue holds
FEW_LOGINS = 8  # at once, that keep every hashing thread busy
STORM = Load(
    "requests",
    {"connections": WAITING_LOGINS, "path": "/login", "content-type": "application/x-www-form-urlencoded"},
    tokens="",
)
MOST_GROWTH = 1.5  # of p99 beside a storm
LEAST_SHARE = 0.95  # of what the password library does alone
LEAST_SECONDS = 4  # a login takes long: fewer would be too few to count
QUIET_SECONDS = 0.3
MOST_SECONDS_TO_QUIET = 60


@dataclass
class Beside:
    """Latency of proxied requests, alone and beside hashing."""

    alone_p50: list[float] = field(default_factory=list)
    alone_p99: list[float] = field(default_factory=list)
    beside_p50: list[float] = field(default_factory=list)
    beside_p99: list[float] = field(default_factory=list)

    @property
    def changes(self) -> list[float]:
        return [loud / quiet for loud, quiet in zip(self.beside_p99, self.alone_p99)]

    def measure(self, run, hashing) -> None:
        quiet = run()
        with hashing:
            loud = run()
        self.alone_p50.append(quiet["p50_us"])
        self.alone_p99.append(quiet["p99_us"])
        self.beside_p50.append(loud["p50_us"])
        self.beside_p99.append(loud["p99_us"])

    def rows(self, proxy: str, beside: str) -> list[list[str]]:
        return [
            [proxy, spread(self.alone_p50), spread(self.alone_p99), "-"],
            [f"{proxy}, beside {beside}", *map(spread, (self.beside_p50, self.beside_p99, self.changes))],
        ]


def storm(bench: Bench, rounds: int, seconds: float, peers: set[str] | None, say) -> Section:
    """p99 of proxied requests at a fifth of what the gateway can do, alone and while the hashing queue is full; and of
    nginx, alone and beside as many threads of another process at nice 19: what a low priority alone is worth here."""
    gateway, control = Beside(), Beside()
    everything = bench.cpus.everything
    with (
        bench.running(ALL["tollgate"], everywhere=True) as running,
        bench.running(ALL["nginx"], everywhere=True) as other,
    ):
        full = load.run(bench, running, Load("requests", {"connections": 64}), seconds, cpus=everything)
        rate = round(0.2 * full["done"] / full["seconds"])
        traffic = Load("requests", {"connections": 64, "rate": rate})

        def ask(proxy: Running) -> dict:
            return load.run(bench, proxy, traffic, seconds, cpus=everything)

        for turn in range(rounds):
            gateway.measure(lambda: ask(running), logging_in(bench, running))
            wait_quiet(running)
            control.measure(lambda: ask(other), hashing_alone(bench))
            say(f"storm: round {turn + 1} of {rounds}")
    rows = gateway.rows("tollgate", f"{WAITING_LOGINS} waiting logins of its own")
    rows += control.rows("nginx", "crypt_rn in another process at nice 19, a thread a processor")
    title = f"Login storm beside proxied requests at {number(rate)} a second, a fifth of saturation"
    text = markdown(["", "p50 (us)", "p99 (us)", "p99 beside / alone"], rows)
    return Section(title, text, [Goal("storm: p99 with / without", MOST_GROWTH, gateway.changes)])


class beside_child:
    """A child process that runs for as long as the block lasts."""

    def __init__(self, bench: Bench, command: list):
        self.bench = bench
        self.command = command

    def __enter__(self) -> None:
        self.child = Child(self.command, self.bench.folder, self.bench.cpus.everything)
        self.bench.children.append(self.child)
        time.sleep(0.5)
        if self.child.process.poll() is not None:
            raise RuntimeError(f"{self.child.name} ended: {self.child.errors()}")

    def __exit__(self, *_) -> None:
        self.child.stop()
        self.bench.children.remove(self.child)


def logging_in(bench: Bench, running: Running) -> beside_child:
    """Logins that fill the queue."""
    arguments = STORM.arguments(running, bench.tokens)
    arguments += ["--bodies", str(bench.tokens.file("logins")), "--seconds", "600"]
    return beside_child(bench, [PROGRAMS / "bench_load", *arguments])


def hashing_alone(bench: Bench) -> beside_child:
    """The same hashing at the same priority, without a gateway around it and by threads that do not give way."""
    threads = len(bench.cpus.everything)
    return beside_child(bench, ["nice", "-n", "19", PROGRAMS / "bench_crypt", threads, 600, HASH_COST])


def wait_quiet(running: Running) -> None:
    """Until what waited has been hashed."""
    deadline = time.monotonic() + MOST_SECONDS_TO_QUIET
    while time.monotonic() < deadline:
        used = cpu_ns(running.pids)
        time.sleep(QUIET_SECONDS)
        if cpu_ns(running.pids) - used < 0.05 * QUIET_SECONDS * 1e9:
            return
    raise RuntimeError("the gateway does not come to rest after the logins")


def logins(bench: Bench, rounds: int, seconds: float, peers: set[str] | None, say) -> Section:
    """Logins a second with no other traffic, beside what the password library does alone."""
    long = max(LEAST_SECONDS, round(seconds))
    found = {"logins": [], "bare": []}
    everything = bench.cpus.everything
    few = Load(STORM.mode, STORM.options | {"connections": FEW_LOGINS}, tokens="")
    with bench.running(ALL["tollgate"], everywhere=True) as running:
        for turn in range(rounds):
            wait_quiet(running)
            report = load.run(bench, running, few, long, 1, cpus=everything, bodies=bench.tokens.file("logins"))
            found["logins"].append(report["done"] / report["seconds"])
            wait_quiet(running)
            found["bare"].append(bare(len(everything), long))
            say(f"logins: round {turn + 1} of {rounds}")
    shares = [mine / its for mine, its in zip(found["logins"], found["bare"])]
    rows = [
        ["tollgate, POST /login", spread(found["logins"]), "-"],
        [f"crypt_rn alone, a thread a processor: {len(everything)}", spread(found["bare"]), spread(shares)],
    ]
    text = markdown(["", "a second", "tollgate / it"], rows)
    goals = [Goal("logins: / crypt_rn on all processors", LEAST_SHARE, shares, at_least=True)]
    return Section(f"Logins with bcrypt at cost {HASH_COST}, nothing else going on", text, goals)


def bare(threads: int, seconds: int) -> float:
    command = [PROGRAMS / "bench_crypt", str(threads), str(seconds), str(HASH_COST)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
