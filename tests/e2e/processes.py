"""Ports, waiting and child processes: what every started server here shares."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def unread_bytes(port: int) -> int:
    """What lies in the receive buffers of the connections to `port`, unread by its process."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "01")


def eventually(condition: Callable[[], T], within: float, what: str = "the condition") -> T:
    """What `condition` gives as soon as it is true; fails when it is not within so many seconds."""
    deadline = time.monotonic() + within
    while True:
        if found := condition():
            return found
        assert time.monotonic() < deadline, f"{what} did not hold within {within} s"
        time.sleep(0.01)


class Child:
    """A process with its output in files; its server is ready when `port` accepts."""

    def __init__(self, command: list, folder: Path, port: int, environment: dict[str, str]):
        self.port = port
        self.output_file = folder / "stdout.log"
        self.errors_file = folder / "stderr.log"
        with self.output_file.open("ab") as output, self.errors_file.open("ab") as errors:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
            )

    def wait_ready(self, within: float = 20) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.errors()}"
            return accepts(self.port)

        eventually(ready, within, f"port {self.port} accepting")

    def errors(self) -> str:
        return self.errors_file.read_text(errors="replace")

    def resident_kib(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def kill(self) -> None:
        """As when memory runs out: it has no last word."""
        self.process.kill()
        self.process.wait()

    def stop(self, within: float = 20) -> int:
        """SIGTERM, then the exit code; killed, and a failure, when it does not end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not end within {within} s of SIGTERM: {self.errors()}") from None
