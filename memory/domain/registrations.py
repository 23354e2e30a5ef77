"""What somebody registered and answers for: purposes that knowledge may be asked for, and applications that ask."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Purpose:
    """A reason to read. `applications` may name it, or every registered one if `any_application`."""

    id: str
    owner: str
    description: str
    applications: frozenset[str]
    any_application: bool


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
