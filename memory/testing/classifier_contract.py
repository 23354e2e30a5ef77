"""What every classifier keeps, whatever it finds. Subclass, give `classifier`, and run."""
# ruff: noqa: D102 # the name of a test is its sentence

from itertools import pairwise

import pytest

from memory.domain.ports.classifier import Classifier
from memory.testing.canaries import canary


class ClassifierContract:
    """The suite of the port `Classifier`; an implementation must at least find e-mail addresses."""

    @pytest.fixture
    def classifier(self) -> Classifier:
        """Return the classifier under test."""
        raise NotImplementedError

    def test_version_is_stable_and_says_something(self, classifier: Classifier) -> None:
        assert classifier.version
        assert classifier.version == classifier.version

    def test_an_empty_text_is_complete_and_holds_nothing(self, classifier: Classifier) -> None:
        analysis = classifier.analyse("")
        assert (analysis.findings, analysis.complete, analysis.reason) == ((), True, None)

    def test_a_planted_address_is_found_exactly(self, classifier: Classifier) -> None:
        planted = canary("EMAIL_ADDRESS", 1)
        findings = classifier.analyse(planted.text).findings
        assert [(finding.entity_type, finding.span) for finding in findings] == [("EMAIL_ADDRESS", planted.span)]

    def test_spans_count_code_points(self, classifier: Classifier) -> None:
        planted = canary("EMAIL_ADDRESS", 2)
        text = "Grüße 👩‍🔧 e\u0301 \U0001f600 " + planted.text
        (finding,) = classifier.analyse(text).findings
        assert finding.span.slice(text) == planted.value

    def test_findings_are_sorted_disjoint_and_inside_the_text(self, classifier: Classifier) -> None:
        text = "\n".join(canary("EMAIL_ADDRESS", seed).text + canary("IBAN_CODE", seed).text for seed in range(20))
        spans = [finding.span for finding in classifier.analyse(text).findings]
        assert len(spans) >= 20
        assert all(span.start < span.end <= len(text) for span in spans)
        assert all(one.end <= next_one.start for one, next_one in pairwise(spans))

    def test_the_same_text_gives_the_same_findings(self, classifier: Classifier) -> None:
        text = canary("EMAIL_ADDRESS", 3).text
        assert classifier.analyse(text) == classifier.analyse(text)

    def test_a_finding_tells_nothing_of_its_value(self, classifier: Classifier) -> None:
        planted = canary("EMAIL_ADDRESS", 4)
        (finding,) = classifier.analyse(planted.text).findings
        local_part = planted.value.partition("@")[0]
        assert local_part not in finding.explanation + finding.recognizer + finding.recognizer_version
        assert finding.explanation
