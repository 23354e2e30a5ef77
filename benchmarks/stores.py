"""What the production catalogue costs: `/retrieve` on PostgreSQL against SQLite, two equal homes in one process.

Both have the embedded index, so that all that differs is the catalogue. PostgreSQL runs on this machine, over loopback,
with the durability of its defaults; across a network each of its round trips costs that network's.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

from benchmarks.large import fill
from benchmarks.layouts import CHUNKS_PER_DOCUMENT, EVERYTHING, small_folders
from benchmarks.places import model_cache, temporary_home
from benchmarks.report import Report, Row, Table, at_most
from benchmarks.synthetic import real_queries
from benchmarks.timing import interleaved, p50, p95
from benchmarks.ways import Direct, token_of
from memory.adapters.encoders.openvino import open_encoder
from memory.api.app import create_app
from memory.domain.ports.encoder import Encoder
from memory.founding import found
from memory.testing.postgresql_server import postgresql_server, programs
from memory.wiring import Services, build

FOLDERS = 400
ROUNDS = 150
RATIO = 1.5
CELLS = ("1000-50", EVERYTHING)
EMBEDDED, PRODUCTION = "SQLite", "PostgreSQL"


def run() -> Report:
    """Measure both catalogues in turn; without a server installed, say that nothing was measured."""
    if programs() is None:
        return Report((Row("/retrieve p50 on PostgreSQL to SQLite", f"≤ {RATIO}", "no PostgreSQL is installed"),))
    with ExitStack() as stack:
        encoder = open_encoder(model_cache())
        urls = {EMBEDDED: None, PRODUCTION: stack.enter_context(postgresql_server(durable=True))}
        homes = {name: stack.enter_context(_home(url, encoder)) for name, url in urls.items()}
        timings = {cell: _timed(cell, homes) for cell in CELLS}
    columns = ("caller", "SQLite p50 ms", "PostgreSQL p50 ms", "ratio", "SQLite p95 ms", "PostgreSQL p95 ms")
    table = Table(f"{FOLDERS * CHUNKS_PER_DOCUMENT:,} chunks", columns, tuple(_row(c, t) for c, t in timings.items()))
    worst = max(map(_ratio, timings.values()))
    return Report((at_most("/retrieve p50 on PostgreSQL to SQLite, worst caller", worst, RATIO),), (table,))


@contextmanager
def _home(url: str | None, encoder: Encoder) -> Iterator[Services]:
    with temporary_home() as embedded:
        settings = embedded.model_copy(update={"catalogue_url": url})
        found(settings)
        with build(settings, encoder=encoder) as services:
            fill(small_folders(FOLDERS), FOLDERS * CHUNKS_PER_DOCUMENT, services)
            services.warm()
            yield services


def _timed(cell: str, homes: dict[str, Services]) -> dict[str, list[float]]:
    queries = real_queries(ROUNDS)
    with ExitStack() as stack:
        asked = {
            name: stack.enter_context(closing(Direct(create_app(services), token_of(cell, services.settings))))
            for name, services in homes.items()
        }
        ways = {name: _numbered(one, queries) for name, one in asked.items()}
        return interleaved(ways, len(queries), warm=20)


def _numbered(way: Direct, queries: list[str]) -> Callable[[int], object]:
    return lambda number: way.ask(queries[number])


def _ratio(seconds: dict[str, list[float]]) -> float:
    return p50(seconds[PRODUCTION]) / p50(seconds[EMBEDDED])


def _row(cell: str, seconds: dict[str, list[float]]) -> tuple[str, ...]:
    middle = (f"{p50(seconds[name]):.2f}" for name in (EMBEDDED, PRODUCTION))
    tail = (f"{p95(seconds[name]):.2f}" for name in (EMBEDDED, PRODUCTION))
    return (cell, *middle, f"{_ratio(seconds):.2f}", *tail)
