"""The policy engine on Cedar, in process.

Enter questions; leaves one verdict each. Every request is checked against the schema. What Cedar cannot evaluate is
denied, with `error` set, counted and logged without data: Cedar skips a policy that fails, so an answer beside an
error may be a permission that a silenced `forbid` would have refused.

Equal questions are asked once, and two profiles that differ only in facts that no policy reads are one question.
Entities are built once per party and carry only the groups that policies name and the owner teams asked about.
"""

import hashlib
import json
import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC
from typing import Any

import cedarpy

from memory.adapters.policy.loading import PolicyPack
from memory.domain.errors import PolicyUnavailable
from memory.domain.governance import Profile, ReviewState
from memory.domain.identity import LOCAL_ISSUER, Principal, PrincipalKind, PrincipalToken
from memory.domain.ports.policy import Action, PolicyContext, PolicyQuestion, Verdict
from memory.domain.registrations import Purpose
from memory.domain.retrieval import Party

UNKNOWN_CATEGORY = "unknown"
DENIED = Verdict(permitted=False, policies=())
FAILED = Verdict(permitted=False, policies=(), error="The policies could not be evaluated.")

# What stands for a fact that no policy reads. Sensitivity and jurisdictions always count: contexts follow from them.
UNREAD: Mapping[str, Any] = {
    "categories": frozenset(),
    "entity_types": frozenset(),
    "owner_team": "",
    "review": ReviewState.SUGGESTED,
    "origin": "",
    "hold": False,
    "clear_types": frozenset(),
}

_log = logging.getLogger(__name__)
_POSITION = re.compile(r"policy `policy(\d+)`")

Json = dict[str, Any]


class CedarPolicyEngine:
    """Decides by the policies of one pack, for registered purposes.

    `categories` maps entity types to their category in the classification; any other type is `unknown`. `failures`
    counts questions that were denied because a policy could not be evaluated. Safe to share between threads.
    """

    def __init__(self, pack: PolicyPack, purposes: Mapping[str, Purpose], categories: Mapping[str, str]) -> None:
        self.pack = pack
        self.failures = 0
        self._purposes = frozenset(purposes)
        self._categories = dict(categories)
        self._revision = _revision(pack, purposes, self._categories)
        self._obligations = {policy.id: policy.obligation for policy in pack.policies if policy.obligation}
        self._unread = {name: empty for name, empty in UNREAD.items() if name not in pack.attributes}

    @property
    def revision(self) -> str:
        """Names the exact policies, schema and facts in force."""
        return self._revision

    def decide(self, questions: Sequence[PolicyQuestion]) -> list[Verdict]:
        """Return one verdict per question, in order. Raises `PolicyUnavailable`; never permits on an error."""
        verdicts = [DENIED] * len(questions)
        asked = [number for number, question in enumerate(questions) if self._worth_asking(question)]
        if asked:
            for number, verdict in zip(asked, self._ask([questions[number] for number in asked]), strict=True):
                verdicts[number] = verdict
        return verdicts

    def _worth_asking(self, question: PolicyQuestion) -> bool:
        """Say whether policies have a say: a known party, a registered purpose, an entity type where one belongs."""
        return (
            question.party.principal.token in question.party.tokens
            and _entity_type(question.party.principal) is not None
            and question.context.purpose in self._purposes
            and (question.entity_type is not None) == (question.action is Action.READ_CLEAR)
        )

    def _ask(self, questions: Sequence[PolicyQuestion]) -> list[Verdict]:
        asked = [replace(question, profile=self._as_read(question.profile)) for question in questions]
        by_party: defaultdict[Party, dict[PolicyQuestion, None]] = defaultdict(dict)
        for question in asked:
            by_party[question.party][question] = None
        verdicts: dict[PolicyQuestion, Verdict] = {}
        for party, distinct in by_party.items():
            verdicts.update(zip(distinct, self._verdicts(self._authorized(party, list(distinct))), strict=True))
        return [verdicts[question] for question in asked]

    def _as_read(self, profile: Profile) -> Profile:
        """Return the profile without the facts that no policy reads."""
        return replace(profile, **self._unread)

    def _authorized(self, party: Party, questions: Sequence[PolicyQuestion]) -> list[cedarpy.AuthzResult]:
        profiles = {profile: str(number) for number, profile in enumerate({q.profile: None for q in questions})}
        contexts = {key: json.dumps(self._circumstances(*key)) for key in set(map(_circumstance_key, questions))}
        principal = _party_entity(party, self.pack.groups | {profile.owner_team for profile in profiles})
        entities = [principal, *(_profile_entity(profile, number) for profile, number in profiles.items())]
        requests = [
            {
                "principal": principal["uid"],
                "action": {"type": "Action", "id": str(question.action)},
                "resource": {"type": "Profile", "id": profiles[question.profile]},
                "context": contexts[_circumstance_key(question)],
            }
            for question in questions
        ]
        try:
            known = cedarpy.Entities.from_json_str(json.dumps(entities), self.pack.schema)
            return list(cedarpy.is_authorized_batch(requests, self.pack.policy_set, known, self.pack.schema))
        except (ValueError, TypeError, RuntimeError) as error:
            raise PolicyUnavailable from error

    def _circumstances(self, context: PolicyContext, entity_type: str | None, law: frozenset[str]) -> Json:
        """Return the context of a request about data under these jurisdictions; what is unknown is left out.

        The cleared sets name only jurisdictions of the document: Cedar reads the context anew for every request, and
        a full list would cost more than the decision.
        """
        day = context.at.astimezone(UTC).date()
        category = None if entity_type is None else self._categories.get(entity_type, UNKNOWN_CATEGORY)

        def cleared(place: str | None) -> list[str]:
            return sorted(law & self.pack.jurisdictions.cleared_for(place, day)) if law else []

        known = {
            "caller_country": context.caller_country,
            "processing_region": context.processing_region,
            "recipient": context.declared_recipient,
            "recipient_country": context.declared_recipient_country,
            "entity_type": entity_type,
            "entity_category": category,
        }
        return {
            "purpose": context.purpose,
            "through_agent": context.through_agent,
            "roster_stale": context.roster_stale,
            "cleared_in_region": cleared(context.processing_region),
            "cleared_for_caller": cleared(context.caller_country),
            "cleared_for_recipient": cleared(context.declared_recipient_country),
            **{name: value for name, value in known.items() if value is not None},
        }

    def _verdicts(self, results: Sequence[cedarpy.AuthzResult]) -> list[Verdict]:
        failed = [result for result in results if _failed(result)]
        if failed:
            self.failures += len(failed)
            culprits = {
                int(n) for result in failed for text in result.diagnostics.errors for n in _POSITION.findall(text)
            }
            names = sorted(self.pack.policies[number].id for number in culprits)
            _log.warning("denied %d of %d questions that policies failed on: %s", len(failed), len(results), names)
        return [FAILED if _failed(result) else self._verdict(result) for result in results]

    def _verdict(self, result: cedarpy.AuthzResult) -> Verdict:
        policies = tuple(sorted(result.diagnostics.id_annotations_by_reason.values()))
        # A denial is decided by forbids, and only permits carry obligations.
        duties = {self._obligations[policy] for policy in policies if policy in self._obligations}
        return Verdict(result.allowed, policies, tuple(sorted(duties, key=lambda duty: duty.id)))


