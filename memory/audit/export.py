"""The log as a file that leaves the machine: JSON lines, each in one possible form, read and written here.

    {"format":"memory-audit-export/1","key":"<verifier key>","kind":"header"}
    {"kind":"entry","leaf":"<canonical JSON>","sequence":0}                     every entry, in order
    {"hashes":["<hex>",…],"kind":"hashes","start":0}                            after every 256 entries, and at the end
    {"kind":"checkpoint","note":"<signed note>"}                                every kept checkpoint

Hashes are those stored when the entries were, and stand apart from them: whoever changes or removes an entry, here or
in the database, and is content with that, leaves its hash behind. A line that
is not exactly what this module would have written is reported, not interpreted: no bit of a file is without meaning.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from memory.audit.alignment import FoundEntry
from memory.audit.canonical import canonical_json
from memory.audit.checkpoints import VerifierKey
from memory.audit.merkle import leaf_hash
from memory.domain.ports.audit import AuditLog

FORMAT = "memory-audit-export/1"
_HASHES_PER_LINE = 256


def export(log: AuditLog, key: VerifierKey) -> Iterator[bytes]:
    """Sign a checkpoint and yield everything up to it, line by line. Raises `AuditUnavailable`."""
    size = log.checkpoint().size
    yield _line("header", format=FORMAT, key=str(key))
    entries = islice(log.lines(), size)
    while batch := list(islice(entries, _HASHES_PER_LINE)):
        for line in batch:
            yield _line("entry", sequence=line.sequence, leaf=line.leaf.decode())
        yield _line("hashes", start=batch[0].sequence, hashes=[log.node(0, line.sequence).hex() for line in batch])
    for checkpoint in log.checkpoints():
        if checkpoint.size <= size:
            yield _line("checkpoint", note=checkpoint.note)


@dataclass(slots=True)
class Exported:
    """An export as it was read; nothing of it is believed yet. `damaged` are numbers of lines from 1."""

    keys: list[str] = field(default_factory=list)
    entries: list[FoundEntry] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)


def read(lines: Iterable[bytes]) -> Exported:
    """Read an export; a file opened in binary mode gives the lines. Never raises: what cannot be read is `damaged`."""
    exported = Exported()
    for number, line in enumerate(lines, 1):
        try:
            _take(exported, json.loads(line), line)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            exported.damaged.append(number)
    return exported


def _take(exported: Exported, body: dict[str, Any], line: bytes) -> None:
    kind = body["kind"]
    if kind == "header":
        _require_form(line, _line(kind, format=FORMAT, key=body["key"]))
        exported.keys.append(body["key"])
    elif kind == "entry":
        _require_form(line, _line(kind, sequence=int(body["sequence"]), leaf=body["leaf"]))
        exported.entries.append(FoundEntry(body["sequence"], leaf_hash(body["leaf"].encode())))
    elif kind == "checkpoint":
        _require_form(line, _line(kind, note=body["note"]))
        exported.notes.append(body["note"])
    else:
        hashes = [bytes.fromhex(text) for text in body["hashes"]]
        start = len(exported.hashes)
        _require_form(line, _line("hashes", start=start, hashes=[one.hex() for one in hashes]))
        exported.hashes.extend(hashes)


def _require_form(line: bytes, written: bytes) -> None:
    if line != written:
        raise ValueError("not a line of an export")


def _line(kind: str, **body: Any) -> bytes:
    return canonical_json({"kind": kind, **body}) + b"\n"
