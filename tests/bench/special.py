"""The cases that are more than a load on one proxy after the other: idle connections, and logins beside other traffic."""

import subprocess
import time
from dataclasses import dataclass, field

from bench import load
from bench.kernel import cpu_ns, pss_kib, wakeups
from bench.load import Load
from bench.processes import Child
from bench.proxies import ALL, HASH_COST, PROGRAMS, Bench, Running
from bench.results import Goal, Section
from bench.table import markdown, number, spread

IDLE_CONNECTIONS = 5000
SETTLE_SECONDS = 2
WATCHED_SECONDS = 3
MOST_KIB = {False: 2.0, True: 24.0}  # for one idle connection: plain, TLS

WAITING_LOGINS = 64  # what the hashing queue holds
STORM = Load(
    "requests",
    {"connections": WAITING_LOGINS, "path": "/login", "content-type": "application/x-www-form-urlencoded"},
    tokens="",
)
QUIET_SECONDS = 0.3
MOST_SECONDS_TO_QUIET = 60


# Idle connections.


@dataclass
class Idle:
    kib: list[float] = field(default_factory=list)  # for one connection
    wakeups: list[float] = field(default_factory=list)  # a second, of all threads
    cpu_us: list[float] = field(default_factory=list)  # a second


def idle(bench: Bench, rounds: int, seconds: float, peers: set[str] | None, say) -> Section:
    names = ["tollgate", *(peer for peer in ("nginx", "haproxy", "caddy") if peers is None or peer in peers)]
    found = {(name, tls): Idle() for tls in (False, True) for name in names}
    without = {name: Idle() for name in names}
    for turn in range(min(rounds, 3)):  # memory hardly varies
        for name, tls in found:
            measure_idle(bench, name, tls, found[name, tls], without[name])
        say(f"idle: round {turn + 1} of {min(rounds, 3)}")
    rows = [
        [name, "TLS" if tls else "plain", spread(one.kib), spread(one.wakeups), spread(without[name].wakeups), spread(one.cpu_us)]
        for (name, tls), one in found.items()
    ]
    heading = ["proxy", "", "KiB for one connection", "wake-ups a second", "the same without connections", "CPU a second (us)"]
    goals = [Goal(f"idle: KiB for one connection{', TLS' * tls}", most, found["tollgate", tls].kib) for tls, most in MOST_KIB.items()]
    goals.append(Goal("idle: wake-ups a second that connections add", 1, [
        with_them - without_them for with_them, without_them in zip(found["tollgate", False].wakeups, without["tollgate"].wakeups)
    ]))
    return Section(f"{IDLE_CONNECTIONS:,} idle connections, each after one request", markdown(heading, rows), goals)


def measure_idle(bench: Bench, name: str, tls: bool, found: Idle, without: Idle) -> None:
    """A fresh proxy each time: what an earlier load left in its memory would hide the connections."""
    with bench.running(ALL[name]) as running:
        warm_up = Load("requests", {"connections": 8, "method": "GET", "path": "/echo"}, tls=tls)
        load.run(bench, running, warm_up, 0.3)
        time.sleep(SETTLE_SECONDS)
        before = pss_kib(running.pids)
        if not tls:
            watch(running, without)
        held = Load("idle", {"connections": IDLE_CONNECTIONS, "method": "GET", "path": "/echo"}, tls=tls)
        command = [PROGRAMS / "bench_load", *held.arguments(running, vars(bench.tokens))]
        clients = Child(command, bench.folder, bench.cpus.others, output=subprocess.PIPE, stdin=subprocess.PIPE)
        bench.children.append(clients)
        try:
            if clients.process.stdout.readline() != "ready\n":
                raise RuntimeError(f"{name}: {clients.errors()}")
            time.sleep(SETTLE_SECONDS)
            found.kib.append((pss_kib(running.pids) - before) / IDLE_CONNECTIONS)
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


# Logins.


