"""Ranking quality on two public collections, through the real walks: ingested, permitted, searched, re-checked."""

from benchmarks.places import temporary_home, test_data
from benchmarks.report import Report, Row, Table, at_least
from memory.evaluation.collections import open_collection
from memory.evaluation.retrieval import Quality, evaluate
from memory.wiring import build

TARGETS = {"scifact": 0.725, "xquad-en": 0.975}
"""Least nDCG@10 of the fused ranking."""

DRAG = 0.01
"""How much fusing may cost against the better leg."""


def run() -> Report:
    """Measure both collections."""
    rows: list[Row] = []
    figures: list[tuple[str, ...]] = []
    for name, target in TARGETS.items():
        measured = _measure(name)
        fused = measured["fused"].ndcg
        better = max(measured["dense"].ndcg, measured["sparse"].ndcg)
        rows.append(at_least(f"nDCG@10, {name}, fused", fused, target))
        rows.append(at_least(f"nDCG@10, {name}, fused against the better leg less {DRAG}", fused, better - DRAG))
        figures += [(name, leg, f"{q.ndcg:.4f}", f"{q.recall:.4f}", f"{q.mrr:.4f}") for leg, q in measured.items()]
    columns = ("collection", "ranking", "nDCG@10", "recall@10", "MRR@10")
    return Report(tuple(rows), (Table("Ranking quality", columns, tuple(figures)),))


def _measure(name: str) -> dict[str, Quality]:
    collection = open_collection(test_data() / "retrieval" / name)
    with temporary_home() as settings, build(settings) as services:
        return evaluate(collection, services, lambda message: print(f"{name}: {message}", flush=True))
