"""POST /login and GET /me, as clients of FastAPI's own login know them."""

import json
import statistics
import time
from collections.abc import Callable
from itertools import cycle

import httpx
import jwt
import pytest

from gateway import FOUNDER, PASSWORD, SECRET, Gateway, reason_of
from wire import exchange, request

RIGHT = {"username": FOUNDER, "password": PASSWORD}
OAUTH2 = {"grant_type": "password", "scope": "", "client_id": "", "client_secret": ""}

WAYS_TO_SAY_IT = {
    "form": {"data": RIGHT},
    "form of an OAuth2 client": {"data": RIGHT | OAUTH2},
    "multipart": {"files": {name: (None, value) for name, value in RIGHT.items()}},
    "JSON": {"json": RIGHT},
    "JSON with email": {"json": {"email": FOUNDER, "password": PASSWORD}},
    "other case and spaces": {"data": {"username": "  Founder@EXAMPLE.com ", "password": PASSWORD}},
}


@pytest.mark.parametrize("said", WAYS_TO_SAY_IT.values(), ids=WAYS_TO_SAY_IT.keys())
def test_the_right_password_gives_a_token_that_works(gateway: Gateway, said: dict):
    answer = gateway.post("/login", **said)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    given = answer.json()
    assert set(given) == {"access_token", "token_type", "expires_in"}
    assert given["token_type"] == "bearer"
    assert given["expires_in"] == 1800
    assert gateway.get("/me", given["access_token"]).json() == {"id": 1, "email": FOUNDER}


def test_the_token_says_who_and_how_long_and_nothing_about_the_user(token: str):
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    said = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert set(said) - {"ver"} == {"sub", "iat", "exp", "jti"}
    assert said["sub"] == "1"
    assert said["exp"] == said["iat"] + 1800
    assert abs(said["iat"] - time.time()) < 60
    assert said["jti"]


def test_two_logins_give_two_tokens(gateway: Gateway, token: str):
    assert gateway.log_in() != token


