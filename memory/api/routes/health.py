"""Is the service alive, and can it answer?"""

from fastapi import APIRouter
from pydantic import BaseModel

from memory.api.dependencies import AdmittedCaller, Wired

router = APIRouter(prefix="/health", tags=["run"])


class Live(BaseModel):
    """The process answers."""

    status: str


class Ready(BaseModel):
    """Every part that an answer needs can be used; `policy_revision` names the policies in force."""

    status: str
    policy_revision: str


@router.get("/live")
def live() -> Live:
    """Say that the process runs; the only endpoint without a token."""
    return Live(status="live")


@router.get("/ready")
def ready(_: AdmittedCaller, services: Wired) -> Ready:
    """Say that catalogue, index and log can be used; 503 otherwise."""
    with services.catalogue.read() as session:
        session.access.position()
    services.index.count()
    services.log.size()
    return Ready(status="ready", policy_revision=services.reading.decisions.revision)
