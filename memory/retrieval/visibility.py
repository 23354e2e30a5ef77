"""The decision room: from what sources and policy permit to what the engine may look at.

Enters: `Entitlements` and a `PolicyContext`. Leaves: a `Decision`. Computing a visible set walks all compartments, so
it is kept per caller, circumstances and state of the catalogue; nothing is shared between callers who differ in
anything that policy can read.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from memory.access.decisions import PolicyDecisions, Readable
from memory.access.directory import AccessState
from memory.audit.receipts import visible_digest
from memory.domain.ports.catalogue import Reading
from memory.domain.ports.policy import PolicyContext
from memory.domain.retrieval import Decision, Entitlements, VisibleSet

WITHDRAWN_POINTS = 1_000
"""Up to here pending withdrawals are named one by one; above, their compartments are left out as a whole."""


@dataclass(frozen=True, slots=True)
class _Kept:
    readable: Readable
    visible: VisibleSet
    digest: str
    valid_until: datetime | None


class VisibleSets:
    """Computes visible sets, and keeps the latest. Safe to share between threads."""

    def __init__(self, decisions: PolicyDecisions, *, kept: int = 256) -> None:
        self._decisions = decisions
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._limit = kept
        self._lock = Lock()

    def decide(
        self,
        entitlements: Entitlements,
        context: PolicyContext,
        moment: datetime | None,
        state: AccessState,
        session: Reading,
    ) -> Decision:
        """Return what the engine may look at for these parties and this purpose. Raises `PolicyUnavailable`."""
        recorded = self.recorded(entitlements, context, moment, state)
        remaining = _without(recorded.visible, session.outbox.withdrawn(), state)
        same = remaining.compartments is recorded.visible.compartments
        return replace(recorded, visible=remaining, digest=recorded.digest if same else visible_digest(remaining))

    def recorded(
        self, entitlements: Entitlements, context: PolicyContext, moment: datetime | None, state: AccessState
    ) -> Decision:
        """Return what the catalogue lets these parties look at, whatever the index has yet to follow.

        Raises `PolicyUnavailable`.
        """
        kept = self._find(entitlements, context, moment, state)
        return Decision(
            entitlements=entitlements,
            visible=kept.visible if moment is None else replace(kept.visible, moment=moment),
            digest=kept.digest,
            revision=state.position.revision,
            policies=kept.readable.policies,
            obligations=kept.readable.obligations,
            policy_revision=self._decisions.revision,
        )

    def _find(
        self, entitlements: Entitlements, context: PolicyContext, moment: datetime | None, state: AccessState
    ) -> _Kept:
        day = replace(context, at=context.at.replace(hour=0, minute=0, second=0, microsecond=0))
        key = (entitlements.parties, day, moment is None, state.position, self._decisions.revision)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and (kept.valid_until is None or context.at < kept.valid_until):
                self._kept.move_to_end(key)
                return kept
        kept = self._compute(entitlements, context, moment, state)
        with self._lock:
            self._kept[key] = kept
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return kept

    def _compute(
        self, entitlements: Entitlements, context: PolicyContext, moment: datetime | None, state: AccessState
    ) -> _Kept:
        profiles = state.profiles_behind(entitlements.scopes, moment=moment)
        readable = self._decisions.readable(entitlements.parties, context, profiles)
        visible = state.compartments_in(entitlements.scopes, readable.profiles, moment=moment, withheld=frozenset())
        return _Kept(readable, visible, visible_digest(visible), entitlements.valid_until)


def _without(visible: VisibleSet, withdrawn: list[tuple[str, int]], state: AccessState) -> VisibleSet:
    """Take out what lost visibility in writes the index has not followed yet.

    Only withdrawals from compartments this caller sees count, lest the pending work on hidden ones be felt.
    """
    if not withdrawn:
        return visible
    seen = frozenset(visible.compartments)
    concerned = [(point_id, compartment) for point_id, compartment in withdrawn if compartment in seen]
    if len(concerned) <= WITHDRAWN_POINTS:
        return replace(visible, withheld=frozenset(point_id for point_id, _ in concerned)) if concerned else visible
    closed = frozenset(compartment for _, compartment in concerned)
    return state.compartments.excluding(visible, closed)
