"""The description of this API, for those who may call it."""

from typing import Any

from fastapi import APIRouter, Request

from memory.api.dependencies import AdmittedCaller

router = APIRouter(tags=["run"])


@router.get("/openapi.json")
def describe(_: AdmittedCaller, request: Request) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    document: dict[str, Any] = request.app.openapi()
    return document
