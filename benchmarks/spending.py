"""What a block of work cost, by the product's own meter."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from memory.domain.usage import Meter, Usage

Operation = tuple[str, str]


@dataclass(slots=True)
class Spent:
    """Calls and items by (port, operation); filled when the block ends."""

    calls: dict[Operation, int] = field(default_factory=dict)
    amounts: dict[Operation, int] = field(default_factory=dict)

    def items(self, port: str, operation: str) -> int:
        """Return how many items one operation worked on."""
        return self.amounts.get((port, operation), 0)

    @property
    def index_writes(self) -> int:
        """How many points were written, governed or removed."""
        return sum(self.items("index", operation) for operation in ("publish", "govern", "remove"))


@contextmanager
def spending(meter: Meter) -> Iterator[Spent]:
    """Count what happens inside."""
    before = _by_operation(meter)
    spent = Spent()
    yield spent
    for operation, usage in _by_operation(meter).items():
        earlier = before.get(operation)
        spent.calls[operation] = usage.calls - (earlier.calls if earlier else 0)
        spent.amounts[operation] = usage.items - (earlier.items if earlier else 0)


def _by_operation(meter: Meter) -> dict[Operation, Usage]:
    return {(usage.port, usage.operation): usage for usage in meter.total()}
