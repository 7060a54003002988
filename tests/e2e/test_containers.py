"""The images and the stack of docker/, where a container engine answers; elsewhere all of it is skipped."""

import threading
from collections.abc import Iterator

import pytest

from containers import BASE, Stack, can_have, compose_command, compose_files, missing, output, run
from gateway import FOUNDER, PASSWORD
from processes import eventually

FIRST = "first@example.com"
FIRST_PASSWORD = "the-first-of-all"

MIB = 1024 * 1024
MOST_IMAGE_BYTES = 60 * MIB  # beyond the base

STACKS = [[], ["scale"], ["https"], ["vllm"], ["scale", "https"]]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if why := missing():
        pytest.skip(why)
    password = tmp_path_factory.mktemp("first") / "password"
    password.write_text(FIRST_PASSWORD + "\n")
    password.chmod(0o644)
    stack = Stack({"TOLLGATE_FIRST_USER": FIRST, "TOLLGATE_FIRST_PASSWORD_FILE": str(password)})
    try:
        stack.build()
        stack.start()
        yield stack
    finally:
        stack.remove()


@pytest.fixture(scope="module")
def founder(stack: Stack) -> dict[str, str]:
    """Added as the README says, by a command in the running container."""
    stack.add_user(FOUNDER, PASSWORD)
    return stack.log_in(FOUNDER, PASSWORD)


@pytest.mark.parametrize("added", STACKS, ids="+".join)
def test_compose_understands_its_files(added: list[str]):
    command = compose_command()
    if not command:
        pytest.skip("neither docker compose nor docker-compose is here")
    output("env", "DOMAIN=ai.example.com", *command, *compose_files(*added), "config", "-q")


def test_the_stack_comes_up_by_itself(stack: Stack):
    assert stack.inspect("secrets")["State"]["ExitCode"] == 0
    assert stack.http.get("/").status_code == 200
    assert stack.http.post("/generate", params={"prompt": "Hello"}).status_code == 401


