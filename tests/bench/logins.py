"""Logins: what they do to other traffic, and how many there are a second when there is none."""

import subprocess
import time

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


def storm(bench: Bench, rounds: int, seconds: float, peers: set[str] | None, say) -> Section:
    """p99 of proxied requests at a fifth of what the gateway can do, alone and while the hashing queue is full."""
    calm, stormy, p50, used = [], [], {"without": [], "with": []}, {"without": [], "with": []}
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
            used["without"].append(quiet["cpu_ns"] / 1e9 / quiet["seconds"])
            used["with"].append(loud["cpu_ns"] / 1e9 / loud["seconds"])
            say(f"storm: round {turn + 1} of {rounds}")
    changes = [loud / quiet for loud, quiet in zip(stormy, calm)]
    rows = [
        ["without logins", spread(p50["without"]), spread(calm), "-", spread(used["without"])],
        [f"{WAITING_LOGINS} logins waiting", *map(spread, (p50["with"], stormy, changes, used["with"]))],
    ]
    title = f"Login storm beside proxied requests at {number(rate)} a second, a fifth of saturation"
    text = markdown(["", "p50 (us)", "p99 (us)", "p99 with / without", "processors used"], rows)
    return Section(title, text, [Goal("storm: p99 with / without", MOST_GROWTH, changes)])


class logging_in:
    """Logins that fill the queue, for as long as the block lasts."""

    def __init__(self, bench: Bench, running: Running):
        arguments = STORM.arguments(running, bench.tokens)
        arguments += ["--bodies", str(bench.tokens.file("logins")), "--seconds", "600"]
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
