"""An export against whoever can write the file: 1,000 random edits of nine kinds, each detected and located."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate

import pytest

from memory.adapters.audit import AuditKeys, create_audit_keys, ed25519_verify
from memory.audit import merkle
from memory.audit.alignment import DiscrepancyKind as Kind
from memory.audit.checkpoints import Checkpoint, sign
from memory.audit.events import AuditEvent, EventName
from memory.audit.export import export
from memory.audit.verification import Report, verify
from memory.domain.identity import PrincipalToken
from memory.domain.ports.audit import AuditLog
from memory.testing.audit_fake import DigestSigner, InMemoryAuditLog

SIZES = (1, 7, 16, 30, 31, 48)
ROUNDS = 1000


@dataclass(frozen=True)
class Recorded:
    """A log of 48 entries with six checkpoints, as it was exported, and the notes kept elsewhere."""

    keys: AuditKeys
    stranger: AuditKeys
    lines: list[bytes]

    @property
    def entries(self) -> list[str]:
        return [body["leaf"] for body in map(json.loads, self.lines) if body["kind"] == "entry"]

    @property
    def notes(self) -> list[str]:
        return [body["note"] for body in map(json.loads, self.lines) if body["kind"] == "checkpoint"]

    def verify(self, lines: list[bytes], *, kept: bool = True) -> Report:
        return verify(lines, key=self.keys.key, verify_signature=ed25519_verify, kept=self.notes if kept else ())


class KeyedLog(InMemoryAuditLog):
    """The log in memory, with a real signature."""

    def __init__(self, keys: AuditKeys) -> None:
        super().__init__()
        self._signer: DigestSigner | AuditKeys = keys  # type: ignore[assignment]


def leaf(number: int, prefix: str = "tok") -> bytes:
    at = datetime(2026, 3, 1, 12, 0, number, tzinfo=UTC)
    return AuditEvent(
        EventName.RECEIPT_READ, at, PrincipalToken.parse("user:alice"), {"receipt_id": f"{prefix}_{number}"}
    ).leaf()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    keys = create_audit_keys(tmp_path_factory.mktemp("keys"))
    log: AuditLog = KeyedLog(keys)
    for number in range(SIZES[-1]):
        log.append(leaf(number), key=None, private=None)
        if number + 1 in SIZES:
            log.checkpoint()
    return Recorded(keys, create_audit_keys(tmp_path_factory.mktemp("others")), list(export(log, keys.key)))


def written(
    recorded: Recorded, leaves: list[str], *, hashes: list[str] | None = None, notes: list[str] | None = None
) -> list[bytes]:
    """Return an export of other leaves, renumbered, as somebody who knows the format would forge it."""
    hashes = [merkle.leaf_hash(one.encode()).hex() for one in leaves] if hashes is None else hashes
    bodies: list[dict[str, object]] = [json.loads(recorded.lines[0])]
    bodies += [{"kind": "entry", "sequence": number, "leaf": one} for number, one in enumerate(leaves)]
    bodies += [{"kind": "hashes", "start": 0, "hashes": hashes}]
    bodies += [{"kind": "checkpoint", "note": note} for note in (recorded.notes if notes is None else notes)]
    lines = [json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for body in bodies]
    return [f"{line}\n".encode() for line in lines]


def named(report: Report) -> set[int]:
    """Return the entries that a report names, without the windows that only checkpoints give."""
    exact = {Kind.CHANGED, Kind.REMOVED, Kind.ADDED, Kind.MOVED}
    return {n for d in report.discrepancies if d.kind in exact for n in range(d.first, d.last + 1)}


def window(entry: int) -> tuple[int, int]:
    """Return the entries between the checkpoints around `entry`, first and last."""
    return max((size for size in SIZES if size <= entry), default=0), min(s for s in SIZES if s > entry) - 1


def kinds(report: Report) -> set[Kind]:
    return {discrepancy.kind for discrepancy in report.discrepancies}


def rewritten(report: Report) -> tuple[int, int]:
    (found,) = (d for d in report.discrepancies if d.kind is Kind.REWRITTEN)
    return found.first, found.last


def flip(data: bytes, random_: random.Random) -> bytes:
    bit = random_.randrange(len(data) * 8)
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def rejoined(lines: list[bytes]) -> list[bytes]:
    """Return lines as a file would give them: cut at newlines and nowhere else."""
    content = b"".join(lines)
    cut = content.split(b"\n")
    return [line + b"\n" for line in cut[:-1]] + ([cut[-1]] if cut[-1] else [])


Edit = Callable[[Recorded, random.Random], None]


def flips_a_bit_of_an_entry(recorded: Recorded, random_: random.Random) -> None:
    entry = random_.randrange(SIZES[-1])
    lines = list(recorded.lines)
    lines[1 + entry] = flip(lines[1 + entry], random_)
    report = recorded.verify(rejoined(lines))
    assert entry in named(report) <= {entry, entry + 1}  # a flipped newline joins an entry with the next one
    assert Kind.REWRITTEN not in kinds(report)


def flips_a_bit_anywhere(recorded: Recorded, random_: random.Random) -> None:
    content = b"".join(recorded.lines)
    assert not recorded.verify(rejoined([flip(content, random_)])).intact
    assert not recorded.verify(rejoined([flip(content, random_)]), kept=False).intact


def removes_an_entry(recorded: Recorded, random_: random.Random) -> None:
    entry = random_.randrange(SIZES[-1])
    lines = recorded.lines[: 1 + entry] + recorded.lines[2 + entry :]
    report = recorded.verify(lines, kept=False)
    assert (named(report), kinds(report)) == ({entry}, {Kind.REMOVED})
    leaves = recorded.entries[:entry] + recorded.entries[entry + 1 :]
    hashes = [merkle.leaf_hash(one.encode()).hex() for one in recorded.entries]
    report = recorded.verify(written(recorded, leaves, hashes=hashes), kept=False)
    assert (named(report), kinds(report)) == ({entry}, {Kind.REMOVED})


def adds_an_entry(recorded: Recorded, random_: random.Random) -> None:
    place = random_.randrange(SIZES[-1] + 1)
    forged = random_.choice([leaf(place % 60, "forged").decode(), random_.choice(recorded.entries)])
    leaves = [*recorded.entries[:place], forged, *recorded.entries[place:]]
    hashes = [merkle.leaf_hash(one.encode()).hex() for one in recorded.entries]
    report = recorded.verify(written(recorded, leaves, hashes=hashes), kept=False)
    assert kinds(report) == {Kind.ADDED}
    (added,) = named(report)
    assert leaves[:added] + leaves[added + 1 :] == recorded.entries


def swaps_two_entries(recorded: Recorded, random_: random.Random) -> None:
    one, other = sorted(random_.sample(range(SIZES[-1]), 2))
    lines = list(recorded.lines)
    lines[1 + one], lines[1 + other] = lines[1 + other], lines[1 + one]
    leaves = recorded.entries
    leaves[one], leaves[other] = leaves[other], leaves[one]
    hashes = [merkle.leaf_hash(leaf.encode()).hex() for leaf in recorded.entries]
    for forged in (lines, written(recorded, leaves, hashes=hashes)):
        report = recorded.verify(forged, kept=False)
        assert kinds(report) == {Kind.MOVED}
        assert named(report) <= {one, other}


def rewrites_an_entry_and_its_hash(recorded: Recorded, random_: random.Random) -> None:
    entry = random_.randrange(SIZES[-1])
    leaves = recorded.entries
    leaves[entry] = leaf(entry, "forged").decode()
    report = recorded.verify(written(recorded, leaves), kept=False)
    assert kinds(report) == {Kind.REWRITTEN}
    assert rewritten(report) == window(entry)


def truncates_the_tail(recorded: Recorded, random_: random.Random) -> None:
    size = random_.randrange(SIZES[-1])
    notes = [note for note, at in zip(recorded.notes, SIZES, strict=True) if at <= size]
    report = recorded.verify(written(recorded, recorded.entries[:size], notes=notes))
    assert Kind.REMOVED in kinds(report)
    assert named(report) == set(range(size, SIZES[-1]))


def rewrites_everything_from_some_entry(recorded: Recorded, random_: random.Random) -> None:
    entry = random_.randrange(SIZES[-1])
    leaves = recorded.entries[:entry] + [leaf(n, "forged").decode() for n in range(entry, SIZES[-1])]
    hashes = [merkle.leaf_hash(one.encode()) for one in leaves]
    trees = list(accumulate(hashes, lambda tree, one: tree.append(one)[0], initial=merkle.Frontier()))
    forger = replace(recorded.stranger, key=replace(recorded.stranger.key, name=recorded.keys.key.name))
    heads = [Checkpoint(forger.key.name, size, trees[size].root()) for size in SIZES]
    notes = [
        sign(head, forger) if head.size > entry else note for head, note in zip(heads, recorded.notes, strict=True)
    ]
    report = recorded.verify(written(recorded, leaves, notes=notes), kept=False)
    assert kinds(report) == {Kind.CHECKPOINT, Kind.UNPINNED}
    assert report.pinned == window(entry)[0]
    assert rewritten(recorded.verify(written(recorded, leaves, notes=notes))) == window(entry)


def damages_the_hashes_beside_the_entries(recorded: Recorded, random_: random.Random) -> None:
    entry = random_.randrange(SIZES[-1])
    hashes = [merkle.leaf_hash(one.encode()).hex() for one in recorded.entries]
    hashes[entry] = bytes(32).hex()
    report = recorded.verify(written(recorded, recorded.entries, hashes=hashes), kept=False)
    (found,) = report.discrepancies
    assert (found.kind, found.first, found.last) == (Kind.HASHES, entry, entry)


EDITS: list[Edit] = [
    flips_a_bit_of_an_entry,
    flips_a_bit_anywhere,
    removes_an_entry,
    adds_an_entry,
    swaps_two_entries,
    rewrites_an_entry_and_its_hash,
    truncates_the_tail,
    rewrites_everything_from_some_entry,
    damages_the_hashes_beside_the_entries,
]


def test_an_untouched_export_is_intact_to_its_last_entry(recorded: Recorded) -> None:
    report = recorded.verify(recorded.lines, kept=False)
    assert report.intact
    assert (report.entries, report.pinned, report.checkpoints) == (48, 48, 6)
    assert recorded.verify(written(recorded, recorded.entries)).intact


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_every_random_edit_is_detected_and_located(recorded: Recorded, edit: Edit) -> None:
    """Fails when entries are not held against the hashes, the hashes not against the roots, or base64 and hex and JSON
    are read leniently, so that some bit of the file means nothing.
    """
    for seed in range(ROUNDS // len(EDITS) + 1):
        edit(recorded, random.Random(seed))  # noqa: S311 repeatable, not secret


def test_without_a_checkpoint_nothing_is_vouched_for(recorded: Recorded) -> None:
    """Fails when a verifier is content with an export that lost its checkpoints."""
    report = recorded.verify(written(recorded, recorded.entries, notes=[]), kept=False)
    assert report.pinned == 0
    assert [(d.kind, d.first, d.last) for d in report.discrepancies] == [(Kind.UNPINNED, 0, 47)]


def test_entries_after_the_last_checkpoint_are_named(recorded: Recorded) -> None:
    leaves = [*recorded.entries, leaf(48).decode(), leaf(49).decode()]
    report = recorded.verify(written(recorded, leaves), kept=False)
    assert [(d.kind, d.first, d.last) for d in report.discrepancies] == [(Kind.UNPINNED, 48, 49)]


def test_a_log_that_signed_two_histories_is_caught_by_the_kept_note(recorded: Recorded) -> None:
    """Fails when a checkpoint that contradicts a later one passes: this is how a fork by the key's owner shows."""
    fork = sign(Checkpoint(recorded.keys.key.name, 16, bytes(32)), recorded.keys)
    report = verify(recorded.lines, key=recorded.keys.key, verify_signature=ed25519_verify, kept=[fork])
    assert kinds(report) == {Kind.CHECKPOINT}


