"""What every policy engine must do. A test class inherits `PolicyContract` and gives the fixture `engine`.

The engine knows the purpose `support` and decides by these policies:

- `readers-read` permits members of `readers` to read, with the obligation `cite: Name the source.`
- `bots-read` permits agents to read
- `held` forbids everything about profiles on hold
- `names-at-home` permits members of `readers` whose country is DE to read values of the type PERSON in clear
- `broken` is a forbid that cannot be evaluated for profiles of the origin `trap`
"""
# ruff: noqa: D102 # the name of a test is its sentence

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from memory.domain.governance import Profile, ReviewState, Sensitivity
from memory.domain.identity import Principal, PrincipalToken
from memory.domain.ports.policy import Action, PolicyContext, PolicyEngine, PolicyQuestion, Verdict
from memory.domain.retrieval import Obligation, Party

READERS = PrincipalToken.parse("group:readers")
NOTHING: frozenset[str] = frozenset()
PROFILE = Profile(Sensitivity.INTERNAL, NOTHING, NOTHING, NOTHING, "owners", ReviewState.SUGGESTED, "wiki")
CONTEXT = PolicyContext(
    purpose="support",
    caller_country="DE",
    processing_region="DE",
    declared_recipient=None,
    declared_recipient_country=None,
    through_agent=False,
    roster_stale=False,
    at=datetime(2026, 12, 1, 12, tzinfo=UTC),
)
CITE = Obligation("cite", "Name the source.")
PERMITTED = Verdict(permitted=True, policies=("readers-read",), obligations=(CITE,))
DENIED = Verdict(permitted=False, policies=())


def party(name: str, *groups: PrincipalToken, **facts: Any) -> Party:
    """Return somebody with their own token and those of their groups."""
    token = PrincipalToken.parse(name)
    return Party(replace(Principal(token, name), **facts), frozenset({token, *groups}))


ADA = party("user:ada", READERS)
EVE = party("user:eve")


def reading(who: Party = ADA, context: PolicyContext = CONTEXT, **facts: Any) -> PolicyQuestion:
    """Ask to read a profile with these facts."""
    return PolicyQuestion(who, Action.READ, replace(PROFILE, **facts), context)


def clear(who: Party = ADA, entity_type: str | None = "PERSON", **circumstances: Any) -> PolicyQuestion:
    """Ask to read a value in clear."""
    return PolicyQuestion(who, Action.READ_CLEAR, PROFILE, replace(CONTEXT, **circumstances), entity_type)


class PolicyContract:
    """The contract of `memory.domain.ports.policy.PolicyEngine`."""

    @pytest.fixture
    def engine(self) -> PolicyEngine:
        """Return an engine with the policies of this module."""
        raise NotImplementedError("give the subclass an `engine` fixture")

    def test_a_verdict_names_what_decided_and_on_which_condition(self, engine: PolicyEngine) -> None:
        assert engine.decide([reading()]) == [PERMITTED]

    def test_what_nobody_permits_is_denied(self, engine: PolicyEngine) -> None:
        """Fails when an engine permits by default, or takes one action for another."""
        others = [PolicyQuestion(ADA, action, PROFILE, CONTEXT) for action in (Action.EXPORT, Action.REQUEST_ACCESS)]
        assert engine.decide([reading(EVE), *others]) == [DENIED] * 3

    def test_a_forbid_beats_every_permit(self, engine: PolicyEngine) -> None:
        """Fails when permits are asked first and the first answer counts."""
        assert engine.decide([reading(hold=True)]) == [Verdict(permitted=False, policies=("held",))]

    def test_what_cannot_be_evaluated_is_denied_with_an_error_and_the_rest_is_answered(
        self, engine: PolicyEngine
    ) -> None:
        """Fails when a forbid that fails is passed over: the permit beside it would stand."""
        good, failed, after = engine.decide([reading(), reading(origin="trap"), reading()])
        assert (good, after) == (PERMITTED, PERMITTED)
        assert not failed.permitted
        assert failed.error is not None

    def test_answers_come_in_the_order_of_the_questions(self, engine: PolicyEngine) -> None:
        asked = [reading(), reading(EVE), reading(), clear(EVE), clear()]
        assert [verdict.permitted for verdict in engine.decide(asked)] == [True, False, True, False, True]
        assert engine.decide([]) == []

    def test_a_purpose_that_is_not_registered_is_denied(self, engine: PolicyEngine) -> None:
        """Fails when policies alone look at the purpose."""
        assert engine.decide([reading(context=replace(CONTEXT, purpose="curiosity"))]) == [DENIED]

    def test_a_party_without_its_own_token_is_nobody(self, engine: PolicyEngine) -> None:
        """Fails when the groups of somebody unknown or inactive still count."""
        assert engine.decide([reading(Party(ADA.principal, frozenset({READERS})))]) == [DENIED]

    def test_only_people_services_and_agents_can_ask(self, engine: PolicyEngine) -> None:
        """Fails when a group, or everyone, can be the party of a question."""
        asked = [reading(party("group:crowd", READERS)), reading(party("service:bot", READERS))]
        assert [verdict.permitted for verdict in engine.decide(asked)] == [False, True]

    def test_an_agent_is_told_apart_from_people_and_services(self, engine: PolicyEngine) -> None:
        agent, bot = party("service:bot", agent=True), party("service:bot")
        assert engine.decide([reading(agent)])[0].policies == ("bots-read",)
        assert engine.decide([reading(bot)]) == [DENIED]

    def test_equal_names_of_two_directories_are_two_groups(self, engine: PolicyEngine) -> None:
        """Fails when a group is known by its id alone."""
        foreign = party("user:ada", PrincipalToken.parse("entra|group|readers"))
        assert engine.decide([reading(foreign)]) == [DENIED]

    def test_what_is_unknown_permits_nothing(self, engine: PolicyEngine) -> None:
        """Fails when an absent country matches, or when the policy that reads it fails open."""
        known, unknown, abroad = engine.decide([clear(), clear(caller_country=None), clear(caller_country="US")])
        assert (known.permitted, unknown.permitted, abroad.permitted) == (True, False, False)

    def test_clear_values_are_asked_by_type_and_nothing_else_is(self, engine: PolicyEngine) -> None:
        """Fails when a question without a type is taken for one about every type."""
        typed = replace(reading(), entity_type="PERSON")
        asked = [clear(), clear(entity_type="IBAN"), clear(entity_type=None), typed]
        assert [verdict.permitted for verdict in engine.decide(asked)] == [True, False, False, False]

    def test_the_revision_stays_while_nothing_changes(self, engine: PolicyEngine) -> None:
        revision = engine.revision
        engine.decide([reading(), reading(origin="trap")])
        assert revision
        assert engine.revision == revision
