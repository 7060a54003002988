"""Runs of the load generator."""

import json
import subprocess
from dataclasses import dataclass, field

from bench.processes import Child
from bench.proxies import PROGRAMS, Bench, Running
from bench.tokens import Tokens
from bench.wrk import run_wrk


@dataclass(frozen=True)
class Load:
    """What clients do; load/options.hpp tells of the options."""

    mode: str = "requests"  # or streams, idle; or wrk, which sends the small request and knows no options
    options: dict[str, object] = field(default_factory=dict)  # True: a switch
    tokens: str = "known"  # which file of them
    tls: bool = False

    def arguments(self, running: Running, tokens: Tokens) -> list[str]:
        listed = [self.mode, "--port", str(running.tls_port if self.tls else running.port)]
        listed += ["--tls"] if self.tls else []
        listed += ["--tokens", str(tokens.file(self.tokens))] if self.tokens else []
        for name, value in self.options.items():
            listed += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        return listed


class Failed(Exception):
    """A run that says nothing about speed."""


def read_report(output: str) -> dict:
    """The one line that the load generator prints."""
    return checked(json.loads(output))


def checked(report: dict) -> dict:
    if report["lost"] or report["unexpected"]:
        raise Failed(
            f"{report['lost']} connections lost, {report['unexpected']} answers with another status"
            f" (such as {report['unexpected_status']}), {report['done']} good ones"
        )
    if not report["done"]:
        raise Failed("no answer in the measured time")
    return report


def run(bench: Bench, running: Running, load: Load, seconds: float, warmup: float = 0.3, cpus=None, **more) -> dict:
    """One run; its report, with the processor time of the proxy in the measured time."""
    try:
        if load.mode == "wrk":
            return checked(run_wrk(bench, running, bench.tokens, seconds))
        return read_report(run_ours(bench, running, load, seconds, warmup, cpus, more))
    except (ValueError, subprocess.TimeoutExpired) as why:
        raise Failed(str(why)) from why


def run_ours(bench: Bench, running: Running, load: Load, seconds: float, warmup: float, cpus, more: dict) -> str:
    arguments = load.arguments(running, bench.tokens)
    arguments += ["--seconds", str(seconds), "--warmup", str(warmup)]
    arguments += ["--clocked", ",".join(map(str, running.pids))]
    for name, value in more.items():
        arguments += [f"--{name.replace('_', '-')}", str(value)]
    command = [PROGRAMS / "bench_load", *arguments]
    child = Child(command, bench.folder, cpus or bench.cpus.others, output=subprocess.PIPE)
    bench.children.append(child)
    try:
        output, _ = child.process.communicate(timeout=seconds + warmup + 60)
    finally:
        child.stop()
        bench.children.remove(child)
    if not output:
        raise Failed(child.errors().strip() or f"exit code {child.process.returncode}")
    return output