def test_an_export_of_another_log_is_refused(recorded: Recorded) -> None:
    report = verify(recorded.lines, key=recorded.stranger.key, verify_signature=ed25519_verify)
    assert not report.intact
    assert (report.pinned, report.checkpoints) == (0, 0)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"[]\n",
        b"{}\n",
        b'{"kind":"entry"}\n',
        b"\xff\n",
        b"[" * 100_000,
        b'{"kind":"entry" }\n',
        b"1e999\n",
    ],
)
def test_a_line_that_is_none_is_reported_and_not_interpreted(recorded: Recorded, line: bytes) -> None:
    report = recorded.verify([*recorded.lines, line])
    assert [d.detail for d in report.discrepancies] == [f"line {len(recorded.lines) + 1} is not a line of an export"]


@pytest.mark.parametrize(
    ("written_as", "otherwise"), [(b'":', b'": '), (b"}\n", b"}"), (b"}\n", b"}\r\n"), (b"event", b"\\u0065vent")]
)
def test_a_line_has_one_possible_form(recorded: Recorded, written_as: bytes, otherwise: bytes) -> None:
    """Fails when a line is judged by what it means: then parts of a file could change unseen."""
    lines = list(recorded.lines)
    lines[5] = lines[5].replace(written_as, otherwise)
    assert lines[5] != recorded.lines[5]
    report = recorded.verify(lines)
    assert (named(report), kinds(report)) == ({4}, {Kind.REMOVED, Kind.LINE})


@pytest.mark.parametrize("lines", [[], [b"garbage"]])
def test_an_empty_export_is_not_intact(recorded: Recorded, lines: list[bytes]) -> None:
    assert not recorded.verify(lines, kept=False).intact


def test_an_export_holds_no_checkpoint_beyond_its_entries(recorded: Recorded) -> None:
    """An append between the signature and the last line must not make a good export look truncated."""
    log = KeyedLog(recorded.keys)
    log.append(leaf(0), key=None, private=None)
    lines = []
    for line in export(log, recorded.keys.key):
        lines.append(line)
        log.append(leaf(len(lines)), key=None, private=None)
        log.checkpoint()
    assert verify(lines, key=recorded.keys.key, verify_signature=ed25519_verify).intact
