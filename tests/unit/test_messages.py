"""What people read when something is refused says what happened and what to do next, in one or two plain sentences."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.adapters.partitioner.limits import Refusal
from memory.domain import errors

REPOSITORY = Path(__file__).resolve().parents[2]
FAULTS = [kind for kind in vars(errors).values() if isinstance(kind, type)]
KINDS = {kind.__name__ for kind in FAULTS} | {"SourceFailure", "Obstacle", "Refused"}
# A message either goes on after a semicolon or a full stop to what to do, or says what has to be there instead.
NEXT = re.compile(
    r"; \S|[.…] [A-Z`]|: memory |\brun:|\bmust\b|\bneeds?\b|\b[gG]ive\b|is written|written like|is a code|only a permit"
)
INTERNAL = {
    "memory/adapters/audit/log.py",  # a key that repeats is a mistake of the code, not of people
    "memory/adapters/identity/claims.py",  # why a token is refused is told to nobody
    "memory/adapters/catalogue/texts.py",
}


def literals() -> Iterator[tuple[str, str]]:
    """Yield (place, text) of every message that is written where it is raised; values are shown as `…`."""
    for package in ("memory", "connectors", "classifiers"):
        for path in sorted((REPOSITORY / package).rglob("*.py")):
            name = str(path.relative_to(REPOSITORY))
            if "testing" in path.parts or name in INTERNAL:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                    text = _text(node.args[-1]) if node.args else None
                    if text is not None:
                        yield f"{name}:{node.lineno}", text


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)
    return None


def test_every_message_says_what_to_do_next() -> None:
    """Fails when somebody raises an error that tells what is wrong and leaves its reader there."""
    found = dict(literals())
    assert len(found) > 150, "the messages are raised in another way now"
    # A message that ends with the reason of another message is continued by it.
    left = {place: text for place, text in found.items() if not NEXT.search(text) and not text.endswith(("…", "…."))}
    assert left == {}


def test_every_message_is_a_sentence() -> None:
    """A command to be typed may stand at its end, without a full stop that would be typed with it."""
    assert {place: text for place, text in literals() if not re.search(r"[.…]$|memory \S.*$|chmod .*$", text)} == {}


@pytest.mark.parametrize("kind", FAULTS)
def test_every_default_message_does_too(kind: type[errors.MemoryFault]) -> None:
    assert NEXT.search(str(kind())), str(kind())


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_reason_of_a_quarantine_does_too(refusal: Refusal) -> None:
    assert NEXT.search(refusal), refusal
