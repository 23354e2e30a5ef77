"""Word's XML made plain, so that the parser of paragraphs sees all of them.

python-docx reads paragraphs of plain runs and tables; what lies deeper it passes over without a word. What enters is a
DOCX package; what leaves is one whose body has no wrappers left: content controls, insertions and equations are runs,
the paragraphs of text boxes, footnotes, endnotes and comments follow as paragraphs of their own. Text that nobody sees
(hidden, or white without a ground) is taken out and told. The strict variant of the format becomes the usual one.
"""

import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.packages import opened, part
from memory.adapters.partitioner.trees import local, tree
from memory.domain.documents import HIDDEN_NOTE

_BODY = "word/document.xml"
_NOTES = ("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT, _USUAL = b"http://purl.oclc.org/ooxml/", b"http://schemas.openxmlformats.org/"
_KINDS = (b"wordprocessingml", b"officeDocument", b"drawingml", b"schemaLibrary", b"presentationml", b"spreadsheetml")
_WRAPPERS = ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "oMathPara", "dir", "bdo")


def plain(content: bytes, limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """Return the package with a plain body, and notes on it. Raises `Refused`."""
    with opened(content, limits) as archive:
        body = tree(_usual(part(archive, _BODY)))
        notes = [tree(_usual(part(archive, name))) for name in _NOTES if name in archive.namelist()]
        _gather(body, notes)
        hidden = _without_hidden(body)
        _unwrap(body)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as target:
            for name in dict.fromkeys(archive.namelist()):
                if name.endswith("/"):
                    continue
                whole = etree.tostring(body) if name == _BODY else part(archive, name)
                target.writestr(name, _usual(whole) if name.endswith((".xml", ".rels")) else whole)
    return packed.getvalue(), (HIDDEN_NOTE,) if hidden else ()


def _usual(xml: bytes) -> bytes:
    if _STRICT not in xml:
        return xml
    for kind in _KINDS:
        xml = xml.replace(_STRICT + kind + b"/", _USUAL + kind + b"/2006/")
    return xml


def _gather(body: etree._Element, notes: list[etree._Element]) -> None:
    """Put the paragraphs of text boxes behind the paragraph that anchors them, and those of notes at the end."""
    for fallback in list(_all(body, "Fallback")):  # the same again, for programs that know no drawings
        fallback.getparent().remove(fallback)
    for box in list(_all(body, "txbxContent")):
        anchor = next((one for one in box.iterancestors() if local(one) in ("p", "txbxContent")), None)
        if anchor is not None and local(anchor) == "p":
            for child in reversed(box):
                anchor.addnext(child)
    last = next(_all(body, "body"), None)
    for note in (one for root in notes for one in root if one.get(f"{_W}type") is None):
        if last is not None:
            last.extend(list(note))


def _without_hidden(body: etree._Element) -> bool:
    """Take out runs that are hidden, or white on no ground of their own; say whether they held text."""
    found = False
    for run in list(_all(body, "r")):
        if _is_hidden(run) and any(local(one) == "t" and (one.text or "").strip() for one in run):
            run.getparent().remove(run)
            found = True
    return found


def _is_hidden(run: etree._Element) -> bool:
    style = run.find(f"{_W}rPr")
    if style is None:
        return False
    vanish = style.find(f"{_W}vanish")
    if vanish is not None and vanish.get(f"{_W}val") not in ("0", "false", "off"):
        return True
    colour = style.find(f"{_W}color")
    white = colour is not None and (colour.get(f"{_W}val") or "").upper() == "FFFFFF"
    return white and not any(one.find(f".//{_W}shd") is not None for one in (run, *_around(run)))


def _around(run: etree._Element) -> Iterator[etree._Element]:
    """Yield what may lie under a run: its paragraph's properties, its cell, its row and its table."""
    for above in run.iterancestors():
        if local(above) in ("p", "tc", "tr", "tbl"):
            yield from (child for child in above if local(child) in ("pPr", "tcPr", "trPr", "tblPr"))
            if local(above) == "tbl" and above.find(f".//{_W}tblStyle") is not None:
                yield etree.fromstring(f'<s xmlns:w="{_W[1:-1]}"><w:shd/></s>')  # a style may colour any cell


def _unwrap(body: etree._Element) -> None:
    """Replace wrappers by what they hold, and equations by runs with their text."""
    for equation in list(_all(body, "oMath")):
        run = etree.Element(f"{_W}r")
        text = etree.SubElement(run, f"{_W}t")
        text.text = " ".join(one.text for one in _all(equation, "t") if one.text)
        run.tail = equation.tail
        equation.getparent().replace(equation, run)
    for wrapper in [one for one in body.iter() if local(one) in _WRAPPERS]:
        above = wrapper.getparent()
        if above is not None:
            place = above.index(wrapper)
            above[place : place + 1] = [one for one in wrapper if local(one) not in ("sdtPr", "sdtEndPr")]


def _all(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return (one for one in root.iter() if local(one) == name)
