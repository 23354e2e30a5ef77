"""Word's XML made plain, so that the parser of paragraphs sees all of them.

python-docx reads paragraphs of plain runs and tables; what lies deeper it passes over without a word. What enters is a
DOCX package; what leaves is one whose body has no wrappers left: content controls, insertions and equations are runs,
the paragraphs of text boxes, footnotes, endnotes and comments follow as paragraphs of their own. Text that nobody sees
is taken out and told; see `wordstyles`. The strict variant of the format becomes the usual one.
"""

import io
import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.packages import opened, part
from memory.adapters.partitioner.trees import local, tree
from memory.adapters.partitioner.wordstyles import W, WordStyles
from memory.domain.documents import HIDDEN_NOTE

_BODY = "word/document.xml"
_NOTES = ("word/footnotes.xml", "word/endnotes.xml", "word/comments.xml")
_STYLES = "word/styles.xml"
_AROUND = re.compile(r"word/(?:header|footer)\d{0,9}\.xml")
_STRICT, _USUAL = b"http://purl.oclc.org/ooxml/", b"http://schemas.openxmlformats.org/"
_KINDS = (b"wordprocessingml", b"officeDocument", b"drawingml", b"schemaLibrary", b"presentationml", b"spreadsheetml")
_WRAPPERS = ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "oMathPara", "dir", "bdo")


def plain(content: bytes, limits: Limits) -> tuple[bytes, tuple[str, ...]]:
    """Return the package with a plain body, and notes on it. Raises `Refused`."""
    with opened(content, limits) as archive:
        body = tree(_usual(part(archive, _BODY)))
        notes = [tree(_usual(part(archive, name))) for name in _NOTES if name in archive.namelist()]
        around = {name: tree(_usual(part(archive, name))) for name in archive.namelist() if _AROUND.fullmatch(name)}
        styles = WordStyles(tree(_usual(part(archive, _STYLES))) if _STYLES in archive.namelist() else None)
        hidden = [_without_hidden(one, styles) for one in (body, *notes, *around.values())]
        _gather(body, notes)
        _unwrap(body)
        changed = {name: etree.tostring(one) for name, one in ({_BODY: body} | around).items()}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as target:
            for name in dict.fromkeys(archive.namelist()):
                if name.endswith("/"):
                    continue
                whole = changed[name] if name in changed else part(archive, name)
                target.writestr(name, _usual(whole) if name.endswith((".xml", ".rels")) else whole)
    return packed.getvalue(), (HIDDEN_NOTE,) if any(hidden) else ()


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
    for note in (one for root in notes for one in root if one.get(f"{W}type") is None):
        if last is not None:
            last.extend(list(note))


def _without_hidden(root: etree._Element, styles: WordStyles) -> bool:
    """Take out runs that nobody sees; say whether they held text."""
    found = False
    for run in list(_all(root, "r")):
        if any(local(one) == "t" and (one.text or "").strip() for one in run) and styles.hides(run):
            found = True
            if styles.leaves_room(run):
                _leave_blank(run)
            else:
                run.getparent().remove(run)
    return found


def _leave_blank(run: etree._Element) -> None:
    """Say one blank in place of a run: what stands left and right of it is read apart."""
    for text in (one for one in run if local(one) == "t"):
        text.text = " " if text.text else None


def _unwrap(body: etree._Element) -> None:
    """Replace wrappers by what they hold, and equations by runs with their text."""
    for equation in list(_all(body, "oMath")):
        run = etree.Element(f"{W}r")
        text = etree.SubElement(run, f"{W}t")
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
