#!/usr/bin/env python3
"""Builds and tests everything: `./dev test`. Each step shows its output and how long it took; the last line is the sum
of all suites, `N passed, N failed`. What does not build, crashes, hangs or runs no test counts as one failure. What is
built is built beside the tests, which mostly wait: it has what they leave of the processors, and its output is shown when
a test needs it.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as xml
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "build/reports"
PYTEST = ["/usr/bin/python3", "-m", "pytest", "-q", "-rfE"]
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


@dataclass
class Count:
    passed: int = 0
    failed: int = 0


@dataclass
class Step:
    name: str
    command: list[str]
    count: Callable[[str], Count | None]  # from the output; None: no sum was found in it
    most_seconds: int
    needs: str = ""  # a step that must be over, and not have failed
    beside: bool = False  # runs beside all that is not, one such step after another, at the lowest priority
    alone: bool = False  # begins when no step runs beside it any more


# What a step's output says.


def of_build(_: str) -> Count:
    return Count()


def of_check(_: str) -> Count:
    return Count(passed=1)


def of_doctest(output: str) -> Count | None:
    found = re.search(r"\[doctest\] test cases: +\d+ \| +(\d+) passed \| +(\d+) failed", output)
    return Count(int(found[1]), int(found[2])) if found else None


def of_ctest(output: str) -> Count | None:
    found = re.search(r"% tests passed, (\d+) tests failed out of (\d+)", output)
    return Count(int(found[2]) - int(found[1]), int(found[1])) if found else None


def of_replay(output: str) -> Count | None:
    found = re.search(r"^seeds: (\d+) passed, (\d+) failed$", output, re.MULTILINE)
    return Count(int(found[1]), int(found[2])) if found else None


def of_junit(report: Path) -> Callable[[str], Count | None]:
    def count(_: str) -> Count | None:
        if not report.is_file():
            return None
        suites = xml.parse(report).getroot().iter("testsuite")
        sums = [[int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")] for suite in suites]
        tests, failures, errors, skipped = map(sum, zip(*sums))
        # A test that passes and then fails in its teardown is one test and one error.
        return Count(max(0, tests - failures - errors - skipped), failures + errors)

    return count


# The steps.


def build(preset: str, *targets: str) -> list[Step]:
    command = ["cmake", "--preset", preset]
    configure = Step(f"configure {preset}", command, of_build, 300, beside=True)
    command = ["cmake", "--build", "--preset", preset, "--target", *targets]
    return [configure, Step(f"build {preset}", command, of_build, 2400, needs=configure.name, beside=True)]


def pytest(name: str, folder: str, most_seconds: int, options: tuple[str, ...] = (), **more: str | bool) -> Step:
    report = REPORTS / f"{name}.xml"
    command = [*PYTEST, "-p", "no:cacheprovider", folder, f"--junitxml={report}", *options]
    return Step(name, command, of_junit(report), most_seconds, **more)


def end_to_end() -> Step:
    """Two files at a time."""
    options = ("-m", "not alone", "-n", "2", "--dist", "loadfile")
    return pytest("end to end", "tests/e2e", 900, options, needs="build release")


def end_to_end_alone() -> Step:
    """Those that measure time or memory, or load the whole machine."""
    return pytest("end to end, alone", "tests/e2e", 900, ("-m", "alone"), needs="build release", alone=True)


def sanitized(preset: str, suites: list[str]) -> list[Step]:
    runs = [
        Step(f"{suite} under {preset}", [f"build/{preset}/tests/{suite}"], of_doctest, 600, needs=f"build {preset}")
        for suite in suites
    ]
    return build(preset, *suites) + runs


def fuzz_seeds() -> list[Step]:
    """The inputs that fuzzing begins with, each once, without fuzzing: `./dev fuzz` does that."""
    command = ["cmake", "--build", "--preset", "asan", "--target", "fuzz_replay"]
    built = Step("build fuzz_replay", command, of_build, 1200, needs="build asan", beside=True)
    replay = ["build/asan/tests/fuzz/fuzz_replay", "tests/fuzz/corpus"]
    return [built, Step("fuzz seeds under asan", replay, of_replay, 300, needs=built.name)]


def outside_plugin() -> list[Step]:
    source, folder = "tests/outside_plugin", "build/outside_plugin"
    if not (ROOT / source / "CMakeLists.txt").is_file():
        return []
    # As the preset `release`, so that what was compiled there is found again by ccache and ThinLTO.
    options = {
        "CMAKE_CXX_COMPILER": "clang++-19",
        "CMAKE_AR": "/usr/bin/llvm-ar-19",
        "CMAKE_RANLIB": "/usr/bin/llvm-ranlib-19",
        "CMAKE_BUILD_TYPE": "Release",
        "TOLLGATE_LTO_CACHE": ROOT / "build/release/lto",
    }
    defined = [f"-D{name}={value}" for name, value in options.items()]
    command = ["cmake", "-S", source, "-B", folder, "-G", "Ninja", *defined]
    configure = Step("configure outside_plugin", command, of_build, 300, needs="build release", beside=True)
    command = ["cmake", "--build", folder, "--target", "greeter"]
    built = Step("build outside_plugin", command, of_build, 1200, needs=configure.name, beside=True)
    command = ["ctest", "--test-dir", folder, "--output-on-failure", "--no-tests=error"]
    return [configure, built, Step("outside_plugin", command, of_ctest, 300, needs=built.name)]


def headers() -> Step:
    command = ["cmake", "--build", "--preset", "release", "--target", "headers"]
    return Step("headers compile alone", command, of_check, 1200, needs="configure release", beside=True)


def steps() -> list[Step]:
    suites = ["unit_tests"] + ["flow_tests"] * any((ROOT / "tests/flow").glob("*.cpp"))
    return [
        pytest("checks", "tests/checks", 120),
        *build("release", "tollgate", "bench"),
        end_to_end(),
        *sanitized("asan", suites),
        *fuzz_seeds(),
        *sanitized("tsan", suites),
        *outside_plugin(),
        headers(),
        end_to_end_alone(),
    ]


# Running them.

UNDER_WAY: set[subprocess.Popen] = set()


@dataclass
class Outcome:
    step: Step
    count: Count
    why: str  # it failed, in a word
    seconds: float
    output: str


def show(piece: bytes) -> None:
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def keep_quiet(_: bytes) -> None:
    pass


def run(step: Step, shown: Callable[[bytes], None]) -> tuple[int | None, str]:
    """The exit code, None when time ran out, and the output, which was handed to `shown` as it came."""
    try:
        process = begin(step)
    except OSError as error:
        return 127, str(error)
    timed_out = threading.Event()

    def give_up() -> None:
        timed_out.set()
        end(process)

    timer = threading.Timer(step.most_seconds, give_up)
    timer.start()
    output = bytearray()
    try:
        while piece := process.stdout.read1(65536):
            shown(piece)
            output += piece
        code = process.wait()
        timer.cancel()
        return None if timed_out.is_set() else code, output.decode(errors="replace")
    finally:
        timer.cancel()
        end(process)


def begin(step: Step) -> subprocess.Popen:
    process = subprocess.Popen(
        ["nice", "-n", "19", *step.command] if step.beside else step.command,
        cwd=ROOT,
        env=os.environ | SANITIZERS | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    UNDER_WAY.add(process)
    return process


def end(process: subprocess.Popen) -> None:
    """Ends a step and what it started: its session holds nothing else."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    UNDER_WAY.discard(process)


