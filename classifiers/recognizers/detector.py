"""One recognizer, made to speak up when it cannot finish.

Presidio's pattern recognizers catch their own time-outs, log them and return what they have: a crafted document
silences one and looks clean. Here every compiled pattern raises `RecognizerTimedOutError` instead, within about a
second, which Presidio does not catch. Presidio's logger, which may print matched text, is cut off.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import regex  # type: ignore[import-untyped]
from presidio_analyzer import EntityRecognizer, Pattern, RecognizerResult

from classifiers.overlaps import Match
from classifiers.recognizers.contents import Contents
from classifiers.recognizers.context import REACH, ContextWords

TIMEOUT_S = 1.0
# Flags for patterns: case as written, any case of the Latin alphabet, or of every alphabet.
AS_WRITTEN: int = regex.DOTALL | regex.MULTILINE
ANY_CASE: int = AS_WRITTEN | regex.IGNORECASE | regex.ASCII
ANY_CASE_ANYWHERE: int = AS_WRITTEN | regex.IGNORECASE
# Values of Presidio's `LemmaContextAwareEnhancer`.
_CONTEXT_GAIN = 0.35
_CONTEXT_FLOOR = 0.4
_CERTAIN = 0.85
_CHECKSUM_ALONE = 0.99
# For `alone`: a match that no context supports is dropped.
NEEDS_CONTEXT = 0.0

_presidio_log = logging.getLogger("presidio-analyzer")
_presidio_log.setLevel(logging.CRITICAL + 1)
_presidio_log.propagate = False


class RecognizerTimedOutError(Exception):
    """A recognizer ran out of time; not a `TimeoutError`, which Presidio swallows."""


@dataclass(frozen=True, slots=True)
class Detector:
    """A recognizer, the phrases that support it, and what a match is worth without any of them.

    `alone` caps the score of a match without context: 0 drops it, and a checksum that one number in ten passes by
    chance confirms nothing below certainty. `most` caps any score: who takes numbers of every issuer gives way to who
    knows the issuer.

    What every match is known to hold lets texts without it be passed over: `digits`, so many digits; `run`, so many
    letters and digits in a row; `shape`, this pattern.
    """

    recognizer: EntityRecognizer
    context: ContextWords
    alone: float = 1.0
    digits: int = 0
    most: float = 1.0
    run: int = 0
    shape: re.Pattern[str] | None = None

    @property
    def name(self) -> str:
        """Name of the recognizer, as findings and reasons carry it."""
        return str(self.recognizer.name)

    def possible(self, held: Contents) -> bool:
        """Say whether anything can be found in a text that holds this; it costs much less than looking."""
        return (
            held.digits >= self.digits
            and held.longest >= self.run
            and (self.alone > NEEDS_CONTEXT or self.context.possible(held.words))
            and (self.shape is None or self.shape.search(held.text) is not None)
        )

    def detect(self, text: str) -> Iterator[Match]:
        """Yield what the recognizer claims. Raises `RecognizerTimedOutError`, and whatever the recognizer raises."""
        for result in self.recognizer.analyze(text, self.recognizer.supported_entities, None):
            match = self._match(text, result)
            if match.score > 0:
                yield match

    def describe(self) -> dict[str, Any]:
        """Return everything that decides what this detector finds, for the version of the classifier."""
        patterns = getattr(self.recognizer, "patterns", ())
        return {
            "name": self.name,
            "entities": sorted(self.recognizer.supported_entities),
            "patterns": [[pattern.name, pattern.regex, pattern.score] for pattern in patterns],
            "context": list(self.context.phrases),
            "reach": self.context.reach,
            "alone": self.alone,
            "most": self.most,
            "recognizer": self.recognizer.version,
        }

    @property
    def _unnamed(self) -> float:
        """Most that a match without context is worth: a checksum alone is less than one beside the words for it."""
        return min(self.alone, _CHECKSUM_ALONE)

    def _match(self, text: str, result: RecognizerResult) -> Match:
        explained = result.analysis_explanation
        supported = self.context.near(text, result.start, result.end)
        score = max(result.score + _CONTEXT_GAIN, _CONTEXT_FLOOR) if supported else min(result.score, self._unnamed)
        passed = bool(explained and explained.validation_result)
        return Match(
            entity_type=result.entity_type,
            start=result.start,
            end=result.end,
            score=min(score, self.most),
            validated=passed and score >= _CERTAIN,
            recognizer=self.name,
            explanation=_explain(explained and explained.pattern_name, passed=passed, supported=supported),
        )


def detector(
    recognizer: EntityRecognizer,
    phrases: Iterable[str],
    *,
    alone: float = 1.0,
    digits: int = 0,
    most: float = 1.0,
    reach: int = REACH,
    run: int = 0,
    shape: str | None = None,
) -> Detector:
    """Return a detector around `recognizer`, whose patterns from now on raise when they run out of time."""
    watched = [_watched(pattern, recognizer.global_regex_flags) for pattern in getattr(recognizer, "patterns", ())]
    if watched:
        recognizer.patterns = watched
    looked_for = None if shape is None else re.compile(shape)
    return Detector(recognizer, ContextWords(phrases, reach=reach), alone, digits, most, run, looked_for)


def compiled(pattern: str, flags: int = AS_WRITTEN) -> Any:
    """Return a compiled pattern for `finditer`."""
    return regex.compile(pattern, flags=flags)


def finditer(pattern: Any, text: str) -> Iterator[Any]:
    """Return all matches of a compiled pattern. Raises `RecognizerTimedOutError` after about a second.

    The clock runs from the first step on, so matches are collected before the caller spends time on each.
    """
    try:
        return iter(list(pattern.finditer(text, timeout=TIMEOUT_S)))
    except TimeoutError as error:
        raise RecognizerTimedOutError from error


class MarkedPattern(Pattern):  # type: ignore[misc] # Presidio is untyped
    """A pattern of which every match holds one of `marks`, case as written; other texts need not be searched."""

    def __init__(self, name: str, regex: str, score: float, marks: tuple[str, ...]) -> None:
        super().__init__(name, regex, score)
        self.marks = marks


class _Watched:
    """Stands where Presidio keeps a compiled pattern, and ignores the time limit it is given."""

    def __init__(self, pattern: Any, marks: tuple[str, ...]) -> None:
        self._pattern = pattern
        self._marks = marks

    def finditer(self, text: str, timeout: float) -> Iterator[Any]:
        if self._marks and not any(mark in text for mark in self._marks):
            return iter(())
        return finditer(self._pattern, text)


def _watched(pattern: Pattern, flags: int) -> Pattern:
    """Return a copy: Presidio keeps patterns on the class, shared by every instance in the process."""
    copy = Pattern(pattern.name, pattern.regex, pattern.score)
    copy.compiled_regex = _Watched(compiled(pattern.regex, flags), getattr(pattern, "marks", ()))
    copy.compiled_with_flags = flags
    return copy


def _explain(pattern: str | None, *, passed: bool, supported: bool) -> str:
    """Return how a match came about, in words that hold nothing of its value."""
    parts = [f"pattern «{pattern}»" if pattern else "no pattern"]
    parts += ["checksum passed"] if passed else []
    parts += ["context words nearby" if supported else "no context words"]
    return ", ".join(parts)
