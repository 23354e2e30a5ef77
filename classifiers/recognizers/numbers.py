"""Recognizers for numbers: a written form, and where its issuer defined one, a check.

Presidio's patterns for many of these are bare runs of digits, and its context words are everyday ones («us»,
«document», «check»). Here such a number needs a phrase that names it, and a weak checksum alone makes a value
possible, not certain.
"""

import re
from collections.abc import Callable, Iterable

from presidio_analyzer import Pattern, PatternRecognizer

from classifiers.recognizers.detector import AS_WRITTEN, NEEDS_CONTEXT, Detector, detector

# What a value passes or fails; None where it is written without anything to check.
Check = Callable[[str], bool | None]

# What a checksum is worth that one number in ten passes by chance, or a shape that other numbers share.
WEAK_ALONE = 0.4

_SEPARATORS = re.compile(r"[\s./_-]+")


class NumberRecognizer(PatternRecognizer):  # type: ignore[misc] # Presidio is untyped
    """Values of one entity type in written forms given as name → pattern.

    `check` is asked about the value without separators, in capitals: what fails it is no such value, what passes it
    is confirmed. Without one, or where it says None, the form is all there is. Bump `version` with the check, for
    scans made before.
    """

    def __init__(
        self,
        entity_type: str,
        forms: dict[str, str],
        check: Check | None = None,
        *,
        score: float = 0.35,
        flags: int = AS_WRITTEN,
        version: str = "1",
    ) -> None:
        super().__init__(
            entity_type,
            name=f"{entity_type.title().replace('_', '')}Recognizer",
            patterns=[Pattern(name, pattern, score) for name, pattern in forms.items()],
            global_regex_flags=flags,
            version=version,
        )
        self._check = check

    def validate_result(self, pattern_text: str) -> bool | None:
        """Return what the check says, None where there is none."""
        return None if self._check is None else self._check(_SEPARATORS.sub("", pattern_text).upper())


def named(
    entity_type: str, forms: dict[str, str], check: Check | None, words: Iterable[str], *, digits: int
) -> Detector:
    """Return what finds a number beside words for it, and nowhere else."""
    return detector(NumberRecognizer(entity_type, forms, check), words, alone=NEEDS_CONTEXT, digits=digits)


def with_forms(kind: type[PatternRecognizer], *patterns: tuple[str, str, float]) -> PatternRecognizer:
    """Return a recognizer of Presidio's with patterns of ours, given as (name, pattern, score)."""
    return kind(patterns=[Pattern(*pattern) for pattern in patterns])


def capitals(recognizer: PatternRecognizer) -> PatternRecognizer:
    """Return a recognizer that reads capitals only; Presidio ignores case, and «standard1» looks like a number."""
    recognizer.global_regex_flags = AS_WRITTEN
    return recognizer
