import base64
import hashlib
import string
from pathlib import Path

import pytest

from memory.adapters.audit import AuditKeys, create_audit_keys, ed25519_verify
from memory.audit.checkpoints import Checkpoint, VerifierKey, parse, sign, verify


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> AuditKeys:
    return create_audit_keys(tmp_path_factory.mktemp("keys"))


def head(keys: AuditKeys, size: int = 7) -> Checkpoint:
    return Checkpoint(keys.key.name, size, hashlib.sha256(b"root").digest())


def test_a_signed_checkpoint_has_the_form_of_the_specification(keys: AuditKeys) -> None:
    lines = sign(head(keys), keys).split("\n")
    assert lines[:4] == [keys.key.name, "7", base64.b64encode(hashlib.sha256(b"root").digest()).decode(), ""]
    prefix, name, signature = lines[4].split(" ")
    assert (prefix, name, lines[5:]) == ("—", keys.key.name, [""])
    identity = hashlib.sha256(keys.key.name.encode() + b"\n\x01" + keys.key.public_key).digest()[:4]
    assert base64.b64decode(signature)[:4] == identity
    assert len(base64.b64decode(signature)) == 68


def test_the_example_of_the_specification_is_read() -> None:
    """Source: c2sp.org/tlog-checkpoint."""
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa "
        "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    checkpoint, signatures = parse(note)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert list(signatures) == [("example.com/behind-the-sofa", bytes.fromhex("033de0ae"))]


def test_a_checkpoint_verifies_with_its_key_alone(keys: AuditKeys, tmp_path: Path) -> None:
    note = sign(head(keys), keys)
    stranger = create_audit_keys(tmp_path).key
    assert verify(note, keys.key, ed25519_verify) == head(keys)
    for other in (stranger, VerifierKey(keys.key.name, stranger.public_key)):
        with pytest.raises(ValueError, match="not signed by this log's key"):
            verify(note, other, ed25519_verify)


def test_signatures_of_witnesses_do_not_disturb(keys: AuditKeys) -> None:
    note = sign(head(keys), keys)
    witness = base64.b64encode(b"abcd" + bytes(64)).decode()
    assert verify(f"{note}— witness.example {witness}\n", keys.key, ed25519_verify) == head(keys)


def test_a_checkpoint_of_another_log_is_refused_even_when_this_key_signed_it(keys: AuditKeys) -> None:
    note = sign(Checkpoint("another.example/log", 7, bytes(32)), keys)
    with pytest.raises(ValueError, match="this log"):
        verify(note, keys.key, ed25519_verify)


def test_a_signature_has_one_possible_spelling(keys: AuditKeys) -> None:
    """Fails when base64 is read leniently: its last character has two bits to spare."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    note = sign(head(keys), keys)
    other = note[:-3] + alphabet[alphabet.index(note[-3]) + 1] + note[-2:]
    assert base64.b64decode(other.split(" ")[-1]) == base64.b64decode(note.split(" ")[-1])
    with pytest.raises(ValueError, match="canonical"):
        verify(other, keys.key, ed25519_verify)


def test_no_bit_of_a_note_can_change(keys: AuditKeys) -> None:
    """Fails when the note is not held to its form in some place."""
    note = sign(head(keys), keys).encode()
    for bit in range(len(note) * 8):
        changed = bytearray(note)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError):  # noqa: PT011 many parts can notice it
            verify(changed.decode(), keys.key, ed25519_verify)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "\n1\nAAAA\n",
        "a\n01\nAAAA\n",
        "a\n-1\nAAAA\n",
        "a\n1\nAAAA\n",
        "a\n²\nAAAA\n",
        "a\n1\nAAA\n",
        "a\n1\n!\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"checkpoint|base64"):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "tail", ["", "\n", "\n\n", "\n— a\n", "\n- a AAAA\n", "\n— a AAAA AAAA\n", "\n— a AAAA\n— a AAAA\n"]
)
def test_what_is_not_a_signed_note_is_refused(keys: AuditKeys, tail: str) -> None:
    with pytest.raises(ValueError, match="not"):
        parse(head(keys).text + tail)


def test_a_verifier_key_comes_back_from_its_text(keys: AuditKeys) -> None:
    assert VerifierKey.parse(f"{keys.key}\n") == keys.key


@pytest.mark.parametrize(
    "text", ["", "a+b", "a+00000000+AAAA", "a+b+" + base64.b64encode(b"\x01" + bytes(32)).decode()]
)
def test_what_is_not_a_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"key|base64"):
        VerifierKey.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", " a"])
def test_a_name_that_a_note_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        VerifierKey(name, bytes(32))
