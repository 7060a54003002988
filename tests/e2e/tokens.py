"""Tokens made by another program (python3-jwt), good and bad ones, and tokens that no library would make."""

import base64
import hashlib
import hmac
import time
import uuid

import jwt

from gateway import SECRET


def claims(**changes) -> dict:
    """What a good token says; a change to None leaves a claim out."""
    now = int(time.time())
    said = {"sub": "1", "iat": now, "exp": now + 3600, "jti": uuid.uuid4().hex} | changes
    return {name: value for name, value in said.items() if value is not None}


def signed(key: str = SECRET, algorithm: str = "HS256", headers: dict | None = None, **changes) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def hand_made(header: str, payload: str, key: str = SECRET) -> str:
    """Signed correctly with HS256 whatever the JSON says."""
    text = f"{encoded(header.encode())}.{encoded(payload.encode())}"
    return f"{text}.{encoded(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest())}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
