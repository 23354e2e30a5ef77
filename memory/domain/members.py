"""Names of files inside files: what an archive or a mail calls its members, made safe to keep and to show.

A name is untrusted. It never becomes a path of a file system here; still it becomes part of an external id, and a
person reads it.
"""

import unicodedata

MAX_NAME = 200
UNNAMED = "unnamed"
_REPLACED = str.maketrans({"\\": "/", "!": "_", ":": "_", "\t": " ", "\r": " ", "\n": " "})


def member_name(told: str) -> str:
    """Return a relative path with `/`: no root, no drive, no `.` or `..`, no control or invisible characters, no `!`.

    A long name keeps its end, by which its format is known. Applying it twice changes nothing.
    """
    plain = "".join(filter(_visible, unicodedata.normalize("NFC", told.translate(_REPLACED))))
    parts = (part.strip() for part in unicodedata.normalize("NFC", plain).split("/"))
    kept = "/".join(part for part in parts if part not in ("", ".", ".."))
    if len(kept) > MAX_NAME:
        kept = member_name(kept[-MAX_NAME:])
    return kept or UNNAMED


def _visible(character: str) -> bool:
    return not unicodedata.category(character).startswith("C")
