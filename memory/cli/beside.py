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
        with urllib.request.urlopen(call, timeout=TIMEOUT_S) as reply:  # noqa: S310
            answer: dict[str, Any] = json.load(reply)
    except urllib.error.HTTPError as error:
        detail = json.load(error).get("detail", "The server refused.")
        raise (InvalidRequest if error.code in CLIENT_ERROR else Unavailable)(detail) from None
    except (OSError, ValueError) as error:
        raise IndexOwnedElsewhere from error
    return answer


def _address(settings: Settings) -> str:
    try:
        body = json.loads(settings.address_file.read_text())
        return f"{body['host']}:{body['port']}"
    except (OSError, ValueError, KeyError) as error:
        raise IndexOwnedElsewhere from error
