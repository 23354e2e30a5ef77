"""Invariants of the policy engine: it agrees with a plain reading of the default pack, and only ever narrows."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from memory.adapters.policy.cedar import CedarPolicyEngine
from memory.adapters.policy.loading import load_pack
from memory.adapters.registrations import load_registrations
from memory.domain.governance import Profile, ReviewState, Sensitivity
from memory.domain.identity import EVERYONE, Principal, PrincipalKind, PrincipalToken
from memory.domain.ports.policy import Action, PolicyContext, PolicyQuestion
from memory.domain.retrieval import Party

CONFIG = Path(__file__).resolve().parents[2] / "config"
CATEGORIES = {"PERSON": "names", "US_SSN": "identifiers", "IBAN_CODE": "account_numbers", "API_KEY": "secrets"}
GROUPS = ("employees", "applications", "pii-readers", "finance-readers", "health-readers", "security", "eng", "other")
EEA_LIKE = {"DE": {"DE", "FR", "GB", "CH", "US-DPF"}, "US": {"US", "DE", "FR", "GB", "CH", "US-DPF"}}


@cache
def engine() -> CedarPolicyEngine:
    return CedarPolicyEngine(load_pack(CONFIG), load_registrations(CONFIG, "DE").purposes, CATEGORIES)


@st.composite
def parties(draw: st.DrawFn) -> Party:
    kind = draw(st.sampled_from([PrincipalKind.USER, PrincipalKind.SERVICE]))
    token = PrincipalToken("local", kind, draw(st.sampled_from(["ada", "bob"])))
    groups = draw(st.frozensets(st.sampled_from(GROUPS), max_size=4))
    tokens = frozenset({token, EVERYONE, *(PrincipalToken.parse(f"group:{group}") for group in groups)})
    return Party(Principal(token, "x", None, guest=draw(st.booleans()), agent=draw(st.booleans())), tokens)


profiles = st.builds(
    Profile,
    sensitivity=st.sampled_from(Sensitivity),
    categories=st.frozensets(st.sampled_from(["names", "identifiers", "account_numbers", "secrets", "health"])),
    entity_types=st.frozensets(st.sampled_from(sorted(CATEGORIES))),
    jurisdictions=st.frozensets(st.sampled_from(["DE", "US", "ZZ"]), max_size=2),
    owner_team=st.sampled_from(["eng", "other", "nobody"]),
    review=st.sampled_from(ReviewState),
    origin=st.sampled_from(["wiki", "git"]),
    hold=st.booleans(),
)
places = st.sampled_from([None, "DE", "FR", "GB", "US", "US-DPF", "CN"])
contexts = st.builds(
    PolicyContext,
    purpose=st.sampled_from(["support", "analysis", "curiosity"]),
    caller_country=places,
    processing_region=places,
    declared_recipient=st.sampled_from([None, None, "Acme"]),
    declared_recipient_country=places,
    through_agent=st.booleans(),
    roster_stale=st.booleans(),
    at=st.sampled_from([datetime(2026, 12, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)]),
)


def may_read(party: Party, profile: Profile, context: PolicyContext) -> bool:
    """Return what the default pack means by reading, written a second time without Cedar."""
    groups = {token.id for token in party.tokens if token.kind is PrincipalKind.GROUP}
    person = party.principal.token.kind is PrincipalKind.USER and not party.principal.agent
    rank, held = profile.sensitivity.rank, profile.categories
    passed_on = context.declared_recipient is not None or context.declared_recipient_country is not None

    def cleared(place: str | None) -> bool:
        in_time = context.at.year < 2027
        return all(in_time and place in EEA_LIKE.get(law, set()) for law in profile.jurisdictions)

    roles = (
        {"secrets": "security", "health": "health-readers"}
        if held & {"secrets", "health"}
        else {
            "identifiers": "pii-readers",
            "account_numbers": "finance-readers",
        }
    )
    needed = {role for category, role in roles.items() if category in held}
    by_role = bool(needed) and needed <= groups
    by_team = not held & {"secrets", "health"} and profile.owner_team in groups
    granted = rank == 0 or (
        (("employees" if person else "applications") in groups) if rank < 3 else (by_role or by_team)
    )
    refused = (
        context.purpose == "curiosity"
        or (party.principal.guest and rank > 0)
        or (context.roster_stale and rank >= 2)
        or (passed_on and rank == 3)
        or not cleared(context.processing_region)
        or (person and not cleared(context.caller_country))
        or (passed_on and not cleared(context.declared_recipient_country))
    )
    return granted and not refused


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(parties(), profiles, contexts), min_size=1, max_size=25))
def test_the_engine_agrees_with_a_plain_reading_of_the_default_pack(
    cases: list[tuple[Party, Profile, PolicyContext]],
) -> None:
    """Bites when any condition of a reading policy is dropped, or a fact reaches Cedar under a wrong name."""
    verdicts = engine().decide([PolicyQuestion(who, Action.READ, what, context) for who, what, context in cases])
    assert [verdict.permitted for verdict in verdicts] == [may_read(*case) for case in cases]
    assert all(verdict.error is None for verdict in verdicts)


@settings(deadline=None, max_examples=40)
@given(parties(), st.lists(profiles, min_size=1, max_size=8), contexts, st.sampled_from([*CATEGORIES, "NEW"]))
def test_a_batch_answers_as_each_question_alone(
    who: Party, what: list[Profile], context: PolicyContext, entity_type: str
) -> None:
    questions = [
        PolicyQuestion(who, action, one, context, entity_type if action is Action.READ_CLEAR else None)
        for one in what
        for action in Action
    ]
    assert engine().decide(questions) == [engine().decide([question])[0] for question in questions]


@settings(deadline=None, max_examples=40)
@given(parties(), st.lists(profiles, min_size=1, max_size=8), contexts, st.sampled_from(Action))
def test_what_is_unknown_or_declared_never_opens_anything(
    who: Party, what: list[Profile], context: PolicyContext, action: Action
) -> None:
    """Bites when a policy permits on an absent country or region, or on the caller's own word."""
    silent = replace(context, declared_recipient=None, declared_recipient_country=None)
    entity_type = "US_SSN" if action is Action.READ_CLEAR else None

    def permitted(circumstances: PolicyContext) -> list[bool]:
        questions = [PolicyQuestion(who, action, one, circumstances, entity_type) for one in what]
        return [verdict.permitted for verdict in engine().decide(questions)]

    widest = permitted(silent)
    for narrower in (
        context,
        replace(silent, processing_region=None),
        replace(silent, caller_country=None),
        replace(silent, roster_stale=True),
        replace(silent, through_agent=True),
        replace(silent, purpose="curiosity"),
    ):
        assert all(before or not after for before, after in zip(widest, permitted(narrower), strict=True))


@settings(deadline=None, max_examples=40)
@given(parties(), profiles, contexts)
def test_whoever_reads_for_somebody_else_gets_the_duty_to_verify(
    who: Party, what: Profile, context: PolicyContext
) -> None:
    verdict = engine().decide([PolicyQuestion(who, Action.READ, what, context)])[0]
    declared = context.declared_recipient is not None or context.declared_recipient_country is not None
    duties = [duty.id for duty in verdict.obligations]
    assert duties == (["verify-recipient"] if verdict.permitted and declared else [])
