import ast
import json
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import memory
from memory.audit.canonical import canonical_json, timestamp
from memory.audit.events import SHAPES, AuditEvent, EventName
from memory.audit.receipts import Receipt
from memory.domain.identity import PrincipalToken

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = PrincipalToken.parse("user:alice")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcXYZ_", max_size=4), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("name", EventName)
def test_every_event_name_follows_the_grammar_and_has_a_shape(name: EventName) -> None:
    assert re.fullmatch(r"[a-z]+:[a-z]+:[a-z]+", name)
    assert SHAPES[name]


@pytest.mark.parametrize("name", EventName)
def test_every_event_name_is_written_somewhere(name: EventName) -> None:
    """Fails when a name stands in the enum that no code hands to whatever records."""
    assert name.name in _recorded()


@pytest.mark.parametrize("name", EventName)
def test_no_event_has_a_place_for_text(name: EventName) -> None:
    """Fails when somebody lists a key that invites text, a query or a secret into the log."""
    keys = set(re.findall(r"'(\w+)':", str(SHAPES[name])))
    assert keys.isdisjoint({"query", "text", "title", "content", "message", "reason", "token", "authorization_header"})


def test_an_event_becomes_canonical_bytes_and_comes_back() -> None:
    event = AuditEvent(EventName.RECEIPT_READ, NOON, ALICE, {"receipt_id": "tok_1"})
    assert event.leaf() == (
        b'{"actor":"local|user|alice","at":"2026-03-01T12:00:00.000000Z",'
        b'"body":{"receipt_id":"tok_1"},"event":"memory:receipt:read"}'
    )
    assert AuditEvent.parse(event.leaf()) == event


@pytest.mark.parametrize(
    "body", [{}, {"receipt_id": "t", "header": "Bearer x"}, {"receiptid": "t"}, {"receipt_id": {"a": 1}}]
)
def test_a_body_holds_exactly_the_keys_of_its_event(body: dict[str, object]) -> None:
    """Fails when `AuditEvent` accepts what its shape does not list, or lets a key be left out."""
    with pytest.raises(ValueError, match=r"^memory:receipt:read.* takes"):
        AuditEvent(EventName.RECEIPT_READ, NOON, ALICE, body)


def test_the_refusal_of_a_body_does_not_repeat_it() -> None:
    with pytest.raises(ValueError, match="exactly the keys") as caught:
        AuditEvent(EventName.RECEIPT_READ, NOON, ALICE, {"CANARY": "CANARY"})
    assert "CANARY" not in str(caught.value)


def test_a_receipt_fits_the_shape_of_a_released_answer(receipt: Receipt) -> None:
    event = AuditEvent(EventName.ANSWER_RELEASED, NOON, ALICE, {"receipt_id": "rcp_1", **receipt.to_json()})
    assert Receipt.from_json(AuditEvent.parse(event.leaf()).body | {}) == receipt


@pytest.mark.parametrize("part", ["inputs", "policies", "tools", "data", "authorization"])
def test_no_part_of_a_receipt_takes_another_key(receipt: Receipt, part: str) -> None:
    """Fails when the shape of a part is not checked below the first level."""
    body = {"receipt_id": "rcp_1", **receipt.to_json()}
    body[part]["query"] = "CANARY"
    with pytest.raises(ValueError, match=f"{part} takes exactly"):
        AuditEvent(EventName.ANSWER_RELEASED, NOON, ALICE, body)


def test_objects_in_lists_are_held_to_their_shape_too(receipt: Receipt) -> None:
    body = {"receipt_id": "rcp_1", **receipt.to_json()}
    body["data"]["documents"][0]["redactions"][0]["value"] = "CANARY"
    with pytest.raises(ValueError, match="redactions takes exactly"):
        AuditEvent(EventName.ANSWER_RELEASED, NOON, ALICE, body)


@given(PLAIN)
def test_canonical_bytes_read_back_to_the_same_value_and_bytes(value: object) -> None:
    written = canonical_json(value)
    assert json.loads(written) == value
    assert canonical_json(json.loads(written)) == written


@given(st.dictionaries(st.text("abcXYZ_", max_size=4), st.integers(0, 9), max_size=6), st.randoms())
def test_equal_facts_have_equal_bytes_in_whatever_order_they_were_told(facts: dict[str, int], random: object) -> None:
    items = list(facts.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert canonical_json(dict(items)) == canonical_json(facts)


def test_strings_are_escaped_as_rfc_8785_escapes_them() -> None:
    assert (
        canonical_json(['€$\u000f\nA\'B"\\\\"/\u2028\x7f😀'])
        == '["€$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u2028\x7f😀"]'.encode()
    )


@pytest.mark.parametrize("value", [1.0, float("nan"), 2**53, b"x", {1: 2}, {"ü": 1}, {1, 2}, "\ud800", NOON])
def test_what_has_no_single_text_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 UnicodeEncodeError speaks for itself
        canonical_json({"a": [value]})


def test_times_are_utc_and_of_constant_length() -> None:
    berlin = datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    assert timestamp(berlin) == timestamp(NOON) == "2026-03-01T12:00:00.000000Z"
    with pytest.raises(ValueError, match="time zone"):
        timestamp(datetime(2026, 3, 1))  # noqa: DTZ001 that is the point


@cache
def _recorded() -> frozenset[str]:
    """Return the names that the package hands over: as an argument, in a tuple that is returned, or in a table."""
    found: set[str] = set()
    for path in Path(memory.__file__).parent.rglob("*.py"):
        if path.name == "events.py" or "testing" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            given = {ast.Call: "args", ast.Tuple: "elts", ast.Dict: "values"}.get(type(node))
            found |= {one.attr for one in getattr(node, given, ()) if _is_name(one)} if given else set()
    return frozenset(found)


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "EventName"
