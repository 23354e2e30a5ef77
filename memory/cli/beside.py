"""Beside a running server: a command that needs the index asks the process that owns it, over loopback.

The server writes its address into the home; the command signs a token of one minute with the home's key, so that the
server decides about it as about any other caller.
"""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

from memory.api.schemas.retrieve import RetrieveRequest
from memory.domain.errors import IndexOwnedElsewhere, InvalidRequest, Unavailable
from memory.domain.identity import Caller
from memory.settings import Settings
from memory.wiring import token_issuer

LIFETIME = timedelta(minutes=1)
TIMEOUT_S = 60
CLIENT_ERROR = range(400, 500)

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens without the proxies of the environment: what stays on this machine must not go through another."""

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a server that listens everywhere is reached


def ask_server(settings: Settings, caller: Caller, request: RetrieveRequest) -> dict[str, Any]:
    """Return the server's answer. Raises `IndexOwnedElsewhere` when the owner of the index is no server."""
    token = token_issuer(settings).issue(
        caller.subject,
        application=caller.application,
        roles=caller.roles,
        writes=None,
        actor=caller.actor,
        lifetime=LIFETIME,
        now=datetime.now(UTC),
    )
    call = urllib.request.Request(
        f"http://{_address(settings)}/retrieve",
        data=request.model_dump_json().encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with _DIRECT.open(call, timeout=TIMEOUT_S) as reply:
            answer: dict[str, Any] = json.load(reply)
    except urllib.error.HTTPError as error:
        raise (InvalidRequest if error.code in CLIENT_ERROR else Unavailable)(_detail(error)) from None
    except (OSError, ValueError) as error:
        raise IndexOwnedElsewhere from error
    return answer


def _detail(error: urllib.error.HTTPError) -> str:
    """Return why the server refused."""
    with error:
        try:
            return str(json.load(error)["detail"])
        except (OSError, ValueError, KeyError, TypeError):
            return "The server could not answer; its log says why."


def _address(settings: Settings) -> str:
    """Return where the server of this home listens, as seen from this machine."""
    try:
        body = json.loads(settings.address_file.read_text())
        host, port = str(body["host"]), int(body["port"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexOwnedElsewhere from error
    host = _LOOPBACK.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
