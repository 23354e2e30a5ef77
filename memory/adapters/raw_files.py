"""Source bytes in a local folder, one file per content and source, written before anything refers to it."""

import os
import tempfile
from hashlib import sha256
from pathlib import Path

from memory.domain.errors import CatalogueUnavailable, NotFound


class LocalRawFiles:
    """Keeps bytes under `folder/<hash of source>/<first two>/<hash>`; a name from outside never becomes a path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, source: str, content: bytes) -> str:
        """Store durably and return SHA-256, hex; the same bytes again change nothing."""
        digest = sha256(content).hexdigest()
        target = self._path(source, digest)
        if not target.exists():
            try:
                _write(target, content)
            except OSError as error:
                raise CatalogueUnavailable("Source files cannot be written; check space and rights.") from error
        return digest

    def get(self, source: str, content_hash: str) -> bytes:
        """Return what was stored. Raises `NotFound`."""
        try:
            return self._path(source, content_hash).read_bytes()
        except OSError as error:
            raise NotFound from error

    def _path(self, source: str, digest: str) -> Path:
        return self._folder / sha256(source.encode()).hexdigest()[:16] / digest[:2] / digest


def _write(target: Path, content: bytes) -> None:
    """Write beside, flush, then rename: a crash leaves either the whole file or none."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
