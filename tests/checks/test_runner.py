"""What `tests/run.py` repeats of a step that failed: the last lines of a long log are all that is sure to be read."""

import importlib.util
from pathlib import Path

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
