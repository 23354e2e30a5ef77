"""Flags on a text that is kept as it is: that something in it was hidden, or that it speaks to a machine.

A flag is a category of the document's labels, so that policies, passages and stewards see it. Nothing is dropped for
it: an instruction may be quoted, taught or meant for people.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from memory.domain.documents import HIDDEN_NOTE, PartitionedText

HIDDEN = "hidden_text"
INSTRUCTION_LIKE = "instruction_like"

_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,30}\b(?:previous|prior|above|earlier|preceding|all|your|system)\b"
    r"[^.\n]{0,30}\b(?:instruction|prompt|rule|direction|context|guideline)s?\b"
    r"|\b(?:system|developer) prompt\b|<\|?(?:im_start|system|assistant)\|?>|\[/?INST\]"
    r"|\byou are (?:now|no longer) (?:an?|the|in|bound)\b|\b(?:as|you are) an? (?:ai|language model|llm)\b"
    r"|\bdo not (?:tell|inform|mention (?:this )?to|reveal (?:this )?to) the user\b"
    r"|\bignorier\w* (?:alle |die )?(?:vorherigen|bisherigen|obigen) (?:anweisungen|befehle|regeln)\b",
    re.IGNORECASE,
)


def flags(partitioned: PartitionedText) -> Iterable[str]:
    """Yield the categories that a text earns besides those of the values found in it."""
    if HIDDEN_NOTE in partitioned.notes:
        yield HIDDEN
    if _INSTRUCTION.search(partitioned.text):
        yield INSTRUCTION_LIKE


def revision() -> str:
    """Return a digest of this module as it lies on disk: flags are labels, so who flags otherwise labels otherwise."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
