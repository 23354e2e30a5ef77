"""The entitlement room: whose rights bound this request, and what the sources permit them.

Enters: a `Caller` from a verified token. Leaves: `Entitlements` at the epoch of the request's session. The facts are
held in memory and brought up to date from what changed since; a commit is obeyed by the next request, always.
"""

from collections import OrderedDict
from datetime import datetime
from threading import Lock

from memory.access.admission import require_agent
from memory.access.directory import AccessState
from memory.access.freshness import FreshnessTokens
from memory.domain.errors import FreshnessNotReached
from memory.domain.identity import Caller, PrincipalToken
from memory.domain.ports.catalogue import Reading
from memory.domain.retrieval import Entitlements

STATES = 8
"""States kept besides the newest, for requests whose session began before another's; they share what is equal."""

Key = tuple[tuple[PrincipalToken, ...], int]


class CurrentAccess:
    """Keeps one `AccessState` current, and the latest entitlements of each epoch. Safe to share between threads."""

    def __init__(self, *, kept: int = 1_024) -> None:
        self._states = {0: AccessState()}
        self._kept: OrderedDict[Key, Entitlements] = OrderedDict()
        self._limit = kept
        self._lock = Lock()

    def state(self, session: Reading) -> AccessState:
        """Return the state exactly as of this session: neither behind it nor ahead of it."""
        revision = session.access.position().revision
        state = self._states.get(revision)
        if state is not None:
            return state
        with self._lock:
            base = max((known for known in self._states if known <= revision), default=0)
            state = self._states.get(base, AccessState()).updated(session.access.changes(base))
            latest = sorted({*self._states, revision})[-STATES:]
            self._states = {known: state if known == revision else self._states[known] for known in latest}
            return state

    def entitlements(self, parties: tuple[PrincipalToken, ...], state: AccessState, now: datetime) -> Entitlements:
        """Return what the sources permit every party. It holds for an epoch, or until an entry expires."""
        key = (parties, state.position.epoch)
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and (kept.valid_until is None or now < kept.valid_until):
            return kept
        found = state.visible_scopes([state.party(token) for token in parties], now)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return found


def require_fresh(token: str | None, tokens: FreshnessTokens, state: AccessState) -> None:
    """Raise `FreshnessNotReached` for a consistency token that is not ours, or ahead of this state."""
    if token is not None and tokens.open(token) > state.position.epoch:
        raise FreshnessNotReached


def entitle(caller: Caller, access: CurrentAccess, state: AccessState, now: datetime) -> Entitlements:
    """Return what the sources permit every party of the request. Raises `NotPermitted` for an actor who is a person."""
    require_agent(caller, state)
    return access.entitlements(caller.parties, state, now)
