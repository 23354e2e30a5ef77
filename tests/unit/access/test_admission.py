"""Whom a token still speaks for: what its roles may do ends with the day they leave, not when it expires."""

from dataclasses import replace

import pytest

from memory.access.admission import admit, may_act, require_agent
from memory.access.directory import AccessState
from memory.domain.errors import NotPermitted
from memory.domain.identity import Caller, Principal, PrincipalToken, Role
from memory.domain.registrations import Application, Registrations

ADA, BEN, BOT, PAL = (PrincipalToken.parse(name) for name in ("user:ada", "user:ben", "service:bot", "user:pal"))
STATE = AccessState(
    principals={
        ADA: Principal(ADA, "Ada"),
        BEN: Principal(BEN, "Ben", active=False),
        BOT: Principal(BOT, "Bot"),
        PAL: Principal(PAL, "Pal", agent=True),
    }
)
REGISTERED = Registrations({}, {"cli": Application("cli", "operations", "DE")})
ASKING = Caller(ADA, None, "cli", frozenset({Role.OPERATOR}), None, "t")


def refused(caller: Caller) -> bool:
    try:
        admit(caller, STATE, REGISTERED)
    except NotPermitted:
        return True
    return False


@pytest.mark.parametrize("actor", [None, BOT, PAL])
def test_whom_the_directory_knows_is_admitted(actor: PrincipalToken | None) -> None:
    assert not refused(replace(ASKING, actor=actor))


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": BEN},
        {"subject": PrincipalToken.parse("user:nobody")},
        {"actor": PrincipalToken.parse("service:nobody")},
        {"subject": BOT, "actor": BEN},
        {"application": "unregistered"},
    ],
)
def test_who_left_or_was_never_there_is_not_admitted(changed: dict[str, PrincipalToken]) -> None:
    """Fails when the signature alone counts."""
    assert refused(replace(ASKING, **changed))  # type: ignore[arg-type]


def test_a_person_cannot_act_for_another() -> None:
    """Fails when any principal may be an actor: then a token lends the rights of one person to another."""
    state = AccessState(principals={**STATE.principals, BEN: Principal(BEN, "Ben")})
    for actor, refusal in ((BEN, True), (BOT, False), (PAL, False), (None, False)):
        caller = replace(ASKING, actor=actor)
        assert may_act(state.principals[actor or BOT]) is not refusal
        if refusal:
            with pytest.raises(NotPermitted):
                require_agent(caller, state)
        else:
            require_agent(caller, state)
