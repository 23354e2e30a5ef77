"""From policy verdicts to what may be read, and to what stays redacted in it.

Enter the parties of a request, its context and the profiles behind the scopes that their sources permit; leave the
profiles that policy permits every party to read, and the entity types that every party may see in clear. Everybody
must be permitted everything: an agent that acts for a person never sees more than either of them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from memory.access.verdict_cache import VerdictCache
from memory.domain.governance import Profile
from memory.domain.ports.policy import Action, PolicyContext, PolicyEngine, PolicyQuestion, Verdict
from memory.domain.retrieval import Obligation, Party

UNPERMITTED = "no-policy-permits"
"""What a redaction names where no policy forbade and none permitted."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What is asked about one profile, whoever asks; `entity_type` for `read_clear` alone."""

    action: Action
    profile: Profile
    entity_type: str | None = None


@dataclass(frozen=True, slots=True)
class Readable:
    """The profiles that may be read, the ids of the policies that permitted them, and on which conditions, in order."""

    profiles: frozenset[int]
    policies: tuple[str, ...]
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True)
class Clearance:
    """What may be shown in clear. Whatever was not asked about stays redacted."""

    verdicts: Mapping[tuple[Profile, str], Verdict]
    obligations: tuple[Obligation, ...]

    def redacted_by(self, profile: Profile, entity_type: str) -> str | None:
        """Return the id of the policy that keeps values of this type redacted, or None where they may be shown."""
        verdict = self.verdicts.get((profile, entity_type))
        if verdict is not None and verdict.permitted:
            return None
        return verdict.policies[0] if verdict is not None and verdict.policies else UNPERMITTED

    def of(self, wanted: Collection[tuple[Profile, str]]) -> "Clearance":
        """Return what this says of `wanted` alone, with the obligations of that."""
        return _clearance({pair: self.verdicts[pair] for pair in wanted if pair in self.verdicts})


class PolicyDecisions:
    """Asks the policy engine, each question once per callers, circumstances, day and policy revision.

    Policies see the day and not the minute, so that a verdict keeps until midnight UTC. Verdicts are never shared
    between callers whose tokens or attributes differ. Bounds: `callers` tables of `verdicts` each. Thread-safe.
    """

    def __init__(self, engine: PolicyEngine, *, callers: int = 256, verdicts: int = 10_000) -> None:
        self._engine = engine
        self._cache = VerdictCache[Matter](callers, verdicts)

    @property
    def revision(self) -> str:
        """Names the policies in force."""
        return self._engine.revision

    def readable(self, parties: Sequence[Party], context: PolicyContext, profiles: Mapping[int, Profile]) -> Readable:
        """Return which of `profiles`, given by id, every party may read. Raises `PolicyUnavailable`."""
        asked = {number: _reading(profiles[number]) for number in sorted(profiles)}
        verdicts = self._decide(parties, context, (matter for matters in asked.values() for matter in matters))
        granted = {
            number: [verdicts[matter] for matter in matters]
            for number, matters in asked.items()
            if all(verdicts[matter].permitted for matter in matters)
        }
        granting = [verdict for group in granted.values() for verdict in group]
        return Readable(frozenset(granted), _policies(granting), _obligations(granting))

    def clearance(
        self, parties: Sequence[Party], context: PolicyContext, wanted: Collection[tuple[Profile, str]]
    ) -> Clearance:
        """Return which of the `wanted` (profile, entity type) every party may see. Raises `PolicyUnavailable`."""
        matters = {pair: Matter(Action.READ_CLEAR, *pair) for pair in wanted}
        decided = self._decide(parties, context, matters.values())
        return _clearance({pair: decided[matter] for pair, matter in matters.items()})

    def _decide(
        self, parties: Sequence[Party], context: PolicyContext, matters: Iterable[Matter]
    ) -> dict[Matter, Verdict]:
        """Return one verdict per matter, for all parties together. A verdict with an error is not kept."""
        day = replace(context, at=context.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
        key = (tuple(parties), day, self._engine.revision)
        known = self._cache.get(key)
        wanted = dict.fromkeys(matters)
        fresh = self._ask(parties, day, [matter for matter in wanted if matter not in known])
        if fresh:
            self._cache.extend(key, {matter: verdict for matter, verdict in fresh.items() if verdict.error is None})
        return {matter: fresh[matter] if matter in fresh else known[matter] for matter in wanted}

    def _ask(
        self, parties: Sequence[Party], context: PolicyContext, matters: Sequence[Matter]
    ) -> dict[Matter, Verdict]:
        if not matters:
            return {}
        each = [(party, context.of(party)) for party in parties]
        questions = [
            PolicyQuestion(party, matter.action, matter.profile, theirs, matter.entity_type)
            for matter in matters
            for party, theirs in each
        ]
        answers = iter(self._engine.decide(questions))
        return {matter: _together([next(answers) for _ in parties]) for matter in matters}


def _clearance(verdicts: Mapping[tuple[Profile, str], Verdict]) -> Clearance:
    return Clearance(verdicts, _obligations(verdict for verdict in verdicts.values() if verdict.permitted))


def _reading(profile: Profile) -> list[Matter]:
    """Return what must be permitted to read a profile: reading it, and every type that its points hold in clear."""
    clear = [Matter(Action.READ_CLEAR, profile, entity_type) for entity_type in sorted(profile.clear_types)]
    return [Matter(Action.READ, profile), *clear]


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict for all parties: permitted if there are any and every one is."""
    decisive = [verdict for verdict in verdicts if not verdict.permitted] or verdicts
    return Verdict(
        permitted=bool(verdicts) and decisive is verdicts,
        policies=_policies(decisive),
        obligations=_obligations(decisive),
        error=next((verdict.error for verdict in decisive if verdict.error is not None), None),
    )


def _policies(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(sorted({policy for verdict in verdicts for policy in verdict.policies}))


def _obligations(verdicts: Iterable[Verdict]) -> tuple[Obligation, ...]:
    found = {obligation for verdict in verdicts for obligation in verdict.obligations}
    return tuple(sorted(found, key=lambda obligation: (obligation.id, obligation.text)))
