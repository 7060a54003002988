"""Starts what the tests talk to: the real FastAPI service, a recording origin, and the built gateway before both."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from gateway import BINARY, ROOT, Gateway
from origin import Origin
from postgres import Postgres
from processes import Child, free_port
from secure import Secure
from services import BulkService

AI_SERVICE = ROOT / "docker/ai-service"
UVICORN = ["/usr/bin/python3", "-m", "uvicorn", "app:app", "--app-dir", str(AI_SERVICE), "--host", "127.0.0.1"]


@pytest.fixture(scope="session")
def ai_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    environment = dict(os.environ) | {"PYTHONDONTWRITEBYTECODE": "1"}
    service = Child([*UVICORN, "--port", str(port)], tmp_path_factory.mktemp("ai"), port, environment)
    service.wait_ready()
    yield port
    service.stop()


@pytest.fixture(scope="session")
def bulk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BulkService]:
    service = BulkService(tmp_path_factory.mktemp("bulk"), free_port())
    service.wait_ready()
    yield service
    service.kill()


@pytest.fixture(scope="module")
def any_postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture
def postgres(any_postgres: Postgres) -> Iterator[Postgres]:
    """A server that runs, and whose store is empty."""
    any_postgres.forget_everything()
    yield any_postgres
    if not any_postgres.process:
        any_postgres.start()
    any_postgres.go_on()


@pytest.fixture(scope="session")
def any_origin() -> Iterator[Origin]:
    origin = Origin()
    yield origin
    origin.stop()


@pytest.fixture
def origin(any_origin: Origin) -> Origin:
    """The recording origin, with nothing recorded yet."""
    any_origin.requests.clear()
    return any_origin


@pytest.fixture(scope="session")
def built() -> None:
    assert BINARY.is_file(), f"{BINARY} is not built: ./dev build"


@pytest.fixture(scope="module")
def gateway(
    built: None, tmp_path_factory: pytest.TempPathFactory, ai_port: int, any_origin: Origin
) -> Iterator[Gateway]:
    """One gateway for a file of tests that leave it as it is; founder@example.com is user 1."""
    gateway = Gateway(tmp_path_factory.mktemp("gateway"), ai_port, any_origin.port)
    gateway.add_user()
    try:
        yield gateway.start()
    finally:
        gateway.stop()


@pytest.fixture(scope="module")
def token(gateway: Gateway) -> str:
    return gateway.log_in()


@pytest.fixture
def make_gateway(built: None, tmp_path: Path, ai_port: int, any_origin: Origin) -> Iterator[Callable[[], Gateway]]:
    """Makes gateways that are configured and not started; what a test starts is stopped after it."""
    numbers = count()
    with ExitStack() as started:

        def make() -> Gateway:
            folder = tmp_path / f"gateway{next(numbers)}"
            folder.mkdir()
            gateway = Gateway(folder, ai_port, any_origin.port)
            started.callback(gateway.stop)
            return gateway

        yield make


@pytest.fixture
def own_gateway(make_gateway: Callable[[], Gateway]) -> Gateway:
    """A started gateway with the founder, for one test that changes it."""
    gateway = make_gateway()
    gateway.add_user()
    return gateway.start()


@pytest.fixture
def secure(make_gateway: Callable[[], Gateway]) -> Iterator[Secure]:
    gateway = make_gateway()
    gateway.add_user()
    secure = Secure(gateway)
    gateway.start()
    yield secure
    secure.client.close()
