import io
import shlex

import pytest
from rich.console import Console

from memory.cli.tour.voice import Voice


def spoken(width: int, **options: bool) -> tuple[Voice, io.StringIO]:
    """Return a voice for a terminal of this width, and what it says."""
    said = io.StringIO()
    return Voice(Console(file=said, width=width, soft_wrap=True, highlight=False, emoji=False, **options)), said


PARTS = ("memory retrieve 'May I share this?  Now'", "--as user:mira", "--purpose analysis", "--top-k 4")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_broken_command_says_to_a_shell_what_the_whole_one_says(width: int) -> None:
    """Bites: a break inside a part, or one that the shell does not take as going on."""
    voice, said = spoken(width)
    voice.command(*PARTS)
    (line,) = said.getvalue().replace("\\\n", " ").splitlines()
    prompt, *words = shlex.split(line)
    assert prompt == "$"
    assert words == shlex.split(" ".join(PARTS))


@pytest.mark.parametrize("width", [40, 80, 120, 300])
def test_no_line_is_longer_than_the_terminal_or_than_is_easy_to_read(width: int) -> None:
    voice, said = spoken(width)
    for speak in (voice.tell, voice.claim, voice.change, voice.end):
        speak("Nobody may share a customer dataset until three things are on file. " * 5)
    assert max(map(len, said.getvalue().splitlines())) <= min(width, 110)


def test_what_documents_say_steers_no_terminal_and_is_no_markup() -> None:
    """Bites: printing what a document says as it stands."""
    voice, said = spoken(80)
    for speak in (voice.tell, voice.claim, voice.change, voice.command):
        speak("[bold]loud[/bold] \x1b[2J\u202e")
    assert "[bold]loud[/bold]" in said.getvalue()
    assert "\x1b" not in said.getvalue()
    assert "\u202e" not in said.getvalue()


def test_a_redaction_is_seen_on_a_terminal_and_plain_without_colours() -> None:
    voice, said = spoken(80, force_terminal=True)
    voice.tell("tax id [DE_TAX_ID], see [1]")
    assert "\x1b[1;33m[DE_TAX_ID]\x1b[0m" in said.getvalue()
    assert "\x1b[1;33m[1]" not in said.getvalue()
    plain, said = spoken(80, force_terminal=True, no_color=True)
    plain.command("memory documents")
    assert "\x1b[3" not in said.getvalue()


def test_nobody_is_waited_for_when_nothing_is_shown_or_the_input_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert Voice(Console(quiet=True)).pause() is False
    voice, said = spoken(80)
    assert voice.pause() is True
    assert voice.pause() is False
    assert said.getvalue().count("Enter goes on") == 2
