import hashlib
import hmac
import json
import secrets
from dataclasses import fields, replace

from memory.audit.canonical import canonical_json
from memory.audit.receipts import Receipt, commit_to_query, new_receipt_id, visible_digest
from memory.domain.retrieval import Narrowing, VisibleSet


class SystemRandomness:
    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)


def test_a_receipt_has_exactly_the_five_fields() -> None:
    expected = ["inputs", "policies", "tools", "data", "authorization"]
    assert [field.name for field in fields(Receipt)] == expected


def test_a_receipt_comes_back_from_its_canonical_form(receipt: Receipt) -> None:
    assert Receipt.from_json(json.loads(canonical_json(receipt.to_json()))) == receipt


def test_a_receipt_of_an_empty_answer_comes_back_too(receipt: Receipt) -> None:
    inputs = replace(receipt.inputs, as_of=None, narrowing=Narrowing(), max_tokens=500)
    empty = replace(receipt, inputs=inputs, data=replace(receipt.data, documents=()))
    assert Receipt.from_json(json.loads(canonical_json(empty.to_json()))) == empty


def test_a_receipt_holds_no_text_of_what_was_released(receipt: Receipt) -> None:
    """Fails when a receipt keeps a title, a section, an author, a URI or the passage itself."""
    assert b"canary" not in canonical_json(receipt.to_json()).lower()


def test_receipt_ids_are_opaque_of_constant_length_and_different() -> None:
    ids = {new_receipt_id(SystemRandomness()) for _ in range(100)}
    assert len(ids) == 100
    assert {len(one) for one in ids} == {36}


def test_the_commitment_to_a_query_needs_the_key() -> None:
    """Fails when the commitment is a plain hash: then anybody could test guesses against the log."""
    assert commit_to_query(b"k1", "who is ill?") == hmac.new(b"k1", b"who is ill?", hashlib.sha256).hexdigest()
    assert commit_to_query(b"k1", "who is ill?") != commit_to_query(b"k2", "who is ill?")


def test_the_visible_digest_names_the_set_and_nothing_else() -> None:
    def visible(*compartments: int, chunks: int = 5) -> VisibleSet:
        return VisibleSet(compartments, (), 9, chunks, 10, frozenset(), None)

    assert visible_digest(visible(1, 2)) == visible_digest(visible(1, 2, chunks=6))
    assert visible_digest(visible(1, 2)) != visible_digest(visible(1, 3))
    assert visible_digest(visible(1)) != visible_digest(visible())
