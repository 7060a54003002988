"""Users in PostgreSQL: the same verbs and logins as in SQLite, and what a server can do that a file cannot: be away, be
silent, refuse. And the ways from one store to another."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway import BINARY, FOUNDER, PASSWORD, Gateway, cheap_hash, reason_of
from postgres import Postgres
from processes import eventually

OTHER = "other@example.com"


@pytest.fixture
def on_postgres(make_gateway: Callable[[], Gateway], postgres: Postgres) -> Gateway:
    """Configured, with the founder, and not started."""
    gateway = make_gateway()
    gateway.environment["TOLLGATE_STORE"] = postgres.uri
    gateway.configure(users="store_grace: 3s, bcrypt_cost: 10")
    gateway.add_user()
    return gateway


def timed(ask: Callable, *arguments, **more) -> tuple[float, object]:
    begun = time.monotonic()
    answer = ask(*arguments, **more)
    return time.monotonic() - begun, answer


def ask_until(gateway: Gateway, token: str, end: float) -> set[int]:
    """The statuses of /me so far."""
    statuses = set()
    while time.monotonic() < end:
        statuses.add(gateway.get("/me", token).status_code)
        time.sleep(0.1)
    return statuses


def log_in(gateway: Gateway, email: str = FOUNDER):
    return gateway.http.post("/login", data={"username": email, "password": PASSWORD})


def test_users_of_postgresql_log_in_and_are_put_out(on_postgres: Gateway):
    gateway = on_postgres.start()
    token = gateway.log_in()
    assert gateway.get("/me", token).json() == {"id": 1, "email": FOUNDER}
    gateway.user("disable")
    eventually(lambda: gateway.get("/me", token).status_code == 401, 1, "the disabled user being out")
    gateway.user("enable")
    assert gateway.get("/me", gateway.log_in()).status_code == 200
    assert log_in(gateway, "nobody@example.com").status_code == 401
    gateway.user("remove")
    assert gateway.cli("user", "show", FOUNDER).returncode == 1
    gateway.add_user()
    assert gateway.get("/me", gateway.log_in()).json()["id"] == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda uri: uri.replace("password-of-the-tests", "wrong"), "password authentication failed"),
        (lambda uri: uri + "x", 'database "tollgatex" does not exist'),
        (lambda uri: uri.replace("tollgate:", "nobody:"), "password authentication failed"),
        (lambda uri: uri + "?sslmode=require", "server does not support SSL"),
    ],
)
def test_a_store_that_refuses_is_one_clear_line(on_postgres: Gateway, change: Callable[[str], str], said: str):
    on_postgres.environment["TOLLGATE_STORE"] = change(on_postgres.environment["TOLLGATE_STORE"])
    (line,) = on_postgres.cli("user", "list").stderr.splitlines()
    assert line.startswith("tollgate: the user store postgresql://")
    assert said in line
    assert "password-of-the-tests" not in line
    if "SSL" not in said:  # that might pass, and is waited for
        assert said in on_postgres.fails_to_start()


def test_what_is_no_store_is_an_error_at_its_place(on_postgres: Gateway):
    on_postgres.environment["TOLLGATE_STORE"] = "postgresql://tollgate:hidden-word@localhost:1/x?no_such=1"
    done = on_postgres.cli("check")
    assert done.returncode == 1
    assert "tollgate.yaml:" in done.stderr + done.stdout
    assert "hidden-word" not in done.stderr + done.stdout


def test_a_gateway_waits_a_while_for_a_database_that_starts(on_postgres: Gateway, postgres: Postgres):
    postgres.stop()
    process = subprocess.Popen([BINARY, "run"], cwd=on_postgres.folder, env=on_postgres.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert "waiting for it" in process.stderr.readline()
        postgres.start()
        lines = iter(process.stderr.readline, "")
        assert any("listening" in line for line in lines)
    finally:
        process.terminate()
        assert process.wait(20) == 0


@pytest.mark.parametrize("fault", ["killed", "silent"])
def test_while_the_database_is_away_known_users_pass_for_the_grace_and_nobody_is_401(
    on_postgres: Gateway, postgres: Postgres, fault: str
):
    gateway = on_postgres
    gateway.add_user(OTHER)
    gateway.start()
    known, unseen = gateway.log_in(), gateway.log_in(OTHER)
    assert gateway.get("/me", known).status_code == 200
    assert gateway.operations("/readyz").status_code == 200

    postgres.kill() if fault == "killed" else postgres.hold()
    gone = time.monotonic()
    with ThreadPoolExecutor() as clients:
        refused = [clients.submit(timed, ask) for ask in (lambda: log_in(gateway), lambda: gateway.get("/me", unseen))]
        passed = clients.submit(ask_until, gateway, known, gone + 2)
    for took, answer in (asked.result() for asked in refused):
        assert (answer.status_code, reason_of(answer)) == (503, "store_unavailable")
        assert answer.headers["retry-after"]
        assert took < 3
    assert passed.result() == {200}  # 3 s are allowed
    eventually(lambda: gateway.operations("/readyz").status_code == 503, 3, "/readyz saying so")
    time.sleep(max(0.0, gone + 4 - time.monotonic()))
    assert ask_until(gateway, known, gone + 5) == {503}

    postgres.start() if fault == "killed" else postgres.go_on()
    eventually(lambda: gateway.operations("/readyz").status_code == 200, 10, "/readyz being well again")
    # An attempt to connect that began before may still be under way.
    for ask in (lambda: gateway.get("/me", known), lambda: gateway.get("/me", unseen), lambda: log_in(gateway)):
        eventually(lambda ask=ask: ask().status_code == 200, 5, "an answer")
    said = gateway.child.errors()
    assert "the user store does not answer: " in said
    assert "the user store answers again" in said
    assert "password-of-the-tests" not in said


def test_a_disable_during_the_outage_of_one_gateway_takes_effect_when_it_ends(
    on_postgres: Gateway, postgres: Postgres
):
    gateway = on_postgres.start()
    token = gateway.log_in()
    assert gateway.get("/me", token).status_code == 200
    feed = "SELECT pid FROM pg_stat_activity WHERE application_name = 'tollgate changes'"
    (pid,) = postgres.sql(feed).split()
    os.kill(int(pid), signal.SIGSTOP)  # its feed hears nothing any more
    try:
        gateway.user("disable")
        eventually(lambda: gateway.get("/me", token).status_code == 401, 5, "the disabled user being out")
    finally:
        os.kill(int(pid), signal.SIGCONT)


def test_the_first_user_is_made_at_the_start_and_only_once(make_gateway: Callable[[], Gateway], postgres: Postgres):
    for store in (None, postgres.uri):
        gateway = make_gateway()
        values = 'email: "${TOLLGATE_FIRST_USER:-}", password: "${TOLLGATE_FIRST_PASSWORD:-}"'
        gateway.configure(users=f"first_user: {{{values}}}")
        if store:
            gateway.environment["TOLLGATE_STORE"] = store
        password = gateway.folder / "first password"
        password.write_text(PASSWORD + "\n")
        gateway.environment |= {"TOLLGATE_FIRST_USER": FOUNDER, "TOLLGATE_FIRST_PASSWORD_FILE": str(password)}
        gateway.start()
        assert gateway.get("/me", gateway.log_in()).json() == {"id": 1, "email": FOUNDER}
        gateway.user("remove")
        gateway.child.stop()
        gateway.start()
        assert log_in(gateway).status_code == 401


@pytest.fixture
def moved(make_gateway: Callable[[], Gateway], on_postgres: Gateway) -> Iterator[tuple[Gateway, Gateway]]:
    yield make_gateway(), on_postgres


def test_users_move_from_sqlite_to_postgresql_in_one_pipe(moved: tuple[Gateway, Gateway], postgres: Postgres):
    old, new = moved
    postgres.forget_everything()
    for email in ("removed@example.com", FOUNDER, OTHER):
        old.add_user(email)
    old.user("remove", "removed@example.com")
    old.user("disable", OTHER)
    old.start()
    token = old.log_in()

    export = subprocess.Popen([BINARY, "user", "export"], cwd=old.folder, env=old.environment, stdout=subprocess.PIPE)
    done = subprocess.run([BINARY, "user", "import"], cwd=new.folder, env=new.environment, stdin=export.stdout,
                          capture_output=True, text=True, timeout=60)
    assert (export.wait(10), done.returncode, done.stderr) == (0, 0, "")
    assert done.stdout == "2 users added, 0 were there already, 0 lines refused\n"

    new.start()
    assert new.get("/me", token).json() == {"id": 2, "email": FOUNDER}  # with his token and his password
    assert new.get("/me", new.log_in()).status_code == 200
    assert log_in(new, OTHER).status_code == 401
    new.add_user("next@example.com")
    assert "id:             4" in new.cli("user", "show", "next@example.com").stdout


def test_csv_with_hashes_is_imported_and_its_users_log_in(own_gateway: Gateway):
    lines = f"email,hash\nCsv@Example.com,{cheap_hash()}\nbad@example.com,md5\n"
    done = own_gateway.cli("user", "import", stdin=lines)
    assert done.returncode == 1
    assert done.stdout == "1 users added, 0 were there already, 1 lines refused\n"
    assert done.stderr.startswith("tollgate: line 3: the hash of bad@example.com")
    assert own_gateway.get("/me", own_gateway.log_in("csv@example.com")).status_code == 200


def test_a_backup_is_made_while_the_gateway_runs_and_can_be_restored(
    own_gateway: Gateway, make_gateway: Callable[[], Gateway], tmp_path: Path
):
    copy = tmp_path / "users-backup.db"
    assert own_gateway.cli("backup", str(copy)).returncode == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    again = own_gateway.cli("backup", str(copy))
    assert (again.returncode, again.stderr) == (1, f"tollgate: {copy}: File exists\n")

    other = make_gateway()
    copy.rename(other.folder / "users.db")
    other.start()
    assert other.get("/me", other.log_in()).json()["email"] == FOUNDER


def test_a_backup_of_postgresql_is_left_to_its_own_tools(on_postgres: Gateway):
    done = on_postgres.cli("backup", "x.db")
    assert done.returncode == 1
    assert "pg_dump" in done.stderr
    assert not (on_postgres.folder / "x.db").exists()
