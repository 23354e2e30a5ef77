"""Working: syncs and the relay, in a process of their own or in threads beside the API.

Reading and classifying documents keep the interpreter busy, and an answer that shares it waits for each of its turns.
So a serving process hands queued syncs to one worker, its child, which begins with the first of them and ends with the
process that it works for, however that one ends.
"""

import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event, Thread

from memory.api.logs import configure, trace
from memory.domain.errors import InvalidPolicy
from memory.ingest.claiming import (
    OTHER_RULES,
    adopt_queued,
    anything_waits,
    end_own,
    end_unclaimed,
    hand_on_at_start,
)
from memory.settings import Settings, load_settings
from memory.wiring import Services, build, build_beside, give_way, labelling_on_disk

FOLLOW_S = 0.25
"""How soon the index follows what another process staged; visibility itself never waits for it."""

SIGNING_ROUNDS = 240
"""A signed checkpoint every minute bounds what could be rewritten unnoticed."""

LOOK_S = 0.5
"""How soon a queued sync wakes the worker."""

REST_S = 2.0
"""How soon a worker that died is replaced: what ended it may end the next one as well."""

log = logging.getLogger(__name__)


def work(settings: Settings, *, told: Callable[[], None]) -> None:
    """Run queued syncs and let the index follow, without an API, until asked to end; `told` hears that it has begun."""
    ended = Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: ended.set())
    with build(settings) as services, following(services), services.sync_runner().working():
        told()
        ended.wait()


@contextmanager
def following(services: Services) -> Iterator[None]:
    """Let the index follow the catalogue, whoever writes it, until the block ends."""
    rounds = 0

    def follow() -> None:
        nonlocal rounds
        rounds += 1
        services.publish()
        if rounds % SIGNING_ROUNDS == 0:
            services.sign_log()

    with _again_and_again("relay", FOLLOW_S, lambda _: follow()):
        yield


@contextmanager
def worker_beside(services: Services) -> Iterator[None]:
    """Have queued syncs run by a child process until the block ends; what it runs then stops between two batches.

    The child reads the rules of classification when it begins, which may be long after the server did. It labels by
    those of the server or not at all. What other servers were asked for waits for their workers.
    """
    hand_on_at_start(services.syncing)
    adopt_queued(services.syncing)

    def look(ended: Event) -> None:
        end_unclaimed(services.syncing)
        if not anything_waits(services.syncing):
            return
        if _agrees(services):
            _employ(services.settings.home, ended)
        elif end_own(services.syncing):
            log.error("Queued syncs ended: %s", OTHER_RULES)

    with _again_and_again("worker", LOOK_S, look):
        yield


@contextmanager
def _again_and_again(name: str, pause_s: float, do: Callable[[Event], None]) -> Iterator[None]:
    """Do something in a thread until the block ends. No fault ends the thread: what it works on stays where it is."""
    ended = Event()

    def repeat() -> None:
        while not ended.wait(pause_s):
            try:
                do(ended)
            except Exception as error:  # noqa: BLE001 - the thread must outlive any fault
                log.error("The %s failed and tries again: %s", name, trace(error))

    thread = Thread(target=repeat, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _agrees(services: Services) -> bool:
    """Say whether a worker that began now would label as this process does; an edit half done can not even be read."""
    try:
        return labelling_on_disk(services.settings) == services.labelling
    except InvalidPolicy:
        return False


def _employ(home: Path, ended: Event) -> None:
    """Run a worker on a home until `ended`, or until it ends by itself, which it should not."""
    # -P keeps the folder this happens to run in off the module path.
    command = [sys.executable, "-P", "-m", "memory.api.working", str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as worker:  # noqa: S603 - our own
        while worker.poll() is None and not ended.wait(LOOK_S):
            pass
    if not ended.is_set():
        log.error("The worker ended with %s; another begins while syncs are queued.", worker.returncode)
        ended.wait(REST_S)


def _staging(settings: Settings) -> AbstractContextManager[Services]:
    """Open a home for what another process answers from: an index that is embedded is that one's alone."""
    return build_beside(settings) if settings.index_url is None else build(settings)


def main(home: str) -> None:
    """Run queued syncs until nobody holds the other end of standard input any more."""
    configure()
    give_way()
    for asked in (signal.SIGTERM, signal.SIGINT):
        # Sent to everything that belongs together; who started this one decides when it ends. A handler and not
        # SIG_IGN, which the parser's processes would inherit.
        signal.signal(asked, lambda *_: None)
    with _staging(load_settings(home=Path(home))) as services, services.sync_runner().working():
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
