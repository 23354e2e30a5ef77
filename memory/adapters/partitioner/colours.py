"""Colours as formats write them, and whether one can be told from another."""

import re

from PIL import ImageColor

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
TOLD_APART = 24
"""Levels, of 255, by which two colours must differ somewhere to be told apart."""
ALL_BUT_CLEAR = 0.1
"""An opacity up to which nothing is seen."""
MAX_LENGTH = 60

_HEX = re.compile(r"[0-9a-f]{6}", re.IGNORECASE)
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^()]*)\)")


def alike(one: Colour | None, other: Colour | None) -> bool:
    """Say whether two colours cannot be told apart; one that is not known (None) always can."""
    if one is None or other is None:
        return False
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= TOLD_APART


def from_hex(told: str | None) -> Colour | None:
    """Return a colour written as six digits, None for anything else."""
    if told is None or not _HEX.fullmatch(told):
        return None
    return int(told[0:2], 16), int(told[2:4], 16), int(told[4:6], 16)


def from_css(told: str) -> tuple[Colour | None, float]:
    """Return a colour as CSS writes it, None where it is not understood, and its opacity."""
    plain = told.strip().lower()[:MAX_LENGTH]
    if plain == "transparent":
        return None, 0.0
    opacity = 1.0
    if function := _FUNCTION.fullmatch(plain):
        parts = re.split(r"[\s,/]+", function[2].strip())
        opacity = _number(parts[3]) if len(parts) > 3 else 1.0
        plain = f"{function[1]}({','.join(parts[:3])})"
    try:
        found = ImageColor.getrgb(plain)
    except ValueError:
        return None, opacity
    return (found[0], found[1], found[2]), opacity * (found[3] / 255 if len(found) > 3 else 1.0)


def _number(told: str) -> float:
    try:
        return float(told.removesuffix("%")) / (100 if told.endswith("%") else 1)
    except ValueError:
        return 1.0
