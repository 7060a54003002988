"""An AI service without users: see README.md. Everything about identity here is the X-User-Id header."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from model import MarkovModel, tokenise

MODEL_NAME = "markov-2"
SECONDS_PER_TOKEN = 0.05
LONGEST_PROMPT = 20_000  # characters
MOST_TOKENS = 512

app = FastAPI(title="Example AI service")
model = MarkovModel.from_file(Path(__file__).with_name("corpus.txt"))


class Prompt(BaseModel):
    prompt: str = Field(max_length=LONGEST_PROMPT)
    max_tokens: int = Field(64, ge=1, le=MOST_TOKENS)


class Message(BaseModel):
    role: str = Field(max_length=32)
    content: str = Field(max_length=LONGEST_PROMPT)


class StreamOptions(BaseModel):
    include_usage: bool = False


class ChatRequest(BaseModel):
    messages: list[Message] = Field(min_items=1, max_items=256)
    model: str = Field(MODEL_NAME, max_length=64)
    max_tokens: int = Field(64, ge=1, le=MOST_TOKENS)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()


@app.get("/")
def index() -> dict:
    return {"message": "A small AI service. POST /generate?prompt=... to hear from it."}


@app.post("/generate")
def generate(prompt: str | None = None, body: Prompt | None = None, x_user_id: str | None = Header(None)) -> dict:
    asked = one_prompt(prompt, body)
    return {"text": "".join(model.continuation(asked.prompt, asked.max_tokens)).strip(), "user": x_user_id}


@app.post("/generate/stream")
def generate_stream(prompt: str | None = None, body: Prompt | None = None, x_user_id: str | None = Header(None)):
    asked = one_prompt(prompt, body)

    async def events() -> AsyncIterator[str]:
        async for token in spoken(asked.prompt, asked.max_tokens):
            yield event({"token": token, "user": x_user_id})
        yield "data: [DONE]\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


@app.get("/v1/models")
def models() -> dict:
    return {"object": "list", "data": [{"id": MODEL_NAME, "object": "model", "created": 0, "owned_by": "example"}]}


@app.post("/v1/chat/completions")
def chat_completions(request: ChatRequest):
    prompt = request.messages[-1].content
    reply = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL_NAME}
    prompt_tokens = sum(len(tokenise(message.content)) for message in request.messages)
    if request.stream:
        events = chat_events(request, reply, prompt, prompt_tokens)
        return StreamingResponse(events, media_type="text/event-stream")
    tokens = list(model.continuation(prompt, request.max_tokens))
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "".join(tokens).strip()},
        "finish_reason": finish_reason(len(tokens), request),
    }
    return reply | {"object": "chat.completion", "choices": [choice], "usage": usage(prompt_tokens, len(tokens))}


async def chat_events(request: ChatRequest, reply: dict, prompt: str, prompt_tokens: int) -> AsyncIterator[str]:
    """The chunks of a streamed completion; with include_usage all have `usage`, null but in one more at the end."""
    reply = reply | {"object": "chat.completion.chunk"}
    no_usage = {"usage": None} if request.stream_options.include_usage else {}

    def chunk(delta: dict, finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return event(reply | {"choices": [choice]} | no_usage)

    yield chunk({"role": "assistant", "content": ""})
    count = 0
    async for token in spoken(prompt, request.max_tokens):
        count += 1
        yield chunk({"content": token})
    yield chunk({}, finish_reason(count, request))
    if request.stream_options.include_usage:
        yield event(reply | {"choices": [], "usage": usage(prompt_tokens, count)})
    yield "data: [DONE]\n\n"


async def spoken(prompt: str, max_tokens: int) -> AsyncIterator[str]:
    """Tokens at the pace of a model that thinks about each."""
    for token in model.continuation(prompt, max_tokens):
        yield token
        await asyncio.sleep(SECONDS_PER_TOKEN)


def one_prompt(query: str | None, body: Prompt | None) -> Prompt:
    if body is not None:
        return body
    if query is None:
        raise HTTPException(422, "send a prompt: ?prompt=... or a JSON body")
    if len(query) > LONGEST_PROMPT:
        raise HTTPException(422, "the prompt is too long")
    return Prompt(prompt=query)


def finish_reason(count: int, request: ChatRequest) -> str:
    return "length" if count == request.max_tokens else "stop"


def usage(prompt_tokens: int, completion_tokens: int) -> dict:
    total = prompt_tokens + completion_tokens
    return {"prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens, "total_tokens": total}


def event(value: dict) -> str:
    return f"data: {json.dumps(value)}\n\n"
