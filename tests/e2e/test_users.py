"""`tollgate user` beside a running gateway: what another process changes takes effect within a second."""

import pytest

from gateway import FOUNDER, PASSWORD, Gateway
from processes import eventually

PROTECTED = [("GET", "/me"), ("POST", "/generate?prompt=x"), ("GET", "/origin/x"), ("GET", "/v1/models")]


def refused_everywhere(gateway: Gateway, token: str) -> bool:
    return all(gateway.ask(method, path, token).status_code == 401 for method, path in PROTECTED)


def admitted_everywhere(gateway: Gateway, token: str) -> bool:
    return all(gateway.ask(method, path, token).status_code == 200 for method, path in PROTECTED)


def test_a_disabled_user_is_out_within_a_second_and_old_tokens_stay_out(own_gateway: Gateway):
    old = own_gateway.log_in()
    assert admitted_everywhere(own_gateway, old)

    own_gateway.user("disable")
    eventually(lambda: refused_everywhere(own_gateway, old), 1, "401 everywhere after `user disable`")
    assert own_gateway.post("/login", data={"username": FOUNDER, "password": PASSWORD}).status_code == 401

    own_gateway.user("enable")
    new = eventually(lambda: logged_in(own_gateway, PASSWORD), 1, "a login after `user enable`")
    assert admitted_everywhere(own_gateway, new)
    assert refused_everywhere(own_gateway, old)


def logged_in(gateway: Gateway, password: str) -> str | None:
    answer = gateway.post("/login", data={"username": FOUNDER, "password": password})
    return answer.json().get("access_token")


def test_a_new_password_ends_old_tokens_and_the_old_password(own_gateway: Gateway):
    old = own_gateway.log_in()
    own_gateway.user("passwd", stdin="another-secret-456")
    eventually(lambda: refused_everywhere(own_gateway, old), 1, "401 everywhere after `user passwd`")
    assert logged_in(own_gateway, PASSWORD) is None
    new = logged_in(own_gateway, "another-secret-456")
    assert admitted_everywhere(own_gateway, new)
    assert refused_everywhere(own_gateway, old)


def test_a_removed_user_is_out_and_their_id_is_never_given_again(own_gateway: Gateway):
    old = own_gateway.log_in()
    own_gateway.user("remove")
    eventually(lambda: refused_everywhere(own_gateway, old), 1, "401 everywhere after `user remove`")

    own_gateway.add_user(FOUNDER, PASSWORD)
    new = eventually(lambda: logged_in(own_gateway, PASSWORD), 1, "a login of the new user")
    assert own_gateway.get("/me", new).json() == {"id": 2, "email": FOUNDER}
    assert refused_everywhere(own_gateway, old)


def test_one_user_disabled_leaves_the_others_in(own_gateway: Gateway):
    own_gateway.add_user("other@example.com", "other-secret-789")
    founder, other = own_gateway.log_in(), own_gateway.log_in("other@example.com", "other-secret-789")
    own_gateway.user("disable", "other@example.com")
    eventually(lambda: refused_everywhere(own_gateway, other), 1, "401 for the disabled user")
    assert admitted_everywhere(own_gateway, founder)


def test_a_user_added_while_it_runs_can_log_in(own_gateway: Gateway):
    own_gateway.add_user("new@example.com", "new-secret-789")
    token = own_gateway.log_in("new@example.com", "new-secret-789")
    assert own_gateway.get("/me", token).json() == {"id": 2, "email": "new@example.com"}


@pytest.mark.parametrize("email", [FOUNDER, "FOUNDER@Example.COM", " founder@example.com "])
def test_the_same_email_is_one_user(gateway: Gateway, email: str):
    done = gateway.cli("user", "add", email, "--password-stdin", stdin="some-secret-123\n")
    assert done.returncode == 1
    assert "User already exists" in done.stderr
    assert gateway.log_in()


def test_a_letter_outside_ascii_is_the_same_in_any_case(own_gateway: Gateway):
    own_gateway.add_user("JÖRG@Straße.example", "some-secret-123")
    token = own_gateway.log_in("jo\u0308rg@STRASSE.example", "some-secret-123")
    assert own_gateway.get("/me", token).json()["email"] == "jörg@strasse.example"
    own_gateway.user("disable", "Jörg@strasse.EXAMPLE")
    eventually(lambda: refused_everywhere(own_gateway, token), 1, "401 for the disabled user")


def test_a_password_longer_than_bcrypt_reads_is_refused_in_words(gateway: Gateway):
    done = gateway.cli("user", "add", "long@example.com", "--password-stdin", stdin="p" * 80 + "\n")
    assert done.returncode == 1
    assert "72" in done.stderr
    assert "p" * 20 not in done.stderr


@pytest.mark.parametrize("password", ["", "\n"])
def test_an_empty_password_is_refused(gateway: Gateway, password: str):
    assert gateway.cli("user", "add", "empty@example.com", "--password-stdin", stdin=password).returncode == 1
    assert "empty@example.com" not in gateway.cli("user", "list").stdout


@pytest.mark.parametrize("email", ["", "no-at-sign", "two@@example.com", "new\nline@example.com"])
def test_what_is_no_email_is_refused(gateway: Gateway, email: str):
    done = gateway.cli("user", "add", email, "--password-stdin", stdin="some-secret-123\n")
    assert done.returncode in (1, 2)
    assert done.stderr


def test_a_password_is_never_an_argument(gateway: Gateway):
    assert gateway.cli("user", "add", "argument@example.com", "some-secret-123").returncode == 2
    assert "argument@example.com" not in gateway.cli("user", "list").stdout


def test_a_generated_password_is_shown_once_and_logs_in(gateway: Gateway):
    done = gateway.cli("user", "add", "generated@example.com", "--generate")
    assert done.returncode == 0
    password = done.stdout.strip().splitlines()[-1].split()[-1]
    assert gateway.log_in("generated@example.com", password)


def test_users_are_listed_and_shown_without_their_hashes(gateway: Gateway):
    listed, shown = gateway.cli("user", "list"), gateway.cli("user", "show", FOUNDER)
    assert (listed.returncode, shown.returncode) == (0, 0)
    for text in (listed.stdout, shown.stdout):
        assert FOUNDER in text
        assert "$2" not in text and "$argon2" not in text


@pytest.mark.parametrize("verb", ["show", "disable", "enable", "remove"])
def test_a_user_who_does_not_exist_cannot_be_changed(gateway: Gateway, verb: str):
    done = gateway.cli("user", verb, "nobody@example.com")
    assert done.returncode == 1
    assert "nobody@example.com" in done.stderr
