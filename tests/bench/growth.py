"""Whether memory grows with the number of different tokens that were seen."""

from bench import load
from bench.cases import CASES
from bench.kernel import pss_kib
from bench.proxies import ALL, Bench, Running
from bench.results import Goal, Section
from bench.table import markdown, number
from bench.tokens import NEVER_SEEN

FULL = 60_000  # different tokens after which every bounded cache is full
MOST_BYTES_A_TOKEN = 8  # beyond that: 8 MB for a million


def growth(bench: Bench, rounds: int, seconds: float, peers: set[str] | None, say) -> Section:
    with bench.running(ALL["tollgate"]) as running:
        at_start = pss_kib(running.pids)
        full_at = show(bench, running, 0, FULL)
        full = pss_kib(running.pids)
        end_at = show(bench, running, full_at, NEVER_SEEN)
        end = pss_kib(running.pids)
    say("growth: done")
    grown = (end - full) * 1024 / (end_at - full_at)
    rows = [
        ["at the start", "0", number(at_start / 1024)],
        ["caches full", f"{full_at:,}", number(full / 1024)],
        ["at the end", f"{end_at:,}", number(end / 1024)],
    ]
    text = markdown(["tollgate, one worker", "different tokens seen", "MiB"], rows)
    goal = Goal("growth: bytes for each further token", MOST_BYTES_A_TOKEN, [grown])
    return Section("Memory while ever new tokens come", text, [goal])


def show(bench: Bench, running: Running, seen: int, until: int) -> int:
    """Shows it new tokens until it has seen so many; how many it has seen."""
    cold = next(case.load for case in CASES if case.name == "cold")
    while seen < until:
        seen += load.run(bench, running, cold, 2, warmup=0, first_token=seen)["done"]
    return seen
