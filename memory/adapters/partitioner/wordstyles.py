"""How the runs of a Word file look: their own properties, those of their styles, and what lies under them.

What a run does not say comes from its character style, then from the style of its paragraph, then from the defaults of
the file; a style takes what it does not say from the one that it is based on.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from memory.adapters.partitioner.colours import WHITE, Colour, alike, from_hex
from memory.adapters.partitioner.trees import local

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SMALLEST = 2
"""Half-points: one point."""
MAX_BASES = 20
FIRST = 3
"""Properties come first: a body or a table of a million children is not searched for them run by run."""
_PROPERTIES = ("pPr", "tcPr", "trPr", "tblPr")
_OFF = ("0", "false", "off", "none")


@dataclass(frozen=True, slots=True)
class _Said:
    """What one place says of runs; None where it says nothing."""

    vanish: bool | None = None
    colour: str | None = None
    size: int | None = None
    shade: str | None = None
    highlight: str | None = None

    def over(self, under: "_Said") -> "_Said":
        """Return this, completed by what lies under it."""
        return _Said(
            under.vanish if self.vanish is None else self.vanish,
            self.colour or under.colour,
            under.size if self.size is None else self.size,
            self.shade or under.shade,
            self.highlight or under.highlight,
        )


class WordStyles:
    """The styles of one file."""

    def __init__(self, root: etree._Element | None) -> None:
        self._elements: Mapping[str, etree._Element] = {}
        self._known: dict[str, _Said] = {}
        self._defaults = _Said()
        self._usual = ""
        if root is not None:
            self._elements = {one.get(f"{W}styleId", ""): one for one in root if local(one) == "style"}
            told = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")
            self._defaults = _said(told)
            self._usual = next((key for key, one in self._elements.items() if _is_usual(one)), "")

    def hides(self, run: etree._Element) -> bool:
        """Say whether nobody sees what stands in a run. What may stand on anything is seen."""
        look = self._of(run)
        if _takes_no_room(look):
            return True
        colour = from_hex(look.colour)  # without one it is what can be read
        return colour is not None and alike(colour, self._ground(run, look))

    def leaves_room(self, run: etree._Element) -> bool:
        """Say whether a hidden run keeps apart what stands left and right of it."""
        return not _takes_no_room(self._of(run))

    def _of(self, run: etree._Element) -> _Said:
        properties = run.find(f"{W}rPr")
        paragraph = next((one for one in run.iterancestors() if local(one) == "p"), None)
        of_paragraph = None if paragraph is None else paragraph.find(f"{W}pPr")
        return (
            _said(properties)
            .over(self._named(properties, "rStyle"))
            .over(self._named(of_paragraph, "pStyle"))
            .over(self._defaults)
        )

    def _named(self, properties: etree._Element | None, kind: str) -> _Said:
        named = None if properties is None else properties.find(f"{W}{kind}")
        if named is None:
            return self._style(self._usual, MAX_BASES) if kind == "pStyle" and self._elements else _Said()
        return self._style(named.get(f"{W}val", ""), MAX_BASES)

    def _style(self, name: str, depth: int) -> _Said:
        """Return what a style says with the styles it is based on."""
        if name not in self._known:
            element = self._elements.get(name)
            if element is None or not depth:
                return _Said()
            based = element.find(f"{W}basedOn")
            under = _Said() if based is None else self._style(based.get(f"{W}val", ""), depth - 1)
            shading = _shade(element.find(f"{W}pPr"))
            self._known[name] = _said(element.find(f"{W}rPr")).over(_Said(shade=shading)).over(under)
        return self._known[name]

    def _ground(self, run: etree._Element, look: _Said) -> Colour | None:
        """Return what a run stands on: the nearest shade, white where there is none, None where it may be anything."""
        if look.highlight not in (None, "none"):
            return None
        if look.shade:
            return from_hex(look.shade)
        for above in run.iterancestors():
            first = above[:FIRST]
            if local(above) == "txbxContent" or any(local(one) == "background" for one in first):
                return None
            for properties in (one for one in first if local(one) in _PROPERTIES):
                if (shade := _shade(properties)) is not None:
                    return from_hex(shade)
                if properties.find(f"{W}tblStyle") is not None:
                    return None  # a style may colour any cell
        return WHITE


def _takes_no_room(look: _Said) -> bool:
    return bool(look.vanish) or (look.size is not None and look.size <= SMALLEST)


def _said(properties: etree._Element | None) -> _Said:
    if properties is None:
        return _Said()
    vanish = properties.find(f"{W}vanish")
    size = _value(properties, "sz")
    return _Said(
        None if vanish is None else vanish.get(f"{W}val") not in _OFF,
        _value(properties, "color"),
        int(size) if size is not None and size.isdecimal() and len(size) < 6 else None,
        _shade(properties),
        _value(properties, "highlight"),
    )


def _value(properties: etree._Element, name: str) -> str | None:
    found = properties.find(f"{W}{name}")
    return None if found is None else found.get(f"{W}val")


def _shade(properties: etree._Element | None) -> str | None:
    """Return the fill of a shade; `?` for a pattern or a colour of the theme alone; None without one."""
    shade = None if properties is None else properties.find(f"{W}shd")
    if shade is None:
        return None
    fill = shade.get(f"{W}fill", "auto")
    plain = shade.get(f"{W}val", "clear") in ("clear", "nil")
    if plain and fill == "auto" and shade.get(f"{W}themeFill") is None:
        return None
    return fill if plain and fill != "auto" else "?"


def _is_usual(style: etree._Element) -> bool:
    return style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") not in (None, *_OFF)
