"""Text recognition of scanned pages by Tesseract, where the extra `ocr` and its trained data are installed.

It runs in this process, through a binding, because the sandbox starts no other. Languages are those that are installed.
"""

import time
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pypdfium2

_TRAINED = ("/usr/share/tesseract-ocr/*/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata")
_NOT_LANGUAGES = ("osd", "equ")

DPI = 200
MAX_PIXELS = 20_000_000
SHARE_OF_TIME = 0.6
"""Of the time for a document; pages that are left then are told, as they are without recognition."""


def trained_data() -> Path | None:
    """Return the folder of trained data, None where recognition is not installed."""
    if find_spec("tesserocr") is None:
        return None
    folders = (folder for pattern in _TRAINED for folder in sorted(Path("/").glob(pattern[1:])))
    return next((folder for folder in folders if any(_languages(folder))), None)


class Recognition:
    """Reads pages until its time is used up."""

    def __init__(self, timeout_s: float) -> None:
        self._folder = trained_data()
        self._end = time.monotonic() + timeout_s * SHARE_OF_TIME

    @property
    def installed(self) -> bool:
        """Say whether pages can be recognised at all."""
        return self._folder is not None

    def paragraphs(self, page: pypdfium2.PdfPage) -> list[str]:
        """Return what is recognised on a page; nothing where recognition is not installed or out of time."""
        if self._folder is None or time.monotonic() > self._end:
            return []
        picture = page.render(scale=_scale(page), grayscale=True).to_pil()
        darkest, lightest = picture.getextrema()
        if darkest == lightest:
            return []  # an empty page; the engine would look for a while and take as long to load
        engine = _engine(self._folder)
        engine.SetImage(picture)
        return [" ".join(block.split()) for block in engine.GetUTF8Text().split("\n\n") if block.strip()]


def _scale(page: pypdfium2.PdfPage) -> float:
    width, height = page.get_size()
    return float(min(DPI / 72, (MAX_PIXELS / max(width * height, 1)) ** 0.5))


@cache
def _engine(folder: Path) -> Any:
    import tesserocr

    return tesserocr.PyTessBaseAPI(path=str(folder), lang="+".join(_languages(folder)))


def _languages(folder: Path) -> Iterator[str]:
    return (one.stem for one in sorted(folder.glob("*.traineddata")) if one.stem not in _NOT_LANGUAGES)
