"""ZIP and TAR archives: the text is the list of what they hold; what they hold are documents of their own.

Nothing is unpacked to disk. Links, devices and what is encrypted are left out and told; an archive that unpacks to
much more than its size, or to more than the limits allow, is refused whole.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib

from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.members import Members
from memory.adapters.partitioner.packages import opened
from memory.adapters.partitioner.pieces import Piece, joined
from memory.domain.documents import ElementKind, PartitionedText

PARSER = "archive"
PARSER_VERSION = "1"
_ENCRYPTED = 0x1
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db")


def partition_zip(content: bytes, limits: Limits) -> PartitionedText:
    """Read a ZIP archive. Raises `Refused`."""
    members = Members(limits)
    left_out = 0
    with opened(content, limits) as archive:
        files = [one for one in archive.infolist() if not one.is_dir() and not _is_junk(one.filename)]
        _require_modest(sum(one.file_size for one in files), len(content), limits)
        if files and all(one.flag_bits & _ENCRYPTED for one in files):
            raise Refused(Refusal.ENCRYPTED)
        for one in files:
            if one.flag_bits & _ENCRYPTED or (one.external_attr >> 28) == 0xA:
                left_out += 1
                continue
            members.add(one.filename, "", _read(archive, one, members.bytes_left))
    return _listed(members, left_out)


def partition_tar(content: bytes, limits: Limits) -> PartitionedText:
    """Read a TAR archive, compressed or not. Raises `Refused`."""
    members = Members(limits)
    left_out = 0
    try:
        with _opened_tar(content) as archive:
            for one in archive:
                if one.isdir() or _is_junk(one.name):
                    continue
                if not one.isreg():
                    left_out += 1
                    continue
                _require_modest(archive.offset + one.size, len(content), limits)
                file = archive.extractfile(one)
                members.add(one.name, "", file.read(members.bytes_left + 1) if file else b"")
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise Refused(Refusal.CORRUPT) from error
    return _listed(members, left_out)


def _opened_tar(content: bytes) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=io.BytesIO(content), mode="r|*")
    except tarfile.ReadError as error:
        raise Refused(Refusal.UNSUPPORTED if _is_compressed(content) else Refusal.CORRUPT) from error


def _is_compressed(content: bytes) -> bool:
    """Say whether it unpacks at all: then it is one compressed file, and no archive."""
    for unpacked in (gzip.open, bz2.open, lzma.open):
        with contextlib.suppress(OSError, EOFError, zlib.error, lzma.LZMAError), unpacked(io.BytesIO(content)) as file:
            file.read(1)
            return True
    return False


def _require_modest(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.expanded_bytes or (unpacked > 2**20 and unpacked > limits.ratio * packed):
        raise Refused(Refusal.EXPANDS_TOO_FAR)


def _read(archive: zipfile.ZipFile, one: zipfile.ZipInfo, most: int) -> bytes:
    try:
        with archive.open(one) as file:
            return file.read(most + 1)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Refused(Refusal.CORRUPT) from error


def _is_junk(name: str) -> bool:
    return name.startswith(_JUNK[0]) or name.rpartition("/")[2] in _JUNK


def _listed(members: Members, left_out: int) -> PartitionedText:
    """The names of what was left out are not told: nobody has looked for values in them."""
    found = [Piece(ElementKind.LIST_ITEM, member.name) for member in members.found]
    notes = [f"members left out, encrypted, links or devices: {left_out}"] if left_out else []
    return joined(found, parser=PARSER, parser_version=PARSER_VERSION, notes=notes, members=members.found)
