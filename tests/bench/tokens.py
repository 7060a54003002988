"""A thousand users, and tokens for them, signed with the secret that every checking proxy knows."""

import base64
import hashlib
import hmac
import json
import random
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

USERS = 1000
KNOWN = 1000
NEVER_SEEN = 300_000  # a run goes on where the last one ended; the gateway's cache holds far fewer
FORGED = 100_000
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


class Tokens:
    """One good token to ask with, and files with one token a line, made when they are asked for."""

    def __init__(self, folder: Path):
        self.secret = secrets.token_urlsafe(48)
        self.good = token(self.secret, 1)
        self._folder = folder
        self._another_secret = secrets.token_urlsafe(48)
        self._makers = {
            "known": lambda: (token(self.secret, user) for user in range(1, KNOWN + 1)),
            "never_seen": lambda: many(NEVER_SEEN, self.secret),
            "forged": lambda: many(FORGED, self._another_secret),
            # Not tokens, but what gives one: bodies of a login form.
            "logins": lambda: (f"username={email(user)}&password={PASSWORD}" for user in range(1, USERS + 1)),
        }

    def file(self, name: str) -> Path:
        path = self._folder / name
        if not path.exists():
            path.write_text("".join(f"{line}\n" for line in self._makers[name]()))
        return path


def many(count: int, secret: str) -> Iterator[str]:
    chosen = random.Random(1)
    return (token(secret, chosen.randint(1, USERS)) for _ in range(count))
