"""What nobody sees on a page of HTML: found by the looks of its elements, and taken out.

Two ways of hiding: with everything inside (not displayed, clear, clipped to nothing, moved off the page), and for the
text that stands directly in an element (the colour of its ground, no size, not visible), since what is inside may look
otherwise. Colours and grounds come down from the elements around; where one may be anything, text stays.
"""

import re
from dataclasses import dataclass, replace

from lxml import etree

from memory.adapters.partitioner.colours import ALL_BUT_CLEAR, BLACK, WHITE, Colour, alike, from_css
from memory.adapters.partitioner.styles import Declarations, Styles

BLANK = " "
MAX_VALUE = 200
"""Characters of a value that is looked at; no browser's own style is as long."""

NEVER = ("script", "style", "template", "noscript", "head")
LINK: Colour = (0, 0, 238)
FAR_PX = -500.0
SMALLEST_PX = {"px": 1.4, "pt": 1.0}
SMALLEST_SHARE = 0.1
EM_PX = 16

_LENGTH = re.compile(r"(-?\d{0,9}\.?\d{1,9})\s*(px|pt|em|rem|%|vw|vh|)")
_SIZE = re.compile(r"(?:^|\s)(\d[\w.%]*)(?:/|\s)")
_NOTHING = re.compile(r"rect\(\s?(?:[01](?:px)?\s?,?\s?){4}\)|inset\(\s*(?:50|100)%.*|circle\(\s*0.*")
_PICTURED = re.compile(r"url\(|gradient\(|image\(")


@dataclass(frozen=True, slots=True)
class _Look:
    """How the text of an element looks; a colour or a ground that may be any is None."""

    colour: Colour | None = BLACK
    ground: Colour | None = WHITE
    clear: bool = False
    visible: bool = True
    sized: bool = True

    @property
    def hidden(self) -> bool:
        """Say whether nobody sees text that looks so."""
        return self.clear or not self.visible or not self.sized or alike(self.colour, self.ground)


def take_out(root: etree._Element) -> bool:
    """Take out of a page what nobody sees; say whether any of it was text."""
    styles = Styles(root)
    found = False
    for element in [one for one in root.iter() if _reads(one) and _vanishes(one, styles.of(one))]:
        found = found or _holds_text(element)
        _remove(element, room=_faint(styles.of(element)))
    return _blank(root, styles) or found


