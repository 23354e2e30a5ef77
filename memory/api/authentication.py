"""Who asks, before anything else of a request is looked at: its body, its path, its method.

Enters: a request with its bearer token. Leaves: the same request with its `Caller`, or the one answer that everybody
without a valid token gets, byte for byte, whatever they asked.
"""

from http import HTTPStatus

from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from memory.api.errors import problem
from memory.domain.errors import NotAuthenticated
from memory.domain.identity import Caller
from memory.wiring import Services

OPEN = frozenset({"/health/live"})
"""Paths that need no token."""

_SCHEME = b"bearer"


class Authentication:
    """Lets in whom a valid token names. The token is verified here, once in a request, and nowhere else."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request together with its caller."""
        if scope["type"] == "lifespan" or scope.get("path") in OPEN:
            await self._app(scope, receive, send)
            return
        try:
            caller = self._services.verifier.verify(_token(scope), now=self._services.clock.now())
        except NotAuthenticated as error:
            await problem(HTTPStatus.UNAUTHORIZED, str(error))(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, receive, send)


def verified(state: State) -> Caller:
    """Return the caller that was let in. Raises `NotAuthenticated` where nobody was asked for a token."""
    caller = getattr(state, "caller", None)
    if not isinstance(caller, Caller):
        raise NotAuthenticated
    return caller


def _token(scope: Scope) -> str:
    """Return the bearer token of a request. Raises `NotAuthenticated`, also for two: which one counts is a guess."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(given) != 1:
        raise NotAuthenticated(reason="not one token")
    scheme, _, token = given[0].partition(b" ")
    if scheme.lower() != _SCHEME:
        raise NotAuthenticated(reason="another scheme")
    return str(token.strip(), "latin-1")
