"""`./dev bench`: compares the gateway with other proxies. See README.md in this folder."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from bench import own_network, results
from bench.cases import CASES
from bench.growth import growth
from bench.idle import idle
from bench.instructions import instructions
from bench.load import Failed
from bench.logins import logins, storm
from bench.measure import Rounds
from bench.proxies import ALL, PROGRAMS, TOLLGATE, Bench

SPECIAL = {"idle": idle, "growth": growth, "instructions": instructions, "storm": storm, "logins": logins}
MOST_BUSY = 0.5  # threads that want a processor beside ours
RESULTS = Path(__file__).with_name("RESULTS.md")
NAMES = [case.name for case in CASES] + list(SPECIAL) + ["micro"]
BY_NAME_ALONE = {"instructions"}  # not in a run of everything: for whoever makes the gateway faster


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    listed = ", ".join(NAMES)
    parser = argparse.ArgumentParser(prog="./dev bench", description=f"Cases: {listed}; none: all but instructions.")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2, help="of each run (2)")
    parser.add_argument("--peers", default="", help=f"compare with these alone: {', '.join(ALL)}")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}, too")
    given = parser.parse_args()
    if unknown := set(given.cases) - set(NAMES):
        parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    given.peers = set(filter(None, given.peers.split(","))) or None
    if unknown := (given.peers or set()) - set(ALL) - {"direct"}:
        parser.error(f"no proxy {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    if given.write and (given.cases or given.peers):
        parser.error("--write is for all cases and all proxies: one page is of one run")
    if given.rounds < 1 or given.seconds <= 0:
        parser.error("at least one round, and some time")
    return given


def run(given: argparse.Namespace, bench: Bench) -> list[results.Section]:
    sections = []
    chosen = given.cases or [name for name in NAMES if name not in BY_NAME_ALONE]
    for case in CASES:
        if case.name in chosen:
            sections.append(results.section(Rounds(bench, case, given.seconds, say).run(given.rounds, given.peers)))
            show(sections[-1])
    for name, measure in SPECIAL.items():
        if name in chosen:
            try:
                sections.append(measure(bench, given.rounds, given.seconds, given.peers, say))
            except (RuntimeError, Failed) as why:
                sections.append(results.Section(name, f"not measured: {why}", [], is_whole=False))
            show(sections[-1])
    return sections


def show(section: results.Section) -> None:
    print(f"\n## {section.title}\n\n{section.text}", flush=True)


def micro() -> results.Section:
    done = subprocess.run(
        [PROGRAMS / "micro_bench", "--benchmark_color=false"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    return results.Section("Single rules, without a network", f"```\n{done.stdout.strip()}\n```", [])


def main() -> int:
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts behind itself ignore it
    busy, sections = results.busyness(), []
    if busy > MOST_BUSY:
        say(f"this machine is busy (load average {busy:.2f}): what follows is noisy")
    is_apart = set(given.cases) == {"micro"} or own_network.enter()
    if not is_apart:
        say("no network of our own (that takes root): what a firewall of this machine does is measured, too")
    if set(given.cases) != {"micro"}:
        bench = Bench()
        try:
            sections += run(given, bench)
        finally:
            bench.close()
    if not given.cases or "micro" in given.cases:
        sections.append(micro())
        show(sections[-1])
    if table := results.goals_table(sections):
        print(f"\n## Goals\n\n{table}")
    if given.write:
        RESULTS.write_text(results.page(sections, given.rounds, given.seconds, busy, is_apart, TOLLGATE))
    return 0 if all(section.is_whole for section in sections) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
