"""A WebSocket server in a process of its own: echo_service.py PORT. The end of the path says what it does:

    .../closing   says the first message back, then closes with 4001
    .../pinging   pings the client, and says how it went
    anything else says every message back

It prints what it hears, a JSON object a line: each handshake with its fields, and how each connection ended.
"""

import asyncio
import json
import signal
import sys

import websockets


def tell(event: str, **more) -> None:
    print(json.dumps({"event": event, **more}), flush=True)


async def hear(path: str, headers: websockets.Headers) -> None:
    tell("handshake", path=path, fields=list(headers.raw_items()))


async def echo(connection: websockets.WebSocketServerProtocol) -> None:
    async for message in connection:
        await connection.send(message)


async def serve(connection: websockets.WebSocketServerProtocol) -> None:
    try:
        if connection.path.endswith("/closing"):
            await connection.send(await connection.recv())
            await connection.close(4001, "enough")
        elif connection.path.endswith("/pinging"):
            await (await connection.ping(b"there?"))
            await connection.send("the pong came")
            await connection.wait_closed()
        else:
            await echo(connection)
    except websockets.ConnectionClosed:
        pass
    tell("end", path=connection.path, code=connection.close_code, reason=connection.close_reason)


async def main(port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with websockets.serve(serve, "127.0.0.1", port, process_request=hear, max_size=None, ping_interval=None):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
