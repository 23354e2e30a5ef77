"""One of several processes on one PostgreSQL: pushes, runs queued syncs, reads, and tells what it saw as JSON.

Run as `python -m tests.integration.one_of_several HOME URL NAME PUSHES`. The process named `owner` owns the index.
"""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

from memory.adapters.index.elsewhere import IndexElsewhere
from memory.domain.errors import Conflict
from memory.domain.identity import PrincipalToken
from memory.ingest.pushing import Pushed, push
from memory.settings import Settings
from memory.testing.classifier_fake import PatternClassifier
from memory.testing.encoder_fake import HashEncoder
from memory.testing.partitioner_fake import PlainPartitioner
from memory.wiring import Ports, Services, build
from tests.worlds.building import document

AT = datetime(2026, 1, 1, tzinfo=UTC)
WRITER = PrincipalToken.parse("service:writer")


def main() -> None:
    """Wait for the word on standard input, work, and tell."""
    home, url, name, pushes = sys.argv[1:]
    ports: Ports = {
        "encoder": HashEncoder(window=64),
        "partitioner": PlainPartitioner(),
        "classifier": PatternClassifier(),
    }
    if name != "owner":
        ports["index"] = IndexElsewhere()
    with build(Settings(home=Path(home), region="DE", catalogue_url=url), **ports) as services:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        sys.stdout.write(json.dumps(worked(services, name, int(pushes))))


def worked(services: Services, name: str, pushes: int) -> dict[str, Any]:
    """Do everything that several processes do at once, reading all the while."""
    done, torn = Event(), [0, 0]
    reader = Thread(target=look, args=(services, done, torn))
    reader.start()
    try:
        own = [pushed(services, name, f"{name}-{number}") for number in range(pushes)]
        shared = [pushed(services, "shared", f"common-{number}") for number in range(pushes)]
        runs = list(syncs(services))
    finally:
        done.set()
        reader.join()
    services.publish()
    return {"own": own, "shared": shared, "syncs": runs, "views": torn[0], "torn": torn[1]}


def pushed(services: Services, source: str, key: str) -> dict[str, Any]:
    """Push one document; who came second with a key asks again, as a client would."""
    what = [Pushed(document(key, f"# {key}\n\nleave and {key}", AT), None)]
    for _ in range(5):
        try:
            return asdict(push(what, source, key, services.writing, actor=WRITER))
        except Conflict:
            continue
    raise SystemExit(f"{key} was refused five times")


def syncs(services: Services) -> Any:
    """Run what is queued until nothing waits."""
    runner = services.sync_runner()
    while (run := runner.run_next()) is not None:
        yield run.id


def look(services: Services, done: Event, torn: list[int]) -> None:
    """Read views until told to stop; count them, and those in which two statements saw different states."""
    while not done.is_set():
        with services.catalogue.read() as session:
            before = session.access.position()
            delta = session.access.changes(0)
            torn[0] += 1
            torn[1] += delta.position != before


if __name__ == "__main__":
    main()
