"""The budget room: no more passages than the caller's prompt has room for."""

from collections.abc import Sequence

from memory.domain.ports.encoder import Encoder
from memory.domain.retrieval import Passage


def within_budget(passages: Sequence[Passage], max_tokens: int | None, encoder: Encoder) -> tuple[Passage, ...]:
    """Return the leading passages whose texts fit in `max_tokens` of the encoder's tokens; None is no budget.

    Counting stops at the first that does not fit: order is by rank, and a shorter, worse one does not jump the queue.
    """
    if max_tokens is None:
        return tuple(passages)
    kept: list[Passage] = []
    for passage in passages:
        max_tokens -= encoder.count_tokens(passage.text)
        if max_tokens < 0:
            break
        kept.append(passage)
    return tuple(kept)
