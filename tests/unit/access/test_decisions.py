"""From verdicts to what may be read and shown, with an engine that answers as it is told."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from memory.access.decisions import UNPERMITTED, PolicyDecisions
from memory.domain.governance import Profile, ReviewState, Sensitivity
from memory.domain.identity import Principal, PrincipalToken
from memory.domain.ports.policy import Action, PolicyContext, PolicyQuestion, Verdict
from memory.domain.retrieval import Obligation, Party

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CONTEXT = PolicyContext(
    purpose="support",
    caller_country=None,
    processing_region=None,
    declared_recipient=None,
    declared_recipient_country=None,
    through_agent=False,
    roster_stale=False,
    at=NOW,
)
YES, NO = Verdict(permitted=True, policies=("yes",)), Verdict(permitted=False, policies=("no",))


def party(name: str, *groups: str) -> Party:
    tokens = [PrincipalToken.parse(text) for text in (f"user:{name}", *(f"group:{group}" for group in groups))]
    return Party(Principal(tokens[0], name), frozenset(tokens))


def profile(team: str = "eng", clear: Sequence[str] = ()) -> Profile:
    none: frozenset[str] = frozenset()
    labels = (Sensitivity.INTERNAL, none, none, none, team, ReviewState.SUGGESTED, "wiki", False, frozenset(clear))
    return Profile(*labels)


ADA, BOT = party("ada"), party("bot")


class ToldEngine:
    """Answers every question by a function, and remembers what it was asked."""

    def __init__(self, answer: Callable[[PolicyQuestion], Verdict]) -> None:
        self.answer = answer
        self.revision = "r1"
        self.asked: list[PolicyQuestion] = []

    def decide(self, questions: Sequence[PolicyQuestion]) -> list[Verdict]:
        self.asked.extend(questions)
        return [self.answer(question) for question in questions]


def test_a_profile_is_readable_when_every_party_may_read_it() -> None:
    """Bites when any party's permission suffices."""
    engine = ToldEngine(lambda q: YES if q.party == ADA or q.profile.owner_team == "both" else NO)
    readable = PolicyDecisions(engine).readable([ADA, BOT], CONTEXT, {1: profile("ada-only"), 2: profile("both")})
    assert readable.profiles == {2}
    assert PolicyDecisions(engine).readable([ADA], CONTEXT, {1: profile("ada-only")}).profiles == {1}


def test_nobody_may_read_anything() -> None:
    """Bites when `_together` takes no verdict at all for a permission."""
    engine = ToldEngine(lambda _: YES)
    decisions = PolicyDecisions(engine)
    assert decisions.readable([], CONTEXT, {1: profile()}).profiles == frozenset()
    assert decisions.clearance([], CONTEXT, [(profile(), "PERSON")]).redacted_by(profile(), "PERSON") is not None


def test_points_in_clear_need_the_right_to_every_type_they_hold() -> None:
    """Bites when `clear_types` are not asked about: then whoever may read would search clear text."""
    engine = ToldEngine(lambda q: NO if q.entity_type == "US_SSN" else YES)
    profiles = {1: profile(clear=["PERSON"]), 2: profile(clear=["PERSON", "US_SSN"]), 3: profile()}
    assert PolicyDecisions(engine).readable([ADA], CONTEXT, profiles).profiles == {1, 3}


def test_policies_and_obligations_come_from_what_was_permitted_alone() -> None:
    duty, other = Obligation("b-duty", "Do."), Obligation("a-duty", "Do too.")
    answers = {
        "one": Verdict(permitted=True, policies=("p2", "p1"), obligations=(duty, other)),
        "two": Verdict(permitted=True, policies=("p1",), obligations=(duty,)),
        "hidden": Verdict(permitted=False, policies=("secret-policy",), obligations=(Obligation("hidden", "x"),)),
    }
    engine = ToldEngine(lambda q: answers[q.profile.owner_team])
    readable = PolicyDecisions(engine).readable([ADA, BOT], CONTEXT, {n: profile(t) for n, t in enumerate(answers)})
    assert readable.policies == ("p1", "p2")
    assert readable.obligations == (other, duty)


def test_what_was_not_asked_about_stays_redacted() -> None:
    """Bites when `redacted_by` reads a missing verdict as clear."""
    engine = ToldEngine(lambda q: YES if q.entity_type == "PERSON" else Verdict(permitted=False, policies=()))
    clearance = PolicyDecisions(engine).clearance([ADA], CONTEXT, [(profile(), "PERSON"), (profile(), "US_SSN")])
    assert clearance.redacted_by(profile(), "PERSON") is None
    assert clearance.redacted_by(profile(), "US_SSN") == UNPERMITTED
    assert clearance.redacted_by(profile(), "IBAN_CODE") == UNPERMITTED
    assert clearance.redacted_by(profile("other"), "PERSON") == UNPERMITTED


def test_a_redaction_names_the_policy_that_forbids() -> None:
    clearance = PolicyDecisions(ToldEngine(lambda _: NO)).clearance([ADA], CONTEXT, [(profile(), "PERSON")])
    assert clearance.redacted_by(profile(), "PERSON") == "no"


