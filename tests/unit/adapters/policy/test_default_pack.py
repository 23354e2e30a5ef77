"""What the policies in `config/` mean, case by case. Every denial stands beside a twin that permits."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from memory.adapters.policy.cedar import CedarPolicyEngine
from memory.adapters.policy.loading import load_pack
from memory.adapters.registrations import load_registrations
from memory.domain.governance import Profile, ReviewState, Sensitivity
from memory.domain.identity import EVERYONE, Principal, PrincipalToken
from memory.domain.ports.policy import Action, PolicyContext, PolicyQuestion, Verdict
from memory.domain.retrieval import Party

CONFIG = Path(__file__).resolve().parents[4] / "config"
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
CATEGORIES = {
    "PERSON": "names",
    "EMAIL_ADDRESS": "contact",
    "US_SSN": "identifiers",
    "IBAN_CODE": "account_numbers",
    "API_KEY": "secrets",
    "UK_NHS": "health",
}


@pytest.fixture(scope="module")
def engine() -> CedarPolicyEngine:
    """Return the engine on the pack that `memory init` copies."""
    return CedarPolicyEngine(load_pack(CONFIG), load_registrations(CONFIG, "DE").purposes, CATEGORIES)


def party(name: str, *groups: str, **facts: object) -> Party:
    token = PrincipalToken.parse(name)
    tokens = frozenset({token, EVERYONE, *(PrincipalToken.parse(f"group:{group}") for group in groups)})
    return Party(replace(Principal(token, name), **facts), tokens)  # type: ignore[arg-type]


def profile(sensitivity: str, *categories: str, law: str = "", **facts: object) -> Profile:
    none: frozenset[str] = frozenset()
    labels = (Sensitivity(sensitivity), frozenset(categories), none, frozenset(law.split()))
    return replace(Profile(*labels, "eng", ReviewState.SUGGESTED, "wiki"), **facts)  # type: ignore[arg-type]


EMPLOYEE = party("user:ada", "employees")
STRANGER = party("user:sam")
GUEST = party("user:gus", "employees", "security", "eng", guest=True)
AGENT = party("service:helper", "applications", agent=True)
SERVICE = party("service:batch", "applications")
BARE_AGENT = party("service:bare", agent=True)


def ask(
    engine: CedarPolicyEngine, who: Party, what: Profile, action: Action = Action.READ, **context: object
) -> Verdict:
    circumstances = replace(CONTEXT, **context)  # type: ignore[arg-type]
    return engine.decide([PolicyQuestion(who, action, what, circumstances)])[0]


def clear(engine: CedarPolicyEngine, who: Party, entity_type: str, **context: object) -> bool:
    circumstances = replace(CONTEXT, **context)  # type: ignore[arg-type]
    question = PolicyQuestion(who, Action.READ_CLEAR, profile("internal"), circumstances, entity_type)
    return engine.decide([question])[0].permitted


@pytest.mark.parametrize("purpose", ["support", "analysis", "development"])
def test_an_employee_reads_internal_documents_in_the_first_hour(engine: CedarPolicyEngine, purpose: str) -> None:
    nothing_known = {"caller_country": None, "processing_region": None}
    verdict = ask(engine, EMPLOYEE, profile("internal", "names", "contact"), purpose=purpose, **nothing_known)
    assert verdict.permitted
    assert verdict.policies == ("employees-read",)


@pytest.mark.parametrize(
    ("who", "readable"),
    [
        (EMPLOYEE, "public internal confidential"),
        (STRANGER, "public"),
        (GUEST, "public"),
        (AGENT, "public internal confidential"),
        (SERVICE, "public internal confidential"),
        (BARE_AGENT, "public"),
        (party("user:ada", "applications"), "public"),
        (party("service:batch", "employees"), "public"),
        (party("user:ada", "employees", "eng"), "public internal confidential restricted"),
        (party("user:ada", "eng"), "public restricted"),
        (party("user:ada", "security"), "public"),
    ],
)
def test_sensitivity_by_party(engine: CedarPolicyEngine, who: Party, readable: str) -> None:
    found = {sensitivity for sensitivity in Sensitivity if ask(engine, who, profile(sensitivity)).permitted}
    assert found == set(readable.split())


@pytest.mark.parametrize(
    ("categories", "groups", "expected"),
    [
        ("secrets", "security", True),
        ("secrets", "employees", False),
        ("secrets", "health-readers", False),
        ("secrets", "eng", False),
        ("health", "health-readers", True),
        ("health", "security", False),
        ("health secrets", "health-readers security", True),
        ("health secrets", "health-readers", False),
        ("health secrets", "security", False),
        ("health names", "health-readers", True),
        ("identifiers", "pii-readers", True),
        ("identifiers", "finance-readers", False),
        ("identifiers", "eng", True),
        ("identifiers account_numbers", "pii-readers finance-readers", True),
        ("identifiers account_numbers", "pii-readers", False),
        ("identifiers secrets", "pii-readers", False),
        ("identifiers secrets", "security", True),
        ("names", "pii-readers", False),
        ("names", "eng", True),
    ],
)
def test_restricted_documents_need_the_role_of_what_is_in_them(
    engine: CedarPolicyEngine, categories: str, groups: str, *, expected: bool
) -> None:
    who = party("user:ada", *groups.split())
    assert ask(engine, who, profile("restricted", *categories.split())).permitted is expected


@pytest.mark.parametrize(
    ("entity_type", "groups", "expected"),
    [
        ("PERSON", "employees", True),
        ("PERSON", "", False),
        ("EMAIL_ADDRESS", "employees", True),
        ("US_SSN", "pii-readers", True),
        ("US_SSN", "employees", False),
        ("US_SSN", "finance-readers", False),
        ("IBAN_CODE", "finance-readers", True),
        ("IBAN_CODE", "employees pii-readers", False),
        ("API_KEY", "security", True),
        ("API_KEY", "employees", False),
        ("UK_NHS", "health-readers", True),
        ("UK_NHS", "employees pii-readers", False),
        ("NEW_TYPE", "employees security pii-readers finance-readers health-readers", False),
    ],
)
def test_values_in_clear_need_the_role_of_their_category(
    engine: CedarPolicyEngine, entity_type: str, groups: str, *, expected: bool
) -> None:
    assert clear(engine, party("user:ada", *groups.split()), entity_type) is expected


def test_two_people_get_the_same_document_and_one_sees_the_number(engine: CedarPolicyEngine) -> None:
    reader = party("user:bob", "employees", "pii-readers")
    document = profile("confidential", "identifiers")
    assert [ask(engine, who, document).permitted for who in (EMPLOYEE, reader)] == [True, True]
    assert [clear(engine, who, "US_SSN") for who in (EMPLOYEE, reader)] == [False, True]


def test_secrets_are_not_shown_through_agents(engine: CedarPolicyEngine) -> None:
    officer = party("user:ada", "security")
    assert clear(engine, officer, "API_KEY")
    assert not clear(engine, officer, "API_KEY", through_agent=True)
    assert not clear(engine, party("service:helper", "security", agent=True), "API_KEY")
    assert clear(engine, party("service:scanner", "security"), "API_KEY")


def test_guests_see_no_value_in_clear_whatever_their_groups(engine: CedarPolicyEngine) -> None:
    assert not clear(engine, GUEST, "PERSON")
    assert clear(engine, EMPLOYEE, "PERSON")


def test_a_stale_roster_closes_what_is_confidential(engine: CedarPolicyEngine) -> None:
    assert ask(engine, EMPLOYEE, profile("internal"), roster_stale=True).permitted
    assert ask(engine, EMPLOYEE, profile("confidential")).permitted
    assert not ask(engine, EMPLOYEE, profile("confidential"), roster_stale=True).permitted
    reader = party("user:ada", "employees", "pii-readers")
    assert clear(engine, reader, "PERSON", roster_stale=True)
    assert not clear(engine, reader, "US_SSN", roster_stale=True)


def test_an_unregistered_purpose_opens_nothing(engine: CedarPolicyEngine) -> None:
    assert not ask(engine, EMPLOYEE, profile("public"), purpose="curiosity").permitted
    assert ask(engine, EMPLOYEE, profile("public"), purpose="support").permitted


@pytest.mark.parametrize(
    ("law", "region", "country", "expected"),
    [
        ("DE", "DE", "DE", True),
        ("DE", "FR", "IE", True),
        ("DE", "DE", "GB", True),
        ("DE", "CH", "DE", True),
        ("DE", None, "DE", False),
        ("DE", "DE", None, False),
        ("DE", "US", "DE", False),
        ("DE", "US-DPF", "DE", True),
        ("DE", "DE", "US", False),
        ("DE", "ZZ", "DE", False),
        ("DE", "de", "DE", False),
        ("GB", "GB", "GB", True),
        ("GB", "DE", "GB", True),
        ("GB", "US-DPF", "GB", False),
        ("US", "US", "US", True),
        ("US", "DE", "DE", True),
        ("US", "CN", "US", False),
        ("DE US", "DE", "DE", True),
        ("DE US", "US", "US", False),
        ("DE IN", "DE", "DE", False),
        ("IN", "IN", "IN", True),
        ("ZZ", "DE", "DE", False),
        ("ZZ", "ZZ", "ZZ", False),
        ("", None, None, True),
        ("", "CN", "CN", True),
    ],
)
def test_personal_data_stays_where_its_law_allows_it(
    engine: CedarPolicyEngine, law: str, region: str | None, country: str | None, *, expected: bool
) -> None:
    who, circumstances = EMPLOYEE, {"processing_region": region, "caller_country": country}
    verdict = ask(engine, who, profile("confidential", "identifiers", law=law), **circumstances)
    assert verdict.permitted is expected


def test_a_row_that_nobody_reviewed_in_time_permits_nothing(engine: CedarPolicyEngine) -> None:
    document = profile("internal", law="DE")
    later = datetime(2029, 1, 1, tzinfo=UTC)
    assert ask(engine, EMPLOYEE, document).permitted
    assert not ask(engine, EMPLOYEE, document, at=later).permitted
    assert ask(engine, EMPLOYEE, profile("internal"), at=later).permitted


def test_a_service_is_where_it_processes(engine: CedarPolicyEngine) -> None:
    document = profile("internal", law="DE")
    assert ask(engine, SERVICE, document, caller_country=None).permitted
    assert not ask(engine, SERVICE, document, caller_country=None, processing_region=None).permitted
    assert not ask(engine, EMPLOYEE, document, caller_country=None).permitted


@pytest.mark.parametrize(
    ("recipient", "country", "expected"),
    [("Acme", "FR", True), ("Acme", None, False), (None, "US", False), (None, "GB", True), (None, None, True)],
)
def test_a_declared_recipient_only_narrows(
    engine: CedarPolicyEngine, recipient: str | None, country: str | None, *, expected: bool
) -> None:
    declared = {"declared_recipient": recipient, "declared_recipient_country": country}
    verdict = ask(engine, EMPLOYEE, profile("internal", law="DE"), **declared)
    assert verdict.permitted is expected


@pytest.mark.parametrize("who", [EMPLOYEE, AGENT, SERVICE, STRANGER])
def test_whoever_reads_for_a_recipient_has_to_verify_them(engine: CedarPolicyEngine, who: Party) -> None:
    alone = ask(engine, who, profile("public"))
    passed_on = ask(engine, who, profile("public"), declared_recipient="Acme")
    assert (alone.permitted, alone.obligations) == (True, ())
    assert passed_on.permitted
    assert [duty.id for duty in passed_on.obligations] == ["verify-recipient"]


def test_restricted_documents_are_not_read_for_somebody_else(engine: CedarPolicyEngine) -> None:
    owner = party("user:ada", "eng")
    assert ask(engine, owner, profile("restricted")).permitted
    assert not ask(engine, owner, profile("restricted"), declared_recipient="Acme").permitted


def test_export_needs_the_role_and_confirmed_labels_and_no_hold(engine: CedarPolicyEngine) -> None:
    exporter = party("user:ada", "employees", "data-exporters")
    document = profile("internal", review=ReviewState.CONFIRMED)
    assert ask(engine, exporter, document, Action.EXPORT).permitted
    assert not ask(engine, EMPLOYEE, document, Action.EXPORT).permitted
    assert not ask(engine, exporter, profile("internal"), Action.EXPORT).permitted
    assert not ask(engine, exporter, replace(document, hold=True), Action.EXPORT).permitted
    assert not ask(engine, exporter, replace(document, sensitivity=Sensitivity.CONFIDENTIAL), Action.EXPORT).permitted


def test_a_hold_does_not_close_reading(engine: CedarPolicyEngine) -> None:
    assert ask(engine, EMPLOYEE, profile("internal", hold=True)).permitted


def test_employees_may_ask_for_access_to_anything(engine: CedarPolicyEngine) -> None:
    assert ask(engine, EMPLOYEE, profile("restricted", "secrets"), Action.REQUEST_ACCESS).permitted
    assert not ask(engine, STRANGER, profile("internal"), Action.REQUEST_ACCESS).permitted
    assert not ask(engine, GUEST, profile("internal"), Action.REQUEST_ACCESS).permitted


def test_what_may_be_read_may_be_discovered(engine: CedarPolicyEngine) -> None:
    for who in (EMPLOYEE, STRANGER, GUEST, AGENT, party("user:ada", "eng"), party("user:ada", "security")):
        for what in (*map(profile, Sensitivity), profile("restricted", "secrets")):
            assert ask(engine, who, what).permitted is ask(engine, who, what, Action.DISCOVER).permitted


def test_policies_speak_of_categories_that_the_classification_has() -> None:
    """Bites when either file renames a category: a role would then open nothing, or a value stay closed to all."""
    categories = yaml.safe_load((CONFIG / "classification.yaml").read_text(encoding="utf-8"))["categories"]
    assert set(CATEGORIES.values()) <= set(categories)
