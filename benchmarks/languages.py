"""Ranking quality in nine languages.

The policies of one made-up company in nine languages, first each in a home of its own, then all in one. Everything goes
through the real walks: languages are told at ingest, questions are asked without saying in which language they are.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from benchmarks.places import temporary_home
from benchmarks.policies import LANGUAGES, collection_of, passages_of
from benchmarks.quality import DRAG
from benchmarks.report import Report, Row, Table, at_least, at_most
from memory.adapters.languages import LinguaLanguageDetector
from memory.evaluation.retrieval import Quality, Runs, qualities, rankings
from memory.ingest.languages import SURE
from memory.wiring import build

TOLD = 0.98
"""Least share of passages, of one or two sentences, whose language is told and right."""

DETECTION_MS = 2.0
"""Most that telling the language of a passage may take."""


def run() -> Report:
    """Measure each language alone and among the others."""
    told, detecting = _detection()
    rows = [*detecting]
    figures: list[tuple[str, ...]] = []
    among = _measured(LANGUAGES)
    for language in LANGUAGES:
        alone = _measured([language])[language]
        for home, measured in (("alone", alone), ("among nine", among[language])):
            better = max(measured["dense"].ndcg, measured["sparse"].ndcg)
            what = f"nDCG@10, {language} {home}, fused against the better leg less {DRAG}"
            rows.append(at_least(what, measured["fused"].ndcg, better - DRAG))
        figures.append((language, *_legs(alone), *_legs(among[language]), f"{told[language]:.3f}"))
    columns = ("language", "dense", "sparse", "fused", "dense among nine", "sparse", "fused", "passages told")
    return Report(tuple(rows), (Table("nDCG@10 by language", columns, tuple(figures)),))


def _measured(languages: Sequence[str]) -> dict[str, dict[str, Quality]]:
    """Return for each language the quality of every leg, in a home that holds the policies in all of these."""
    with TemporaryDirectory(prefix="policies-") as folder, temporary_home() as settings, build(settings) as services:
        collection = collection_of(languages, Path(folder) / "policies")
        runs = rankings(collection, services, lambda _message: None)
        return {language: qualities(_only(language, runs), collection) for language in languages}


def _only(language: str, runs: Runs) -> Runs:
    """Keep the questions of one language, whatever they and their passages were taken for."""
    return {
        leg: {query: ranking for query, ranking in run.items() if query.startswith(f"{language}-")}
        for leg, run in runs.items()
    }


def _legs(measured: Mapping[str, Quality]) -> list[str]:
    return [f"{measured[leg].ndcg:.3f}" for leg in ("dense", "sparse", "fused")]


def _detection() -> tuple[dict[str, float], list[Row]]:
    """Return the share of passages told right by language, and rows on the detector itself."""
    detector = LinguaLanguageDetector()
    begin = time.perf_counter()
    detector.guesses("What was agreed?")
    loading = time.perf_counter() - begin
    texts = {language: [text for _, text, _ in passages_of(language)] for language in LANGUAGES}
    begin = time.perf_counter()
    first = {language: [detector.guesses(text)[0] for text in texts[language]] for language in LANGUAGES}
    each = (time.perf_counter() - begin) / sum(map(len, texts.values()))
    right = {
        language: fmean(guess.language == language and guess.confidence >= SURE for guess in guesses)
        for language, guesses in first.items()
    }
    return right, [
        Row("languages: seconds to load the detector", "", f"{loading:.2f}"),
        at_most("languages: milliseconds per passage", each * 1000, DETECTION_MS),
        at_least("languages: share of passages told right", fmean(right.values()), TOLD),
    ]
