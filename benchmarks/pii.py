"""Recognizers on texts that others annotated, which none of them was made for, and the time that a scan takes."""

import time
from statistics import median

from benchmarks.places import test_data
from benchmarks.report import Report, Row, Table, at_least
from memory.domain.ports.classifier import Classifier
from memory.evaluation.annotated import Example, open_examples
from memory.evaluation.pii import PiiQuality, evaluate_pii
from memory.wiring import default_classifier

EXACT = ("CREDIT_CARD", "IBAN_CODE", "EMAIL_ADDRESS", "IP_ADDRESS")
"""Types with a written form of their own: at least these values."""

RECALL, PRECISION = 0.98, 0.95
LOOSE = {"PHONE_NUMBER": 0.70, "US_SSN": 0.70}
"""Least recall of types that are written in many ways."""

RUNS = 3


def run() -> Report:
    """Measure on the synthetic data set of presidio-research; names and addresses are reported as they are."""
    examples = open_examples(test_data() / "pii" / "synth_dataset_v2.json")
    classifier = default_classifier()
    measured = evaluate_pii(examples, classifier)
    columns = ("entity type", "marked", "found", "precision", "recall", "F2")
    return Report((*_promises(measured), *_speed(examples, classifier)), (Table("By type", columns, _rows(measured)),))


def _promises(measured: PiiQuality) -> list[Row]:
    rows: list[Row] = []
    for name in EXACT:
        rows.append(at_least(f"{name}: recall", measured.entities[name].recall, RECALL))
        rows.append(at_least(f"{name}: precision", measured.entities[name].precision, PRECISION))
    rows += [at_least(f"{name}: recall", measured.entities[name].recall, least) for name, least in LOOSE.items()]
    return rows


def _rows(measured: PiiQuality) -> tuple[tuple[str, ...], ...]:
    scores = [*measured.entities.items(), ("overall", measured.overall)]
    return tuple(
        (name, f"{one.marked}", f"{one.found}", f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f2:.3f}")
        for name, one in scores
    )


def _speed(examples: list[Example], classifier: Classifier) -> list[Row]:
    """Return milliseconds of processor time per 1,000 characters: the texts one by one, and as one document."""
    texts = [example.text for example in examples]
    apart = median(_seconds(texts, classifier) for _ in range(RUNS))
    whole = median(_seconds(["\n\n".join(texts)], classifier) for _ in range(RUNS))
    thousands = sum(map(len, texts)) / 1000
    return [
        Row("scan of short texts, ms per 1,000 characters", "", f"{apart / thousands * 1000:.2f}"),
        Row("scan of one long text, ms per 1,000 characters", "", f"{whole / thousands * 1000:.2f}"),
    ]


def _seconds(texts: list[str], classifier: Classifier) -> float:
    begin = time.process_time()
    for text in texts:
        classifier.analyse(text)
    return time.process_time() - begin
