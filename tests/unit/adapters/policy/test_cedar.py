"""How questions become Cedar requests and answers become verdicts, on small policy packs."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from memory.adapters.policy.cedar import CedarPolicyEngine
from memory.adapters.policy.loading import load_pack
from memory.domain.governance import Profile, ReviewState, Sensitivity
from memory.domain.identity import EVERYONE, Principal, PrincipalToken
from memory.domain.ports.policy import Action, PolicyContext, PolicyQuestion, Verdict
from memory.domain.registrations import Purpose
from memory.domain.retrieval import Obligation, Party

CONFIG = Path(__file__).resolve().parents[4] / "config"
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
EVERYBODY = frozenset({EVERYONE})
PURPOSES = {"support": Purpose("support", "support", "Answer.", frozenset(), any_application=True, open_to=EVERYBODY)}
CONTEXT = PolicyContext(
    purpose="support",
    caller_country="DE",
    processing_region="DE",
    declared_recipient=None,
    declared_recipient_country=None,
    through_agent=False,
    roster_stale=False,
    at=NOW,
)
OPEN = '@id("open") @reason("A reason.") permit (principal, action, resource);'


def party(name: str, *groups: str, **facts: object) -> Party:
    token = PrincipalToken.parse(name)
    tokens = frozenset({token, EVERYONE, *map(PrincipalToken.parse, groups)})
    return Party(replace(Principal(token, name), **facts), tokens)  # type: ignore[arg-type]


def profile(team: str = "eng", **facts: object) -> Profile:
    none: frozenset[str] = frozenset()
    plain = Profile(Sensitivity.INTERNAL, none, none, none, team, ReviewState.SUGGESTED, "wiki")
    return replace(plain, **facts)  # type: ignore[arg-type]


class Packs:
    """Makes engines from policies written in a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, text: str, categories: dict[str, str] | None = None) -> CedarPolicyEngine:
        config = Path(copytree(CONFIG, self.folder / "config", dirs_exist_ok=True))
        for file in (config / "policies").glob("*.cedar"):
            file.unlink()
        (config / "policies" / "own.cedar").write_text(text, encoding="utf-8")
        return CedarPolicyEngine(load_pack(config), PURPOSES, categories or {})


@pytest.fixture
def engine_of(tmp_path: Path) -> Packs:
    return Packs(tmp_path)


ADA = party("user:ada")


def read(engine: CedarPolicyEngine, *questions: PolicyQuestion) -> Sequence[Verdict]:
    return engine.decide(questions or [PolicyQuestion(ADA, Action.READ, profile(), CONTEXT)])


def permits(engine: CedarPolicyEngine, who: Party = ADA, what: Profile | None = None, **context: object) -> bool:
    circumstances = replace(CONTEXT, **context)  # type: ignore[arg-type]
    return engine.decide([PolicyQuestion(who, Action.READ, what or profile(), circumstances)])[0].permitted


def test_a_verdict_names_the_policies_that_decided(engine_of: Packs) -> None:
    forbid = '@id("not-legal") @reason("A reason.") forbid (principal, action, resource) when { resource.hold };'
    engine = engine_of(OPEN + forbid)
    held = PolicyQuestion(ADA, Action.READ, profile(hold=True), CONTEXT)
    assert read(engine) == [Verdict(permitted=True, policies=("open",))]
    assert read(engine, held) == [Verdict(permitted=False, policies=("not-legal",))]


def test_a_forbid_that_fails_denies_and_raises_an_alarm_without_data(
    engine_of: Packs, caplog: pytest.LogCaptureFixture
) -> None:
    """Cedar skips a policy that fails, here an overflow that validation cannot foresee, and answers Allow.

    Bites when `_failed` asks for the decision alone and not for the diagnostics.
    """
    trap = '@id("trap") @reason("A reason.") forbid (principal, action, resource) when { 9223372036854775807 + 1 > 0 };'
    engine = engine_of(OPEN + trap)
    with caplog.at_level(logging.WARNING):
        verdict = read(engine)[0]
    assert not verdict.permitted
    assert verdict.error is not None
    assert engine.failures == 1
    assert caplog.messages == ["denied 1 of 1 questions that policies failed on: ['trap']"]
    assert read(engine_of(OPEN))[0].permitted


