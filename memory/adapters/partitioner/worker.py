"""The child: reads documents one after the other from standard input and answers on standard output.

What enters are frames: a header `{media_type, name}` and the bytes of a document. What leaves is one frame each, a
text with its elements or the name of a refusal, then a frame for each file found inside. Started as
`python -m memory.adapters.partitioner.worker SETTINGS`, where the settings are JSON: the folder it may write to, the
process id of its parent, and the limits.
"""

import json
import math
import mimetypes
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from memory.adapters.partitioner import wire
from memory.adapters.partitioner.confinement import bound_memory, confine, seal
from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.processor import take_ordinary_turns
from memory.domain.documents import PartitionedText

READY = b"ready"
_GRACE_S = 5.0


def main() -> None:
    """Confine this process, load the parsers, and serve until standard input closes."""
    take_ordinary_turns()
    settings = json.loads(sys.argv[1])
    limits = Limits(**settings["limits"])
    confine(Path(settings["folder"]), parent=settings["parent"], memory_bytes=limits.memory_bytes)
    requests, answers = _take_pipes()
    _load()
    bound_memory(limits.document_bytes)
    seal()
    forever = wire.Deadline(math.inf)
    wire.send(answers, READY, forever)
    try:
        while True:
            header = json.loads(wire.receive(requests, 2**16, forever))
            content = wire.receive(requests, limits.input_bytes, forever)
            # The kernel ends a parser that outlives its time even if the parent is no longer there to do so.
            signal.setitimer(signal.ITIMER_REAL, limits.timeout_s + _GRACE_S)
            for frame in answer(content, header, limits):
                wire.send(answers, frame, forever)
            signal.setitimer(signal.ITIMER_REAL, 0)
    except wire.BrokenFrame:  # the parent has closed the pipe
        return


def answer(content: bytes, header: dict[str, Any], limits: Limits) -> list[bytes]:
    """Return the frames that answer one document, whatever its parser does."""
    try:
        partitioned = _partition(content, header["media_type"], header["name"], limits)
        return [wire.to_json(partitioned), *(member.content for member in partitioned.members)]
    except Refused as refused:
        refusal = refused.refusal
    except MemoryError:
        refusal = Refusal.OUT_OF_MEMORY
    except Exception:  # noqa: BLE001 - parsers raise anything; the parent tells people that the file is damaged
        refusal = Refusal.CORRUPT
    return [json.dumps({"refusal": refusal.name}).encode()]


def _partition(content: bytes, media_type: str, name: str, limits: Limits) -> PartitionedText:
    from memory.adapters.partitioner.formats import detect

    form, notes = detect(content, media_type, name)
    partitioned = form.parser()(content, limits)
    if not partitioned.text.strip():
        raise Refused(Refusal.EMPTY)
    if len(partitioned.text) > limits.characters:
        raise Refused(Refusal.OUTPUT_TOO_LARGE)
    return replace(partitioned, notes=(*notes, *partitioned.notes), format=form.name)


def _take_pipes() -> tuple[int, int]:
    """Move both pipes out of the reach of code that prints or reads the console."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return requests, answers


def _load() -> None:
    """Import every parser, so that no document pays for it and a broken installation shows at once."""
    from memory.adapters.partitioner import nlp
    from memory.adapters.partitioner.formats import FORMATS

    mimetypes.knownfiles.clear()  # they are files of the machine: refused by the kernel, and different everywhere
    nlp.install()
    for form in FORMATS:
        form.parser()


if __name__ == "__main__":
    main()
