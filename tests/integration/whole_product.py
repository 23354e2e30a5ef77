"""Everything that the product does, once: run as a program, behind the trap of `trapped`, in a folder that is given.

Prints what became of the documents and which commands ran, as JSON; ends with an error where a step does not do its
work.
"""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from memory.domain.identity import PrincipalToken
from memory.ingest.claiming import request
from memory.settings import load_settings
from memory.wiring import build_beside
from tests.integration.commands import MEMORY, Commands, InProcess
from tests.integration.hostile import opened, packed, taped, xlsx
from tests.integration.outlook import outlook

RAN: list[tuple[str, ...]] = []
"""The arguments of every command that was run to a good end."""

COMPANY = Path(__file__).resolve().parents[2] / "examples" / "company"
AWAY = "http://telemetry.example/pixel.png"
SAID = "Leave lasts thirty days; write to ada.okafor@example.co.uk or call +49 30 901820."
CELL = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{SAID}</t></is></c></row>'
WAIT_S = 60
CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
BOOK = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>'
    '<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="c"/></spine></package>'
)
TEXT = "urn:oasis:names:tc:opendocument:xmlns"
LETTER = (
    f'<office:document-content xmlns:office="{TEXT}:office:1.0" xmlns:text="{TEXT}:text:1.0"><office:body>'
    f"<office:text><text:p>{SAID}</text:p></office:text></office:body></office:document-content>"
)
PAGE = f'<html><head><link rel="stylesheet" href="{AWAY}"></head><body><p>{SAID}</p><img src="{AWAY}"></body></html>'
MAIL = f"""From: Ada <ada.okafor@example.co.uk>
Subject: Leave
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

{PAGE}
--b
Content-Type: text/markdown
Content-Disposition: attachment; filename="attached.md"

# Attached

{SAID}
--b--
"""


def formats() -> dict[str, bytes]:
    """Return a file of every format that can be written here; some point at pictures, styles and types elsewhere."""
    slides = io.BytesIO()
    _presentation().save(slides)
    texts = {
        "a.txt": SAID,
        "a.md": f"# Leave\n\n![seen]({AWAY})\n\n{SAID}\n",
        "a.rst": f"Leave\n=====\n\n.. image:: {AWAY}\n\n{SAID}\n",
        "a.html": PAGE,
        "a.xml": f'<!DOCTYPE a SYSTEM "http://telemetry.example/a.dtd"><a><b>{SAID}</b></a>',
        "a.csv": "name,e-mail\n" + "Ada,ada.okafor@example.co.uk\n" * 5,
        "a.rtf": rf"{{\rtf1\ansi {SAID}}}",
        "a.eml": MAIL,
    }
    chapter = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{SAID}</p></body></html>'
    return {
        **{name: text.encode() for name, text in texts.items()},
        "a.msg": outlook("Leave", "ada.okafor@example.co.uk", PAGE, {"attached.md": texts["a.md"].encode()}),
        "a.xlsx": xlsx(CELL),
        "a.pptx": slides.getvalue(),
        "a.odt": opened(
            "application/vnd.oasis.opendocument.text", {"META-INF/manifest.xml": "<m/>", "content.xml": LETTER}
        ),
        "a.epub": opened(
            "application/epub+zip", {"META-INF/container.xml": CONTAINER, "book.opf": BOOK, "c.xhtml": chapter}
        ),
        "a.zip": packed({"inside.md": SAID, "mail.eml": MAIL}),
        "a.tar": taped((tarfile.TarInfo("inside.txt"), SAID.encode())),
    }


def _presentation() -> Any:
    from pptx import Presentation

    made = Presentation()
    made.slides.add_slide(made.slide_layouts[0]).shapes.title.text = SAID
    return made


class Kept(Commands):
    """Commands that are remembered in `RAN`."""

    def told(self, *arguments: str) -> str:
        said = super().told(*arguments)
        RAN.append(arguments)
        return said


class KeptInProcess(Kept, InProcess):
    """The same in this process."""


