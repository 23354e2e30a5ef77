"""A policy pack that permits nothing, or that fails, denies through the whole service: no passage, and a receipt."""

from typing import Any

import pytest

from tests.worlds.asgi import Response
from tests.worlds.building import PURPOSE, World, a_world, document

NOBODY = """
@id("nobody-reads")
@reason("Members of a group without members may read.")
permit (principal in Group::"nobody", action in [Action::"discover", Action::"read"], resource);
"""
FAILING_FORBID = """
@id("everybody-reads")
@reason("Everybody may read.")
permit (principal, action in [Action::"discover", Action::"read"], resource);

@id("fails")
@reason("An overflow, which validation cannot foresee, and which the engine skips.")
forbid (principal, action, resource) when { 9223372036854775807 + 1 > 0 };
"""
FAILING_PERMIT = FAILING_FORBID.replace("forbid (principal, action, resource)", "permit (principal, action, resource)")
WORKING = FAILING_FORBID.partition('@id("fails")')[0]
PLACE = "policies/10-reading.cedar"


def asked(world: World, token: str) -> list[Response]:
    """Ask in every way in which a document could be seen."""
    document_id = world.document_id("handbook", "leave")
    below = ("", "/versions", "/versions/1", "/diff")
    return [
        world.client.get(f"/documents/{document_id}{path}", token, purpose=PURPOSE, from_=1, to=1) for path in below
    ]


def answered(pack: str) -> tuple[dict[str, Any], dict[str, Any], list[str], set[int]]:
    """Return the answer, its receipt, what is listed, and the statuses of one document, in a world with this pack."""
    with a_world(config={PLACE: pack}) as world:
        token = world.token(world.person("ana", "employees"), name="ana")
        world.bring(
            world.source("handbook", "everyone"), document("leave", "# Leave\n\nthirty days", world.clock.now())
        )
        answer = world.retrieve(token, "leave")
        assert answer.status == 200
        receipt = world.client.get(f"/receipts/{answer.json()['receipt_id']}", token)
        return answer.json(), receipt.json(), world.listed(token), {one.status for one in asked(world, token)}


@pytest.mark.parametrize(
    "pack", [NOBODY, FAILING_FORBID, FAILING_PERMIT], ids=["no decision", "failing forbid", "failing permit"]
)
def test_a_pack_that_does_not_decide_denies_and_the_receipt_says_so(pack: str) -> None:
    """Fails when the absence of a permit, or an error of the engine, is taken for a permission.

    Tried: permitted where no policy forbids; diagnostics left unread, which lets the failing forbid through.
    """
    answer, receipt, listed, statuses = answered(pack)
    assert (answer["passages"], listed, statuses) == ([], [], {404})
    assert receipt["policies"]["outcome"] == "denied"
    assert receipt["policies"]["ids"] == []
    assert not any(receipt["data"].values())


def test_its_twin_without_the_failing_policy_permits() -> None:
    answer, receipt, listed, statuses = answered(WORKING)
    assert ([one["text"] for one in answer["passages"]], len(listed), statuses) == (
        ["# Leave\n\nthirty days"],
        1,
        {200},
    )
    assert receipt["policies"]["outcome"] == "permitted"
    assert receipt["policies"]["ids"] == ["everybody-reads"]
