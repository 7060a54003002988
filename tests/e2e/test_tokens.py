"""Which bearer tokens open a protected route, and that the service behind never hears of the others."""

import time

import pytest

import tokens
from gateway import Gateway, reason_of
from origin import Origin
from wire import exchange, request

NOW = int(time.time())
PAYLOAD = f'"iat": {NOW}, "exp": {NOW + 3600}, "jti": "x"'
GOOD = tokens.signed()
HEAD, BODY, SIGNATURE = GOOD.split(".")

# Each is refused with the reason the client sees.
BAD_TOKENS = {
    "signed with another secret": ("bad_token", tokens.signed(key="another-secret-another-secret-another!")),
    "expired": ("token_expired", tokens.signed(iat=NOW - 700, exp=NOW - 5)),
    "not yet valid": ("bad_token", tokens.signed(nbf=NOW + 3600)),
    "from the future": ("bad_token", tokens.signed(iat=NOW + 3600, exp=NOW + 7200)),
    "truncated": ("bad_token", GOOD[:-5]),
    "without its signature": ("bad_token", f"{HEAD}.{BODY}."),
    "of two parts": ("bad_token", f"{HEAD}.{BODY}"),
    "of four parts": ("bad_token", f"{GOOD}.{SIGNATURE}"),
    "with another payload": ("bad_token", f"{HEAD}.{tokens.signed(sub='2').split('.')[1]}.{SIGNATURE}"),
    "padded": ("bad_token", GOOD + "="),
    "alg none": ("bad_token", tokens.signed(key="", algorithm="none")),
    "alg none with a signature": ("bad_token", tokens.hand_made('{"alg":"none"}', f'{{"sub": "1", {PAYLOAD}}}')),
    "alg in lower case": ("bad_token", tokens.hand_made('{"alg":"hs256"}', f'{{"sub": "1", {PAYLOAD}}}')),
    "another algorithm, the same secret": ("bad_token", tokens.signed(algorithm="HS512")),
    "crit": ("bad_token", tokens.signed(headers={"crit": ["exp"]})),
    "without sub": ("bad_token", tokens.signed(sub=None)),
    "without exp": ("bad_token", tokens.signed(exp=None)),
    "of an unknown user": ("bad_token", tokens.signed(sub="999")),
    "of no number": ("bad_token", tokens.signed(sub="1 OR 1=1")),
    "of user 01": ("bad_token", tokens.signed(sub="01")),
    "sub twice": ("bad_token", tokens.hand_made('{"alg":"HS256"}', f'{{"sub": "1", "sub": "2", {PAYLOAD}}}')),
    "alg twice": ("bad_token", tokens.hand_made('{"alg":"HS256","alg":"none"}', f'{{"sub": "1", {PAYLOAD}}}')),
    "exp as text": ("bad_token", tokens.hand_made('{"alg":"HS256"}', '{"sub": "1", "exp": "9999999999"}')),
    "a negative exp": ("token_expired", tokens.hand_made('{"alg":"HS256"}', '{"sub": "1", "exp": -1}')),
    "a payload that is no object": ("bad_token", tokens.hand_made('{"alg":"HS256"}', '["sub", "1"]')),
    "no token at all": ("bad_token", "x"),
    "64 KiB": ("", "x" * 65536),
}


@pytest.mark.parametrize("reason, bad", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_a_bad_token_is_refused_and_the_service_hears_nothing(
    gateway: Gateway, token: str, origin: Origin, reason: str, bad: str
):
    answer = gateway.get("/origin/x", bad)
    if reason:
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Bearer realm="tollgate", error="invalid_token"')
        assert answer.json()["detail"] == "Could not validate credentials"
        # Expired and forged are all that a client may tell apart.
        assert reason_of(answer) in (reason, "bad_token")
    else:
        assert answer.status_code == 431
    assert gateway.get("/origin/after", token).status_code == 200
    assert [recorded.line for recorded in origin.requests] == ["GET /origin/after HTTP/1.1"]


def test_an_expired_token_says_so(gateway: Gateway):
    assert reason_of(gateway.get("/me", BAD_TOKENS["expired"][1])) == "token_expired"


GOOD_FIELD = f"Authorization: Bearer {GOOD}"

BAD_FIELDS = {
    "empty": ["Authorization: "],
    "a scheme alone": ["Authorization: Bearer"],
    "a scheme and spaces": ["Authorization: Bearer  "],
    "another scheme": ["Authorization: Basic Zm91bmRlcjpzZWNyZXQ="],
    "the token alone": [f"Authorization: {GOOD}"],
    "twice the same": [GOOD_FIELD, GOOD_FIELD],
    "good, then bad": [GOOD_FIELD, "Authorization: Bearer x"],
    "bad, then good": ["Authorization: Bearer x", GOOD_FIELD],
    "good, then empty": [GOOD_FIELD, "Authorization:"],
    "two in one": [f"{GOOD_FIELD}, Bearer {GOOD}"],
    "something behind it": [f"{GOOD_FIELD} x"],
    "in a cookie": [f"Cookie: access_token={GOOD}"],
}


@pytest.mark.parametrize("fields", BAD_FIELDS.values(), ids=BAD_FIELDS.keys())
def test_a_bad_authorization_header_is_refused_and_the_service_hears_nothing(
    gateway: Gateway, token: str, origin: Origin, fields: list
):
    answer = exchange(gateway.port, request("GET /origin/x", *fields))
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="tollgate"')
    assert gateway.get("/origin/after", token).status_code == 200
    assert [recorded.line for recorded in origin.requests] == ["GET /origin/after HTTP/1.1"]


def test_a_token_in_the_query_opens_nothing(gateway: Gateway, origin: Origin):
    assert gateway.get(f"/origin/x?access_token={GOOD}").status_code == 401
    assert origin.requests == []


def test_a_token_that_another_program_signed_with_the_same_secret_is_good(gateway: Gateway, origin: Origin):
    assert gateway.get("/origin/x", GOOD).status_code == 200
    assert origin.requests[0].fields("X-User-Id") == ["1"]


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(gateway: Gateway, token: str, scheme: str):
    assert exchange(gateway.port, request("GET /me", f"Authorization: {scheme} {token}")).status == 200


def test_a_token_ends_when_it_says_so_although_it_was_good_before(gateway: Gateway):
    short = tokens.signed(exp=int(time.time()) + 2)
    assert gateway.get("/me", short).status_code == 200
    deadline = time.monotonic() + 4
    while gateway.get("/me", short).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert reason_of(gateway.get("/me", short)) == "token_expired"


def test_no_bad_token_is_in_any_log(gateway: Gateway):
    for _, sent in [*BAD_TOKENS.values(), ("", GOOD)]:
        answer = gateway.get("/origin/x", sent)
        gateway.logged(answer)
    logs = gateway.child.errors() + gateway.child.output_file.read_text()
    long_ones = [bad for _, bad in BAD_TOKENS.values() if len(bad) >= 40]
    assert len(long_ones) > 20
    for told in [*long_ones, GOOD, SIGNATURE]:
        assert told not in logs
