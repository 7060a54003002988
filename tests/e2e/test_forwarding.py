"""What reaches the service behind, and what does not."""

import hashlib
import os

import pytest

from gateway import Gateway, reason_of
from origin import Origin
from wire import exchange, request


def test_an_open_route_is_forwarded_without_a_token(gateway: Gateway):
    answer = gateway.get("/")
    assert answer.status_code == 200
    assert "message" in answer.json()


def test_a_protected_route_without_a_token_is_refused_and_says_how_to_ask(gateway: Gateway):
    answer = gateway.post("/generate?prompt=hello")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="tollgate"'
    assert reason_of(answer) == "no_token"
    assert answer.json()["detail"] == "Could not validate credentials"


def test_a_protected_route_with_a_token_is_forwarded_with_the_users_id(gateway: Gateway, token: str):
    answer = gateway.post("/generate?prompt=hello", token)
    assert answer.status_code == 200
    assert answer.json()["user"] == "1"
    assert answer.json()["text"]


def test_a_json_body_reaches_the_service(gateway: Gateway, token: str):
    answer = gateway.post("/generate", token, json={"prompt": "Alice was", "max_tokens": 3})
    assert answer.status_code == 200
    assert len(answer.json()["text"].split()) <= 3


FORGED_IDENTITIES = [
    ("X-User-Id: 99",),
    ("X_User_Id: 99",),
    ("x-user-id: 99",),
    ("X-USER_ID: 99", "X-User-Id: 98", "x_user-id: 97"),
    ("X-User-Id: 99", "Connection: X-User-Id"),
    ("X-User-Id:99", "Connection: x-user-id, keep-alive"),
    ("X-User-Id:", "X-User-Id: 99"),
]


@pytest.mark.parametrize("fields", FORGED_IDENTITIES, ids=lambda fields: " + ".join(fields))
def test_the_service_hears_the_real_user_whatever_the_client_claims(
    gateway: Gateway, token: str, origin: Origin, fields: tuple
):
    good = f"Authorization: Bearer {token}"
    through_ai = exchange(gateway.port, request("POST /generate?prompt=hello", good, *fields, "Content-Length: 0"))
    assert through_ai.status == 200
    assert through_ai.json()["user"] == "1"

    exchange(gateway.port, request("GET /origin/x", good, *fields))
    (recorded,) = origin.requests
    assert recorded.fields("X-User-Id") == ["1"]


@pytest.mark.parametrize("fields", FORGED_IDENTITIES, ids=lambda fields: " + ".join(fields))
def test_a_claimed_identity_is_removed_on_open_routes_too(gateway: Gateway, origin: Origin, fields: tuple):
    others = ("X-User-Email: ceo@example.com", "X-User-Role: admin")
    answer = exchange(gateway.port, request("GET /open/x", *fields, *others))
    assert answer.status == 200
    (recorded,) = origin.requests
    for name in ("X-User-Id", "X-User-Email", "X-User-Role"):
        assert recorded.fields(name) == []


def test_the_clients_token_never_reaches_the_service_of_a_protected_route(gateway: Gateway, token: str, origin: Origin):
    assert gateway.get("/origin/x", token).status_code == 200
    (recorded,) = origin.requests
    assert recorded.fields("Authorization") == []
    assert token.encode() not in recorded.head


def test_path_and_query_arrive_as_they_were_sent(gateway: Gateway, token: str, origin: Origin):
    assert gateway.get("/origin/a%20b?q=1&q=%2F..&empty=", token).status_code == 200
    (recorded,) = origin.requests
    assert recorded.line == "GET /origin/a%20b?q=1&q=%2F..&empty= HTTP/1.1"


def test_what_an_untrusted_client_says_about_proxies_is_replaced(gateway: Gateway, token: str, origin: Origin):
    forged = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.test"}
    gateway.get("/origin/x", token, headers=forged | {"Forwarded": "for=6.6.6.6"})
    (recorded,) = origin.requests
    assert recorded.fields("X-Forwarded-For") == ["127.0.0.1"]
    assert recorded.fields("X-Forwarded-Proto") == ["http"]
    assert recorded.fields("X-Forwarded-Host") == [f"127.0.0.1:{gateway.port}"]
    assert recorded.fields("Host") == [f"127.0.0.1:{gateway.port}"]
    assert len(recorded.fields("Forwarded")) == 1
    assert b"6.6.6.6" not in recorded.head
    assert recorded.fields("Via") != []


