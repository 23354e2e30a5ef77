"""Cedar and the fake keep the promises of the policy port."""

from pathlib import Path
from shutil import copytree

import pytest

from memory.adapters.policy.cedar import CedarPolicyEngine
from memory.adapters.policy.loading import load_pack
from memory.domain.errors import PolicyUnavailable
from memory.domain.identity import EVERYONE
from memory.domain.ports.policy import Action, PolicyEngine, PolicyQuestion
from memory.domain.registrations import Purpose
from memory.testing.policy_contract import CITE, READERS, PolicyContract, reading
from memory.testing.policy_fake import Rule, RulePolicyEngine

CONFIG = Path(__file__).resolve().parents[2] / "config"
EVERYBODY = frozenset({EVERYONE})
PURPOSES = {"support": Purpose("support", "support", "Answer.", frozenset(), any_application=True, open_to=EVERYBODY)}
POLICIES = """
@id("readers-read") @reason("A reason.") @obligation("cite: Name the source.")
permit (principal in Group::"readers", action == Action::"read", resource);

@id("bots-read") @reason("A reason.")
permit (principal is Agent, action == Action::"read", resource);

@id("held") @reason("A reason.")
forbid (principal, action, resource) when { resource.hold };

@id("names-at-home") @reason("A reason.")
permit (principal in Group::"readers", action == Action::"read_clear", resource)
when { context.entity_type == "PERSON" && context has caller_country && context.caller_country == "DE" };

@id("broken") @reason("A reason.")
forbid (principal, action, resource) when { resource.origin == "trap" && 9223372036854775807 + 1 > 0 };
"""


def _breaks(question: PolicyQuestion) -> bool:
    if question.profile.origin == "trap":
        raise ArithmeticError
    return False


def _reads(question: PolicyQuestion) -> bool:
    return question.action is Action.READ


RULES = (
    Rule("readers-read", lambda asked: _reads(asked) and READERS in asked.party.tokens, obligation=CITE),
    Rule("bots-read", lambda asked: _reads(asked) and asked.party.principal.agent),
    Rule("held", lambda asked: asked.profile.hold, permits=False),
    Rule(
        "names-at-home",
        lambda asked: (
            asked.action is Action.READ_CLEAR
            and READERS in asked.party.tokens
            and asked.entity_type == "PERSON"
            and asked.context.caller_country == "DE"
        ),
    ),
    Rule("broken", _breaks, permits=False),
)


class TestCedarPolicyEngine(PolicyContract):
    """The engine that decides."""

    @pytest.fixture
    def engine(self, tmp_path: Path) -> PolicyEngine:
        config = Path(copytree(CONFIG, tmp_path / "config"))
        for file in (config / "policies").glob("*.cedar"):
            file.unlink()
        (config / "policies" / "contract.cedar").write_text(POLICIES, encoding="utf-8")
        return CedarPolicyEngine(load_pack(config), PURPOSES, {"PERSON": "names"})


class TestRulePolicyEngine(PolicyContract):
    """The fake."""

    @pytest.fixture
    def engine(self) -> PolicyEngine:
        return RulePolicyEngine(RULES, PURPOSES)

    def test_it_can_be_made_unavailable(self) -> None:
        engine = RulePolicyEngine(RULES, PURPOSES)
        engine.available = False
        with pytest.raises(PolicyUnavailable):
            engine.decide([reading()])