def outcome_of(step: Step, failed: set[str], shown: Callable[[bytes], None]) -> Outcome:
    """Adds the step to those that failed, when it does."""
    started = time.monotonic()
    if step.needs in failed:
        output, count, why = "", Count(failed=1), f"not run: {step.needs} failed"
    else:
        code, output = run(step, shown)
        count, why = judged(step, code, output)
    if why:
        failed.add(step.name)
    return Outcome(step, count, why, time.monotonic() - started, output)


def judged(step: Step, code: int | None, output: str) -> tuple[Count, str]:
    """What a step adds to the sum, and a word on it when it failed."""
    if code is None:
        return Count(failed=1), f"took longer than {step.most_seconds} s"
    count = step.count(output)
    if code == 0 and count and (count.passed or step.count is of_build) and not count.failed:
        return count, ""
    if count and count.failed:
        return count, f"{count.failed} failed"
    passed = count.passed if count and step.count is not of_check else 0
    return Count(passed, 1), f"exit code {code}" if code else "ran no test"


TELLING = re.compile(r"ERROR: |WARNING: ThreadSanitizer|runtime error: |^(FAILED|ERROR) | error: ")
LINES_BEFORE = 4  # doctest names a test case above its failures


def excerpt(output: str, most_lines: int = 50, most_width: int = 200) -> str:
    """What a failed step said of it: from the first line that tells of a failure, else the last lines."""
    lines = output.splitlines()
    first = next((at for at, line in enumerate(lines) if TELLING.search(line)), len(lines) - most_lines + LINES_BEFORE)
    return "\n".join(line[:most_width] for line in lines[max(0, first - LINES_BEFORE) :][:most_lines])