def test_a_question_is_asked_once_a_day() -> None:
    engine = ToldEngine(lambda _: YES)
    decisions = PolicyDecisions(engine)
    for minutes in (0, 1, 5):
        decisions.readable([ADA], replace(CONTEXT, at=NOW + timedelta(minutes=minutes)), {1: profile(), 2: profile()})
    assert len(engine.asked) == 1
    decisions.readable([ADA], CONTEXT, {1: profile(), 3: profile("new")})
    assert [question.profile.owner_team for question in engine.asked] == ["eng", "new"]
    decisions.readable([ADA], replace(CONTEXT, at=NOW + timedelta(days=1)), {1: profile()})
    assert len(engine.asked) == 3


@pytest.mark.parametrize(
    ("other", "context"),
    [
        (party("ada", "eng"), CONTEXT),
        (Party(replace(ADA.principal, country="DE"), ADA.tokens), CONTEXT),
        (Party(replace(ADA.principal, guest=True), ADA.tokens), CONTEXT),
        (BOT, CONTEXT),
        (ADA, replace(CONTEXT, purpose="analysis")),
        (ADA, replace(CONTEXT, processing_region="DE")),
        (ADA, replace(CONTEXT, caller_country="DE")),
        (ADA, replace(CONTEXT, roster_stale=True)),
        (ADA, replace(CONTEXT, through_agent=True)),
        (ADA, replace(CONTEXT, declared_recipient="x")),
    ],
)
def test_verdicts_are_not_shared_where_anything_differs(other: Party, context: PolicyContext) -> None:
    """Bites when the cache key leaves out the parties' attributes or any part of the context."""
    engine = ToldEngine(lambda q: YES if (q.party, q.context.purpose) == (ADA, "support") else NO)
    decisions = PolicyDecisions(engine)
    decisions.readable([ADA], CONTEXT, {1: profile()})
    asked = len(engine.asked)
    decisions.readable([other], context, {1: profile()})
    assert len(engine.asked) == asked + 1


def test_each_party_is_asked_about_in_its_own_country() -> None:
    """Fails when all parties are judged where the subject is."""
    here, abroad = (Party(replace(one.principal, country=c), one.tokens) for one, c in ((ADA, "DE"), (BOT, "US")))
    engine = ToldEngine(lambda q: YES if q.context.caller_country == "DE" else NO)
    decisions = PolicyDecisions(engine)
    assert decisions.readable([here, abroad], CONTEXT, {1: profile()}).profiles == frozenset()
    assert {(q.party, q.context.caller_country) for q in engine.asked} == {(here, "DE"), (abroad, "US")}
    assert decisions.readable([here], CONTEXT, {1: profile()}).profiles == {1}
    assert decisions.readable([here, here], CONTEXT, {1: profile()}).profiles == {1}
    assert decisions.readable([ADA], replace(CONTEXT, caller_country="DE"), {1: profile()}).profiles == frozenset()


def test_a_new_policy_revision_is_obeyed_at_once() -> None:
    """Bites when the key of the cache leaves the revision out."""
    engine = ToldEngine(lambda _: YES)
    decisions = PolicyDecisions(engine)
    assert decisions.readable([ADA], CONTEXT, {1: profile()}).profiles == {1}
    engine.revision, engine.answer = "r2", lambda _: NO
    assert decisions.readable([ADA], CONTEXT, {1: profile()}).profiles == frozenset()


def test_an_error_denies_now_and_is_asked_again() -> None:
    """Bites when verdicts with an error are kept."""
    engine = ToldEngine(lambda _: Verdict(permitted=False, policies=(), error="failed"))
    decisions = PolicyDecisions(engine)
    assert decisions.readable([ADA], CONTEXT, {1: profile()}).profiles == frozenset()
    engine.answer = lambda _: YES
    assert decisions.readable([ADA], CONTEXT, {1: profile()}).profiles == {1}


def test_the_cache_is_bounded() -> None:
    engine = ToldEngine(lambda _: YES)
    decisions = PolicyDecisions(engine, callers=2, verdicts=3)
    for number in range(10):
        decisions.readable([party(f"p{number}")], CONTEXT, {n: profile(f"t{n}") for n in range(5)})
    assert len(decisions._cache._tables) == 2
    decisions.readable([party("p9")], CONTEXT, {9: profile("t9")})
    assert max(len(table) for table in decisions._cache._tables.values()) <= 5


def test_threads_get_their_own_answers() -> None:
    engine = ToldEngine(lambda q: YES if q.party.principal.name in q.profile.owner_team else NO)
    decisions = PolicyDecisions(engine, callers=3)
    profiles = {number: profile(f"p{number}") for number in range(8)}

    def own(number: int) -> frozenset[int]:
        return decisions.readable([party(f"p{number % 8}")], CONTEXT, profiles).profiles

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(own, range(200))) == [{number % 8} for number in range(200)]


def test_reading_is_asked_as_reading() -> None:
    engine = ToldEngine(lambda _: YES)
    PolicyDecisions(engine).readable([ADA], CONTEXT, {1: profile(clear=["PERSON"])})
    assert [(q.action, q.entity_type) for q in engine.asked] == [(Action.READ, None), (Action.READ_CLEAR, "PERSON")]
