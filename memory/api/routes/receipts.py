"""`GET /receipts/{id}`: why an answer was what it was."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from memory.api.dependencies import AdmittedCaller, Wired
from memory.retrieval.receipts import open_receipt

router = APIRouter(prefix="/receipts", tags=["audit"])

ReceiptId = Annotated[str, Path(pattern=r"^rcp_[0-9a-f]{32}$")]


@router.get("/{receipt_id}")
def get_receipt(receipt_id: ReceiptId, caller: AdmittedCaller, services: Wired) -> dict[str, Any]:
    """Return a receipt to the caller it was given to, or to an auditor."""
    return open_receipt(receipt_id, caller, services.log, services.clock.now())
