"""How the tour speaks: lines that fit the terminal, commands that can be copied, colours where there are any."""

import textwrap
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from memory.cli.options import printable

WIDTH = 110
"""Lines are wrapped here, or earlier in a narrower terminal: longer ones are hard to read."""
MARGIN = 3

_MARK = r"\[[A-Z][A-Z_]+\]"
"""What stands in place of a value that was redacted."""
_CHANGES = {"+": "green", "-": "red", "~": "yellow"}


class Voice:
    """Prints the tour. What documents say is data: no markup, no terminal control characters."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.width = min(console.width, WIDTH)

    def heading(self, number: int, steps: int, title: str, look: str) -> None:
        """Begin a step: its title, and what to look at."""
        self._console.print(f"\n{number}/{steps}  {title}", style="bold", markup=False)
        self._lines(look, MARGIN, 0, "italic")

    def tell(self, text: str, *, indent: int = MARGIN, hang: int = 2) -> None:
        """Print a text; lines after the first stand `hang` further in."""
        self._lines(text, indent, hang, "")

    def change(self, line: str) -> None:
        """Print a line of a difference."""
        self._lines(line, MARGIN + 2, 2, _CHANGES.get(line[:1], ""))

    def command(self, *parts: str) -> None:
        """Print a command for a shell; it is broken between parts alone, so that it can be copied."""
        rows, margin = ["$"], " " * MARGIN
        for part in parts:
            if rows[-1] != "$" and len(margin) + len(rows[-1]) + len(part) + 3 > self.width:
                rows[-1] += " \\"
                rows.append("   ")
            rows[-1] += f" {part}"
        for row in rows:
            self._console.print(f"{margin}{printable(row)}", style="cyan", markup=False)

    def claim(self, sentence: str) -> None:
        """Print a claim that held."""
        first, *others = self._wrapped(sentence, MARGIN + 2, 0)
        for line in (f"{' ' * MARGIN}✓ {first.lstrip()}", *others):
            self._console.print(line, markup=False, style="green")

    def end(self, text: str) -> None:
        """Print a last word."""
        self._console.print()
        self._lines(text, 0, 0, "")

    def pause(self) -> bool:
        """Wait until somebody presses Enter; say whether anybody is there."""
        if self._console.quiet:
            return False
        try:
            self._console.input("\n   Enter goes on ")
        except EOFError:
            return False
        return True

    def _lines(self, text: str, indent: int, hang: int, style: str) -> None:
        for line in self._wrapped(text, indent, hang):
            shown = Text(line, style=style)
            shown.highlight_regex(_MARK, "bold yellow")
            self._console.print(shown)

    def _wrapped(self, text: str, indent: int, hang: int) -> list[str]:
        return textwrap.wrap(
            printable(text),
            self.width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hang),
            break_long_words=False,
            break_on_hyphens=False,
        )


def listed(names: Iterable[str]) -> str:
    """Return names in one line."""
    return ", ".join(names) or "nothing"
