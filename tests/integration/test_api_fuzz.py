"""Requests that nobody foresaw: none breaks the service, and none widens an answer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.domain.identity import PrincipalToken
from tests.worlds.building import PURPOSE, a_world
from tests.worlds.office import Office, built

VALID = {"query": "leave", "purpose": PURPOSE}


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with a_world() as world:
        yield built(world)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("query", "purpose", "top_k", "filters", "as_of", "context", "at_least_as_fresh", "max_tokens", "expand")
FILTERS = ("sources", "types", "labels", "languages", "modified_from", "modified_to", "attributes")
names = st.text(min_size=1, max_size=20)
plausible = st.fixed_dictionaries(
    {"query": st.text(min_size=1, max_size=60), "purpose": st.just(PURPOSE)},
    optional={
        "top_k": st.integers(0, 101),
        "expand": st.integers(-1, 6),
        "max_tokens": st.integers(0, 2_000),
        "as_of": st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
        "filters": st.fixed_dictionaries(
            {},
            optional={
                **dict.fromkeys(("sources", "types", "labels", "languages"), st.lists(names, max_size=3)),
                "attributes": st.dictionaries(names, names, max_size=3),
                "modified_from": st.datetimes().map(lambda moment: moment.isoformat() + "+13:59"),
            },
        ),
        "context": st.fixed_dictionaries({}, optional={"recipient": names, "recipient_country": names}),
    },
)
wild = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), anything, max_size=6)
FUZZ = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@FUZZ
@given(body=plausible | wild | anything, merged=wild)
def test_no_question_breaks_the_service_or_widens_an_answer(office: Office, body: Any, merged: dict[str, Any]) -> None:
    """Fails when a value reaches the engine or the catalogue that it cannot take, or when a filter can say or."""
    for asked in (body, {**VALID, **merged}):
        answer = office.world.client.post("/retrieve", office.reader, asked)
        assert answer.status in (200, 409, 422)
        assert b"vault" not in answer.body or "vault" in json.dumps(asked)
        if answer.status == 200:
            assert {one["citation"]["document"] for one in answer.json()["passages"]} <= visible_to_reader(office)


def visible_to_reader(office: Office) -> set[str]:
    return set(office.world.listed(office.reader, limit=200))


@FUZZ
@given(body=anything | st.fixed_dictionaries({"documents": st.lists(wild | anything, max_size=2)}))
def test_no_push_breaks_the_service(office: Office, body: Any) -> None:
    assert office.world.client.post("/documents", office.writer, body).status in (201, 422)


pushes = st.fixed_dictionaries(
    {"external_id": names, "title": names, "text": st.text(max_size=200)},
    optional={
        "author": st.text(max_size=30),
        "allow": st.lists(st.sampled_from(["everyone", "group:employees", "user:boss"]) | names, max_size=2),
        "attributes": st.dictionaries(names, names, max_size=3),
        "modified_at": st.datetimes().map(lambda moment: moment.isoformat() + "-13:59"),
        "media_type": st.sampled_from(["text/plain", "text/markdown", "application/pdf"]),
    },
)


@FUZZ
@given(body=pushes)
def test_what_was_pushed_never_breaks_reading(office: Office, body: dict[str, Any]) -> None:
    """Fails when something is stored that cannot be read again, or when a permission beyond the ceiling opens."""
    answer = office.push(body)
    assert answer.status in (201, 422)
    assert office.world.client.get("/documents", office.reader, purpose=PURPOSE, limit=200).status == 200
    assert office.world.retrieve(office.reader, body["title"], top_k=100).status == 200
    outsider = office.world.token(PrincipalToken.parse("user:outsider"), name="outsider")
    assert office.world.listed(outsider) == []


@FUZZ
@given(path=st.text(max_size=30), number=st.integers(), cursor=st.text(max_size=40), limit=st.integers())
def test_no_path_or_parameter_breaks_the_service(
    office: Office, path: str, number: int, cursor: str, limit: int
) -> None:
    client, shown = office.world.client, office.shown
    answers = [
        client.get(f"/documents/{shown}/versions/{number}", office.reader, purpose=PURPOSE),
        client.get(f"/documents/{shown}/diff", office.reader, purpose=PURPOSE, from_=number, to=number),
        client.get("/documents", office.reader, purpose=PURPOSE, cursor=cursor, limit=limit),
        client.get("/documents", office.reader, purpose=path),
        client.get(f"/receipts/{cursor}".encode("ascii", "ignore").decode(), office.reader),
    ]
    assert all(answer.status < 500 for answer in answers), answers
