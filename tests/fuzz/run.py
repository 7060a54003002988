#!/usr/bin/env python3
"""Fuzzes the targets one after the other: `./dev fuzz`. Ends with one line for each; exit 1 when something was found.

    run.py [--build FOLDER] [TARGET] [SECONDS]      all targets, 60 seconds each

What is learnt stays in FOLDER/corpus/<target> and is where the next run begins; FOLDER/logs holds what libFuzzer said,
FOLDER/findings/<target> the inputs that broke something. Such an input becomes a seed once it is understood: a copy in
tests/fuzz/corpus/<target>, which `./dev test` replays from then on.
"""

import argparse
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/fuzz"
SEEDS = HERE / "corpus"
TARGETS = sorted(folder.name for folder in SEEDS.iterdir() if folder.is_dir())

MOST_BYTES = {"exchange": 4096, "form": 2048, "json": 2048, "settings": 4096, "target": 512, "token": 2048}
MOST_BYTES_ELSEWHERE = 1024
PATIENCE = 120  # seconds beyond the time given, for a large corpus to be read and the last input to end

SYMBOLIZER = Path("/usr/bin/llvm-symbolizer-19")
OPTIONS = {
    "UBSAN_OPTIONS": "print_stacktrace=1",
    **({"ASAN_SYMBOLIZER_PATH": str(SYMBOLIZER)} if SYMBOLIZER.exists() else {}),
}


@dataclass
class Outcome:
    target: str
    runs: int = 0
    edges: int = 0
    inputs: int = 0
    findings: list[str] = field(default_factory=list)

    def line(self) -> str:
        found = f"{len(self.findings)} finding{'' if len(self.findings) == 1 else 's'}"
        return f"{self.target:10} {self.runs:10} executions {self.edges:6} edges {self.inputs:6} inputs  {found}"


def build(folder: Path, targets: list[str]) -> None:
    if not (folder / "build.ninja").is_file():
        subprocess.run(["cmake", "--preset", "fuzz", "-B", folder], cwd=ROOT, check=True)
    programs = [f"fuzz_{target}" for target in targets]
    subprocess.run(["cmake", "--build", folder, "--target", *programs], cwd=ROOT, check=True)


def command(folder: Path, target: str, seconds: int) -> list[str]:
    words = HERE / f"{target}.dict"
    return [
        str(folder / f"tests/fuzz/fuzz_{target}"),
        str(folder / "corpus" / target),  # the first is where new inputs go
        str(SEEDS / target),
        f"-max_total_time={seconds}",
        f"-max_len={MOST_BYTES.get(target, MOST_BYTES_ELSEWHERE)}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        f"-artifact_prefix={folder / 'findings' / target}/",
        *([f"-dict={words}"] if words.is_file() else []),
    ]


def read(log: str, outcome: Outcome) -> None:
    """What libFuzzer said last of its progress: `#1234 DONE cov: 56 ft: 78 corp: 9/10b ...`."""
    for line in re.finditer(r"^#(\d+)\s.*?cov: (\d+) .*?corp: (\d+)/", log, re.MULTILINE):
        outcome.runs, outcome.edges, outcome.inputs = map(int, line.groups())
    if executed := re.search(r"stat::number_of_executed_units:\s+(\d+)", log):
        outcome.runs = int(executed[1])


def fuzz(folder: Path, target: str, seconds: int) -> Outcome:
    outcome = Outcome(target)
    findings, log = folder / "findings" / target, folder / "logs" / f"{target}.log"
    for made in (findings, log.parent, folder / "corpus" / target):
        made.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    why = ""
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                command(folder, target, seconds),
                cwd=folder,
                env=os.environ | OPTIONS,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=seconds + PATIENCE,
            )
            why = f"exit code {done.returncode}" if done.returncode else ""
        except subprocess.TimeoutExpired:
            why = f"did not end within {seconds + PATIENCE} s"
    said = log.read_text(errors="replace")
    read(said, outcome)
    outcome.findings = sorted(str(path) for path in set(findings.iterdir()) - before)
    if why and not outcome.findings:
        outcome.findings = [f"{why}: see {log}"]
    if outcome.findings:
        print(*said.splitlines()[-60:], sep="\n")
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Fuzzes the targets one after the other.")
    parser.add_argument("--build", type=Path, default=ROOT / "build/fuzz", help=argparse.SUPPRESS)
    parser.add_argument("what", nargs="*", metavar="[TARGET] [SECONDS]", help=f"targets: {', '.join(TARGETS)}")
    given = parser.parse_args()
    named = [word for word in given.what if word in TARGETS]
    numbers = [int(word) for word in given.what if word.isdecimal()]
    if len(named) + len(numbers) != len(given.what) or len(named) > 1 or len(numbers) > 1 or 0 in numbers:
        parser.error(f"one target at most ({', '.join(TARGETS)}), and one number of seconds")
    folder, seconds = given.build.resolve(), numbers[0] if numbers else 60

    build(folder, named or TARGETS)
    outcomes = []
    for target in named or TARGETS:
        print(f"==> {target}, {seconds} s", flush=True)
        outcomes.append(fuzz(folder, target, seconds))
    print(*(outcome.line() for outcome in outcomes), sep="\n")
    for outcome in outcomes:
        for finding in outcome.findings:
            print(f"FOUND by {outcome.target}: {finding}")
    return 1 if any(outcome.findings for outcome in outcomes) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
    except KeyboardInterrupt:
        sys.exit(130)
