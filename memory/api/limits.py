"""Limits that hold before any route runs."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory.api.errors import problem
from memory.domain.errors import TooLarge


class BodyLimit:
    """Refuses request bodies above `limit` bytes, whether or not they announce their length."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request whose body stays within the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not _within(announced, self._limit):
            await problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(TooLarge()))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                # FastAPI answers 400 to any other error while it reads a body.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(TooLarge()))
            return message

        await self._app(scope, counted, send)


def _within(announced: bytes, limit: int) -> bool:
    """Say whether a Content-Length is a number up to `limit`; one with more digits is not even read."""
    return announced.isdigit() and len(announced) <= len(str(limit)) and int(announced) <= limit
