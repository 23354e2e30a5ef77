"""What routes ask for: the services, and the caller that `authentication` let in.

Those of the way to `/retrieve` are the only coroutines of the product: as plain functions each would cost a turn in the
thread pool, a tenth of a millisecond, for microseconds of work.
"""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from memory.access.admission import admit
from memory.api.authentication import verified
from memory.domain.errors import NotPermitted
from memory.domain.identity import Caller, Role
from memory.wiring import Services

bearer = HTTPBearer(auto_error=False, description="A token of `memory token issue`.")


async def services(request: Request) -> Services:
    """Return the services that the app was made with."""
    found: Services = request.app.state.services
    return found


async def caller(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]) -> Caller:
    """Return the caller of the token; nothing else in a request names anybody. Raises `NotAuthenticated`.

    The token was verified before; it is named here again so that the description of the API says what it takes.
    """
    return verified(request.state)


def admitted(who: Annotated[Caller, Depends(caller)], wired: Annotated[Services, Depends(services)]) -> Caller:
    """Return a caller whose parties are still in the directory, for what no ACL closes. Raises `NotPermitted`."""
    with wired.catalogue.read() as session:
        admit(who, wired.reading.access.state(session), wired.reading.registrations)
    return who


def writer(who: Annotated[Caller, Depends(admitted)]) -> Caller:
    """Return a caller that may push to the one source its token names. Raises `NotPermitted`."""
    if Role.WRITER not in who.roles or who.writes is None:
        raise NotPermitted
    return who


def operator(who: Annotated[Caller, Depends(admitted)]) -> Caller:
    """Return a caller that runs this deployment. Raises `NotPermitted`."""
    return _in_role(who, Role.OPERATOR)


def overseer(who: Annotated[Caller, Depends(admitted)]) -> Caller:
    """Return a caller that runs this deployment or audits it. Raises `NotPermitted`."""
    return _in_role(who, Role.OPERATOR, Role.AUDITOR)


def _in_role(who: Caller, *roles: Role) -> Caller:
    if who.roles.isdisjoint(roles):
        raise NotPermitted
    return who


Wired = Annotated[Services, Depends(services)]
CurrentCaller = Annotated[Caller, Depends(caller)]
AdmittedCaller = Annotated[Caller, Depends(admitted)]
CurrentWriter = Annotated[Caller, Depends(writer)]
CurrentOperator = Annotated[Caller, Depends(operator)]
CurrentOverseer = Annotated[Caller, Depends(overseer)]