def test_a_sane_request_id_is_kept_on_the_way_up_back_and_in_the_log(gateway: Gateway, token: str, origin: Origin):
    answer = gateway.get("/origin/x", token, headers={"X-Request-Id": "my-id-0001"})
    assert answer.headers["x-request-id"] == "my-id-0001"
    assert origin.requests[0].fields("X-Request-Id") == ["my-id-0001"]
    assert gateway.logged_as("my-id-0001")["path"] == "/origin/x"


def test_a_request_without_an_id_gets_one(gateway: Gateway, token: str, origin: Origin):
    answer = gateway.get("/origin/x", token)
    assert origin.requests[0].fields("X-Request-Id") == [answer.headers["x-request-id"]]


def test_a_large_body_arrives_whole(gateway: Gateway, token: str, origin: Origin):
    body = os.urandom(8 * 1024 * 1024)
    assert gateway.post("/origin/upload", token, content=body).status_code == 200
    (recorded,) = origin.requests
    assert hashlib.sha256(recorded.body).digest() == hashlib.sha256(body).digest()


def test_a_chunked_body_arrives_whole(gateway: Gateway, token: str, origin: Origin):
    pieces = [os.urandom(1000) for _ in range(100)]
    assert gateway.post("/origin/upload", token, content=iter(pieces)).status_code == 200
    (recorded,) = origin.requests
    assert recorded.body == b"".join(pieces)


def test_a_body_over_the_limit_of_the_route_is_refused(gateway: Gateway, token: str):
    fields = (f"Authorization: Bearer {token}", f"Content-Length: {10 * 1024 * 1024 + 1}")
    answer = exchange(gateway.port, request("POST /origin/upload", *fields, body=b"x" * (10 * 1024 * 1024 + 1)))
    assert answer.status == 413
    assert answer.json()["reason"] == "body_too_large"


def test_a_path_that_no_route_names_is_not_forwarded(gateway: Gateway, token: str):
    answer = gateway.get("/nowhere", token)
    assert answer.status_code == 404
    assert reason_of(answer) == "no_route"


def test_a_wrong_method_is_refused_and_names_the_right_ones(gateway: Gateway, token: str):
    answer = gateway.get("/generate", token)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert reason_of(answer) == "method_not_allowed"


def test_head_is_admitted_where_get_is(gateway: Gateway, token: str, origin: Origin):
    answer = gateway.ask("HEAD", "/origin/x", token)
    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize(
    "fields, body",
    [
        (("Content-Length: 5", "Transfer-Encoding: chunked"), b"0\r\n\r\n"),
        (("Content-Length: 5", "Content-Length: 6"), b"hello!"),
        (("Transfer-Encoding: chunked, chunked",), b"0\r\n\r\n"),
        (("Content-Length: +5",), b"hello"),
    ],
    ids=["length and chunked", "two lengths", "chunked twice", "signed length"],
)
def test_an_ambiguous_request_is_refused_and_reaches_nobody(
    gateway: Gateway, token: str, origin: Origin, fields: tuple, body: bytes
):
    answer = exchange(gateway.port, request("POST /origin/x", f"Authorization: Bearer {token}", *fields, body=body))
    assert answer.status == 400
    assert answer.json()["reason"] == "bad_request_framing"
    assert origin.requests == []


@pytest.mark.parametrize("target", ["/origin/../x", "/origin/%2e%2e/x", "/origin//x", "/origin/a%2Fb", "/origin/%zz"])
def test_a_path_that_could_mean_two_things_is_refused(gateway: Gateway, token: str, origin: Origin, target: str):
    answer = exchange(gateway.port, request(f"GET {target}", f"Authorization: Bearer {token}"))
    assert answer.status == 400
    assert answer.json()["reason"] == "bad_target"
    assert origin.requests == []


def test_a_service_that_is_down_is_a_bad_gateway(gateway: Gateway, token: str):
    answer = gateway.get("/down", token)
    assert answer.status_code == 502
    assert reason_of(answer) == "upstream_refused"


def test_a_service_that_speaks_nonsense_is_a_bad_gateway(gateway: Gateway, token: str):
    answer = gateway.get("/origin/nonsense", token)
    assert answer.status_code == 502
    assert reason_of(answer) == "upstream_bad_response"


def test_an_answer_of_our_own_shows_nothing_of_ours(gateway: Gateway, token: str):
    for answer in (gateway.get("/down", token), gateway.get("/nowhere"), gateway.get("/me")):
        assert str(gateway.folder) not in answer.text
        assert "127.0.0.1" not in answer.text
