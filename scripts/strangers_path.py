"""Walks the path of somebody who has never seen the product: the pages word for word, in one shell, in a fresh clone.

`make stranger` runs it. Every block marked `bash` on README.md and docs/tutorial.md is run as it is printed, in order.
A block marked `output` right after one is all that it prints, on both streams, with three allowances: ids, hashes and
times differ from run to run; any space, also at the end, is worth any other; and `…` stands for the rest of a line or,
alone, for any lines. The first command that fails, and the first shown line that did not come out, end the walk with
their page and line. So does a page that leaves something running.

`--no-clone` copies the current tree and uses its environment, as the tests do with every page that has commands.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "docs/tutorial.md")
PATIENCE_S = 3600
"""For a clone that installs everything; one that hangs longer is broken."""

LEAVING_S = 10
"""How long what a page started may take to be gone after its last command."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CHANGING = (
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\brcp_[0-9a-f]{32}\b"), "<receipt>"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "<hash>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?"), "<time>"),
)
_DRIVER = """set -eE -o pipefail
trap 'echo "$LINENO" >> "$BOOK/failed"' ERR
for number in $(seq {count}); do
    echo "$number" > "$BOOK/reached"
    exec > "$BOOK/$number.out" 2>&1 < /dev/null
    source "$BOOK/$number.sh"
done
echo done > "$BOOK/reached"
"""


class Stumble(Exception):  # noqa: N818 - it is what happens to a stranger, and its message is for people
    """A page did not keep its word; the message says where and how."""


@dataclass(frozen=True)
class Block:
    """Commands of a page, the line that the first of them stands on, and the lines that the page says they print."""

    page: str
    line: int
    commands: str
    shown: tuple[str, ...] | None
    shown_at: int


def blocks(page: str, text: str) -> Iterator[Block]:
    """Yield the `bash` blocks of a page with what it shows after them; `output` after anything else is an error."""
    found = [(match[1], text.count("\n", 0, match.start(2)) + 1, match[2]) for match in _BLOCK.finditer(text)]
    for (kind, line, body), (after, shown_at, shown) in zip(found, [*found[1:], ("", 0, "")], strict=True):
        if kind != "bash" and after == "output":
            raise Stumble(f"{page}:{shown_at}: an output needs a bash block right before it.")
        if kind == "bash":
            yield Block(page, line, body, tuple(shown.splitlines()) if after == "output" else None, shown_at)


def mismatch(shown: Sequence[str], printed: str) -> int | None:
    """Return the index of the first shown line that did not come out; its length where too much came; None if all fits.

    `printed` as a whole must be what is shown, line by line.
    """
    text = "".join(f"{_plain(line)}\n" for line in printed.rstrip().splitlines())
    patterns = [_pattern(line) for line in shown]
    if re.fullmatch("".join(patterns), text):
        return None
    return next((n for n in range(len(shown)) if not re.match("".join(patterns[: n + 1]), text)), len(shown))


def walk(pages: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run the pages of the tree in `folder`, one after the other in one shell that begins there. Raises `Stumble`."""
    todo = [block for page in pages for block in blocks(page, (folder / page).read_text(encoding="utf-8"))]
    with tempfile.TemporaryDirectory(prefix="stranger-") as book:
        for number, block in enumerate(todo, 1):  # empty lines before it, so that the shell counts as the page does
            (Path(book) / f"{number}.sh").write_text("\n" * (block.line - 1) + block.commands)
        status = _run(_DRIVER.format(count=len(todo)), folder, {**environment, "BOOK": book})
        _judge(todo, Path(book), status)


def copied(target: Path) -> dict[str, str]:
    """Copy the current tree to `target`, with its environment and models, and return the variables to walk it with."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=REPOSITORY, check=True, capture_output=True).stdout.decode()  # noqa: S603
    for name in filter(None, names.split("\0")):
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)
    (target / ".venv").symlink_to(Path(sys.prefix))
    models = Path(os.environ.get("MEMORY_MODEL_CACHE", REPOSITORY / ".cache" / "models"))
    (target / ".cache").mkdir(exist_ok=True)
    (target / ".cache" / "models").symlink_to(models)
    installed = target / ".cache" / "installed"
    installed.touch()  # newer than what `make env` looks at: there is nothing to install
    paths = [str(target), *filter(None, [os.environ.get("PYTHONPATH")])]
    path = f"{target / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return _outside() | {
        "PATH": path,
        "PYTHONPATH": os.pathsep.join(paths),
        "MEMORY_MODEL_CACHE": str(models),
        "MAKEFLAGS": f"STAMP={installed}",
    }