def main(folder: Path, model_cache: Path) -> None:
    """Go through the commands and the API in the order of a deployment's first day."""
    commands = KeptInProcess(folder / "home", model_cache, {"MEMORY_REGION": "DE"})
    lay_out(folder)
    commands.told("init", "--region", "DE")
    commands.told("principal", "add", "user:ada", "--country", "DE", "--group", "employees")
    commands.told("principal", "add", "service:wiki", "--country", "DE")
    commands.told("group", "add", "employees", "--member", "user:olga")
    commands.told("group", "members", "employees")
    commands.told("principal", "list")
    processes = Kept(commands.home, commands.model_cache, commands.variables)
    processes.told("ingest", "files", "--source", "files", "--allow", "everyone")
    commands.told("ingest", "policies", "--source", "policies", "--connector", "git", "--allow", "everyone")
    commands.told("source", "add", "wiki", "--allow", "everyone")
    serve(processes, commands)
    commands.told("reindex")
    work(processes)
    look(commands)
    commands.told("doctor")
    assert commands.json("audit", "verify")["intact"]
    commands.told("audit", "export", "log.jsonl")
    commands.told("eval", "retrieval", "collection")
    commands.told("eval", "pii", "annotated.json")
    states = {one["external_id"]: one["state"] for one in commands.json("documents")["items"]}
    json.dump({"states": states, "ran": RAN}, sys.stdout)


def lay_out(folder: Path) -> None:
    """Write the files, a repository, a collection with its questions, and annotated texts."""
    shutil.copytree(COMPANY, folder / "files", ignore=shutil.ignore_patterns("*.yaml", "*.fast-import"))
    for name, content in formats().items():
        (folder / "files" / name).write_bytes(content)
    git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", "policies")
    git(folder / "policies", "fast-import", "--quiet", given=(COMPANY / "policies.fast-import").read_bytes())
    (folder / "collection" / "qrels").mkdir(parents=True)
    one = {"_id": "1", "title": "Leave", "text": SAID}
    (folder / "collection" / "corpus.jsonl").write_text(json.dumps(one))
    (folder / "collection" / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "How much leave?"}))
    (folder / "collection" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\t1\t1\n")
    annotated = [{"full_text": SAID, "spans": []}]
    (folder / "annotated.json").write_text(json.dumps(annotated))


def git(folder: Path, *arguments: str, given: bytes = b"") -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, input=given)  # noqa: S603, S607


def serve(processes: Commands, commands: Commands) -> None:
    """Ask, push and sync through a server."""
    ada = commands.told("token", "issue", "user:ada", "--role", "operator").strip()
    wiki = commands.told("token", "issue", "service:wiki", "--write", "wiki").strip()
    with processes.serving() as (_, said):
        asked = {"query": "How much leave is there?", "purpose": "support"}
        assert call(f"{said['url']}/retrieve", ada, asked)["passages"]
        pushed = {"external_id": "p", "title": "Pushed", "media_type": "text/html", "text": PAGE}
        answer = call(f"{said['url']}/documents", wiki, {"documents": [pushed]})
        assert answer["items"][0]["change"] == "added", answer
        run = call(f"{said['url']}/sources/policies/sync", ada, {"mode": "full"})
        until = time.monotonic() + WAIT_S
        while run["state"] in ("queued", "running") and time.monotonic() < until:
            time.sleep(0.1)
            run = call(f"{said['url']}/syncs/{run['id']}", ada)
        assert run["state"] == "completed", run
    RAN.append(("serve",))


def look(commands: Commands) -> None:
    """Ask and browse as an operator, and suspend a source in between."""
    answer = commands.json("retrieve", "How much leave is there?", "--as", "user:ada", "--purpose", "support")
    assert answer["passages"]
    commands.told("receipt", "show", answer["receipt_id"])
    changed = next(
        one["id"] for one in commands.json("documents", "--source", "policies")["items"] if one["version"] > 1
    )
    commands.told("versions", changed)
    commands.told("show", changed)
    commands.told("diff", changed, "--from", "1", "--to", "2")
    commands.told("source", "suspend", "policies", "--reason", "maintenance")
    commands.told("source", "list")
    commands.told("source", "resume", "policies")


def call(url: str, token: str, body: dict[str, Any] | None = None) -> Any:
    """Return what the API answers."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=WAIT_S) as reply:  # noqa: S310
        return json.load(reply)


def work(commands: Commands) -> None:
    """Let a worker run a queued sync."""
    with build_beside(load_settings(home=commands.home, model_cache=commands.model_cache, region="DE")) as services:
        queued = request("policies", PrincipalToken.parse("user:ada"), services.syncing)
        command = [str(MEMORY), "worker", "--json"]
        with subprocess.Popen(command, env=commands.environment, stdout=subprocess.DEVNULL) as worker:  # noqa: S603
            until = time.monotonic() + WAIT_S
            finished = False
            while not finished and time.monotonic() < until:
                time.sleep(0.1)
                with services.catalogue.read() as session:
                    run = session.sources.sync(queued.id)
                finished = run is not None and run.finished_at is not None
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(WAIT_S) == 0
    assert finished
    RAN.append(("worker",))


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    main(Path(sys.argv[1]), Path(sys.argv[2]))
