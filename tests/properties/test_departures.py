"""Which documents a walk takes away, against the same rules said the other way round."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from memory.domain.documents import Provenance, SourceDeletion, SourceDocument, SourceEvent, SourceFailure
from memory.domain.ports.connector import Capabilities, Deletions, Listing, Permissions
from memory.ingest.departures import Census

NOW = datetime(2024, 1, 1, tzinfo=UTC)
NAMES = st.sampled_from(["a", "b", "f", "f/a", "f/g/a", "fa"])
EVENTS = st.lists(
    st.one_of(
        st.builds(lambda name: SourceDocument(name, name, b"", "text/plain", "", NOW, Provenance(name)), NAMES),
        st.builds(lambda name: SourceFailure(name, "No."), NAMES),
        st.builds(lambda name, explicit: SourceDeletion(name, NOW, explicit), NAMES, st.booleans()),
    ),
    max_size=8,
)
PROMISES = st.builds(
    Capabilities,
    st.sampled_from(Deletions),
    st.just(Permissions.INLINE),
    st.sampled_from(Listing),
    incremental=st.booleans(),
    history=st.booleans(),
)


@given(events=EVENTS, promises=PROMISES, whole=st.booleans(), present=st.sets(NAMES))
def test_who_is_there_or_could_be_there_never_goes(
    events: list[SourceEvent], promises: Capabilities, *, whole: bool, present: set[str]
) -> None:
    """Bites: each rule of `Census` that is taken away: resurrection, failures, their folders, the listing, `whole`."""
    census = Census(promises, whole)
    for event in events:
        census.take(event)
    gone = {one.external_id for one in census.departures(present, NOW)}
    assert gone == {name for name in present | _named(events) if _goes(name, events, promises, whole=whole)}


def _goes(name: str, events: list[SourceEvent], promises: Capabilities, *, whole: bool) -> bool:
    said = [event for event in events if isinstance(event, SourceDocument | SourceFailure | SourceDeletion)]
    about = [event for event in said if event.external_id == name]
    last = about[-1] if about else None
    if isinstance(last, SourceDeletion) and last.explicit:
        return True
    if isinstance(last, SourceDocument | SourceFailure):
        return False
    if last is None and not whole:
        return False
    failed = [event.external_id for event in said if isinstance(event, SourceFailure)]
    hidden = any(name == one or name.startswith(f"{one}/") for one in failed)
    believed = promises.listing is Listing.COMPLETE and promises.deletes is not Deletions.NONE
    return believed and not hidden


def _named(events: list[SourceEvent]) -> set[str]:
    return {event.external_id for event in events if isinstance(event, SourceDeletion)}
