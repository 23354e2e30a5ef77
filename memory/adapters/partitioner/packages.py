"""Zipped formats: what is checked before anything inside a package is unpacked."""

import io
import zipfile

from memory.adapters.partitioner.limits import Limits, Refusal, Refused

MAX_PARTS = 20_000
_ENCRYPTED = 0x1


def opened(content: bytes, limits: Limits) -> zipfile.ZipFile:
    """Open a package whose members together stay within the limits. Raises `Refused`.

    The reader stops at the stated size of a member, so that stated sizes bound what is unpacked.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Refused(Refusal.CORRUPT) from error
    members = archive.infolist()
    if len(members) > MAX_PARTS or sum(member.file_size for member in members) > limits.expanded_bytes:
        raise Refused(Refusal.EXPANDS_TOO_FAR)
    return archive


def part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return one member of a package. Raises `Refused` where it is missing, encrypted or damaged."""
    try:
        member = archive.getinfo(name)
        if member.flag_bits & _ENCRYPTED:
            raise Refused(Refusal.ENCRYPTED)
        return archive.read(member)
    except (KeyError, zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise Refused(Refusal.CORRUPT) from error
