"""Two texts to the lines that differ.

A line ends with a line feed, which belongs to it; nothing else ends one. The last line of a text may lack it and then
differs from the same line with it, as in git.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def lines_of(text: str) -> list[str]:
    """Return the lines of a text with their line ends; joined they are the text."""
    return _LINE.findall(text)


@dataclass(frozen=True, slots=True)
class Hunk:
    """`old_lines` lines from `old_start` on give way to `new_lines` lines from `new_start` on; starts count from 0."""

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int

    @property
    def old_stop(self) -> int:
        """Return the number of the first old line after the hunk."""
        return self.old_start + self.old_lines

    @property
    def new_stop(self) -> int:
        """Return the number of the first new line after the hunk."""
        return self.new_start + self.new_lines


class LineDiffer(Protocol):
    """Compares texts line by line. Safe from any number of threads."""

    def hunks(self, old: str, new: str) -> Sequence[Hunk]:
        """Return what turns `old` into `new`, in order, with at least one common line between two hunks.

        Texts may hold any code point, unpaired surrogates too. Raises `TooLarge`.
        """
        ...
