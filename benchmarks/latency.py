"""What governance costs beside the search: `/retrieve` against its own legs, and against a service without it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

from benchmarks.large import CHUNKS, large_home
from benchmarks.layouts import CELLS, Cell, folders, one_folder
from benchmarks.obeying import obeyed
from benchmarks.places import model_cache
from benchmarks.recording import TimedLog, timed_log
from benchmarks.report import Report, Row, Table, at_most
from benchmarks.serving import loopback
from benchmarks.synthetic import real_queries
from benchmarks.timing import interleaved, p50, p95
from benchmarks.ways import Direct, Way, legs, sight, token_of, twin
from benchmarks.writing import ingesting
from memory.adapters.encoders.openvino import OpenVinoEncoder, open_encoder
from memory.adapters.index.edge import EdgeIndex, open_edge_index
from memory.api.app import create_app
from memory.settings import Settings
from memory.wiring import DIMENSION, Services, answer_first, build

ROUNDS = 150
LEGS_RATIO = 1.5
TWIN_RATIO = 1.15
AUDIT_SHARE = 0.10
AUDIT_INGESTING = 3.0
AUDIT_CELL = "1000-10"
AUDIT_ROUNDS = 400
COLUMNS = ("compartments", "visible", "mode", "legs ms", "twin ms", "retrieve ms", "to legs", "to twin", "loopback ms")


def run() -> Report:
    """Measure every cell on one home, the audit write on the same, and a change of permission on another."""
    with large_home("large", folders(), graph=True) as settings:
        timings, audit = _in_process(settings)
        served = loopback(settings, [cell.name for cell in CELLS], real_queries(ROUNDS))
    with large_home("folder", one_folder(CHUNKS), graph=False) as settings:
        changed = list(obeyed(settings))
    table = Table("Medians of one run, in turn", COLUMNS, tuple(one.row(served) for one in timings))
    return Report((*_ratios(timings), *audit, *changed), (table,))


@dataclass(frozen=True, slots=True)
class Timing:
    """One cell; medians in milliseconds."""

    cell: Cell
    mode: str
    legs: float
    twin: float
    product: float

    def row(self, served: dict[str, float]) -> tuple[str, ...]:
        """Return the cell as a row of the table."""
        times = (f"{time:.2f}" for time in (self.legs, self.twin, self.product))
        ratios = (f"{self.product / time:.2f}" for time in (self.legs, self.twin))
        name = (f"{self.cell.compartments:,}", f"{self.cell.share:.0%}", self.mode)
        return (*name, *times, *ratios, f"{served[self.cell.name]:.2f}")


def _in_process(settings: Settings) -> tuple[list[Timing], list[Row]]:
    queries = real_queries(ROUNDS)
    answer_first()
    with ExitStack() as stack:
        encoder = open_encoder(model_cache())
        index = open_edge_index(settings.index, DIMENSION)
        log = stack.enter_context(timed_log(settings))
        services = stack.enter_context(build(settings, encoder=encoder, index=index, log=log))
        services.warm()
        _timing(CELLS[0], queries, services, encoder, index)  # the first pays for every page that comes from the disk
        timings = [_timing(cell, queries, services, encoder, index) for cell in CELLS]
        return timings, list(_audit(services, log))


def _timing(cell: Cell, queries: list[str], services: Services, encoder: OpenVinoEncoder, index: EdgeIndex) -> Timing:
    seen = sight(cell.name, queries, services)
    with (
        closing(Direct(create_app(services), token_of(cell.name, services.settings))) as product,
        closing(Direct(twin(seen, encoder, index, services))) as other,
    ):
        alone = legs(seen, encoder, index)
        ways = {"legs": alone, "twin": other.ask, "product": product.ask}
        seconds = interleaved({name: _numbered(way, queries) for name, way in ways.items()}, len(queries), warm=10)
    medians = {name: p50(took) for name, took in seconds.items()}
    print(f"{cell.name}: " + ", ".join(f"{name} {time:.2f} ms" for name, time in medians.items()), flush=True)
    return Timing(cell, seen.mode, medians["legs"], medians["twin"], medians["product"])


def _numbered(way: Way, queries: list[str]) -> Callable[[int], object]:
    return lambda number: way(queries[number])


def _ratios(timings: list[Timing]) -> Iterator[Row]:
    for name, limit, other in (("its legs", LEGS_RATIO, "legs"), ("the twin", TWIN_RATIO, "twin")):
        worst = max(timings, key=lambda one: one.product / getattr(one, other))
        ratio = worst.product / getattr(worst, other)
        yield at_most(f"/retrieve to {name}, worst cell ({worst.cell.name})", ratio, limit)


def _audit(services: Services, log: TimedLog) -> Iterator[Row]:
    """Time the audit write inside `/retrieve`: with nothing else going on, and while documents come in."""
    queries = real_queries(AUDIT_ROUNDS)
    with closing(Direct(create_app(services), token_of(AUDIT_CELL, services.settings))) as product:
        ask = {"retrieve": _numbered(product.ask, queries)}
        log.seconds.clear()
        whole = interleaved(ask, len(queries), warm=0)["retrieve"]
        idle = list(log.seconds)
        with ingesting(services) as came_in:
            log.seconds.clear()
            before = came_in()
            busy_whole = interleaved(ask, len(queries), warm=0)["retrieve"]
            busy = list(log.seconds)
            brought = came_in() - before
    yield at_most(f"audit write, share of /retrieve p50 ({p50(idle):.2f} ms)", p50(idle) / p50(whole), AUDIT_SHARE)
    yield at_most(
        f"audit write p95 while ingesting, times idle ({p95(busy):.2f} to {p95(idle):.2f} ms)",
        p95(busy) / p95(idle),
        AUDIT_INGESTING,
    )
    told = f"/retrieve p50 while ingesting (idle {p50(whole):.1f} ms), {brought:,} documents came in"
    yield Row(told, "", f"{p50(busy_whole):.1f} ms")
