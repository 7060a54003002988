"""A thousand users, and tokens for them, signed with the secret that every checking proxy knows."""

import base64
import hashlib
import hmac
import json
import random
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

USERS = 1000
KNOWN = 1000
NEVER_SEEN = 300_000  # a run goes on where the last one ended; the gateway's cache holds far fewer
PASSWORD = "supersecret123"
LIFETIME_SECONDS = 12 * 3600


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


HEADER = encoded(b'{"alg":"HS256","typ":"JWT"}')


def email(user: int) -> str:
    return f"user{user}@example.com"


def token(secret: str, user: int, expires_in: int = LIFETIME_SECONDS) -> str:
    """As the gateway issues them: the claims, their order and their size."""
    now = int(time.time())
    claims = {"sub": str(user), "iat": now, "exp": now + expires_in, "jti": secrets.token_urlsafe(16), "ver": 1}
    text = f"{HEADER}.{encoded(json.dumps(claims, separators=(',', ':')).encode())}"
    return f"{text}.{encoded(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))}"


@dataclass(frozen=True)
class Tokens:
    """Files with one token a line, and one good token to ask with."""

    secret: str
    good: str
    known: Path
    never_seen: Path
    forged: Path
    logins: Path  # bodies of a login form

    @classmethod
    def make(cls, folder: Path) -> "Tokens":
        secret, other = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        chosen = random.Random(1)

        def write(name: str, lines) -> Path:
            (folder / name).write_text("".join(f"{line}\n" for line in lines))
            return folder / name

        def many(count: int, key: str):
            return (token(key, chosen.randint(1, USERS)) for _ in range(count))

        return cls(
            secret=secret,
            good=token(secret, 1),
            known=write("known", (token(secret, user) for user in range(1, KNOWN + 1))),
            never_seen=write("never_seen", many(NEVER_SEEN, secret)),
            forged=write("forged", many(100_000, other)),
            logins=write("logins", (f"username={email(user)}&password={PASSWORD}" for user in range(1, USERS + 1))),
        )
