"""What scans faster finds the same: the classifier against one that runs every recognizer and every pattern."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from classifiers.presidio import PresidioClassifier, default_detectors
from classifiers.recognizers.contents import Contents
from classifiers.recognizers.detector import Detector
from memory.domain.governance import Finding
from memory.evaluation.annotated import open_examples
from memory.evaluation.collections import open_collection
from memory.testing.canaries import CANARY_TYPES, NEEDS_MODEL, canary


class Plain(Detector):
    """A detector that always looks."""

    def possible(self, held: Contents) -> bool:
        """Say yes."""
        return True


def plain(one: Detector) -> Detector:
    """Return a detector without any shortcut; its patterns are its own."""
    for pattern in getattr(one.recognizer, "patterns", ()):
        pattern.compiled_regex._marks = ()
    return Plain(one.recognizer, one.context, one.alone, most=one.most)


FAST = PresidioClassifier()
PLAIN = PresidioClassifier([plain(one) for one in default_detectors()])

VALUES = st.builds(canary, st.sampled_from(sorted(CANARY_TYPES - NEEDS_MODEL)), st.integers(0, 10_000))
NOISE = st.text("aAzZ019 :.-_/=\n@\u0661\u017f\u0130\u212a", max_size=40) | st.text(max_size=20)
PIECES = st.lists(VALUES.map(lambda one: one.text) | VALUES.map(lambda one: one.value) | NOISE, min_size=1, max_size=6)


def found(classifier: PresidioClassifier, text: str) -> tuple[Finding, ...]:
    analysis = classifier.analyse(text)
    assert analysis.complete
    return tuple(replace(finding, recognizer_version="") for finding in analysis.findings)


@settings(max_examples=150, deadline=None)
@given(PIECES, st.sampled_from(["", " ", "\n", "x"]))
@example(["::"], "")
@example(["fe80::1 and ::ffff:10.0.0.1"], "")
@example(["AB 12 34 56 C"], "")
def test_no_shortcut_changes_what_is_found(pieces: list[str], between: str) -> None:
    """Fails when a detector asks for more than its shortest value holds: digits, a run, a shape, a mark, a phrase.

    Tried: `run=10` for German identity cards, `shape` of addresses without the colons, `run=17` for fiscal codes.
    """
    text = between.join(pieces)
    assert found(FAST, text) == found(PLAIN, text)


def real_texts(data: Path) -> Iterator[str]:
    """Yield texts that people annotated, abstracts and policies, and names of files."""
    yield from (one.text for one in islice(open_examples(data / "pii" / "synth_dataset_v2.json"), 0, None, 4))
    for name in ("scifact", "xquad-en"):
        corpus = open_collection(data / "retrieval" / name).corpus()
        yield from (f"{title}\n\n{text}" for _, title, text in islice(corpus, 100))
    for path in islice(sorted((data / "documents").rglob("*.md")), 20):
        yield path.read_text(encoding="utf-8", errors="replace")[:20_000]
        yield path.as_uri()


def test_no_shortcut_changes_what_is_found_in_real_texts(test_data: Path) -> None:
    texts = list(real_texts(test_data))
    differing = [text for text in texts if found(FAST, text) != found(PLAIN, text)]
    assert (len(texts) > 500, differing) == (True, [])