def test_the_gateway_can_do_nothing_but_its_work(stack: Stack):
    status = dict(line.split(":\t", 1) for line in stack.execute("cat", "/proc/1/status").splitlines() if ":\t" in line)
    assert set(status["Uid"].split() + status["Gid"].split()) == {"10001"}
    assert {status[key] for key in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"


@pytest.mark.parametrize("folder", ["/", "/etc/tollgate", "/etc/tollgate/keys", "/usr/local/bin", "/tmp", "/var/tmp"])
def test_the_gateway_writes_nowhere_but_to_its_volume(stack: Stack, folder: str):
    gateway = stack.container("gateway")
    assert run("docker", "exec", gateway, "touch", f"{folder}/file").returncode == 1
    output("docker", "exec", gateway, "touch", "/var/lib/tollgate/file")


def test_a_user_added_in_the_container_logs_in_and_the_service_hears_who_it_is(stack: Stack, founder: dict[str, str]):
    me = stack.http.get("/me", headers=founder).json()
    assert me["email"] == FOUNDER
    answer = stack.http.post("/generate", params={"prompt": "Hello"}, headers=founder | {"X-User-Id": "77"})
    assert answer.status_code == 200
    assert answer.json()["user"] == str(me["id"])


def test_the_first_user_is_made_at_the_first_start(stack: Stack):
    assert stack.http.get("/me", headers=stack.log_in(FIRST, FIRST_PASSWORD)).json() == {"id": 1, "email": FIRST}
    assert FIRST_PASSWORD not in str(stack.inspect("gateway"))


def test_the_service_is_reached_through_the_gateway_alone(stack: Stack):
    direct = ["http://ai-service:8000/", f"http://{stack.address('ai-service', 'backend')}:8000/"]
    assert stack.statuses("clients", "http://gateway:8080/", *direct) == [200, None, None]
    assert stack.statuses("backend", *direct) == [200, 200]  # they are the right places to have asked


def test_the_service_publishes_no_port_and_shares_one_network_with_the_gateway(stack: Stack):
    settings = stack.inspect("ai-service")["NetworkSettings"]
    assert not any(settings["Ports"].values())
    assert list(settings["Networks"]) == [f"{stack.project}_backend"]
    names = "{{range .Containers}}{{.Name}} {{end}}"
    assert len(output("docker", "network", "inspect", f"{stack.project}_backend", "-f", names).split()) == 2


def test_the_metrics_are_for_the_container_alone(stack: Stack):
    addresses = [stack.address("gateway", network) for network in ("clients", "backend")]
    urls = [f"http://{address}:9090/livez" for address in addresses]
    assert stack.statuses("backend", *urls) == [None, None]


def test_the_secret_is_private_to_gateways(stack: Stack):
    assert stack.execute("stat", "-c", "%a %u %g", "/etc/tollgate/keys/jwt") == "600 10001 10001"
    assert stack.mounts("gateway", "keys")
    assert stack.inspect("ai-service")["Mounts"] == []


def test_secret_and_users_outlive_the_containers(stack: Stack, founder: dict[str, str]):
    before = stack.container("gateway")
    stack.start("--force-recreate")
    assert stack.container("gateway") != before
    assert stack.http.get("/me", headers=founder).status_code == 200


def test_it_ends_well_when_it_is_stopped(stack: Stack):
    gateway = stack.container("gateway")
    output("docker", "stop", "-t", "30", gateway)
    assert stack.inspect("gateway")["State"]["ExitCode"] == 0
    output("docker", "start", gateway)
    stack.wait_healthy("gateway")


def test_the_image_is_small_and_says_what_it_is(stack: Stack):
    image = stack.image("gateway")
    base = int(output("docker", "image", "inspect", "-f", "{{.Size}}", BASE))
    assert image["Size"] - base < MOST_IMAGE_BYTES
    version = image["Config"]["Labels"]["org.opencontainers.image.version"]
    assert stack.execute("tollgate", "version").startswith(f"tollgate {version}\n")


# Several gateways.


@pytest.fixture(scope="module")
def scaled(stack: Stack, founder: dict[str, str]) -> Stack:
    """compose.scale.yaml on top of what ran with SQLite until now; the users move."""
    if not can_have("postgres:15"):
        pytest.skip("the image postgres:15 cannot be had here")
    users = stack.execute("tollgate", "user", "export")
    stack.add("scale", "gateway-2", "postgres")
    stack.build()
    stack.start()
    stack.execute("tollgate", "user", "import", stdin=users + "\n")
    eventually(lambda: stack.balanced.get("/").status_code == 200, 20, "an answer through the balancer")
    return stack


def test_users_who_moved_keep_their_ids_and_tokens_at_every_gateway(scaled: Stack, founder: dict[str, str]):
    for _ in range(4):
        assert scaled.balanced.get("/me", headers=founder).json() == {"id": 2, "email": FOUNDER}
    assert all(scaled.access_lines(service, "/me") for service in ("gateway", "gateway-2"))


def test_the_gateways_hear_from_the_balancer_who_the_client_is(scaled: Stack):
    claims = {"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"}
    assert scaled.balanced.get("/me", headers=claims).status_code == 401
    lines = scaled.access_lines("gateway", "/me") + scaled.access_lines("gateway-2", "/me")
    clients = {line["client"] for line in lines if line["status"] == 401}
    assert clients and clients.isdisjoint({"192.0.2.1", scaled.address("balancer", "front")})


def test_the_password_of_the_database_is_for_postgres_and_gateways(scaled: Stack):
    services = ["gateway", "gateway-2", "postgres", "balancer", "ai-service", "secrets"]
    knowing = [service for service in services if scaled.mounts(service, "database-password")]
    assert knowing == ["gateway", "gateway-2", "postgres"]
    assert scaled.statuses("backend", f"http://{scaled.address('postgres', 'database')}:5432/") == [None]


def test_a_gateway_is_replaced_while_clients_are_served(scaled: Stack, founder: dict[str, str]):
    statuses: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(0.02):
            statuses.append(scaled.balanced.post("/generate", params={"prompt": "Hello"}, headers=founder).status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        scaled.compose("up", "-d", "--no-deps", "--force-recreate", "gateway")
        scaled.wait_healthy("gateway")
    finally:
        done.set()
        asking.join()
    assert len(statuses) > 20
    assert set(statuses) == {200}


def test_a_user_disabled_at_one_gateway_is_out_at_the_other(scaled: Stack, founder: dict[str, str]):
    scaled.execute("tollgate", "user", "disable", FOUNDER)

    def is_out() -> bool:
        return all(scaled.balanced.get("/me", headers=founder).status_code == 401 for _ in range(4))

    eventually(is_out, 10, "the user being out everywhere")
