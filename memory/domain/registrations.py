"""What somebody registered and answers for: purposes that knowledge may be asked for, and applications that ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from memory.domain.identity import EVERYONE, PrincipalToken


@dataclass(frozen=True, slots=True)
class Purpose:
    """A reason to read. `applications` may name it, or every registered one if `any_application`.

    It is open to those whom a token of `open_to` names: nobody if there is none, anybody if `EVERYONE` is one of them.
    """

    id: str
    owner: str
    description: str
    applications: frozenset[str]
    any_application: bool
    open_to: frozenset[PrincipalToken]

    def opens_to(self, tokens: Iterable[frozenset[PrincipalToken]]) -> bool:
        """Say whether every party, given by the tokens that name it, may ask for this purpose.

        `EVERYONE` is not looked up: who has left may ask, and sees nothing. So an open purpose costs no look at groups.
        """
        return EVERYONE in self.open_to or all(not self.open_to.isdisjoint(party) for party in tokens)


@dataclass(frozen=True, slots=True)
class Application:
    """A registered caller of the API. `region` is the country it processes what it reads in; None is unknown."""

    id: str
    owner: str
    region: str | None


@dataclass(frozen=True, slots=True)
class Registrations:
    """All of them, by id."""

    purposes: Mapping[str, Purpose]
    applications: Mapping[str, Application]

    def purpose(self, purpose_id: str, application_id: str) -> Purpose | None:
        """Return the purpose if this application may name it; an unregistered application may name none."""
        purpose = self.purposes.get(purpose_id)
        if purpose is None or application_id not in self.applications:
            return None
        return purpose if purpose.any_application or application_id in purpose.applications else None
