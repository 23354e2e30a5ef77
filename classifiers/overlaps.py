"""One finding per character.

Several recognizers may claim the same characters; reading slices spans, so each character needs one owner. A match
confirmed by a checksum beats one that is not, then the higher score, then the longer, then the name of the type. What
the winner leaves uncovered of a loser stays the loser's: a character that any recognizer claimed is never given up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Match:
    """What one recognizer claims: a non-empty range of the text it saw, and how sure it is, between 0 and 1."""

    entity_type: str
    start: int
    end: int
    score: float
    validated: bool
    recognizer: str
    explanation: str

    @property
    def precedence(self) -> tuple[bool, float, int, str, int, str]:
        """Order in which matches choose their characters, first the strongest."""
        length = self.end - self.start
        return (not self.validated, -self.score, -length, self.entity_type, self.start, self.recognizer)


def resolve(matches: Iterable[Match]) -> list[Match]:
    """Return matches that do not overlap, sorted by start. The order in which matches came does not matter."""
    resolved: list[Match] = []
    for cluster in _clusters(sorted(matches, key=lambda match: (match.start, match.end))):
        taken: list[Match] = []
        for match in sorted(cluster, key=lambda match: match.precedence):
            taken += _remainder(match, taken)
        resolved += sorted(taken, key=lambda match: match.start)
    return resolved


def _clusters(ordered: Sequence[Match]) -> Iterator[list[Match]]:
    """Yield groups of matches that touch each other, so that the work stays local."""
    cluster: list[Match] = []
    reach = 0
    for match in ordered:
        if cluster and match.start >= reach:
            yield cluster
            cluster = []
        cluster.append(match)
        reach = max(reach, match.end)
    if cluster:
        yield cluster


def _remainder(match: Match, taken: Sequence[Match]) -> list[Match]:
    """Return the parts of `match` that nobody has taken."""
    parts: list[Match] = []
    cursor = match.start
    for owner in sorted(taken, key=lambda owner: owner.start):
        if owner.start >= match.end:
            break
        if cursor < owner.start:
            parts.append(replace(match, start=cursor, end=owner.start))
        cursor = max(cursor, owner.end)
    if cursor < match.end:
        parts.append(replace(match, start=cursor))
    return parts
