"""A world with one reader, one writer, and one document that the reader may not see."""

from dataclasses import dataclass
from typing import Any

from memory.domain.governance import Source
from tests.worlds.asgi import Response
from tests.worlds.building import World, document


@dataclass(frozen=True)
class Office:
    """The world, its sources and its tokens."""

    world: World
    handbook: Source
    vault: Source
    reader: str
    writer: str

    @property
    def shown(self) -> str:
        return self.world.document_id("handbook", "leave")

    @property
    def hidden(self) -> str:
        return self.world.document_id("vault", "secret")

    def push(self, *documents: dict[str, Any], token: str | None = None, key: str | None = None) -> Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.world.client.post("/documents", token or self.writer, {"documents": list(documents)}, headers)

    def state(self, document_id: str, token: str | None = None) -> Response:
        return self.world.client.get(f"/documents/{document_id}", token or self.writer)


def pushed(name: str = "note", text: str = "# Note\n\nbudget of the lab", **more: Any) -> dict[str, Any]:
    return {"external_id": name, "title": name, "text": text, **more}


def built(world: World) -> Office:
    ana = world.person("ana", "employees")
    handbook = world.source("handbook", "group:employees")
    vault = world.source("vault", "user:boss")
    world.bring(handbook, document("leave", "# Leave\n\nleave and holidays", world.clock.now()))
    world.bring(vault, document("secret", "# Leave\n\nthe vault of leave", world.clock.now()))
    publisher = world.person("service:publisher")
    writer = world.token(publisher, writes="handbook", name="writer")
    return Office(world, handbook, vault, world.token(ana, name="ana"), writer)
