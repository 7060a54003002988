"""Instructions of a proxy's own code for one request, counted by callgrind: the same however busy the machine is, and
blind to what the kernel does. Slow, and not for comparing times."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

from bench import load
from bench.cases import CASES, with_
from bench.load import Load
from bench.proxies import ALL, Bench, Running
from bench.results import Section
from bench.table import markdown, number
from bench.tokens import KNOWN

COUNTED = ("small", "rejected", "cold", "tls", "new")
PROXIES = ("tollgate", "tollgate-verify", "haproxy-jwt")
START_SECONDS = 120  # everything takes fifty times as long, hashing a password too
CALLGRIND = (
    "valgrind", "--tool=callgrind", "--callgrind-out-file={folder}/callgrind.out", "--log-file={folder}/valgrind.log",
)


def instructions_of(dump: str) -> int:
    return int(re.search(r"^(?:totals|summary): (\d+)", dump, re.MULTILINE)[1])


def instructions(bench: Bench, rounds: int, seconds: float, peers: set[str] | None, say) -> Section:
    cases = {case.name: case.load for case in CASES if case.name in COUNTED}
    rows = []
    for name in (name for name in PROXIES if name.startswith("tollgate") or peers is None or name in peers):
        under = replace(ALL[name], command=(*CALLGRIND, *ALL[name].command))
        with bench.running(under, within=START_SECONDS) as running:
            make_known(bench, running, cases["small"])
            rows.append([name, *(number(count(bench, running, one, seconds)) for one in cases.values())])
        say(f"instructions: {name}")
    return Section("Instructions outside of the kernel for one request", markdown(["proxy", *cases], rows), [])


def make_known(bench: Bench, running: Running, small: Load) -> None:
    seen = 0
    while seen < KNOWN:
        seen += load.run(bench, running, small, 1, warmup=0, first_token=seen)["done"]


def count(bench: Bench, running: Running, many: Load, seconds: float) -> float:
    """On one connection, so that not many requests are under way at the two ends of the count."""
    one = with_(many, options=many.options | {"connections": 1})
    load.run(bench, running, one, seconds, warmup=0)
    control(running, "-z")
    done = load.run(bench, running, one, seconds, warmup=0, first_token=100_000)["done"]
    control(running, "-d")
    (dump,) = dumps(running.child.folder)
    counted = instructions_of(dump.read_text())
    dump.unlink()
    return counted / done


def control(running: Running, what: str) -> None:
    subprocess.run(["callgrind_control", what, str(running.child.process.pid)], check=True, capture_output=True)


def dumps(folder: Path) -> list[Path]:
    return sorted(folder.glob("callgrind.out.*"))
