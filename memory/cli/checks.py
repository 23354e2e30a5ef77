"""What can be wrong with a home, and how to mend it; each check is one function and says its remedy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from memory.domain.documents import DocumentState
from memory.domain.errors import IndexOwnedElsewhere, MemoryFault
from memory.founding import naming_secret, require_home
from memory.publication.reconciliation import Differences, differences, mend
from memory.settings import Settings
from memory.wiring import Services, build, catalogue_of, open_log, token_verifier

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def examine(settings: Settings, *, mending: bool = False) -> list[Check]:
    """Look at everything; a failed check never stops the next. `mending`: bring the index where the catalogue is."""
    return [
        _run("home", lambda: _home(settings)),
        _run("keys", lambda: _keys(settings)),
        _run("catalogue", lambda: _catalogue(settings)),
        _run("audit log", lambda: _audit(settings)),
        _run("parts", lambda: _parts(settings, mending=mending), needs_index=mending),
        _run("documents", lambda: _documents(settings)),
    ]


def _run(name: str, look: Callable[[], str], *, needs_index: bool = False) -> Check:
    try:
        return Check(name, ok=True, detail=look())
    except IndexOwnedElsewhere:
        return Check(
            name,
            ok=not needs_index,
            detail="in use by another process, such as a server; stop it to check the index too, or to mend it",
        )
    except MemoryFault as fault:
        return Check(name, ok=False, detail=str(fault))


def _home(settings: Settings) -> str:
    require_home(settings)
    region = settings.region or "unknown, so documents whose people a law protects stay closed (set MEMORY_REGION)"
    return f"{settings.home.absolute()}, region {region}"


def _keys(settings: Settings) -> str:
    naming_secret(settings)
    token_verifier(settings)
    return "there, and closed to others"


def _catalogue(settings: Settings) -> str:
    with catalogue_of(settings) as catalogue, catalogue.read() as session:
        position = session.access.position()
        people = len(session.access.principals())
    return f"epoch {position.epoch}; {people} principals" + ("" if people else "; add some with: memory principal add")


def _audit(settings: Settings) -> str:
    with open_log(settings) as log:
        return f"{log.size()} entries, {len(log.checkpoints())} signed checkpoints; verify with: memory audit verify"


def _parts(settings: Settings, *, mending: bool) -> str:
    """Open policies, rules, encoder and index as the server does, and compare the index with the catalogue."""
    with build(settings) as services:
        return f"policies {services.reading.decisions.revision[:12]}, {compared(services, mending=mending)}"


def compared(services: Services, *, mending: bool) -> str:
    """Say how many points there are, all as catalogued; bring the index there first if it is to be mended.

    Raises `MemoryFault` when points differ.
    """
    services.relay.drain()
    found = differences(services.catalogue, services.index)
    if found.count and not mending:
        raise MemoryFault(f"{_counts(found)} than in the catalogue; run: memory doctor --mend")
    if found.count:
        mend(found, services.catalogue)
        services.relay.drain()
        if (left := differences(services.catalogue, services.index)).count:
            raise MemoryFault(f"{_counts(left)} than in the catalogue, after mending; run: memory reindex")
    mended = f"; mended: {_counts(found)}" if found.count else ""
    return f"{services.index.count()} points, all as catalogued{mended}"


def _counts(found: Differences) -> str:
    missing, different, surplus = map(len, (found.missing, found.different, found.surplus))
    return f"points of the index: {missing} missing, {different} different, {surplus} more"


def _documents(settings: Settings) -> str:
    quarantined = 0
    count = 0
    for state in _states(settings):
        count += 1
        quarantined += state is DocumentState.QUARANTINED
    waiting = f"; {quarantined} quarantined, see: memory documents" if quarantined else ""
    return f"{count} documents{waiting}"


def _states(settings: Settings) -> Iterator[DocumentState]:
    after = ""
    with catalogue_of(settings) as catalogue, catalogue.read() as session:
        while page := session.documents.page(after=after, limit=PAGE):
            yield from (document.state for document in page)
            after = page[-1].id