def test_a_request_that_the_schema_does_not_know_is_denied_with_an_error(engine_of: Packs) -> None:
    """Bites when NoDecision is taken for anything but a failure."""
    engine = engine_of(OPEN)
    engine._circumstances = lambda *_: {"purpose": "support"}  # type: ignore[method-assign]
    assert read(engine)[0].error is not None
    assert read(engine_of(OPEN))[0].permitted


def test_an_unregistered_purpose_is_denied(engine_of: Packs) -> None:
    engine = engine_of(OPEN)
    assert not permits(engine, purpose="curiosity")
    assert permits(engine, purpose="support")


def test_a_party_without_its_own_token_is_nobody(engine_of: Packs) -> None:
    """An unknown or inactive principal has no tokens; a policy open to all must not reach it."""
    engine = engine_of(OPEN)
    assert not permits(engine, Party(ADA.principal, frozenset()))
    assert permits(engine, ADA)


def test_only_people_services_and_agents_can_ask(engine_of: Packs) -> None:
    engine = engine_of(OPEN)
    assert not permits(engine, party("group:eng"))
    assert permits(engine, party("service:bot"))


def test_kinds_of_party_are_told_apart(engine_of: Packs) -> None:
    engine = engine_of(OPEN.replace("(principal,", "(principal is Agent,"))
    assert permits(engine, party("service:bot", agent=True))
    assert permits(engine, party("user:bot", agent=True))
    assert not permits(engine, party("service:bot"))
    assert not permits(engine, ADA)


def test_groups_are_named_briefly_here_and_in_full_elsewhere(engine_of: Packs) -> None:
    """Bites when a group is known by its id alone: equal names of two directories must never meet."""
    local = engine_of(OPEN.replace("(principal,", '(principal in Group::"eng",'))
    foreign = engine_of(OPEN.replace("(principal,", '(principal in Group::"entra|group|eng",'))
    assert permits(local, party("user:ada", "group:eng"))
    assert not permits(local, party("user:ada", "entra|group|eng"))
    assert permits(foreign, party("user:ada", "entra|group|eng"))
    assert not permits(foreign, party("user:ada", "group:eng"))


def test_a_local_group_cannot_pose_as_one_of_another_directory(engine_of: Packs) -> None:
    engine = engine_of(OPEN.replace("(principal,", '(principal in Group::"entra|group|eng",'))
    assert not permits(engine, party("user:ada", "local|group|entra|group|eng"))
    assert permits(engine, party("user:ada", "entra|group|eng"))


def test_only_groups_count_as_groups(engine_of: Packs) -> None:
    engine = engine_of(OPEN.replace("(principal,", '(principal in Group::"eng",'))
    assert not permits(engine, party("user:eng", "domain:eng"))
    assert permits(engine, party("user:ada", "group:eng"))


def test_a_policy_can_name_a_person(engine_of: Packs) -> None:
    """Bites when principals get made-up ids: a forbid that names a person would silently miss."""
    forbid = '@id("not-ada") @reason("A reason.") forbid (principal == User::"ada", action, resource);'
    engine = engine_of(OPEN + forbid)
    assert not permits(engine, ADA)
    assert permits(engine, party("user:bob"))
    assert permits(engine, party("entra|user|ada"))


def test_the_owner_team_is_a_group(engine_of: Packs) -> None:
    engine = engine_of(OPEN.replace(";", " when { principal in resource.owner_team };"))
    assert permits(engine, party("user:ada", "group:legal"), profile("legal"))
    assert not permits(engine, party("user:ada", "group:legal"), profile("eng"))
    assert not permits(engine, party("user:legal"), profile("legal"))


