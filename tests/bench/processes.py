"""Child processes: started on chosen processors, ended by their id, and never outliving this one."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class Cores:
    """Proxies get one processor of their own where there are two: what clients and service do does not disturb them."""

    everything: frozenset[int] = field(default_factory=lambda: frozenset(os.sched_getaffinity(0)))

    @property
    def proxy(self) -> frozenset[int]:
        return frozenset(sorted(self.everything)[:1])

    @property
    def others(self) -> frozenset[int]:
        return self.everything - self.proxy or self.everything


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


class Child:
    """Its standard output goes to `output`, what it says on standard error to a file in `folder`."""

    def __init__(
        self,
        command: list,
        folder: Path,
        cpus: frozenset[int],
        environment: dict[str, str] | None = None,
        output=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    ):
        self.name = Path(command[0]).name
        self.folder = folder
        self.errors_file = folder / f"{self.name}.stderr"

        def prepare() -> None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            os.sched_setaffinity(0, cpus)

        with self.errors_file.open("wb") as errors:
            self.process = subprocess.Popen(
                list(map(str, command)),
                cwd=folder,
                env=dict(os.environ) | (environment or {}),
                stdin=stdin,
                stdout=output,
                stderr=errors,
                text=True,
                preexec_fn=prepare,
                # Ctrl-C is for this process, which ends the others. No session of its own: the kernel would schedule
                # each as a group, and priorities would count for nothing between them.
                process_group=0,
            )

    def wait_ready(self, ports: list[int], within: float = 20) -> None:
        deadline = time.monotonic() + within
        while not all(map(accepts, ports)):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}: {self.errors()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not listen: {self.errors()}")
            time.sleep(0.02)

    def errors(self) -> str:
        return self.errors_file.read_text(errors="replace")[-2000:]

    def stop(self, within: float = 5) -> None:
        """SIGTERM, and SIGKILL to it and what it started when that does not help."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
