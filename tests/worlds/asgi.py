"""Calls an ASGI application in this process and returns exactly what it sent: status, every header, every byte."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Response:
    """What an application sent."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value.decode() for key, value in self.headers if key.decode().lower() == name.lower()), None)


class Client:
    """One event loop and one application. An error that leaves the application is a 500, as a server makes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close()

    def get(self, path: str, token: str | None = None, **parameters: Any) -> Response:
        query = urlencode({name.rstrip("_"): value for name, value in parameters.items() if value is not None})
        return self.request("GET", path, token, query=query)

    def post(self, path: str, token: str | None, body: Any, headers: Mapping[str, str] | None = None) -> Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, token, content=content, headers=headers or {})

    def request(
        self,
        method: str,
        path: str,
        token: str | None = None,
        *,
        query: str = "",
        content: bytes | Sequence[bytes] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request; content in pieces does not announce its length."""
        pieces = [content] if isinstance(content, bytes) else list(content)
        sent = {"content-type": "application/json", **(headers or {})}
        if isinstance(content, bytes):
            sent.setdefault("content-length", str(len(content)))
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.items()],
            "server": ("testserver", 80),
            "client": ("testclient", 50000),
        }
        return self._runner.run(self._call(scope, pieces))

    async def _call(self, scope: dict[str, Any], pieces: list[bytes]) -> Response:
        messages: list[Message] = []
        waiting = list(pieces)

        async def receive() -> Message:
            if not waiting:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

        async def send(message: Message) -> None:
            messages.append(message)

        try:
            await self._app(scope, receive, send)
        except Exception:  # noqa: BLE001 - the outermost middleware answers 500 and raises again for the server's log
            assert messages, "the application raised and answered nothing"
        start = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        return Response(start["status"], tuple(map(tuple, start["headers"])), body)