def cloned(target: Path) -> dict[str, str]:
    """Clone the repository to `target` as it is committed, and return the variables to walk it with."""
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(target)], check=True)  # noqa: S603, S607
    kept = _outside()
    kept.pop("PYTHONPATH", None)
    return kept


def main() -> None:
    """Walk the pages that are named, else the whole first hour; end with 1 and one sentence where it stumbles."""
    parser = argparse.ArgumentParser(description="Run README.md and docs/tutorial.md word for word.")
    parser.add_argument("pages", nargs="*", default=PAGES, help="pages to run, in order")
    parser.add_argument("--no-clone", action="store_true", help="copy the current tree and use its environment")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clone-") as place:
        folder = Path(place) / "enterprise-memory"
        folder.mkdir()
        environment = copied(folder) if asked.no_clone else cloned(folder)
        began = time.monotonic()
        try:
            walk(asked.pages, folder, environment)
        except Stumble as stumble:
            sys.exit(str(stumble))
        sys.stdout.write(f"{', '.join(asked.pages)}: works, word for word, in {time.monotonic() - began:.0f} s.\n")


def _outside() -> dict[str, str]:
    """Return the variables of somebody who has not heard of the product, and a port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    strange = ("MEMORY_", "MAKE", "VIRTUAL_ENV", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(strange)} | {
        "MEMORY_PORT": str(port)
    }


def _run(script: str, folder: Path, environment: Mapping[str, str]) -> int:
    """Run a script in a session of its own and return its status; what it leaves is ended. Raises `Stumble`."""
    shell = subprocess.Popen(  # noqa: S603
        ["bash", "-c", script],  # noqa: S607
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        status = shell.wait(PATIENCE_S)
        if status == 0 and not _gone(shell.pid):
            raise Stumble("The last page leaves something running; stop it on the page that started it.")
        return status
    except subprocess.TimeoutExpired:
        raise Stumble(f"The pages did not come to their end in {PATIENCE_S} s.") from None
    finally:
        _end(shell)


def _gone(group: int) -> bool:
    """Say whether every process of the group ends within a short time."""
    until = time.monotonic() + LEAVING_S
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def _end(shell: subprocess.Popen[bytes]) -> None:
    for strength in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(shell.pid, strength)
        except ProcessLookupError:
            break
        if _gone(shell.pid):
            break
    shell.wait()


def _judge(todo: Sequence[Block], book: Path, status: int) -> None:
    """Compare what blocks printed with what their pages show, in order. Raises `Stumble` at the first difference."""
    reached = (book / "reached").read_text().strip()
    for number, block in enumerate(todo, 1):
        printed = (book / f"{number}.out").read_text(errors="replace")
        if reached == str(number):
            raise Stumble(_failed(block, book, status, printed))
        wrong = None if block.shown is None else mismatch(block.shown, printed)
        if wrong is not None:
            raise Stumble(_differs(block, wrong, printed))


def _failed(block: Block, book: Path, status: int, printed: str) -> str:
    told = book / "failed"
    line = told.read_text().split()[0] if told.exists() else block.line
    return f"{block.page}:{line}: the command ended with {status}. It printed:\n{printed}"


def _differs(block: Block, wrong: int, printed: str) -> str:
    shown = block.shown or ()
    what = f"was not printed: {shown[wrong]!r}" if wrong < len(shown) else "more was printed than is shown."
    return f"{block.page}:{block.shown_at + wrong}: {what}\nIt printed:\n{printed}"


def _plain(line: str) -> str:
    for pattern, word in _CHANGING:
        line = pattern.sub(word, line)
    return " ".join(line.split())


def _pattern(line: str) -> str:
    if line.strip() == "…":
        return r"(?:[^\n]*\n)*?"
    return re.escape(_plain(line)).replace("…", r"[^\n]*") + r"\n"


if __name__ == "__main__":
    main()
