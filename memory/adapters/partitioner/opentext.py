"""What nobody sees in an OpenDocument text: by its styles hidden, clear, tiny or in the colour of its ground."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from memory.adapters.partitioner.colours import ALL_BUT_CLEAR, WHITE, alike, from_css
from memory.adapters.partitioner.trees import local

_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
MAX_PARENTS = 20
_PROPERTIES = ("text-properties", "paragraph-properties", "table-cell-properties", "section-properties")
_LINES = ("p", "h")
_FLOWING = (*_LINES, "span", "a")
_ELSEWHERE = ("frame", "text-box", "custom-shape", "table")
"""What may put any ground under its text."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a style says of text; None where it says nothing."""

    hidden: bool | None = None
    colour: str | None = None
    ground: str | None = None
    tiny: bool | None = None

    def over(self, under: "_Look") -> "_Look":
        """Return this, completed by what lies under it."""
        return _Look(
            under.hidden if self.hidden is None else self.hidden,
            self.colour or under.colour,
            self.ground or under.ground,
            under.tiny if self.tiny is None else self.tiny,
        )


class OpenStyles:
    """The styles of one text, those of its content and those of its file."""

    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self._elements = {
            one.get(f"{_STYLE}name", ""): one for root in roots for one in root.iter() if local(one) == "style"
        }
        self._known: dict[str, _Look] = {}

    def take_out(self, root: etree._Element) -> bool:
        """Take out what nobody sees; say whether any of it was text."""
        found = False
        for element in list(root.iter()):
            if _is_concealed(element):
                found = found or bool("".join(element.itertext()).strip())
                element[:] = []
                element.text = None
            elif local(element) in _FLOWING and self._is_unseen(element):
                look = self._look(element)
                found = _empty(element, room=not (look.hidden or look.tiny)) or found
        return found

    def _is_unseen(self, element: etree._Element) -> bool:
        look = self._look(element)
        return bool(look.hidden or look.tiny) or (look.colour is not None and self._is_as_its_ground(element, look))

    def _look(self, element: etree._Element) -> _Look:
        """Return how the text directly in an element looks: by its style, and by those it flows in."""
        own = self._style(element.get(f"{_TEXT}style-name", ""), MAX_PARENTS)
        above = element.getparent()
        if local(element) in _LINES or above is None or local(above) not in _FLOWING:
            return own
        return own.over(self._look(above))

    def _is_as_its_ground(self, element: etree._Element, own: _Look) -> bool:
        colour, opacity = from_css(own.colour or "")
        if opacity <= ALL_BUT_CLEAR:
            return True
        for one in (element, *element.iterancestors()):
            look = self._style(next((one.get(name) for name in _names(one) if one.get(name)), ""), MAX_PARENTS)
            if look.ground is not None:
                return alike(colour, from_css(look.ground)[0])
            if local(one) in _ELSEWHERE:
                return False
        return alike(colour, WHITE)

    def _style(self, name: str, depth: int) -> _Look:
        """Return what a style says with those it comes from."""
        if name not in self._known:
            element = self._elements.get(name)
            if element is None or not depth:
                return _Look()
            under = self._style(element.get(f"{_STYLE}parent-style-name", ""), depth - 1)
            self._known[name] = _said(element).over(under)
        return self._known[name]


def _said(style: etree._Element) -> _Look:
    look = _Look()
    for properties in (one for one in style if local(one) in _PROPERTIES):
        told, size = properties.get(f"{_TEXT}display"), properties.get(f"{_FO}font-size")
        ground = properties.get(f"{_FO}background-color")
        look = _Look(
            None if told is None else told == "none",
            properties.get(f"{_FO}color"),
            None if ground == "transparent" else ground,
            None if size is None else _is_tiny(size),
        ).over(look)
    return look


def _is_concealed(element: etree._Element) -> bool:
    match local(element):
        case "hidden-text":
            return True
        case "section":
            return element.get(f"{_TEXT}display") in ("none", "condition")
    return False


def _is_tiny(size: str) -> bool:
    try:
        return size.endswith("pt") and float(size[:-2]) <= 1
    except ValueError:
        return False


def _names(element: etree._Element) -> Iterator[str]:
    return (name for name in map(str, element.attrib) if name.endswith("}style-name"))


def _empty(element: etree._Element, *, room: bool) -> bool:
    """Empty the text nodes of an element itself, which follow its children, too; say whether they held anything.

    What takes room leaves a blank: what stands left and right of it is read apart.
    """
    found = bool((element.text or "").strip())
    element.text = " " if room and element.text else None
    for child in element:
        found = found or bool((child.tail or "").strip())
        child.tail = " " if room and child.tail else None
    return found
