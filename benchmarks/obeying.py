"""How soon a change of permission holds, on a folder of a hundred thousand documents, and what it writes."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from statistics import median

from benchmarks.large import SOURCE, group
from benchmarks.layouts import EVERYTHING
from benchmarks.report import Row, at_most, exactly
from benchmarks.spending import spending
from benchmarks.synthetic import real_queries
from benchmarks.ways import Direct, token_of
from memory.api.app import create_app
from memory.domain.permissions import Acl
from memory.settings import Settings
from memory.wiring import Services, build

CHANGES = 20
OBEYED_MS = 50.0
FOLDER = "folder"
CLOSED, OPEN = Acl.of([]), Acl.of([group(EVERYTHING)])


def obeyed(settings: Settings) -> Iterator[Row]:
    """Take the folder away from its reader and give it back, many times, asking after each commit."""
    queries = real_queries(CHANGES)
    with build(settings) as services, closing(Direct(create_app(services), token_of(EVERYTHING, settings))) as door:
        with services.catalogue.read() as session:
            documents = len(session.documents.page(after="", limit=1_000_000, source=SOURCE))
        yield Row("documents in the folder", "", f"{documents:,}")
        services.warm()
        assert _passages(door, queries[0]), "the folder is readable to begin with"
        with spending(services.meter) as spent:
            taken, given = [], []
            for query in queries:
                taken.append(_changed(CLOSED, query, door, services))
                given.append(_changed(OPEN, query, door, services))
    yield at_most(f"permission taken: commit to an obeying answer, worst of {CHANGES}, ms", max(taken), OBEYED_MS)
    yield Row("the same, p50, ms", "", f"{median(taken):.1f}")
    yield Row("permission given: commit to a full answer, p50, ms", "", f"{median(given):.1f}")
    yield exactly("vectors made by these changes", spent.items("encoder", "encode_passages"), 0)
    yield exactly("points written by these changes", spent.index_writes, 0)


def _changed(acl: Acl, query: str, door: Direct, services: Services) -> float:
    """Put an ACL in force and ask until the answer obeys it; return the milliseconds since the commit."""
    with services.catalogue.write() as session:
        session.access.set_acl(SOURCE, FOLDER, acl, services.clock.now())
    begin = time.perf_counter()
    while bool(_passages(door, query)) != (acl is OPEN):
        pass
    took = (time.perf_counter() - begin) * 1e3
    services.publish()
    return took


def _passages(door: Direct, query: str) -> int:
    return len(json.loads(door.ask(query))["passages"])
