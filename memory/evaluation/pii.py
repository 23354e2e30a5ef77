"""How many of the marked values a classifier finds, and how much of what it finds was marked.

Spans are compared as the span evaluator of presidio-research does it:

1. Neighbouring spans of one type with nothing but white space and punctuation between them are one span.
2. For each marked span, in order, the found span that shares most with it is taken: intersection over union, counted
   in letters and digits, so that a bracket or a full stop more or less is nothing. A found span is taken once.
3. At .9 or more the two belong together. Of the same type they are a true positive; of different types a false
   negative of the marked type and a false positive of the found one. Below .9 the marked span is a false negative.
4. Found spans that were not taken are false positives.

Unlike there, words such as «the» are compared like any other. F2 weighs recall twice as high as precision.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from memory.domain.documents import Span
from memory.domain.errors import Unreadable
from memory.domain.ports.classifier import Classifier
from memory.evaluation.annotated import NOT_LOOKED_FOR, SAME, Example, Marked

SHARED = 0.9
"""Least intersection over union: the default of presidio-research."""

BETA = 2
NOTHING = "nothing"
_AROUND = 30  # characters of context to either side of a confusion


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one type or of all; a measure of nothing is 0."""

    found_and_marked: int = 0
    found: int = 0
    marked: int = 0

    @property
    def precision(self) -> float:
        """Share of what was found that was marked."""
        return self.found_and_marked / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of what was marked that was found."""
        return self.found_and_marked / self.marked if self.marked else 0.0

    @property
    def f2(self) -> float:
        """F-measure with beta 2 (van Rijsbergen 1979)."""
        weighted = BETA**2 * self.precision + self.recall
        return (1 + BETA**2) * self.precision * self.recall / weighted if weighted else 0.0

    def to_json(self) -> dict[str, float]:
        """Return the three measures."""
        return {"precision": self.precision, "recall": self.recall, "f2": self.f2}


@dataclass(frozen=True, slots=True)
class Pair:
    """A marked span and the found one that was taken for it; either may be missing."""

    marked: Marked | None
    found: Marked | None

    @property
    def types(self) -> tuple[str, str]:
        """What was marked and what was found, `nothing` for neither."""
        return self.marked.entity_type if self.marked else NOTHING, self.found.entity_type if self.found else NOTHING

    @property
    def agrees(self) -> bool:
        """Say whether it is a true positive."""
        return self.types[0] == self.types[1]


@dataclass(frozen=True, slots=True)
class Confusion:
    """A disagreement: what was marked, what was found, and where, with every value of the text masked."""

    marked: str
    found: str
    context: str


@dataclass(frozen=True, slots=True)
class PiiQuality:
    """Scores per annotated type, over all types that are looked for, and every disagreement."""

    entities: Mapping[str, Score]
    overall: Score
    confusions: tuple[Confusion, ...]

    def to_json(self) -> dict[str, object]:
        """Return the measures, and what went wrong with types that are looked for; contexts are masked."""
        entities = {name: score.to_json() for name, score in self.entities.items()}
        confusions = [asdict(one) for one in self.confusions if one.marked not in NOT_LOOKED_FOR]
        return {"entities": entities, "overall": self.overall.to_json(), "confusions": confusions}


def evaluate_pii(
    examples: Sequence[Example], classifier: Classifier, progress: Callable[[str], None] = lambda _message: None
) -> PiiQuality:
    """Classify every text and compare. Raises `Unreadable` when a scan does not come to its end."""
    pairs: list[Pair] = []
    confusions: list[Confusion] = []
    for number, example in enumerate(examples, 1):
        of_text = list(match(example.text, example.marked, _found(example, classifier)))
        pairs += of_text
        confusions += _confusions(example.text, of_text)
        if number % 100 == 0:
            progress(f"{number} of {len(examples)} texts")
    entities = {name: _score(pairs, {name}) for name in sorted({name for one in pairs for name in one.types})}
    entities.pop(NOTHING, None)
    return PiiQuality(entities, _score(pairs, entities.keys() - NOT_LOOKED_FOR), tuple(confusions))


def match(text: str, marked: Iterable[Marked], found: Iterable[Marked]) -> Iterator[Pair]:
    """Yield every marked span with what was taken for it, then the found spans that nobody took."""
    left = _joined(text, found)
    for one in _joined(text, marked):
        best = max(left, key=lambda other: shared(text, one.span, other.span), default=None)
        taken = best if best is not None and shared(text, one.span, best.span) >= SHARED else None
        if taken is not None:
            left.remove(taken)
        yield Pair(one, taken)
    yield from (Pair(None, one) for one in left)


def shared(text: str, one: Span, other: Span) -> float:
    """Return intersection over union of two ranges, counted in letters and digits."""
    first, second = _counted(text, one), _counted(text, other)
    return len(first & second) / len(first | second) if first or second else 0.0


def _found(example: Example, classifier: Classifier) -> list[Marked]:
    analysis = classifier.analyse(example.text)
    if not analysis.complete:
        raise Unreadable(f"A text could not be scanned to its end: {analysis.reason} Take it out and run again.")
    return [Marked(_named(one.entity_type, one.span, example), one.span) for one in analysis.findings]


def _named(entity_type: str, span: Span, example: Example) -> str:
    """Return the annotated type that a finding stands for: where several have it, the one marked in this place."""
    names = sorted(name for name, ours in SAME.items() if entity_type in ours)
    here = {one.entity_type for one in example.marked if one.span.overlaps(span)}
    return next((name for name in names if name in here), names[0] if names else entity_type)


def _joined(text: str, spans: Iterable[Marked]) -> list[Marked]:
    joined: list[Marked] = []
    for one in sorted(spans, key=lambda one: (one.span, one.entity_type)):
        last = joined[-1] if joined else None
        between = Span(last.span.end, max(last.span.end, one.span.start)) if last else one.span
        if last and last.entity_type == one.entity_type and not _counted(text, between):
            joined[-1] = Marked(one.entity_type, Span(last.span.start, max(last.span.end, one.span.end)))
        else:
            joined.append(one)
    return joined


def _counted(text: str, span: Span) -> set[int]:
    return {offset for offset in range(span.start, span.end) if text[offset].isalnum()}


def _score(pairs: Sequence[Pair], names: Iterable[str]) -> Score:
    marked, found, both = Counter[str](), Counter[str](), Counter[str]()
    for one in pairs:
        marked[one.types[0]] += 1
        found[one.types[1]] += 1
        both[one.types[0]] += one.agrees
    wanted = list(names)
    return Score(*(sum(counter[name] for name in wanted) for counter in (both, found, marked)))


def _confusions(text: str, pairs: Sequence[Pair]) -> Iterator[Confusion]:
    spans = [one for pair in pairs for one in (pair.marked, pair.found) if one]
    for pair in pairs:
        at = pair.marked or pair.found
        if at is not None and not pair.agrees:
            yield Confusion(*pair.types, _context(text, at.span, spans))


def _context(text: str, span: Span, spans: Iterable[Marked]) -> str:
    """Return a span's surroundings with everything masked that was marked or found."""
    start, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
    pieces: list[str] = []
    for one in sorted(spans, key=lambda one: one.span):
        if start < one.span.end and one.span.start < end:
            pieces += [text[start : max(start, one.span.start)], f"[{one.entity_type}]"]
            start = max(start, one.span.end)
    return " ".join("".join([*pieces, text[start:end]]).split())
