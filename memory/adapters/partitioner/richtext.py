"""RTF without what nobody sees: hidden, tiny, or white on no ground of its own.

The file is a row of words, groups and text; what is in force holds to the end of its group. Text in a hidden state is
left out, words stay, so that what comes after means what it did.
"""

import re
from dataclasses import dataclass, replace

from memory.adapters.partitioner.colours import WHITE, alike

SMALLEST = 2
"""Half-points: one point."""

_TOKEN = re.compile(r"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'[0-9a-fA-F]{2}|\\[^a-z]|[{}]|[^\\{}]+", re.DOTALL)
_HINT = re.compile(r"\\v(?![a-z])|\\fs[012](?!\d)|\\red2[0-5]\d")
_TABLE = re.compile(r"\{\\colortbl([^{}]{0,20000})\}")
_PART = re.compile(r"\\(red|green|blue)(\d{1,3})")
_GROUNDS = ("highlight", "cb", "chcbpat", "cbpat", "clcbpat", "trcbpat")
_UNICODE = "u"
_CHARACTERS = "'{}\\~_-"
"""What follows a backslash where both together are a character."""


BLANK = "\\'20"
"""What text that takes room leaves: what stands left and right of it is read apart. No delimiter of a control word."""


@dataclass(frozen=True, slots=True)
class _State:
    hidden: bool = False
    white: bool = False
    tiny: bool = False
    grounded: bool = False

    @property
    def unseen(self) -> bool:
        return self.hidden or self.tiny or (self.white and not self.grounded)


def seen(source: str) -> tuple[str, bool]:
    """Return the file without text that nobody sees, and whether there was some."""
    if not _HINT.search(source):
        return source, False
    pale = _pale(source)
    kept: list[str] = []
    states = [_State()]
    found = False
    for match in _TOKEN.finditer(source):
        part, word = match[0], match[1]
        if part == "{":
            states.append(states[-1])
        elif part == "}":
            if len(states) > 1:
                states.pop()
        elif word is not None and word != _UNICODE:
            states[-1] = _after(states[-1], word, match[2], pale)
        elif states[-1].unseen and (word == _UNICODE or part[0] != "\\" or part[1] in _CHARACTERS):
            found = found or bool(part.strip())
            if not states[-1].hidden and not states[-1].tiny and kept[-1:] != [BLANK]:
                kept.append(BLANK)
            continue
        kept.append(part)
    return "".join(kept), found


def _after(state: _State, word: str, number: str | None, pale: frozenset[int]) -> _State:
    value = 1 if number is None else int(number)
    if word == "plain":
        return replace(state, hidden=False, white=False, tiny=False, grounded=False)
    if word == "pard":
        return replace(state, grounded=False)
    if word == "v":
        return replace(state, hidden=value != 0)
    if word == "cf":
        return replace(state, white=value in pale)
    if word == "fs":
        return replace(state, tiny=value <= SMALLEST)
    return replace(state, grounded=value != 0) if word in _GROUNDS else state


def _pale(source: str) -> frozenset[int]:
    """Return the numbers of colours that cannot be told from white."""
    table = _TABLE.search(source)
    found = set()
    for number, entry in enumerate(table[1].split(";") if table else ()):
        parts = {name: int(value) for name, value in _PART.findall(entry)}
        if parts and alike((parts.get("red", 0), parts.get("green", 0), parts.get("blue", 0)), WHITE):
            found.add(number)
    return frozenset(found)
