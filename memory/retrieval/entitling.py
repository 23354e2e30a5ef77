"""The entitlement room: whose rights bound this request, and what the sources permit them.

Enters: a `Caller` from a verified token. Leaves: `Entitlements` at the epoch of the request's session. The facts are
held in memory and brought up to date from what changed since; a commit is obeyed by the next request, always.
"""

from datetime import datetime
from threading import Lock

from memory.access.directory import AccessState
from memory.domain.errors import FreshnessNotReached
from memory.domain.identity import Caller
from memory.domain.ports.catalogue import Reading
from memory.domain.retrieval import Entitlements


class CurrentAccess:
    """Keeps one `AccessState` current. Safe to share between threads."""

    def __init__(self) -> None:
        self._state = AccessState()
        self._lock = Lock()

    def state(self, session: Reading) -> AccessState:
        """Return the state exactly as of this session: neither behind it nor ahead of it."""
        position = session.access.position()
        state = self._state
        if position == state.position:
            return state
        with self._lock:
            if position.revision < self._state.position.revision:
                return AccessState().updated(session.access.changes(0))
            self._state = self._state.updated(session.access.changes(self._state.position.revision))
            return self._state


def entitle(caller: Caller, state: AccessState, at_least_as_fresh: int | None, now: datetime) -> Entitlements:
    """Return what the sources permit every party. Raises `FreshnessNotReached` for a token from the future."""
    if at_least_as_fresh is not None and at_least_as_fresh > state.position.epoch:
        raise FreshnessNotReached
    return state.visible_scopes([state.party(token) for token in caller.parties], now)
