"""A classifier for tests of everything but classification: three patterns, no library."""

import re
from collections.abc import Iterator

from memory.domain.documents import Span
from memory.domain.governance import Analysis, Finding, ScoreBand

_PATTERNS = {
    "EMAIL_ADDRESS": re.compile(r"\b[\w.]+@\w+(?:\.\w+)+\b"),
    "IBAN_CODE": re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"),
    "API_KEY": re.compile(r"\bSECRET-\d{4}\b"),
}


class PatternClassifier:
    """Finds e-mail addresses, what looks like an IBAN, and `SECRET-1234` as an API key.

    `incomplete` is the reason that every analysis gives for not being complete; None completes.
    """

    def __init__(self, *, incomplete: str | None = None) -> None:
        self._incomplete = incomplete

    @property
    def version(self) -> str:
        """Always the same."""
        return "patterns-1"

    def analyse(self, text: str) -> Analysis:
        """Return findings sorted by span; the three patterns never overlap."""
        findings = sorted(self._findings(text), key=lambda finding: finding.span)
        return Analysis(tuple(findings), complete=self._incomplete is None, reason=self._incomplete)

    def _findings(self, text: str) -> Iterator[Finding]:
        for entity_type, pattern in _PATTERNS.items():
            for match in pattern.finditer(text):
                yield Finding(
                    entity_type=entity_type,
                    span=Span(*match.span()),
                    band=ScoreBand.CERTAIN,
                    recognizer="PatternClassifier",
                    recognizer_version=self.version,
                    explanation="pattern",
                    validated=False,
                )
