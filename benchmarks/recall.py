"""What permissions cost in recall and in time: the planner's choice against exact search, on the engine itself.

100,000 vectors; who may see what is drawn independently of content, either as a few large scopes or as 20,000 small
ones. Exact search is the truth, and its time the yardstick.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any
from uuid import UUID

import numpy as np

from benchmarks.places import CACHE, model_cache
from benchmarks.report import Report, Row, Table, at_least
from benchmarks.synthetic import as_bytes, real_passages, real_queries, synthetic_passages
from benchmarks.timing import interleaved, p50
from memory.adapters.encoders.openvino import open_encoder
from memory.adapters.index.edge import EdgeIndex, open_edge_index
from memory.adapters.languages import LinguaLanguageDetector
from memory.domain.ports.encoder import Vector
from memory.domain.ports.index import IndexPoint, PointFacts, PointState
from memory.domain.retrieval import Narrowing, Plan, Question, SearchMode, VisibleSet
from memory.retrieval.planning import PlannerBounds, plan
from memory.retrieval.search import dense

FORM = 1
"""Raise it when what is prepared here changes, so that it is prepared anew."""

POINTS = 100_000
SMALL_SCOPES = 20_000
SHARES = (0.9, 0.5, 0.3, 0.2, 0.1, 0.05, 0.01, 0.001)
QUERIES = 100
SWEPT_QUERIES = 40
TOP = 10
LEAST_RECALL = 0.98
SWEPT_SHARES = (0.9, 0.7, 0.5, 0.3, 0.2, 0.1)
SWEPT_EF = (64, 128, 256, 512)
NOISE = 1.05
"""How much two equal things may differ in time here and still count as equal."""

LANGUAGES = LinguaLanguageDetector()
QUESTION = Question("", "analysis", TOP, Narrowing())
FACTS = PointFacts("bench", "text/plain", (), None, datetime(2026, 1, 1, tzinfo=UTC), ())


@dataclass(frozen=True, slots=True)
class Layout:
    """How points are distributed over compartments: `sizes[n]` is the share of compartment n + 1."""

    name: str
    sizes: tuple[float, ...]

    def compartments(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return the compartment of every point."""
        chance = np.random.default_rng(1)
        return chance.choice(len(self.sizes), size=POINTS, p=self.sizes) + 1


# Its prefixes are the shares: .1, 1, 5, 10, 20, 30, 50, 70, 90 and 100 % in one to ten scopes.
LARGE = Layout("few large", tuple(np.diff([0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1]).tolist()))
SMALL = Layout("20,000 small", (1 / SMALL_SCOPES,) * SMALL_SCOPES)


