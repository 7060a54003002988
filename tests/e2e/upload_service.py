"""An ASGI service that takes bodies: `uvicorn upload_service:app`. It prints a line when the first bytes of one have
come, and answers with the size and the SHA-256 of the whole."""

import hashlib
import json


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
    size, digest, more = 0, hashlib.sha256(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not size and message["body"]:
            print("begun", scope["method"], flush=True)
        size += len(message["body"])
        digest.update(message["body"])
        more = message.get("more_body", False)
    answer = json.dumps({"size": size, "sha256": digest.hexdigest()}).encode()
    fields = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": answer})
