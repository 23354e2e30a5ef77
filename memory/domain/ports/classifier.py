"""Texts to findings."""

from typing import Protocol

from memory.domain.governance import Analysis


class Classifier(Protocol):
    """Finds sensitive values in a whole text, before it is cut into chunks."""

    @property
    def version(self) -> str:
        """Names the recognizers and their configuration; a change means that texts are worth another look."""
        ...

    def analyse(self, text: str) -> Analysis:
        """Return all findings, sorted by span. A recognizer that fails or times out makes the analysis incomplete."""
        ...
