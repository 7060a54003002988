#!/usr/bin/env python3
"""A PostgreSQL server of the tests' own, on a free port of loopback, with its files in a folder that goes with it. The
one of the system, if there is one, is left alone.

    postgres.py FILE        starts one, writes its URI to FILE, and stops it when standard input ends
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from processes import accepts, eventually, free_port

USER = "tollgate"
DATABASE = "tollgate"
PASSWORD = "a-password-of-the-tests"
# Nothing here must outlive the machine; what a statement costs without waiting for the disk is what is tested.
SETTINGS = ["fsync=off", "full_page_writes=off", "unix_socket_directories=", "max_connections=64"]


def programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    assert found, "no PostgreSQL is installed"
    return found[-1]


def owner() -> dict[str, int | str]:
    """It refuses to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


class Postgres:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tollgate-postgres-"))
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        password = self.folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self.run("initdb", "-D", self.folder / "data", "-U", USER, "--pwfile", password, "-A", "scram-sha-256", "-N")
        self.start()
        self.sql(f"CREATE DATABASE {DATABASE}", "postgres")

    @property
    def uri(self) -> str:
        return self.uri_of(USER, PASSWORD)

    def uri_of(self, user: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def run(self, program: str, *arguments: object) -> None:
        command = [programs() / program, *map(str, arguments)]
        environment = dict(os.environ) | {"LC_ALL": "C.UTF-8"}
        subprocess.run(command, check=True, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL, **owner())

    def start(self) -> None:
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", *SETTINGS]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [programs() / "postgres", "-D", self.folder / "data", *(f"-c{setting}" for setting in settings)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **owner(),
            )
        eventually(self.answers, 30, "PostgreSQL answering")

    def answers(self) -> bool:
        assert self.process and self.process.poll() is None, (self.folder / "log").read_text()
        if not accepts(self.port):
            return False
        command = [programs() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command).returncode == 0

    def sql(self, text: str, database: str = DATABASE) -> str:
        uri = self.uri_of(USER, PASSWORD, database)
        command = [programs() / "psql", "-qAtX", "-v", "ON_ERROR_STOP=1", uri, "-c", text]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def forget_everything(self) -> None:
        self.sql("DROP SCHEMA IF EXISTS tollgate CASCADE")

    def kill(self) -> None:
        """As in a crash: connections break off in the middle of what they did."""
        self.end(signal.SIGQUIT)

    def stop(self) -> None:
        self.end(signal.SIGINT)

    def end(self, how: signal.Signals) -> None:
        if self.process:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None

    def hold(self) -> None:
        """It keeps its connections and says nothing any more, until go_on()."""
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        for pid in self.pids():
            os.kill(pid, signal.SIGCONT)

    def pids(self) -> list[int]:
        """The postmaster first, so that it starts nobody while the others are stopped."""
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)


def main(file: Path) -> None:
    server = Postgres()
    try:
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_text(server.uri)
        unfinished.rename(file)
        sys.stdin.read()
    finally:
        server.remove()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