class Tally:
    """What all steps came to."""

    def __init__(self) -> None:
        self.total = Count()
        self.failed: set[str] = set()
        self.summary: list[str] = []
        self.excerpts: list[str] = []

    def add(self, outcome: Outcome) -> None:
        step, count, why = outcome.step, outcome.count, outcome.why
        if why and outcome.output:
            self.excerpts.append(f"\n==> What {step.name} said\n{excerpt(outcome.output)}")
        self.total.passed += count.passed
        self.total.failed += count.failed
        numbers = f"{count.passed} passed, {count.failed} failed" if count.passed or count.failed else "done"
        self.summary.append(f"{outcome.seconds:7.1f} s  {step.name}: {numbers}{' - ' + why if why else ''}")
        print(self.summary[-1], flush=True)


Beside = deque[tuple[Step, Future[Outcome]]]  # what runs beside and was not looked at yet, in its order


def run_all(plan: list[Step]) -> Tally:
    tally = Tally()
    with ThreadPoolExecutor(max_workers=1) as row:
        try:
            submitted = ((step, row.submit(outcome_of, step, tally.failed, keep_quiet)) for step in plan if step.beside)
            beside: Beside = deque(submitted)
            for step in (step for step in plan if not step.beside):
                wait_for(beside, how_many_before(step, beside), tally)
                print(f"\n==> {step.name}", flush=True)
                tally.add(outcome_of(step, tally.failed, show))
            wait_for(beside, len(beside), tally)
        finally:
            row.shutdown(wait=False, cancel_futures=True)
            for process in list(UNDER_WAY):
                end(process)
    return tally


def how_many_before(step: Step, beside: Beside) -> int:
    """How many of those that run beside `step` it has to wait for."""
    if step.alone:
        return len(beside)
    return next((at for at, (other, _) in enumerate(beside, 1) if other.name == step.needs), 0)


def wait_for(beside: Beside, how_many: int, tally: Tally) -> None:
    for _ in range(how_many):
        step, running = beside.popleft()
        print(f"\n==> {step.name}", flush=True)
        outcome = running.result()
        print(outcome.output, end="", flush=True)
        tally.add(outcome)


def main() -> int:
    REPORTS.mkdir(parents=True, exist_ok=True)
    for report in REPORTS.glob("*.xml"):
        report.unlink()
    began = time.monotonic()
    tally = run_all(steps())
    print(*tally.excerpts, sep="\n")
    print("\n==> All steps", *tally.summary, f"{time.monotonic() - began:7.1f} s  in all\n", sep="\n")
    print(f"{tally.total.passed} passed, {tally.total.failed} failed")
    return 0 if tally.total.passed and not tally.total.failed else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
