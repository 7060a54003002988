"""Runs of wrk: another load generator than ours, which must come to the same."""

import re
import subprocess
from pathlib import Path

from bench.kernel import cpu_ns
from bench.processes import Child
from bench.proxies import Bench, Running
from bench.tokens import Tokens

SCRIPT = Path(__file__).with_name("wrk.lua")
MICROSECONDS = {"us": 1, "ms": 1000, "s": 1_000_000}
TIME = r"([\d.]+)(us|ms|s)"


def read_wrk(output: str) -> dict:
    """As a report of our load generator. What is wrong with a run is counted as `lost` and `unexpected`."""
    done = re.search(rf"^\s*(\d+) requests in {TIME},", output, re.MULTILINE)
    if not done:
        raise ValueError(f"wrk says: {output}")
    failed = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    others = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    latency = {
        share: float(value) * MICROSECONDS[unit]
        for share, value, unit in re.findall(rf"^\s+(50|99)%\s+{TIME}$", output, re.MULTILINE)
    }
    return {
        "done": int(done[1]),
        "seconds": float(done[2]) * MICROSECONDS[done[3]] / 1e6,
        "lost": sum(map(int, failed.groups())) if failed else 0,
        "unexpected": int(others[1]) if others else 0,
        "unexpected_status": "no 2xx or 3xx",
        "p50_us": latency["50"],
        "p99_us": latency["99"],
    }


def run_wrk(bench: Bench, running: Running, tokens: Tokens, seconds: float, connections: int = 64) -> dict:
    """The processor time is that of the whole run, with the 64 connections that it opens."""
    url = f"http://127.0.0.1:{running.port}/generate"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--latency", "-s", SCRIPT, url]
    pids, began = running.pids, cpu_ns(running.pids)
    child = Child([*command, "--", tokens.file("known")], bench.folder, bench.cpus.others, output=subprocess.PIPE)
    bench.children.append(child)
    try:
        output, _ = child.process.communicate(timeout=seconds + 60)
    finally:
        child.stop()
        bench.children.remove(child)
    return read_wrk(output) | {"cpu_ns": cpu_ns(pids) - began}
