"""What `tests/run.py` repeats of a step that failed: the last lines of a long log are all that is sure to be read. And
that steps which run beside others are waited for where that is due, and judged as all others."""

import importlib.util
import os
import signal
import time
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("runner", Path(__file__).parents[1] / "run.py")
runner = importlib.util.module_from_spec(spec)
spec.loader.exec_module(runner)

NOISE = [f"2026-01-01T00:00:00Z info draining: {number} connections" for number in range(500)]


def test_a_report_of_a_sanitizer_is_repeated_though_much_follows_it():
    report = ["WARNING: ThreadSanitizer: data race (pid=1)", "  Read of size 4 by thread T1:"]
    said = runner.excerpt("\n".join(NOISE + report + NOISE))
    assert said.splitlines()[runner.LINES_BEFORE :][:2] == report


def test_without_a_telling_line_the_last_ones_are_repeated():
    assert runner.excerpt("\n".join(NOISE)).splitlines() == NOISE[-50:]


def test_an_excerpt_is_bounded():
    said = runner.excerpt("\n".join(["main.cpp:1: error: " + "x" * 10_000] * 500))
    assert len(said.splitlines()) == 50
    assert max(map(len, said.splitlines())) == 200


def test_a_short_output_is_repeated_whole():
    assert runner.excerpt("one\ntwo") == "one\ntwo"
    assert runner.excerpt("") == ""


# Steps that run beside others.


def step(name, command, **more):
    return runner.Step(name, ["/bin/sh", "-c", command], runner.of_check, more.pop("most_seconds", 30), **more)


def ran(*plan):
    return runner.run_all(list(plan))


def in_order(tally):
    return [line.split("  ")[-1] for line in tally.summary]


def test_steps_beside_others_run_while_those_do_and_are_judged_behind_them(capfd, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)  # each waits for the other
    one = step("one", f"echo hello > {pipe}; nice", beside=True)
    tally = ran(one, step("two", f"cat {pipe}"), step("three", "true", beside=True))
    assert in_order(tally) == [f"{name}: 1 passed, 0 failed" for name in ("two", "one", "three")]
    assert (tally.total.passed, tally.total.failed) == (3, 0)
    said = capfd.readouterr().out
    assert said.index("==> two") < said.index("\n==> one\n19\n") < said.index("==> three")


def test_steps_beside_others_run_one_after_another(tmp_path):
    done = tmp_path / "done"
    slow = step("slow", f"sleep 0.5; mkdir {done}", beside=True)
    assert not ran(slow, step("next", f"rmdir {done}", beside=True)).failed


def test_a_step_waits_for_what_it_needs_and_no_longer(tmp_path):
    done, pipe = tmp_path / "done", tmp_path / "pipe"
    os.mkfifo(pipe)
    tally = ran(
        step("needed", f"sleep 0.5; mkdir {done}", beside=True),
        step("not needed", f"cat {pipe}", beside=True),
        step("needs it", f"rmdir {done} && echo hello > {pipe}", needs="needed"),
    )
    assert in_order(tally) == [f"{name}: 1 passed, 0 failed" for name in ("needed", "needs it", "not needed")]


def test_a_step_alone_waits_for_all_that_run_beside(tmp_path):
    done = tmp_path / "done"
    tally = ran(
        step("alone", f"rmdir {done}", alone=True),
        step("one", "true", beside=True),
        step("two", f"sleep 0.5; mkdir {done}", beside=True),
    )
    assert in_order(tally) == [f"{name}: 1 passed, 0 failed" for name in ("one", "two", "alone")]


def test_a_step_beside_another_that_fails_or_hangs_is_a_failure_with_its_words():
    began = time.monotonic()
    tally = ran(
        step("fails", "echo why; exit 3", beside=True),
        step("hangs", "echo so; sleep 60 & sleep 60", beside=True, most_seconds=1),
        step("well", "true"),
        step("needs it", "true", needs="fails"),
        step("needs the one that hangs", "true", needs="hangs"),
    )
    assert time.monotonic() - began < 30
    assert tally.failed == {"fails", "hangs", "needs it", "needs the one that hangs"}
    assert (tally.total.passed, tally.total.failed) == (1, 4)
    assert in_order(tally) == [
        "well: 1 passed, 0 failed",
        "fails: 0 passed, 1 failed - exit code 3",
        "needs it: 0 passed, 1 failed - not run: fails failed",
        "hangs: 0 passed, 1 failed - took longer than 1 s",
        "needs the one that hangs: 0 passed, 1 failed - not run: hangs failed",
    ]
    assert tally.excerpts == ["\n==> What fails said\nwhy", "\n==> What hangs said\nso"]
    assert not runner.UNDER_WAY


@pytest.fixture
def heeds_interrupts():
    """As a program does that is not begun in the background of a shell, which has them ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_when_the_run_is_broken_off_nothing_more_begins(tmp_path, heeds_interrupts):
    pipe, begun = tmp_path / "pipe", tmp_path / "begun"
    os.mkfifo(pipe)
    with pytest.raises(KeyboardInterrupt):
        ran(
            step("one", f"echo hello > {pipe}; sleep 60", beside=True),
            step("two", f"mkdir {begun}", beside=True),
            step("breaks off", f"cat {pipe}; kill -INT $PPID; sleep 60"),
        )
    assert not begun.exists()
    assert not runner.UNDER_WAY
