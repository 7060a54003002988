"""What the kernel knows of processes: the time they used, their memory, how often they woke, their system calls."""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found


def cpu_ns(pids: list[int]) -> int:
    """User and system time of all threads, those that ended included (the clock of clock_getcpuclockid(3))."""
    return sum(time.clock_gettime_ns((~pid << 3) | 2) for pid in pids)


def pss_of(smaps_rollup: str) -> int:
    """KiB of memory, with the process's share of what it shares."""
    return int(re.search(r"^Pss:\s+(\d+) kB$", smaps_rollup, re.MULTILINE)[1])


def pss_kib(pids: list[int]) -> int:
    return sum(pss_of(Path(f"/proc/{pid}/smaps_rollup").read_text()) for pid in pids)


def switches_of(status: str) -> int:
    return sum(map(int, re.findall(r"^(?:non)?voluntary_ctxt_switches:\s+(\d+)$", status, re.MULTILINE)))


def wakeups(pids: list[int]) -> int:
    """How often threads were put on a processor: while all is idle, how often they woke."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(switches_of((task / "status").read_text()) for task in tasks)


# System calls. Counting them slows the counted down, so it is never done while time is measured.

TRACEPOINT = "raw_syscalls:sys_enter"
EVENTS = Path("/sys/kernel/tracing/events/syscalls")
NAMES = (
    "accept", "accept4", "close", "connect", "epoll_ctl", "epoll_pwait", "epoll_wait", "fcntl", "futex",
    "getpeername", "getsockname", "getsockopt", "ioctl", "madvise", "mmap", "munmap", "newfstatat", "openat",
    "pipe2", "poll", "ppoll", "pread64", "read", "readv", "recvfrom", "recvmsg", "sendmsg", "sendto", "setsockopt",
    "shutdown", "socket", "splice", "timerfd_settime", "write", "writev",
)


def calls_of_perf(output: str) -> int | None:
    """From `perf stat -x,`; None when it could not count."""
    found = re.search(rf"^(\d+),[^,\n]*,{TRACEPOINT},", output, re.MULTILINE)
    return int(found[1]) if found else None


def names_of_perf(output: str) -> dict[str, int]:
    """Counts by name, the largest first; the calls that nobody made are left out."""
    found = re.findall(r"^(\d+),[^,\n]*,syscalls:sys_enter_(\w+),", output, re.MULTILINE)
    return dict(sorted(((name, int(count)) for count, name in found if count != "0"), key=lambda one: -one[1]))


def calls_of_strace(output: str) -> int | None:
    """From `strace -c`, the line of the sum."""
    found = re.search(r"^\s*100\.00\s+\S+\s+(?:\S+\s+)?(\d+)(?:\s+\d+)?\s+total$", output, re.MULTILINE)
    return int(found[1]) if found else None


def count_calls(pids: list[int], run) -> int | None:
    """The system calls of these processes while `run` runs; None when this machine cannot count them."""
    listed = ",".join(map(str, pids))
    if shutil.which("perf"):
        output = watched(["perf", "stat", "-x,", "-e", TRACEPOINT, "-p", listed], run)
        if (count := calls_of_perf(output)) is not None:
            return count
    if shutil.which("strace"):
        return calls_of_strace(watched(["strace", "-f", "-c", "-p", listed], run))
    return None


def name_calls(pids: list[int], run) -> dict[str, int]:
    """The same by name, of those in NAMES; nothing when this machine cannot."""
    if not shutil.which("perf") or not EVENTS.is_dir():
        return {}
    known = [name for name in NAMES if (EVENTS / f"sys_enter_{name}").exists()]  # each architecture lacks some
    events = [word for name in known for word in ("-e", f"syscalls:sys_enter_{name}")]
    return names_of_perf(watched(["perf", "stat", "-x,", *events, "-p", ",".join(map(str, pids))], run))


def watched(command: list[str], run) -> str:
    """What a tracer said of the time in which `run` ran."""
    tracer = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(0.5)  # until it has attached; before, nothing is asked of the traced
        run()
    finally:
        tracer.send_signal(signal.SIGINT)
        _, said = tracer.communicate(timeout=30)
    return said
