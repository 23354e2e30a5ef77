"""Files found inside a file, within limits, under names that are safe and unique."""

from memory.adapters.partitioner.formats import media_type_of
from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.domain.documents import Member
from memory.domain.members import member_name


class Members:
    """Collects the members of one document. Raises `Refused` once they are too many or too large together."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.member_bytes
        self._names: set[str] = set()
        self.found: list[Member] = []

    @property
    def bytes_left(self) -> int:
        """How large the next member may be."""
        return self._left

    def add(self, told: str, media_type: str, content: bytes) -> None:
        """Keep a member under its name made safe; one that is taken gets a number. Without a type its name decides."""
        self._left -= len(content)
        if self._left < 0 or len(self.found) >= self._limits.members:
            raise Refused(Refusal.EXPANDS_TOO_FAR)
        name = self._unique(member_name(told))
        self.found.append(Member(name, media_type[:100] or media_type_of(name), content))

    def _unique(self, name: str) -> str:
        folder, slash, last = name.rpartition("/")
        stem, dot, suffix = last.rpartition(".") if "." in last else (last, "", "")
        number, candidate = 1, name
        while candidate in self._names:
            number += 1
            candidate = member_name(f"{folder}{slash}{stem} ({number}){dot}{suffix}")
        self._names.add(candidate)
        return candidate
