"""Suspending a source and letting it return: one switch, which the next request obeys.

A suspended source permits nobody anything, whatever its permissions say, and is neither synced nor pushed to. Its
documents stay as they are, so that letting it return costs nothing and shows again what its permissions allow by then.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from memory.audit.events import EventName
from memory.domain.errors import CatalogueUnavailable, NotFound
from memory.domain.governance import SuspensionReason
from memory.domain.ports.catalogue import Catalogue

Record = Callable[[EventName, Mapping[str, Any]], None]
"""Puts something on record as done by whoever asked for it. Raises `AuditUnavailable`."""


@dataclass(frozen=True, slots=True)
class Switched:
    """How a source stands now, at which epoch, and whether that is new."""

    source: str
    active: bool
    changed: bool
    epoch: int


def suspend(name: str, reason: SuspensionReason, catalogue: Catalogue, record: Record) -> Switched:
    """Let nobody see anything of a source from the next request on.

    Raises `NotFound`, and `AuditUnavailable` or `CatalogueUnavailable` when nothing has changed; then ask again.
    """
    return _switch(name, EventName.SOURCE_SUSPENDED, {"grounds": str(reason)}, catalogue, record)


def resume(name: str, catalogue: Catalogue, record: Record) -> Switched:
    """Let a source return: its permissions hold again from the next request on. Raises as `suspend`."""
    return _switch(name, EventName.SOURCE_RESUMED, {}, catalogue, record)


@contextmanager
def _told_when_it_fails(name: str, *, active: bool) -> Iterator[None]:
    """Say how the source stands when the catalogue could not take a switch: the default message leaves it open."""
    try:
        yield
    except CatalogueUnavailable as error:
        wanted, command = ("resumed", "resume") if active else ("suspended", "suspend")
        raise CatalogueUnavailable(
            f"The catalogue could not be written: do not rely on {name} being {wanted}, whatever the audit log tells; "
            f"run memory source {command} again until it succeeds."
        ) from error


def _switch(name: str, event: EventName, body: Mapping[str, Any], catalogue: Catalogue, record: Record) -> Switched:
    """Bring a source into a state; what already stands so is left alone, and is not on record a second time.

    The record comes before the commit: while it cannot be written nothing is answered either, so nothing stays open.
    Should the commit fail after it, the log tells of a change that was about to be, and whoever asked is told.
    """
    active = event is EventName.SOURCE_RESUMED
    with _told_when_it_fails(name, active=active), catalogue.write() as session:
        source = session.sources.get(name)
        if source is None:
            raise NotFound("There is no such source; memory source list shows them.")
        changed = source.active != active
        if changed:
            session.sources.put(replace(source, active=active))
        epoch = session.access.position().epoch
        if changed:
            record(event, {"source": name, **body, "epoch": epoch})
    return Switched(name, active, changed, epoch)
