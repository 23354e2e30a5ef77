"""The circumstances of a request, as policies read them: claims are checked against registrations, or stay unknown.

Enters: a question and its caller. Leaves: a `PolicyContext`. A purpose must be registered, and open to the calling
application and to every party; the processing region is the one registered for the application; the country of each
party comes from the directory, when policy is asked about that party. What a request says of itself may only narrow.
"""

from datetime import datetime

from memory.access.directory import AccessState
from memory.domain.errors import InvalidRequest, UnknownPurpose
from memory.domain.identity import Caller
from memory.domain.ports.policy import PolicyContext
from memory.domain.registrations import Registrations
from memory.domain.retrieval import Question


def circumstances(
    question: Question, caller: Caller, registrations: Registrations, state: AccessState, now: datetime
) -> PolicyContext:
    """Return the context of a request. Raises `UnknownPurpose`, or `InvalidRequest` for a region not registered."""
    purpose = registrations.purpose(question.purpose, caller.application)
    if purpose is None or not purpose.opens_to(state.party(token).tokens for token in caller.parties):
        raise UnknownPurpose
    region = registrations.applications[caller.application].region
    if question.processing_region is not None and question.processing_region != region:
        raise InvalidRequest(
            "The processing region is not the one registered for this application; leave it out, or have that changed."
        )
    return PolicyContext(
        purpose=purpose.id,
        caller_country=None,  # each party has its own, see `PolicyContext.of`
        processing_region=region,
        declared_recipient=question.recipient,
        declared_recipient_country=question.recipient_country,
        through_agent=caller.actor is not None,
        roster_stale=state.roster_stale,
        at=now,
    )
