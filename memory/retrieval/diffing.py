"""What changed between two texts.

Enter two texts; leaves a `Difference`: the lines that `git diff` calls added and removed, and the same read by people,
with the headings above, blocks that moved, and the words that changed within a line.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from memory.domain.ports.differ import LineDiffer, lines_of
from memory.retrieval.alignment import Piece, Words, pieces, words

MAX_HEADING = 200
"""Headings are repeated with every change below them, so a long one is cut, as in citations."""

NOTHING_CHANGED = "Nothing changed."

_END = "\n"
_HEADING = re.compile(r" {0,3}(#{1,6})(?=\s|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


class Kind(StrEnum):
    """What happened to lines. Changed lines stayed in place and kept at least half of their words."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. Lines are without their line ends; starts count from 1 and are 0 on a side that has no lines.

    `section`: the Markdown headings above, outermost first, in the new text unless only the old one has the lines.
    `words` of changed lines are with their line ends, so that a missing one at the end of a text shows.
    """

    kind: Kind
    section: tuple[str, ...]
    old_start: int
    new_start: int
    old_lines: tuple[str, ...]
    new_lines: tuple[str, ...]
    words: Words = ()

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON types."""
        return {
            "kind": str(self.kind),
            "section": list(self.section),
            "old_start": self.old_start,
            "new_start": self.new_start,
            "old_lines": list(self.old_lines),
            "new_lines": list(self.new_lines),
            "words": [list(word) for word in self.words],
        }

    def lines(self) -> Iterator[str]:
        """Yield the change as a terminal shows it, where it stands first."""
        match self.kind:
            case Kind.ADDED:
                yield f"Added at line {self.new_start}:"
                yield from (f"+ {line}" for line in self.new_lines)
            case Kind.REMOVED:
                yield f"Removed from line {self.old_start}:"
                yield from (f"- {line}" for line in self.old_lines)
            case Kind.MOVED:
                yield f"Moved from line {self.old_start} to line {self.new_start}:"
                yield from (f"> {line}" for line in self.new_lines)
            case Kind.CHANGED:
                yield f"Changed at line {self.new_start}:"
                yield from (f"~ {line}" for line in _bare(lines_of("".join(map(_marked, self.words)))))


@dataclass(frozen=True, slots=True)
class Difference:
    """The lines that were added and removed, in order, as `git diff` has them, and the changes they make up."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changes: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the difference as JSON types."""
        changes = [change.to_json() for change in self.changes]
        return {"added": list(self.added), "removed": list(self.removed), "changes": changes}

    def lines(self) -> Iterator[str]:
        """Yield the difference as a terminal shows it, under the headings of its sections."""
        if not self.changes:
            yield NOTHING_CHANGED
        for section, changes in groupby(self.changes, key=lambda change: change.section):
            if section:
                yield " › ".join(section)
            for change in changes:
                yield from change.lines()
                yield ""


def difference(old: str, new: str, differ: LineDiffer) -> Difference:
    """Return what changed from `old` to `new`. Raises `TooLarge`."""
    before, after = lines_of(old), lines_of(new)
    hunks = differ.hunks(old, new)
    old_sections, new_sections = _sections(before), _sections(after)

    def change(piece: Piece) -> Change:
        removed, added = "".join(_slice(before, piece.old)), "".join(_slice(after, piece.new))
        kind = _kind(piece)
        return Change(
            kind=kind,
            section=_section(after, piece.new, new_sections)
            if piece.new
            else _section(before, piece.old, old_sections),
            old_start=piece.old.start + 1 if piece.old else 0,
            new_start=piece.new.start + 1 if piece.new else 0,
            old_lines=_bare(_slice(before, piece.old)),
            new_lines=_bare(_slice(after, piece.new)),
            words=words(removed, added, differ) if kind is Kind.CHANGED else (),
        )

    return Difference(
        added=_bare(line for hunk in hunks for line in after[hunk.new_start : hunk.new_stop]),
        removed=_bare(line for hunk in hunks for line in before[hunk.old_start : hunk.old_stop]),
        changes=tuple(map(change, pieces(before, after, hunks, differ))),
    )


def _kind(piece: Piece) -> Kind:
    if piece.moved:
        return Kind.MOVED
    if piece.old and piece.new:
        return Kind.CHANGED
    return Kind.ADDED if piece.new else Kind.REMOVED


def _slice(lines: Sequence[str], of: range) -> Sequence[str]:
    return lines[of.start : of.stop]


def _bare(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(line.removesuffix("\n") for line in lines)


def _section(lines: Sequence[str], of: range, sections: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the headings above the first line that says something."""
    return sections[next((line for line in of if lines[line].strip()), of.start)]


def _sections(lines: Iterable[str]) -> list[tuple[str, ...]]:
    """Return for each line the headings above it; those above a heading are the ones of a lower level.

    What stands in a fenced block is code, where `#` begins a comment.
    """
    found: list[tuple[str, ...]] = []
    path: list[tuple[int, str]] = []
    fence = ""
    for line in lines:
        heading = None if fence else _HEADING.match(line)
        if heading:
            level = len(heading[1])
            path = [(above, title) for above, title in path if above < level]
        found.append(tuple(title for _, title in path))
        if heading:
            path = [*path, (len(heading[1]), _title(line[heading.end() :]))]
        fence = _fence_after(line, fence)
    return found


def _title(text: str) -> str:
    parts = text.split()
    if parts and not parts[-1].strip("#"):
        parts.pop()
    return " ".join(parts)[:MAX_HEADING]


def _fence_after(line: str, fence: str) -> str:
    """Return the fence that is open after a line. A fence ends with a bare one of its kind, at least as long."""
    marks = _FENCE.match(line)
    if marks is None:
        return fence
    if not fence:
        return "" if marks[1][0] == "`" and "`" in marks[2] else marks[1]
    return "" if marks[1].startswith(fence) and not marks[2].strip() else fence


def _marked(word: tuple[str, str]) -> str:
    """Mark words as git's --word-diff does, line by line; a line end that came or went shows as ↵."""
    match word:
        case "removed", text:
            return f"[-{text.replace(_END, '↵')}-]"
        case "added", text:
            return "".join(f"{{+{line}+}}" for line in lines_of(text)).replace(f"{_END}+}}", f"↵+}}{_END}")
        case _, text:
            return text
