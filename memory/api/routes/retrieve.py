"""`POST /retrieve`: the main door."""

import json

from fastapi import APIRouter
from fastapi.responses import Response

from memory.api.dependencies import CurrentCaller, Wired
from memory.api.schemas.retrieve import AnswerBody, RetrieveRequest, answer_body
from memory.retrieval.pipeline import retrieve

router = APIRouter(tags=["use"])


@router.post("/retrieve", response_model=AnswerBody)
def retrieve_passages(request: RetrieveRequest, caller: CurrentCaller, services: Wired) -> Response:
    """Return the passages that this caller may see for this purpose, redacted, cited, and with a receipt."""
    answer = retrieve(request.question(), caller, services.reading)
    return Response(json.dumps(answer_body(answer), ensure_ascii=False), media_type="application/json")
