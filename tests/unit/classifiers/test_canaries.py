"""Every entity type that the rules know has canaries, and the classifier finds each of them exactly."""

from pathlib import Path

import pytest

from classifiers.presidio import PresidioClassifier
from classifiers.rules import load_rules
from memory.domain.governance import HIDDEN_TEXT
from memory.testing.canaries import CANARY_TYPES, NEEDS_MODEL, canary

RULES = load_rules(Path(__file__).resolve().parents[3] / "config" / "classification.yaml")


@pytest.fixture(scope="module")
def classifier() -> PresidioClassifier:
    return PresidioClassifier()


def test_rules_recognizers_and_canaries_know_the_same_entity_types(classifier: PresidioClassifier) -> None:
    assert set(RULES.categories) == CANARY_TYPES | {HIDDEN_TEXT}  # which is no value, and has tests of its own
    assert classifier.entity_types | NEEDS_MODEL == CANARY_TYPES | {HIDDEN_TEXT}


@pytest.mark.parametrize("entity_type", sorted(CANARY_TYPES))
def test_a_canary_is_found_exactly_in_its_sentence(classifier: PresidioClassifier, entity_type: str) -> None:
    if entity_type not in classifier.entity_types:
        pytest.skip("the model that knows names is not installed")
    for seed in range(40):
        planted = canary(entity_type, seed)
        findings = classifier.analyse(planted.text).findings
        assert [(finding.entity_type, finding.span) for finding in findings] == [(entity_type, planted.span)], planted


def test_canaries_differ_by_seed_and_repeat_by_seed() -> None:
    for entity_type in CANARY_TYPES - NEEDS_MODEL:
        assert canary(entity_type, 1) == canary(entity_type, 1)
        assert len({canary(entity_type, seed).value for seed in range(10)}) > 5
