"""Tables of commands: what is copied from them, and what is searched in them, stays whole."""

import pytest

from memory.cli.options import print_table

ID = "441706b4-bb32-ad31-3350-da68d316dd16"
LONG = "a folder with a long name/and a file with another " * 3


def test_into_a_pipe_a_row_goes_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Fails when a table is as wide as a terminal although it is read by a program."""
    print_table(("id", "external id"), [(ID, LONG), (ID, None)], empty="Nothing.")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["id", ID, ID]
    assert LONG.strip() in lines[1]


def test_no_rows_are_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("id",), [], empty="Nothing.")
    assert capsys.readouterr().out == "Nothing.\n"
