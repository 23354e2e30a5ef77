"""The classifier: Presidio's recognizers, run one by one, so that none can fail unseen.

Enters: a canonical text. Leaves: an `Analysis`. Presidio's `AnalyzerEngine` is not used: it skips a recognizer that
times out, needs a spaCy model for context, and is quadratic in long texts. No network, no spaCy model needed, and
nothing of a text reaches a log or a reason.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from itertools import chain

from classifiers.columns import Places, column_matches
from classifiers.hidden import hidden, without
from classifiers.overlaps import Match, resolve
from classifiers.reading import Reading, read
from classifiers.recognizers.americas import americas
from classifiers.recognizers.asia_pacific import asia_pacific
from classifiers.recognizers.births import births
from classifiers.recognizers.contents import contents
from classifiers.recognizers.detector import Detector, RecognizerTimedOutError
from classifiers.recognizers.europe import europe
from classifiers.recognizers.germany import germany
from classifiers.recognizers.health import health
from classifiers.recognizers.international import international
from classifiers.recognizers.names import names
from classifiers.recognizers.secrets import secrets
from classifiers.recognizers.united_kingdom import united_kingdom
from classifiers.recognizers.united_states import united_states
from classifiers.revision import LIBRARIES
from classifiers.tables import tables
from classifiers.windows import Window, windows
from memory.domain.documents import Span
from memory.domain.governance import HIDDEN_TEXT, Analysis, Finding, ScoreBand

# 20 million characters are some 3,000 pages; more in one document is a dump, and a person should look at it first.
MAX_CHARACTERS = 20_000_000
# Lowest score of each band; a match below the lowest is dropped.
_CERTAIN, _LIKELY, _LOWEST = 0.85, 0.6, 0.4
# Raise it when reading, windows, tables, overlaps or bands change what is found.
_REVISION = 2


class PresidioClassifier:
    """Implements `Classifier`. Safe to share between threads."""

    def __init__(self, detectors: Sequence[Detector] | None = None, *, max_characters: int = MAX_CHARACTERS) -> None:
        self._detectors = tuple(default_detectors() if detectors is None else detectors)
        self._max_characters = max_characters
        self._version = _version(self._detectors)

    @property
    def version(self) -> str:
        """Presidio's version and a digest of everything that decides what is found."""
        return self._version

    @property
    def entity_types(self) -> frozenset[str]:
        """Every entity type that this classifier can find."""
        return frozenset(
            {HIDDEN_TEXT, *(kind for one in self._detectors for kind in one.recognizer.supported_entities)}
        )

    def analyse(self, text: str) -> Analysis:
        """Return all findings of `text`, sorted and disjoint; `reason` names each recognizer that did not finish."""
        if len(text) > self._max_characters:
            reason = f"the text has more than {self._max_characters:,} characters; split the document"
            return Analysis((), complete=False, reason=reason)
        reading = read(text)
        failures: dict[str, str] = {}

        def look(short: str) -> list[Match]:
            return _strong(self._matches(Window(short, 0, 0, len(short)), failures))

        in_tables = tables(reading.text)
        everywhere = (match for window in windows(reading.text) for match in self._matches(window, failures))
        strong = _strong(chain(everywhere, column_matches(reading.text, in_tables, look)))
        places = Places(in_tables, [Span(match.start, match.end) for match in strong])
        found = (self._finding(match, reading, places) for match in strong)
        findings = tuple(without(found, hidden(text, self._version)))
        return Analysis(findings, complete=not failures, reason="; ".join(failures.values()) or None)

    def _matches(self, window: Window, failures: dict[str, str]) -> Iterator[Match]:
        """Yield what starts in the window's core; a detector that failed once is not run again on this text."""
        held = contents(window.text)
        for one in self._detectors:
            if one.name in failures or not one.possible(held):
                continue
            try:
                yield from [window.moved(match) for match in one.detect(window.text) if window.owns(match)]
            except RecognizerTimedOutError:
                failures[one.name] = f"{one.name} ran out of time"
            except Exception as error:  # noqa: BLE001 # whatever goes wrong in a recognizer is a hole in the scan
                failures[one.name] = f"{one.name} failed ({type(error).__name__})"

    def _finding(self, match: Match, reading: Reading, places: Places) -> Finding:
        table, column = places.of(match.start)
        return Finding(
            entity_type=match.entity_type,
            span=reading.original(match.start, match.end),
            band=_band(match),
            recognizer=match.recognizer,
            recognizer_version=self._version,
            explanation=match.explanation,
            validated=match.validated,
            table=table,
            column=column,
        )


def default_detectors() -> list[Detector]:
    """Return what an installation looks for; names only when their model is installed."""
    return [*international(), *national(), *births(), *secrets(), *health(), *names()]


def national() -> list[Detector]:
    """Return the recognizers for numbers that speak of one country."""
    return [*united_states(), *united_kingdom(), *germany(), *europe(), *americas(), *asia_pacific()]


def _strong(matches: Iterable[Match]) -> list[Match]:
    """Return the matches that are sure enough, one per character."""
    return resolve(match for match in matches if match.score >= _LOWEST)


def _band(match: Match) -> ScoreBand:
    if match.validated or match.score >= _CERTAIN:
        return ScoreBand.CERTAIN
    return ScoreBand.LIKELY if match.score >= _LIKELY else ScoreBand.POSSIBLE


def _version(detectors: Sequence[Detector]) -> str:
    versions = {library: metadata.version(library) for library in LIBRARIES}
    described = [_REVISION, versions, [one.describe() for one in detectors]]
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
    return f"presidio-{versions['presidio-analyzer']}+{digest[:12]}"
