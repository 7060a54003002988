"""Interleaved rounds of one case: in each round every proxy runs once, in another order than in the round before."""

import contextlib
import http.client
import math
import subprocess
from dataclasses import dataclass, field

from bench import job, load
from bench.cases import Case
from bench.kernel import count_calls, name_calls
from bench.proxies import ALL, Bench, Running

ATTEMPTS = 2  # of one run: all of them stand in the result
COUNTED_SECONDS = 1  # in which system calls are counted


@dataclass
class Series:
    """What one proxy did, round by round, for one unit each; times in microseconds."""

    name: str
    cpu: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)  # units a second
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    calls: float | None = None
    calls_by_name: dict[str, float] = field(default_factory=dict)  # of ours alone

    def add(self, case: Case, report: dict) -> None:
        units = case.units(report)
        self.cpu.append(report["cpu_ns"] / 1000 / units)
        self.rate.append(units / report["seconds"])
        self.p50.append(report["p50_us"])
        self.p99.append(report["p99_us"])


@dataclass
class Outcome:
    case: Case
    series: dict[str, Series]
    failures: list[str]  # proxies that are not in the table, and why; runs that were repeated


class Rounds:
    def __init__(self, bench: Bench, case: Case, seconds: float, say):
        self.bench, self.case, self.seconds, self.say = bench, case, seconds, say
        self.used_up: dict[str, int] = {}  # tokens, by proxy
        self.failures: list[str] = []

    def run(self, asked: int, peers: set[str] | None) -> Outcome:
        rounds = self.case.rounds(asked)
        names = [self.case.ours, *(peer for peer in self.case.peers if peers is None or self._stays(peer, peers))]
        with contextlib.ExitStack() as stack:
            entered = [self._enter(stack, name) for name in names]
            contestants = [running for running in entered if running]
            series = {running.name: Series(running.name) for running in contestants}
            for number in range(rounds):
                turn = number % max(1, len(contestants))
                for running in contestants[turn:] + contestants[:turn]:
                    self._one(running, series)
                self.say(f"{self.case.name}: round {number + 1} of {rounds}")
            for running in contestants:
                if running.name in series and running.name != "direct":
                    self._count_calls(running, series[running.name])
        return Outcome(self.case, series, self.failures)

    def _stays(self, peer: str, chosen: set[str]) -> bool:
        """What a goal is measured against, beside other programs, stays whatever was chosen."""
        return peer in chosen or peer == "direct" or (peer in self.case.goals and peer.startswith("tollgate"))

    def _enter(self, stack: contextlib.ExitStack, name: str) -> Running | None:
        """Started and found to do its work."""
        if name == "direct":
            return self.bench.direct()
        try:
            running = stack.enter_context(self.bench.running(ALL[name], self.case.everywhere))
            faults = job.faults(running, self.bench.tokens)
            if name.startswith("tollgate"):
                faults += job.underscore_faults(running.port, self.bench.tokens)
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            faults = [str(error)]
        if not faults:
            return running
        self.failures.append(f"{name} is not measured, it does not do the work: {'; '.join(faults)}")
        return None

    def _one(self, running: Running, series: dict[str, Series]) -> None:
        if running.name not in series:
            return
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return series[running.name].add(self.case, self._load(running, self.seconds))
            except load.Failed as why:
                self.failures.append(f"{running.name}, attempt {attempt}: {why}")
        self.failures.append(f"{running.name} is not measured")
        del series[running.name]

    def _load(self, running: Running, seconds: float, **more) -> dict:
        if self.case.uses_up_tokens:
            more["first_token"] = self.used_up.get(running.name, 0)
        cpus = self.bench.cpus.everything if self.case.everywhere else None
        report = load.run(self.bench, running, self.case.load, seconds, cpus=cpus, **more)
        if self.case.uses_up_tokens:
            share = (report["seconds"] + 1) / report["seconds"]  # before it, too, tokens were used
            self.used_up[running.name] = more["first_token"] + math.ceil(report["done"] * share)
        return report

    def _count_calls(self, running: Running, series: Series) -> None:
        """System calls for one unit, in runs of their own: counting disturbs."""
        units = 0.0

        def run() -> None:
            nonlocal units
            units = self.case.units(self._load(running, COUNTED_SECONDS, warmup=0))

        try:
            count = count_calls(running.pids, run)
            series.calls = count / units if count else None
            if running.name == self.case.ours:
                series.calls_by_name = {name: number / units for name, number in name_calls(running.pids, run).items()}
        except (load.Failed, OSError, subprocess.SubprocessError) as why:
            self.say(f"{self.case.name}: the system calls of {running.name} were not counted: {why}")
