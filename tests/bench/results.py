"""Outcomes as text: a table for each case, the goals beside what was reached, and the machine that it was on."""

import platform
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.cases import LATENCY_ROUNDS
from bench.measure import Outcome, Series
from bench.proxies import SYSTEM_PATH
from bench.table import markdown, median, number, ratio, ratios, spread


@dataclass
class Goal:
    """What should come out, and what did in each round."""

    what: str
    wanted: float
    reached: list[float]
    at_least: bool = False

    @property
    def met(self) -> bool:
        value = median(self.reached)
        return value >= self.wanted if self.at_least else value <= self.wanted

    def row(self) -> list[str]:
        sign = ">=" if self.at_least else "<="
        reached = spread(self.reached, lambda value: f"{value:.3g}")
        return [self.what, f"{sign} {self.wanted:g}", reached, "yes" if self.met else "no"]


@dataclass
class Section:
    title: str
    text: str  # Markdown
    goals: list[Goal]
    is_whole: bool = True  # false: the gateway itself was not measured


def section(outcome: Outcome) -> Section:
    case, ours = outcome.case, outcome.series.get(outcome.case.ours)
    notes = [*outcome.failures]
    if not ours:
        return Section(case.title, "\n".join(notes), [], is_whole=False)
    heading = ["proxy", f"CPU for one {case.unit} (us)", f"{case.ours} / it", "goal", "system calls", "p50 (us)",
               "p99 (us)", f"{case.unit}s a second"]
    latency = bool(case.latency_goals)
    if latency:
        heading += ["added p50 (us)", "added p99 (us)", f"added p50 {case.ours} / it", f"added p99 {case.ours} / it"]
    rows = [row(outcome, ours, series, latency) for series in outcome.series.values()]
    if by_name := named_calls(ours):
        notes.append(by_name)
    return Section(case.title, "\n\n".join([*notes, markdown(heading, rows)]), goals(outcome, ours))


def named_calls(series: Series) -> str:
    """The system calls that matter, for one unit."""
    listed = ", ".join(f"{name} {count:.2f}" for name, count in series.calls_by_name.items() if count >= 0.01)
    return f"System calls of {series.name} for one unit: {listed}." if listed else ""


def row(outcome: Outcome, ours: Series, series: Series, latency: bool) -> list[str]:
    case = outcome.case
    is_proxy = series.name != "direct"
    wanted = case.goals.get(series.name)
    calls = "-" if series.calls is None else f"{series.calls:.2f}"
    if series is ours and case.most_calls:
        calls += f" (goal {case.most_calls:g})"
    cells = [
        series.name,
        spread(series.cpu) if is_proxy else "-",
        ratio(ratios(ours.cpu, series.cpu)) if is_proxy and series is not ours else "-",
        f"<= {wanted:g}" if wanted else "",
        calls,
        number(median(series.p50)),
        number(median(series.p99)),
        number(median(series.rate)),
    ]
    if latency:
        cells += latency_cells(outcome, ours, series)
    return cells


def latency_cells(outcome: Outcome, ours: Series, series: Series) -> list[str]:
    if series.name == "direct" or "direct" not in outcome.series:
        return ["-"] * 4
    mine, its = added(outcome, ours), added(outcome, series)
    compared = ["-"] * 2 if series is ours else [ratio(ratios(mine[i], its[i])) for i in range(2)]
    return [spread(its[0]), spread(its[1]), *compared]


def added(outcome: Outcome, series: Series) -> tuple[list[float], list[float]]:
    """p50 and p99 of each round beyond those without a proxy."""
    direct = outcome.series["direct"]
    return (
        [with_it - without for with_it, without in zip(series.p50, direct.p50)],
        [with_it - without for with_it, without in zip(series.p99, direct.p99)],
    )


def goals(outcome: Outcome, ours: Series) -> list[Goal]:
    case, found = outcome.case, []
    for peer, wanted in case.goals.items():
        if theirs := outcome.series.get(peer):
            found.append(Goal(f"{case.name}: CPU / {peer}", wanted, ratios(ours.cpu, theirs.cpu)))
    for peer, wanted in case.latency_goals.items():
        if (theirs := outcome.series.get(peer)) and "direct" in outcome.series:
            mine, its = added(outcome, ours), added(outcome, theirs)
            found.append(Goal(f"{case.name}: added p50 / {peer}", wanted, ratios(mine[0], its[0])))
            found.append(Goal(f"{case.name}: added p99 / {peer}", wanted, ratios(mine[1], its[1])))
    if case.most_calls and ours.calls:
        found.append(Goal(f"{case.name}: system calls", case.most_calls, [ours.calls]))
    return found


def goals_table(sections: list[Section]) -> str:
    rows = [goal.row() for part in sections for goal in part.goals]
    return markdown(["goal", "wanted", "reached, median (min..max)", "met"], rows) if rows else ""


# The page.


def first_line(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, env={"PATH": SYSTEM_PATH}, timeout=10)
    except OSError:
        return "not installed"
    return ((done.stdout + done.stderr).strip().splitlines() or ["?"])[0]


def machine() -> str:
    cores = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1024 / 1024
    return f"{len(cores)} x {cores[0]}, {memory:.0f} GiB, Linux {platform.release()}"


def versions(tollgate: Path) -> str:
    listed = [first_line(str(tollgate), "version"), first_line("nginx", "-v"), first_line("haproxy", "-v"),
              "Caddy " + first_line("caddy", "version"), first_line("openssl", "version")]
    return "; ".join(listed)


def busyness() -> float:
    """How many threads wanted a processor in the last minute, on average."""
    return float(Path("/proc/loadavg").read_text().split()[0])


def page(sections: list[Section], rounds: int, seconds: float, busy: float, is_apart: bool, tollgate: Path) -> str:
    head = f"""# Results of `./dev bench`

{time.strftime("%Y-%m-%d", time.gmtime())}; {machine()}. {versions(tollgate)}.

{rounds} interleaved rounds of {seconds:g} s, {LATENCY_ROUNDS} times as many where latency is compared; medians with (min..max).
The load average was {busy:.2f} before.
{"In a network namespace of its own." if is_apart else "On the machine's own loopback, behind its firewall if it has one."}
[README.md](README.md) tells what is done and how each proxy is configured. Only the ratios mean anything elsewhere.

## Goals

{goals_table(sections)}
"""
    return head + "".join(f"\n## {part.title}\n\n{part.text}\n" for part in sections)
