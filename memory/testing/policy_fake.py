"""A policy engine whose rules are plain functions, for tests of whatever asks one; it passes the same contract.

Set `available` to False, and it raises `PolicyUnavailable`.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from memory.domain.errors import PolicyUnavailable
from memory.domain.identity import PrincipalKind
from memory.domain.ports.policy import Action, PolicyQuestion, Verdict
from memory.domain.retrieval import Obligation

FAILED = Verdict(permitted=False, policies=(), error="A rule failed.")
ASKING = frozenset({PrincipalKind.USER, PrincipalKind.SERVICE})


@dataclass(frozen=True, slots=True)
class Rule:
    """Permits, or forbids, the questions that it applies to. One that raises makes the verdict an error."""

    id: str
    applies: Callable[[PolicyQuestion], bool]
    permits: bool = True
    obligation: Obligation | None = None


class RulePolicyEngine:
    """`memory.domain.ports.policy.PolicyEngine` over rules in Python."""

    def __init__(self, rules: Sequence[Rule], purposes: Collection[str]) -> None:
        self.available = True
        self._rules = tuple(rules)
        self._purposes = frozenset(purposes)
        self._revision = hashlib.sha256(repr(([rule.id for rule in rules], sorted(purposes))).encode()).hexdigest()

    @property
    def revision(self) -> str:
        """Names the rules by their ids."""
        return self._revision

    def decide(self, questions: Sequence[PolicyQuestion]) -> list[Verdict]:
        """Return one verdict per question, in order."""
        if not self.available:
            raise PolicyUnavailable
        return [self._verdict(question) for question in questions]

    def _verdict(self, question: PolicyQuestion) -> Verdict:
        if not self._worth_asking(question):
            return Verdict(permitted=False, policies=())
        try:
            applying = [rule for rule in self._rules if rule.applies(question)]
        except Exception:  # noqa: BLE001 - whatever a rule stumbles over, the answer is no
            return FAILED
        decisive = [rule for rule in applying if not rule.permits] or applying
        permitted = bool(decisive) and decisive[0].permits
        duties = {rule.obligation for rule in decisive if permitted and rule.obligation is not None}
        policies = tuple(sorted(rule.id for rule in decisive))
        return Verdict(permitted, policies, tuple(sorted(duties, key=lambda duty: duty.id)))

    def _worth_asking(self, question: PolicyQuestion) -> bool:
        who = question.party
        return (
            who.principal.token in who.tokens
            and who.principal.token.kind in ASKING
            and question.context.purpose in self._purposes
            and (question.entity_type is not None) == (question.action is Action.READ_CLEAR)
        )
