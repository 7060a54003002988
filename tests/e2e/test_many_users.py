"""A login and a first use of a token cost the same however many users there are. TOLLGATE_MANY_USERS says how many."""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable

import pytest

from gateway import BINARY, Gateway, cheap_hash
from postgres import PASSWORD as SECRET
from postgres import USER, Postgres
from tokens import signed

pytestmark = pytest.mark.alone

FEW = 500  # more than are asked for: one who was seen lately is remembered, and the store is not asked
MANY = int(os.environ.get("TOLLGATE_MANY_USERS", 20_000))
MOST_RATIO = 1.3  # of medians on a machine that others use too; what grew with the users would be far beyond


def email(number: int) -> str:
    return f"user{number}@example.com"


def import_users(gateway: Gateway, count: int) -> float:
    """Seconds."""
    hashed, begun = cheap_hash(), time.monotonic()
    process = subprocess.Popen(
        [BINARY, "user", "import"], cwd=gateway.folder, env=gateway.environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    for number in range(count):
        process.stdin.write(json.dumps({"email": email(number), "hash": hashed}) + "\n")
    said, _ = process.communicate()
    assert (process.returncode, said) == (0, f"{count} users added, 0 were there already, 0 lines refused\n")
    return time.monotonic() - begun


def seconds_of_login(gateway: Gateway, number: int) -> float:
    begun = time.perf_counter()
    gateway.log_in(email(number))
    return time.perf_counter() - begun


def seconds_of_first_use(gateway: Gateway, number: int) -> float:
    """With a token of a user that the gateway has not seen, so that it must ask the store."""
    token = signed(sub=str(number + 1))
    begun = time.perf_counter()
    answer = gateway.get("/me", token)
    took = time.perf_counter() - begun
    assert answer.json()["email"] == email(number)
    return took


def medians(gateways: dict[int, Gateway], measure: Callable[[Gateway, int], float], rounds: int) -> dict[int, float]:
    """Milliseconds for each number of users; measured in turns, in either order."""
    times = {count: [] for count in gateways}
    for turn in range(rounds):
        order = sorted(gateways, reverse=turn % 2 == 1)
        for count in order:
            times[count].append(measure(gateways[count], (turn * 7919) % count) * 1000)
    return {count: statistics.median(column) for count, column in times.items()}


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_many_users_cost_no_more_than_few(engine: str, make_gateway: Callable[[], Gateway], postgres: Postgres):
    gateways = {}
    for count in (FEW, MANY):
        gateway = make_gateway()
        if engine == "postgresql":
            postgres.sql(f"CREATE DATABASE store{count}")
            gateway.environment["TOLLGATE_STORE"] = postgres.uri_of(USER, SECRET, f"store{count}")
        gateway.configure(auth="login: {client: {burst: 100000}}")
        print(f"{engine}: {count} users imported in {import_users(gateway, count):.1f} s")
        gateways[count] = gateway.start()

    for what, measure, rounds in (("login", seconds_of_login, 60), ("/me", seconds_of_first_use, 400)):
        median = medians(gateways, measure, rounds)
        few, many = median[FEW], median[MANY]
        print(f"{engine}: {what}: median {few:.2f} ms with {FEW}, {many:.2f} ms with {MANY}: {many / few:.2f}")
        assert many < MOST_RATIO * few
