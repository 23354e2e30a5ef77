"""What governs a version as a whole, for whoever looks at more of it than one passage.

Enters: versions, and what may be looked at. Leaves: the profiles of all their chunks, for those versions of which every
chunk is in sight. Text that only an old version holds keeps the profile it had: a document that became harmless does
not open what it said before, nor the title, the author and the times it had then.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from memory.access.directory import AccessState
from memory.domain.governance import Profile
from memory.domain.ports.catalogue import Reading
from memory.domain.retrieval import VisibleSet

VersionKey = tuple[str, int]
"""A document's id and the number of one of its versions."""


def governing(
    versions: Sequence[VersionKey], visible: VisibleSet, state: AccessState, session: Reading
) -> Mapping[VersionKey, tuple[Profile, ...]]:
    """Return what governs the chunks of each version that is in sight as a whole; the others are left out.

    `visible` must count points that are no longer in force (with a `moment`), or all past versions are out of sight.
    """
    governed = session.documents.governed(versions) if versions else {}
    return {
        version: tuple(map(state.profile_of, sorted(compartments)))
        for version, compartments in governed.items()
        if all(sees(visible, compartment) for compartment in compartments)
    }


def sees(visible: VisibleSet, compartment: int) -> bool:
    """Look the compartment up in the sorted list; a set of ten thousand would cost more to make than to use."""
    place = bisect_left(visible.compartments, compartment)
    return place < len(visible.compartments) and visible.compartments[place] == compartment
