"""Points as the engine keeps them: what was written can be read back, and damage is no state."""

from datetime import timedelta

import pytest

from memory.adapters.index import points
from memory.domain.ports.index import PointFacts, PointState
from memory.testing.index_world import DAY, FACTS, START, state

BARE = PointFacts("wiki", "text/plain", (), None, START - timedelta(microseconds=1), ())
STATES = [state(1), state(2, until=START + DAY), state(3, until=START), state(4, facts=BARE)]
DAMAGE = {
    "a field lost": lambda body: {key: value for key, value in body.items() if key != points.LABELS},
    "a field of another kind": lambda body: {**body, points.FROM: "soon"},
    "a moment beyond time": lambda body: {**body, points.FROM: 1 << 62},
    "something added": lambda body: {**body, "added": 1},
    "current in another compartment": lambda body: {**body, points.CURRENT: 9},
    "closed and current": lambda body: {**body, points.TO: body[points.FROM]},
}


@pytest.mark.parametrize("written", STATES)
def test_a_state_comes_back_from_its_payload(written: PointState) -> None:
    assert points.state(written.id, points.payload(written)) == written


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_payload_that_no_state_makes_is_none(damage: str) -> None:
    """Fails when damage stops the comparison that is to find it, or passes as a state: then it is never mended."""
    whole = points.payload(state(1, facts=FACTS))
    assert points.state(state(1).id, whole) is not None
    assert points.state(state(1).id, DAMAGE[damage](whole)) is None
