"""The command line, `memory`: the same ground as the API, for operators of a home."""

from memory.cli.app import main

__all__ = ["main"]