def test_facts_that_policies_read_are_told_apart(engine_of: Packs) -> None:
    """Profiles that differ only in unread facts are asked once; bites when a fact that is read is dropped."""
    conditions = {
        'resource.origin == "wiki"': profile(origin="git"),
        "!resource.hold": profile(hold=True),
        'resource.review == "suggested"': profile(review=ReviewState.CONFIRMED),
        '!resource.categories.contains("health")': profile(categories=frozenset({"health"})),
        '!resource.entity_types.contains("PERSON")': profile(entity_types=frozenset({"PERSON"})),
        '!resource.clear_types.contains("PERSON")': profile(clear_types=frozenset({"PERSON"})),
        'resource.sensitivity == "internal"': profile(sensitivity=Sensitivity.RESTRICTED),
        'resource has origin && !resource.jurisdictions.contains("DE")': profile(jurisdictions=frozenset({"DE"})),
    }
    for condition, differing in conditions.items():
        engine = engine_of(OPEN.replace(";", f" when {{ {condition} }};"))
        questions = [PolicyQuestion(ADA, Action.READ, what, CONTEXT) for what in (profile(), differing)]
        assert [verdict.permitted for verdict in engine.decide(questions)] == [True, False], condition


def test_unknown_facts_are_absent_and_known_ones_present(engine_of: Packs) -> None:
    engine = engine_of(OPEN.replace(";", ' when { context has caller_country && context.caller_country == "DE" };'))
    assert permits(engine, caller_country="DE")
    assert not permits(engine, caller_country=None)
    directory = engine_of(OPEN.replace(";", " when { principal has country };"))
    assert permits(directory, party("user:ada", country="DE"))
    assert not permits(directory, ADA)


def test_obligations_come_with_a_permission_once_and_in_order(engine_of: Packs) -> None:
    duties = "".join(
        f'@id("p{n}") @reason("A reason.") @obligation("{duty}: Do it.") permit (principal, action, resource);'
        for n, duty in enumerate(["b", "a", "b"])
    )
    forbid = '@id("no") @reason("A reason.") forbid (principal, action, resource) when { resource.hold };'
    engine = engine_of(duties + forbid)
    assert read(engine)[0].obligations == (Obligation("a", "Do it."), Obligation("b", "Do it."))
    assert read(engine, PolicyQuestion(ADA, Action.READ, profile(hold=True), CONTEXT))[0].obligations == ()


def test_a_clear_question_needs_a_type_and_no_other_may_have_one(engine_of: Packs) -> None:
    engine = engine_of(OPEN, {"PERSON": "names"})
    shapes = [
        (Action.READ_CLEAR, "PERSON", True),
        (Action.READ_CLEAR, None, False),
        (Action.READ, None, True),
        (Action.READ, "PERSON", False),
    ]
    questions = [PolicyQuestion(ADA, action, profile(), CONTEXT, entity) for action, entity, _ in shapes]
    assert [verdict.permitted for verdict in engine.decide(questions)] == [expected for *_, expected in shapes]


def test_a_type_without_a_category_is_unknown(engine_of: Packs) -> None:
    names_only = OPEN.replace("action,", 'action == Action::"read_clear",').replace(
        ";", ' when { context.entity_category == "names" };'
    )
    engine = engine_of(names_only, {"PERSON": "names"})
    questions = [PolicyQuestion(ADA, Action.READ_CLEAR, profile(), CONTEXT, entity) for entity in ("PERSON", "NEW")]
    assert [verdict.permitted for verdict in engine.decide(questions)] == [True, False]


def test_answers_come_in_the_order_of_the_questions(engine_of: Packs) -> None:
    engine = engine_of(OPEN.replace(";", " when { principal in resource.owner_team };"))
    people = [party("user:ada", "group:a"), party("user:bob", "group:b"), Party(ADA.principal, frozenset())]
    questions = [PolicyQuestion(who, Action.READ, profile(team), CONTEXT) for team in "aba" for who in people]
    expected = [True, False, False, False, True, False, True, False, False]
    assert [verdict.permitted for verdict in engine.decide(questions)] == expected
    assert engine.decide([]) == []


def test_the_revision_changes_with_meaning_and_not_with_layout(engine_of: Packs) -> None:
    base = engine_of(OPEN).revision
    assert engine_of("// a comment\n" + OPEN.replace("(", "(\n  ")).revision == base
    assert engine_of(OPEN.replace("A reason.", "Another.")).revision != base
    assert engine_of(OPEN.replace("action,", 'action == Action::"read",')).revision != base
    assert engine_of(OPEN, {"PERSON": "names"}).revision != base
    pack = engine_of(OPEN).pack
    assert CedarPolicyEngine(pack, {}, {}).revision != base
    assert CedarPolicyEngine(pack, PURPOSES, {}).revision == base
