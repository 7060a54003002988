"""A store whose disk is full or cannot be written: nothing half-written, nothing lost, and a line that says so."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway import FOUNDER, PASSWORD, Gateway

OTHER = "other@example.com"
KIB = 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, in memory."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.fixture
def on_disk(make_gateway: Callable[[], Gateway], small_disk: Path) -> Gateway:
    gateway = make_gateway()
    gateway.environment["TOLLGATE_STORE"] = f"sqlite://{small_disk}/users.db"
    gateway.add_user()
    return gateway


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (16 * KIB, KIB, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return filler


def test_a_full_disk_refuses_changes_and_keeps_everything(on_disk: Gateway, small_disk: Path):
    gateway = on_disk.start()
    token = gateway.log_in()
    filler = fill(small_disk)
    added = 0
    for number in range(2_000):  # what SQLite has set aside is used up first
        done = gateway.cli("user", "import", stdin=f'email,hash\n{number}@example.com,{"$2b$04$" + "a" * 53}\n')
        if done.returncode != 0:
            break
        added += 1
    assert done.returncode == 1
    assert "the user store does not answer" in done.stderr
    assert "full" in done.stderr or "disk I/O error" in done.stderr
    assert done.stdout == "0 users added, 0 were there already, 0 lines refused\n"

    assert gateway.get("/me", token).status_code == 200
    assert gateway.get("/me", gateway.log_in()).status_code == 200
    filler.unlink()
    gateway.add_user(OTHER)
    assert gateway.get("/me", gateway.log_in(OTHER)).status_code == 200
    listed = gateway.cli("user", "list").stdout.splitlines()
    assert len(listed) == 1 + 2 + added


def test_a_disk_that_cannot_be_written_is_one_clear_line(on_disk: Gateway, small_disk: Path):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for line in (on_disk.cli("user", "list").stderr, on_disk.fails_to_start()):
        assert line.startswith(f"tollgate: the user store {small_disk}/users.db: ")
        assert line.count("\n") == 1
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    on_disk.start()
    assert on_disk.get("/me", on_disk.log_in(FOUNDER, PASSWORD)).status_code == 200