def storm(bench: Bench, rounds: int, seconds: float, peers: set[str] | None, say) -> Section:
    """p99 of proxied requests at a fifth of what the gateway can do, alone and while the hashing queue is full."""
    calm, stormy, p50 = [], [], {"without": [], "with": []}
    everything = bench.cpus.everything
    with bench.running(ALL["tollgate"], everywhere=True) as running:
        full = load.run(bench, running, Load("requests", {"connections": 64}), seconds, cpus=everything)
        rate = round(0.2 * full["done"] / full["seconds"])
        traffic = Load("requests", {"connections": 64, "rate": rate})
        for turn in range(rounds):
            quiet = load.run(bench, running, traffic, seconds, cpus=everything)
            with logging_in(bench, running):
                loud = load.run(bench, running, traffic, seconds, cpus=everything)
            wait_quiet(running)
            calm.append(quiet["p99_us"])
            stormy.append(loud["p99_us"])
            p50["without"].append(quiet["p50_us"])
            p50["with"].append(loud["p50_us"])
            say(f"storm: round {turn + 1} of {rounds}")
    changes = [loud / quiet for loud, quiet in zip(stormy, calm)]
    rows = [
        ["without logins", spread(p50["without"]), spread(calm), "-"],
        [f"{WAITING_LOGINS} logins waiting", spread(p50["with"]), spread(stormy), spread(changes)],
    ]
    title = f"Login storm beside proxied requests at {number(rate)} a second, a fifth of saturation"
    text = markdown(["", "p50 (us)", "p99 (us)", "p99 with / without"], rows)
    return Section(title, text, [Goal("storm: p99 with / without", 1.5, changes)])


class logging_in:
    """Logins that fill the queue, for as long as the block lasts."""

    def __init__(self, bench: Bench, running: Running):
        arguments = STORM.arguments(running, {}) + ["--bodies", str(bench.tokens.logins), "--seconds", "600"]
        self.bench = bench
        self.child = Child([PROGRAMS / "bench_load", *arguments], bench.folder, bench.cpus.everything)
        bench.children.append(self.child)

    def __enter__(self) -> None:
        time.sleep(0.5)
        if self.child.process.poll() is not None:
            raise RuntimeError(f"the logins ended: {self.child.errors()}")

    def __exit__(self, *_) -> None:
        self.child.stop()
        self.bench.children.remove(self.child)


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
    threads = max(1, len(bench.cpus.everything) // 2)  # as many as the gateway hashes with
    long = max(4, round(seconds))
    found = {"logins": [], "bare": [], "all": []}
    everything = bench.cpus.everything
    with bench.running(ALL["tollgate"], everywhere=True) as running:
        for turn in range(rounds):
            wait_quiet(running)
            report = load.run(bench, running, Load(STORM.mode, STORM.options | {"connections": 8}, ""), long, 1,
                              cpus=everything, bodies=bench.tokens.logins)
            found["logins"].append(report["done"] / report["seconds"])
            wait_quiet(running)
            found["bare"].append(bare(threads, long))
            found["all"].append(bare(len(everything), long))
            say(f"logins: round {turn + 1} of {rounds}")
    shares = {name: [mine / its for mine, its in zip(found["logins"], found[name])] for name in ("bare", "all")}
    rows = [
        ["tollgate, POST /login", spread(found["logins"]), "-"],
        [f"crypt_rn alone, {threads} thread(s), as many as the gateway hashes with", spread(found["bare"]), spread(shares["bare"])],
        [f"crypt_rn alone, {len(everything)} thread(s), one for each processor", spread(found["all"]), spread(shares["all"])],
    ]
    text = markdown(["", "a second", "tollgate / it"], rows)
    goals = [
        Goal("logins: / crypt_rn on as many threads", 0.95, shares["bare"], at_least=True),
        Goal("logins: / crypt_rn on all processors", 0.95, shares["all"], at_least=True),
    ]
    return Section(f"Logins with bcrypt at cost {HASH_COST}, nothing else going on", text, goals)


def bare(threads: int, seconds: int) -> float:
    command = [PROGRAMS / "bench_crypt", str(threads), str(seconds), str(HASH_COST)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


SPECIAL = {"idle": idle, "storm": storm, "logins": logins}