def test_me_without_a_token_is_refused(gateway: Gateway):
    answer = gateway.get("/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="tollgate"'
    assert reason_of(answer) == "no_token"


def unlike_only_in_id_and_date(answer: httpx.Response) -> tuple:
    """What must be the same bytes for everybody whom /login refuses."""
    request_id = answer.headers["x-request-id"]
    headers = [pair for pair in answer.headers.raw if pair[0].lower() not in (b"date", b"x-request-id")]
    return answer.status_code, headers, answer.content.replace(request_id.encode(), b"ID")


@pytest.mark.alone
def test_a_wrong_password_an_unknown_and_a_disabled_user_get_the_same_answer_in_the_same_time(own_gateway: Gateway):
    own_gateway.add_user("disabled@example.com", PASSWORD)
    own_gateway.user("disable", "disabled@example.com")
    tries = {
        "wrong": {"username": FOUNDER, "password": "not-the-password"},
        "unknown": {"username": "nobody@example.com", "password": PASSWORD},
        "disabled": {"username": "disabled@example.com", "password": PASSWORD},
    }
    answers, seconds = {}, {kind: [] for kind in tries}
    for _ in range(3):
        for kind, said in tries.items():
            began = time.monotonic()
            answers[kind] = own_gateway.post("/login", data=said)
            seconds[kind].append(time.monotonic() - began)

    assert answers["wrong"].status_code == 401
    assert answers["wrong"].json()["detail"] == "Incorrect email or password"
    assert reason_of(answers["wrong"]) == "bad_credentials"
    first, *others = [unlike_only_in_id_and_date(answer) for answer in answers.values()]
    assert others == [first, first]

    medians = sorted(statistics.median(taken) for taken in seconds.values())
    assert medians[-1] - medians[0] < 0.05 + 0.25 * medians[0], seconds


BAD_BODIES = {
    "a form without password": (400, "password", {"data": {"username": FOUNDER}}),
    "a form without username": (400, "username", {"data": {"password": PASSWORD}}),
    "JSON without password": (400, "password", {"json": {"username": FOUNDER}}),
    "JSON without username": (400, "username", {"json": {"password": PASSWORD}}),
    "JSON with a number as password": (400, "password", {"json": {"username": FOUNDER, "password": 5}}),
    "multipart without password": (400, "password", {"files": {"username": (None, FOUNDER)}}),
    "another grant type": (400, "grant_type", {"data": RIGHT | {"grant_type": "client_credentials"}}),
    "NUL in the password": (400, "password", {"data": {"username": FOUNDER, "password": PASSWORD + "\0"}}),
    "NUL in the password, in JSON": (400, "password", {"json": {"username": FOUNDER, "password": PASSWORD + "\0"}}),
}


@pytest.mark.parametrize("status, field, said", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_that_lacks_something_is_refused_and_the_answer_names_it(
    gateway: Gateway, status: int, field: str, said: dict
):
    answer = gateway.post("/login", **said)
    assert answer.status_code == status
    assert reason_of(answer)
    assert field in answer.json()["detail"]
    assert PASSWORD not in answer.text


NOT_READABLE = {
    "not JSON": b"{",
    "JSON, but a list": b"[]",
    "JSON, but text": b'"username"',
    "a name twice": json.dumps(RIGHT)[:-1].encode() + b', "password": "other"}',
    "too deep": b'{"username": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "nothing": b"",
    "not UTF-8": b'{"username": "\xff", "password": "x"}',
}


@pytest.mark.parametrize("body", NOT_READABLE.values(), ids=NOT_READABLE.keys())
def test_json_that_cannot_be_read_is_refused(gateway: Gateway, body: bytes):
    answer = gateway.post("/login", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert reason_of(answer)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "application/json-seq"])
def test_another_content_type_is_refused(gateway: Gateway, kind: str):
    answer = gateway.post("/login", content=b"username=a&password=b", headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert reason_of(answer) == "unsupported_media_type"


def test_a_long_password_is_refused(gateway: Gateway):
    answer = gateway.post("/login", data={"username": FOUNDER, "password": "x" * 2000})
    assert answer.status_code in (400, 413)
    assert "password" in answer.json()["detail"] or answer.status_code == 413


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json"])
def test_ten_megabytes_of_garbage_are_refused(gateway: Gateway, kind: str):
    garbage = b"\xfe" * 10_000_000
    fields = (f"Content-Type: {kind}", f"Content-Length: {len(garbage)}")
    answer = exchange(gateway.port, request("POST /login", *fields, body=garbage))
    assert answer.status == 413
    assert answer.json()["reason"] == "body_too_large"


def test_too_many_wrong_passwords_make_everybody_wait(make_gateway: Callable[[], Gateway]):
    gateway = make_gateway()
    gateway.configure(users="bcrypt_cost: 10")
    gateway.add_user()
    gateway.start()
    for spellings in ([FOUNDER], ["nöbody@example.com", "NÖBODY@example.com", "no\u0308body@example.com"]):
        next_name = cycle(spellings)

        def fail() -> httpx.Response:
            return gateway.post("/login", data={"username": next(next_name), "password": "not-the-password"})

        for _ in range(5):
            assert fail().status_code == 401
        # The waits double from a second on: one of them is longer than what a request takes on a machine that is full.
        answers = [fail() for _ in range(4)]
        refused = next(answer for answer in answers if answer.status_code != 401)
        assert refused.status_code == 429
        assert reason_of(refused) == "too_many_attempts"
        assert int(refused.headers["retry-after"]) >= 1


def test_login_is_only_posted_to(gateway: Gateway):
    answer = gateway.get("/login")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_login_still_works_after_all_of_that(gateway: Gateway):
    assert gateway.post("/login", data=RIGHT).status_code == 200
