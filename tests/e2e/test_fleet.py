"""Two gateways on one PostgreSQL behind a HAProxy: what one does is known to the other, and what breaks is survived."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from balancer import Balancer
from gateway import PASSWORD, Gateway, cheap_hash
from postgres import Postgres
from processes import eventually
from services import BulkService
from traffic import Client, Head

LOGINS = 1_000
REQUESTS = 20_000
USERS = 40
LOGIN_CLIENTS = 12
REQUEST_CLIENTS = 12
SECONDS_AFTER_A_FAULT = 3.0
MOST_FAILURES = (LOGINS + REQUESTS) // 100
ROUTES = "\n  - {path: /bulk/*, upstream: bulk}"
USER_SETTINGS = "bcrypt_cost: 10"
LOGIN_SETTINGS = "login: {client: {burst: 100000}, account: {failures: 1000}}"


@dataclass
class Fleet:
    gateways: list[Gateway]
    balancer: Balancer

    def stop(self) -> None:
        self.balancer.child.kill()


@pytest.fixture
def fleet(
    make_gateway: Callable[[], Gateway], postgres: Postgres, bulk: BulkService, tmp_path: Path
) -> Iterator[Fleet]:
    gateways = [make_gateway(), make_gateway()]
    for gateway in gateways:
        gateway.environment["TOLLGATE_STORE"] = postgres.uri
        gateway.configure(
            routes=ROUTES,
            upstreams={"bulk": bulk.port},
            users=USER_SETTINGS,
            auth=LOGIN_SETTINGS,
            more="trusted_proxies: [127.0.0.1]\n",
        )
    hashed = cheap_hash()
    lines = [json.dumps({"email": f"user{number}@example.com", "hash": hashed}) for number in range(USERS)]
    done = gateways[0].cli("user", "import", stdin="\n".join(lines))
    assert done.returncode == 0, done.stderr
    for gateway in gateways:
        gateway.start()
    folder = tmp_path / "balancer"
    folder.mkdir()
    fleet = Fleet(gateways, Balancer(folder, [gateway.port for gateway in gateways]))
    yield fleet
    fleet.stop()


CUT = 0  # instead of a status: the answer ended in the middle


@dataclass
class Fault:
    what: str
    begun: float
    over: float = 0.0
    cuts: bool = False  # what had begun to answer is gone: nobody can end that answer

    def excuses(self, moment: float, status: int) -> bool:
        excused = status in (502, 503) or (status == CUT and self.cuts)
        return excused and self.begun <= moment <= self.over + SECONDS_AFTER_A_FAULT


@dataclass
class Traffic:
    """What all clients have done so far. A client that is refused waits as Retry-After says, as good ones do."""

    port: int
    logins: int = 0
    requests: int = 0
    tokens: list[str] = field(default_factory=list)
    failures: list[tuple[float, str, int]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return self.logins >= LOGINS and self.requests >= REQUESTS

    async def ask(
        self, client: Client | None, line: str, *fields: str, body: bytes = b""
    ) -> tuple[Client | None, Head, bytes]:
        async with asyncio.timeout(30):
            client = client or await Client.connect(self.port)
            client.send(line, *fields, body=body)
            head = await client.read_head()
            try:
                answer = await client.read_body(head)
            except asyncio.IncompleteReadError:
                client.close()
                return None, Head(CUT, {}), b""
        return (client.close() if head.ends_connection else client), head, answer

    async def failed(self, line: str, head: Head) -> None:
        self.failures.append((time.monotonic(), line, head.status))
        await asyncio.sleep(float(head.fields.get("retry-after", 1)))

    async def log_in(self, seed: int) -> None:
        chance, client = random.Random(seed), None
        while self.logins < LOGINS:
            self.logins += 1
            form = urlencode({"username": f"user{chance.randrange(USERS)}@example.com", "password": PASSWORD}).encode()
            fields = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}")
            client, head, answer = await self.ask(client, "POST /login", *fields, body=form)
            if head.status == 200:
                self.tokens.append(json.loads(answer)["access_token"])
            else:
                await self.failed("POST /login", head)
            await asyncio.sleep(0.1)

    async def use(self, seed: int) -> None:
        chance, client = random.Random(seed), None
        while self.requests < REQUESTS:
            while not self.tokens:
                await asyncio.sleep(0.05)
            self.requests += 1
            line = chance.choice(["GET /me", "GET /bulk/bytes/300"])
            token = self.tokens[chance.randrange(len(self.tokens))]
            client, head, answer = await self.ask(client, line, f"Authorization: Bearer {token}")
            if head.status != 200:
                await self.failed(line, head)
            elif line == "GET /bulk/bytes/300":
                assert len(answer) == 300

    async def write(self, fleet: Fleet) -> None:
        """Users that are added meanwhile: what was acknowledged must be there in the end."""
        number = 0
        while not self.done:
            email = f"written{number}@example.com"
            number += 1
            gateway = fleet.gateways[number % 2]
            done = await asyncio.to_thread(
                gateway.cli, "user", "add", email, "--password-stdin", stdin=PASSWORD + "\n"
            )
            if done.returncode == 0:
                self.written.append(email)
            await asyncio.sleep(0.3)

    async def until(self, part: float) -> None:
        while self.requests < REQUESTS * part or self.logins < LOGINS * part * 0.8:
            await asyncio.sleep(0.02)

    async def break_things(self, fleet: Fleet, postgres: Postgres) -> None:
        await self.until(0.2)
        fault = Fault("a gateway was killed", time.monotonic(), float("inf"), cuts=True)
        self.faults.append(fault)
        fleet.gateways[0].child.kill()
        fault.over = time.monotonic()

        await self.until(0.45)
        fleet.gateways[0].child = None
        await asyncio.to_thread(fleet.gateways[0].start)

        await self.until(0.65)
        fault = Fault("the database was restarted", time.monotonic(), float("inf"))
        self.faults.append(fault)
        await asyncio.to_thread(postgres.kill)
        await asyncio.to_thread(postgres.start)
        fault.over = time.monotonic()


async def storm(fleet: Fleet, postgres: Postgres) -> Traffic:
    traffic = Traffic(fleet.balancer.port)
    async with asyncio.TaskGroup() as clients:
        for number in range(LOGIN_CLIENTS):
            clients.create_task(traffic.log_in(number))
        for number in range(REQUEST_CLIENTS):
            clients.create_task(traffic.use(1000 + number))
        clients.create_task(traffic.write(fleet))
        clients.create_task(traffic.break_things(fleet, postgres))
    return traffic


def test_a_fleet_survives_a_killed_gateway_and_a_restarted_database(fleet: Fleet, postgres: Postgres):
    traffic = asyncio.run(storm(fleet, postgres))
    seen = Counter((line, status) for _, line, status in traffic.failures)
    print(f"{len(traffic.failures)} of {LOGINS + REQUESTS} failed: {dict(seen)}; {len(traffic.written)} users added")
    for moment, line, status in traffic.failures:
        when = [round(moment - fault.begun, 2) for fault in traffic.faults]
        excused = any(fault.excuses(moment, status) for fault in traffic.faults)
        assert excused, f"{line}: {status}, {when} s after the faults"
    assert len(traffic.failures) < MOST_FAILURES
    assert len(traffic.written) > 5
    there = fleet.gateways[0].cli("user", "list").stdout
    missing = [email for email in traffic.written if f" {email}\n" not in there]
    assert missing == []


def test_what_one_gateway_is_told_the_other_knows_within_a_second(fleet: Fleet):
    one, other = fleet.gateways
    one.add_user()
    for gateway in fleet.gateways:
        assert gateway.log_in()
    for change in ("disable", "remove"):
        token = other.log_in() if change == "disable" else one.log_in()
        for gateway in fleet.gateways:
            assert gateway.get("/me", token).status_code == 200
        one.user(change)
        changed = time.monotonic()
        for gateway in fleet.gateways:
            eventually(lambda gateway=gateway: gateway.get("/me", token).status_code == 401, 1, f"{change} being known")
        assert time.monotonic() - changed < 1
        if change == "disable":
            one.user("enable")

    one.add_user()
    token = other.log_in()
    one.user("passwd", stdin="another-password-1")
    changed = time.monotonic()
    for gateway in fleet.gateways:
        eventually(lambda gateway=gateway: gateway.get("/me", token).status_code == 401, 1, "the new password")
    assert time.monotonic() - changed < 1
    assert other.log_in(password="another-password-1")
