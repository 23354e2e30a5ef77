"""What a text holds at all, read once for all recognizers.

Most recognizers look for a number beside the words that name it. Where a text lacks one of those words, or has fewer
digits than the number, nothing can be found, and the recognizer need not run. This is a shortcut, never a judgement: it
may only leave out what would find nothing.
"""

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
# Lower case of İ, and letters that Python's IGNORECASE takes for «s» and «i» although lower case does not.
_TWINS = (("i\u0307", "i"), ("\u017f", "s"), ("\u0131", "i"))


@dataclass(frozen=True, slots=True)
class Contents:
    """The words of a text, folded, how long the longest is, and how many digits the text has.

    Words are runs of letters and digits. `text` is the text itself.
    """

    words: frozenset[str]
    longest: int
    digits: int
    text: str


def contents(text: str) -> Contents:
    """Read a text."""
    words = frozenset(_WORD.findall(fold(text)))
    return Contents(words, max(map(len, words), default=0), len(_DIGIT.findall(text)), text)


def fold(text: str) -> str:
    """Return lower case in which two texts are equal whenever `re.IGNORECASE` takes one for the other."""
    folded = text.lower()
    if not folded.isascii():
        for twin, letter in _TWINS:
            folded = folded.replace(twin, letter)
    return folded
