"""The port `Classifier`, on every implementation."""

import pytest

from classifiers.presidio import PresidioClassifier
from memory.domain.ports.classifier import Classifier
from memory.testing.classifier_contract import ClassifierContract
from memory.testing.classifier_fake import PatternClassifier

PRESIDIO = PresidioClassifier()


class TestPresidioClassifier(ClassifierContract):
    @pytest.fixture
    def classifier(self) -> Classifier:
        return PRESIDIO


class TestPatternClassifier(ClassifierContract):
    @pytest.fixture
    def classifier(self) -> Classifier:
        return PatternClassifier()
