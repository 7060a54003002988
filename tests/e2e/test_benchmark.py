"""`./dev bench` still measures: its programs, the configurations of its proxies, and its clean end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import BINARY, ROOT
from processes import eventually

pytestmark = pytest.mark.alone


def bench(folder: Path, *arguments: str) -> subprocess.Popen:
    """It works in a folder below `folder`, so that what it leaves is seen."""
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "bench", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests"), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def processes_in(folder: Path) -> list[str]:
    """The command lines of all processes that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has just ended
        found += [words] if str(folder) in words else []
    return found


def rows(output: str, proxy: str) -> list[list[str]]:
    lines = [line.strip("|").split("|") for line in output.splitlines()]
    return [cells for line in lines if (cells := [cell.strip() for cell in line])[0] == proxy]


def test_requests_and_streams_are_measured_beside_nginx(tmp_path):
    assert BINARY.is_file()
    process = bench(tmp_path, "small", "sse", "--rounds", "1", "--seconds", "0.3", "--peers", "nginx")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    for proxy in ("tollgate", "nginx"):
        small, sse = rows(output, proxy)
        assert 0 < float(small[1]) < 10_000, output
        assert float(sse[-1].replace(",", "")) > 1000, output
    assert "not measured" not in output
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_ends_everything_that_was_started(tmp_path):
    process = bench(tmp_path, "small", "--rounds", "100", "--seconds", "5", "--peers", "nginx")
    eventually(lambda: any("bench_load" in words for words in processes_in(tmp_path)), 60, "a load")
    assert any(words.startswith("nginx") for words in processes_in(tmp_path))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    eventually(lambda: not processes_in(tmp_path), 5, "no process left")
    assert list(tmp_path.iterdir()) == []
