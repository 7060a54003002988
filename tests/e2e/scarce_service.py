"""A service that can do one thing at a time, and notices when it is asked for more: for uvicorn, `scarce_service:app`.

    POST /stream/N   N server-sent events, one every 20 ms
    GET  /report     the users in the order in which their requests came, and how many requests it had at once, at most
"""

import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI, Header
from fastapi.responses import StreamingResponse

app = FastAPI()
running: set[object] = set()
report = {"users": [], "at_once": 0}


@app.post("/stream/{count}")
async def stream(count: int, x_user_id: str = Header("nobody")) -> StreamingResponse:
    async def events() -> AsyncIterator[str]:
        me = object()
        running.add(me)
        report["users"].append(x_user_id)
        report["at_once"] = max(report["at_once"], len(running))
        try:
            for number in range(count):
                await asyncio.sleep(0.02)
                yield f"data: {number}\n\n"
        finally:
            running.discard(me)

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/report")
async def tell() -> dict:
    return report