def _reads(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and element.tag not in NEVER


def _holds_text(element: etree._Element) -> bool:
    return any((one.text or "").strip() or (one is not element and (one.tail or "").strip()) for one in _texts(element))


def _texts(element: etree._Element) -> list[etree._Element]:
    return [one for one in element.iter() if _reads(one)]


def _vanishes(element: etree._Element, looks: Declarations) -> bool:
    """Say whether an element is hidden with everything inside it."""
    if element.get("hidden") is not None or looks.get("display") == "none":
        return True
    return bool(looks) and (_faint(looks) or _moved(looks) or _cut(looks))


def _faint(looks: Declarations) -> bool:
    opacity = _LENGTH.fullmatch(looks.get("opacity", ""))
    clear = opacity is not None and float(opacity[1]) / (100 if opacity[2] == "%" else 1) <= ALL_BUT_CLEAR
    return clear or looks.get("filter", "").replace(" ", "") in ("opacity(0)", "opacity(0%)")


def _moved(looks: Declarations) -> bool:
    """Say whether an element stands far off the page."""
    placed = ("left", "top", "right", "bottom") if looks.get("position") in ("absolute", "fixed") else ()
    return any(_pixels(looks.get(name)) <= FAR_PX for name in (*placed, "margin-left", "margin-top", "text-indent"))


def _cut(looks: Declarations) -> bool:
    """Say whether nothing is left of an element."""
    sides = (looks.get(name) for name in ("height", "width", "max-height", "max-width"))
    return (
        (looks.get("overflow") in ("hidden", "clip") and any(side and abs(_pixels(side)) <= 1 for side in sides))
        or any(_NOTHING.fullmatch(_short(looks.get(name, ""))) for name in ("clip", "clip-path"))
        or looks.get("transform", "").replace(" ", "").startswith(("scale(0)", "scale(0,"))
    )


def _short(value: str) -> str:
    """Return a value with one blank between its parts, and nothing of one that is too long to mean anything."""
    return " ".join(value[:MAX_VALUE].split()) if len(value) <= MAX_VALUE else ""


def _pixels(told: str | None) -> float:
    """Return a length, roughly; what is not one is far from nothing, and from away."""
    match = _LENGTH.fullmatch(told or "")
    if match is None:
        return float(EM_PX)
    return float(match[1]) * {"px": 1, "pt": 1.33, "": 1}.get(match[2], EM_PX)


def _blank(root: etree._Element, styles: Styles) -> bool:
    """Empty the texts that are hidden in themselves; say whether any held anything."""
    looks = [_Look()]
    found = False
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            looks.pop()
            continue
        looks.append(_look(element, looks[-1], styles) if _reads(element) else looks[-1])
        if looks[-1].hidden and _reads(element):
            found = _empty(element, room=looks[-1].sized) or found
    return found


def _empty(element: etree._Element, *, room: bool) -> bool:
    """Empty the text nodes of an element itself, which follow its children, too; what takes room leaves a blank.

    What stands left and right of it is read apart on the page, and a value must be found as it is read.
    """
    found = bool((element.text or "").strip())
    element.text = BLANK if room and element.text else None
    for child in element:
        found = found or bool((child.tail or "").strip())
        child.tail = BLANK if room and child.tail else None
    return found


def _look(element: etree._Element, around: _Look, styles: Styles) -> _Look:
    looks = styles.of(element)
    unknown = not styles.complete and (element.get("class") is not None or element.get("id") is not None)
    look = replace(around, ground=None) if unknown else around
    if not looks and not element.attrib:
        return look
    if element.tag == "a" and element.get("href") is not None:
        look = replace(look, colour=LINK, clear=False)
    look = _grounded(element, looks, look)
    colour = looks.get("color") or (element.get("color") if element.tag == "font" else element.get("text"))
    if colour and colour not in ("inherit", "currentcolor"):
        told, opacity = from_css(colour)
        look = replace(look, colour=told, clear=opacity <= ALL_BUT_CLEAR)
    if (visibility := looks.get("visibility", "inherit")) != "inherit":
        look = replace(look, visible=visibility not in ("hidden", "collapse"))
    return _sized(looks, look)


def _grounded(element: etree._Element, looks: Declarations, look: _Look) -> _Look:
    if element.get("background") or _PICTURED.search(looks.get("background-image", "")):
        return replace(look, ground=None)
    told = looks.get("background-color") or looks.get("background") or element.get("bgcolor") or "none"
    if told in ("none", "inherit", "initial", "unset"):
        return look
    if _PICTURED.search(told):
        return replace(look, ground=None)
    found = [from_css(one) for one in (told, *told.split()[:4])]
    colour, opacity = next((one for one in found if one[0] is not None or one[1] < 1), (None, 1.0))
    if opacity <= ALL_BUT_CLEAR:
        return look
    return replace(look, ground=colour if opacity >= 1 - ALL_BUT_CLEAR else None)


def _sized(looks: Declarations, look: _Look) -> _Look:
    """Shares are of the size around: nothing in nothing is nothing, whatever the share."""
    short = _SIZE.search(looks.get("font", ""))
    told = looks.get("font-size") or (short[1] if short else None)
    match = _LENGTH.fullmatch(told or "")
    if match is None:
        return look if told in (None, "inherit", "smaller", "larger") else replace(look, sized=True)
    number, unit = float(match[1]), match[2]
    if unit in ("em", "%"):
        return replace(look, sized=look.sized and number / (100 if unit == "%" else 1) > SMALLEST_SHARE)
    return replace(look, sized=number > SMALLEST_PX.get(unit, SMALLEST_SHARE))


def _remove(element: etree._Element, *, room: bool) -> None:
    """Remove an element; the text after it is not part of it. What takes room leaves a blank."""
    parent, tail = element.getparent(), (BLANK if room else "") + (element.tail or "")
    if parent is None:
        return
    before = element.getprevious()
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(element)
