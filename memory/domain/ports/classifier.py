"""Texts to findings, findings to labels."""

from collections.abc import Sequence
from typing import Protocol

from memory.domain.governance import Analysis, Finding, Labels


class Classifier(Protocol):
    """Finds sensitive values in a whole text, before it is cut into chunks."""

    @property
    def version(self) -> str:
        """Names the recognizers and their configuration; a change means that texts are worth another look."""
        ...

    def analyse(self, text: str) -> Analysis:
        """Return all findings, sorted by span. A recognizer that fails or times out makes the analysis incomplete.

        Spans are not empty and do not overlap: a code point belongs to one finding at most.
        """
        ...


class Labeller(Protocol):
    """Says what the findings of a text make of its document."""

    @property
    def version(self) -> str:
        """Names the rules; a change means that labels nobody has decided on are worth computing again."""
        ...

    @property
    def searchable(self) -> frozenset[str]:
        """Names the entity types whose values can be searched for by those who may read them in clear."""
        ...

    def label(self, findings: Sequence[Finding]) -> Labels:
        """Return the most protective suggestion of all rules that fire. An entity type no rule knows is restricted."""
        ...