def run() -> Report:
    """Measure every cell, and what the graph does where the planner does not use it."""
    vectors = _queries()
    cells: list[_Cell] = []
    swept: list[tuple[str, ...]] = []
    with ExitStack() as stack:
        for layout, index in zip((LARGE, SMALL), _prepared(), strict=True):
            stack.callback(index.close)
            counts = np.bincount(layout.compartments(), minlength=len(layout.sizes) + 1)
            cells += [_cell(layout, share, _visible(counts, share), vectors, index) for share in SHARES]
            for share in SWEPT_SHARES:
                swept += _sweep(layout, share, _visible(counts, share), vectors[:SWEPT_QUERIES], index)
    return Report(
        tuple(_rows(cells)),
        (
            Table("The planner's choice and exact search", _Cell.COLUMNS, tuple(cell.row for cell in cells)),
            Table("ACORN at every share, whatever the planner would do", SWEPT_COLUMNS, tuple(swept)),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Cell:
    layout: str
    share: float
    mode: SearchMode
    recall: float
    worst: float
    chosen_ms: float
    exact_ms: float

    COLUMNS = ("scopes", "visible", "mode", "recall@10", "worst query", "chosen p50 ms", "exact p50 ms", "ratio")

    @property
    def ratio(self) -> float:
        return self.chosen_ms / self.exact_ms

    @property
    def row(self) -> tuple[str, ...]:
        figures = (f"{self.recall:.4f}", f"{self.worst:.1f}", f"{self.chosen_ms:.2f}", f"{self.exact_ms:.2f}")
        return (self.layout, f"{self.share:.1%}", str(self.mode), *figures, f"{self.ratio:.2f}")


SWEPT_COLUMNS = ("scopes", "visible", "ef", "recall@10", "worst query", "ACORN p50 ms", "exact p50 ms")


def _rows(cells: list[_Cell]) -> Iterator[Row]:
    worst = min(cells, key=lambda cell: cell.recall)
    yield at_least(f"recall@10 in the worst cell ({worst.layout}, {worst.share:.1%})", worst.recall, LEAST_RECALL)
    other = [cell for cell in cells if cell.mode is not SearchMode.EXACT]
    slowest = max((cell.ratio for cell in other), default=1.0)
    told = f"time against exact where the plan is another ({len(other)} of {len(cells)} cells), slowest"
    yield Row(told, "≤ 1.00", f"{slowest:.2f}", slowest <= 1)
    noise = max(abs(cell.ratio - 1) for cell in cells if cell.mode is SearchMode.EXACT)
    yield Row("time against exact where the plan is exact: the noise", "", f"± {noise:.2f}")


def _cell(layout: Layout, share: float, visible: VisibleSet, vectors: list[Vector], index: EdgeIndex) -> _Cell:
    chosen = plan(QUESTION, visible, PlannerBounds(), LANGUAGES)
    recalls, chosen_ms, exact_ms = _against_exact(chosen, visible, vectors, index)
    return _Cell(layout.name, share, chosen.mode, fmean(recalls), min(recalls), chosen_ms, exact_ms)


def _sweep(
    layout: Layout, share: float, visible: VisibleSet, vectors: list[Vector], index: EdgeIndex
) -> Iterator[tuple[str, ...]]:
    for ef in SWEPT_EF:
        bounds = PlannerBounds(exact_chunks=0, acorn_share=0.0, acorn_ef=ef)
        recalls, acorn_ms, exact_ms = _against_exact(
            plan(QUESTION, visible, bounds, LANGUAGES), visible, vectors, index
        )
        figures = (f"{fmean(recalls):.4f}", f"{min(recalls):.1f}", f"{acorn_ms:.2f}", f"{exact_ms:.2f}")
        yield (layout.name, f"{share:.0%}", str(ef), *figures)


def _against_exact(
    chosen: Plan, visible: VisibleSet, vectors: list[Vector], index: EdgeIndex
) -> tuple[list[float], float, float]:
    """Return the recall of each query, and the two medians in milliseconds, taken in turn."""
    exact = replace(chosen, mode=SearchMode.EXACT, ef=None)
    found: dict[tuple[str, int], frozenset[str]] = {}

    def search(name: str, steps: Plan, number: int) -> None:
        best = dense(QUESTION, vectors[number], visible, steps, index)[:TOP]
        found[name, number] = frozenset(hit.point_id for hit in best)

    ways = {
        "chosen": lambda number: search("chosen", chosen, number),
        "exact": lambda number: search("exact", exact, number),
    }
    seconds = interleaved(ways, len(vectors))
    recalls = [
        len(found["chosen", number] & found["exact", number]) / len(found["exact", number])
        for number in range(len(vectors))
    ]
    return recalls, p50(seconds["chosen"]), p50(seconds["exact"])


def _visible(counts: np.ndarray[Any, Any], share: float) -> VisibleSet:
    """Return the first compartments that together hold `share` of the points."""
    last = int(np.searchsorted(np.cumsum(counts), round(share * POINTS * 0.995)))
    return VisibleSet(
        compartments=tuple(range(1, last + 1)),
        hidden=tuple(range(last + 1, len(counts))),
        known_up_to=len(counts) - 1,
        chunks=int(counts[: last + 1].sum()),
        total=POINTS,
        withheld=frozenset(),
        moment=None,
    )


def _queries() -> list[Vector]:
    encoder = open_encoder(model_cache())
    return [encoder.encode_query(query) for query in real_queries(QUERIES)]


def _prepared() -> list[EdgeIndex]:
    """Open both indexes; the first time, fill them and build their graphs side by side."""
    folders = [CACHE / f"recall-{FORM}-{name}" for name in ("large", "small")]
    fresh = [not (folder / "ready").exists() for folder in folders]
    passages = synthetic_passages(real_passages(), POINTS, seed=2) if any(fresh) else None
    indexes = [open_edge_index(folder, 384) for folder in folders]
    missing = []
    for layout, index, folder, wanted in zip((LARGE, SMALL), indexes, folders, fresh, strict=True):
        if wanted and passages is not None:
            print(f"filling the index of {layout.name} scopes, once", flush=True)
            _fill(index, layout, passages.vectors)
            missing.append((index, folder))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(_finish, missing))
    return indexes


def _fill(index: EdgeIndex, layout: Layout, vectors: Any) -> None:
    index.clear()
    points = [
        IndexPoint(PointState(str(UUID(int=number)), int(compartment), FACTS.modified_at, None, FACTS), vector, "")
        for number, (compartment, vector) in enumerate(zip(layout.compartments(), as_bytes(vectors), strict=True))
    ]
    for start in range(0, len(points), 5_000):
        index.publish(points[start : start + 5_000])


def _finish(prepared: tuple[EdgeIndex, Path]) -> None:
    index, folder = prepared
    index.optimize()
    (folder / "ready").touch()