def _revision(pack: PolicyPack, purposes: Mapping[str, Purpose], categories: Mapping[str, str]) -> str:
    """Return SHA-256, hex, over everything that decisions follow from; comments and layout do not count."""
    body = {
        "policies": {policy.id: policy.canonical for policy in pack.policies},
        "schema": str(pack.schema),
        "jurisdictions": sorted(map(repr, pack.jurisdictions.rules)),
        "purposes": {
            p.id: [p.owner, p.description, sorted(p.applications), p.any_application, sorted(map(str, p.open_to))]
            for p in purposes.values()
        },
        "categories": categories,
    }
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _failed(result: cedarpy.AuthzResult) -> bool:
    return bool(result.diagnostics.errors) or result.decision is cedarpy.Decision.NoDecision


def _circumstance_key(question: PolicyQuestion) -> tuple[PolicyContext, str | None, frozenset[str]]:
    """Return what the context of a request depends on."""
    return question.context, question.entity_type, question.profile.jurisdictions


def _entity_type(principal: Principal) -> str | None:
    """Return what Cedar calls this kind of party; None is nobody who can ask."""
    if principal.token.kind not in (PrincipalKind.USER, PrincipalKind.SERVICE):
        return None
    if principal.agent:
        return "Agent"
    return "User" if principal.token.kind is PrincipalKind.USER else "Service"


def _name(token: PrincipalToken) -> str:
    """Return the name in policies: short for the built-in directory, in full where short could be ambiguous."""
    return token.id if token.issuer == LOCAL_ISSUER and "|" not in token.id else str(token)


def _party_entity(party: Party, named: Set[str]) -> Json:
    principal = party.principal
    country = {} if principal.country is None else {"country": principal.country}
    groups = {_name(token) for token in party.tokens if token.kind is PrincipalKind.GROUP} & named
    return {
        "uid": {"type": _entity_type(principal), "id": _name(principal.token)},
        "attrs": {"guest": principal.guest, **country},
        "parents": [{"type": "Group", "id": group} for group in sorted(groups)],
    }


def _profile_entity(profile: Profile, number: str) -> Json:
    owner = {"__entity": {"type": "Group", "id": profile.owner_team}}
    return {
        "uid": {"type": "Profile", "id": number},
        "attrs": {**profile.to_json(), "owner_team": owner},
        "parents": [],
    }
