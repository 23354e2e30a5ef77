"""Who may still use what a token says: everybody whom it names is known and active, its application is registered.

A search answers somebody who has left with nothing, since they hold no token of the directory. What a token may do by
itself, by a role or because it names a receipt's caller, has to ask.
"""

from memory.access.directory import AccessState
from memory.domain.errors import NotPermitted
from memory.domain.identity import Caller, Principal, PrincipalKind
from memory.domain.registrations import Registrations


def admit(caller: Caller, state: AccessState, registrations: Registrations) -> None:
    """Raise `NotPermitted` unless every party is active in the directory and the application is registered."""
    parties = [state.principals.get(token) for token in caller.parties]
    if caller.application not in registrations.applications or any(one is None or not one.active for one in parties):
        raise NotPermitted
    require_agent(caller, state)


def require_agent(caller: Caller, state: AccessState) -> None:
    """Raise `NotPermitted` for an actor that is a person: nobody lends another person their rights by a token."""
    if caller.actor is None:
        return
    known = state.principals.get(caller.actor)
    if known is not None and not may_act(known):
        raise NotPermitted("Only a service or an agent can act for somebody; ask for a token of your own.")


def may_act(principal: Principal) -> bool:
    """Say whether a principal may act for somebody else."""
    return principal.agent or principal.token.kind is PrincipalKind.SERVICE
