"""What nobody sees on a slide: hidden shapes, shapes beside it, and runs that are clear, tiny or as their ground.

The ground of a run is the fill of its own shape, or of the slide where it states one; themes and masters may put
anything under the others, which stay.
"""

from typing import Any

from lxml import etree

from memory.adapters.partitioner.colours import Colour, alike, from_hex
from memory.adapters.partitioner.trees import local

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SMALLEST = 100
"""Hundredths of a point."""
ALL_BUT_CLEAR = 10_000
"""Of 100,000."""
_SHAPES = ("sp", "pic", "graphicFrame", "grpSp", "cxnSp")


def take_out(slide: Any, width: int, height: int) -> bool:
    """Take out of a slide of python-pptx what nobody sees; say whether any of it was text."""
    root = slide.element
    page = _fill(next((one for one in root.iter() if local(one) == "bgPr"), None))
    gone = [one for one in root.iter() if local(one) in _SHAPES and (_is_hidden(one) or _is_off(one, width, height))]
    gone += [run for run in root.iter(f"{A}r", f"{A}fld") if _is_unseen(run, page)]
    found = any("".join(one.itertext(f"{A}t")).strip() for one in gone)
    for one in gone:
        above = one.getparent()
        if above is not None and local(one) not in _SHAPES and not _is_tiny(one):
            for text in one.iter(f"{A}t"):
                text.text = " " if text.text else None  # what stands left and right of it is read apart
        elif above is not None:
            above.remove(one)
    return found


def _is_hidden(shape: etree._Element) -> bool:
    facts = [below for part in shape for below in part if local(below) == "cNvPr"]
    return any(one.get("hidden") in ("1", "true") for one in facts)


def _is_off(shape: etree._Element, width: int, height: int) -> bool:
    """Say whether a shape that is in no group stands beside the slide."""
    if local(shape.getparent()) != "spTree":
        return False
    placed = next((one for one in shape.iter(f"{A}xfrm")), None)
    offset, extent = (None, None) if placed is None else (placed.find(f"{A}off"), placed.find(f"{A}ext"))
    if offset is None or extent is None:
        return False
    left, top, across, down = (
        _number(one.get(name)) for one, name in ((offset, "x"), (offset, "y"), (extent, "cx"), (extent, "cy"))
    )
    return left >= width or top >= height or left + across <= 0 or top + down <= 0


def _is_tiny(run: etree._Element) -> bool:
    properties = run.find(f"{A}rPr")
    size = None if properties is None else properties.get("sz")
    return size is not None and _number(size) <= SMALLEST


def _is_unseen(run: etree._Element, page: Colour | None) -> bool:
    properties = run.find(f"{A}rPr")
    if properties is None:
        return False
    if _is_tiny(run):
        return True
    shade = properties.find(f"{A}solidFill")
    if shade is None:
        return False
    clear = next((one.get("val") for one in shade.iter(f"{A}alpha")), None)
    if clear is not None and _number(clear) <= ALL_BUT_CLEAR:
        return True
    return alike(_fill(properties), _ground(run, page))


def _ground(run: etree._Element, page: Colour | None) -> Colour | None:
    """Return the nearest fill around a run; None where it may be anything."""
    for above in run.iterancestors():
        for part in above:
            if local(part) in ("spPr", "tcPr", "grpSpPr") and _is_filled(part):
                return _fill(part)
        if local(above) in ("tbl", "grpSp"):
            return None
    return page


def _fill(properties: etree._Element | None) -> Colour | None:
    solid = None if properties is None else properties.find(f"{A}solidFill")
    plain = None if solid is None else solid.find(f"{A}srgbClr")
    return None if plain is None or any(local(one) != "alpha" for one in plain) else from_hex(plain.get("val"))


def _is_filled(properties: etree._Element) -> bool:
    return any(local(one).endswith("Fill") and local(one) != "noFill" for one in properties)


def _number(told: str | None) -> int:
    plain = (told or "").removeprefix("-")
    return int(told or "") if plain.isdecimal() and len(plain) < 15 else 0
