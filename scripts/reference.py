"""Writes docs/reference.md from the code: settings, commands, endpoints, errors, entity types, purposes, policies.

`make docs` runs it. Everything on the page is read from where it is defined, so the page cannot say anything else; a
test compares the committed page with what this would write.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import typer

from classifiers.rules import load_rules
from memory.adapters.policy.loading import load_pack
from memory.adapters.registrations import load_registrations
from memory.api.app import create_app
from memory.api.errors import STATUS
from memory.cli.app import app
from memory.domain.identity import EVERYONE
from memory.settings import Settings
from memory.shipped import shipped
from memory.wiring import Services

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference.md"
HEAD = """# Reference

Written by `make docs` from the code; do not edit. The words behind it are in [cli.md](cli.md), [api.md](api.md),
[operations.md](operations.md) and [access-model.md](access-model.md).
"""
UNSET = "unset"


def reference() -> str:
    """Return the page."""
    sections = (
        ("Settings", settings()),
        ("Commands", commands()),
        ("Endpoints", endpoints()),
        ("Errors", errors()),
        ("Entity types", entity_types()),
        ("Purposes", purposes()),
        ("Policies", policies()),
    )
    return HEAD + "".join(f"\n## {title}\n\n{body}" for title, body in sections)


def settings() -> str:
    """Return a table of every setting. A variable beats a line of memory.toml, which beats the default."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = UNSET if field.default is None else f"`{field.default}`"
        rows.append((f"`{name}`", f"`MEMORY_{name.upper()}`", default, field.description or ""))
    return table(("in memory.toml", "variable", "default", "what it is"), rows)


def commands() -> str:
    """Return every command with its arguments and options."""
    return "\n".join(_command(path, command) for path, command in command_tree())


def command_tree() -> Iterator[tuple[str, Any]]:
    """Yield the full name of each command, as people type it, and the command."""
    yield from _leaves("memory", typer.main.get_command(app))


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    below = getattr(command, "commands", {})
    if not below:
        yield path, command
    for name, one in below.items():
        yield from _leaves(f"{path} {name}", one)


def _command(path: str, command: Any) -> str:
    rows = [(f"`{_name(one)}`", _need(one), one.help or "") for one in command.params]
    said = " ".join((command.help or "").split())
    return f"### `{path}`\n\n{said}\n\n{table(('parameter', 'default', 'what it is'), rows)}"


def _name(parameter: Any) -> str:
    return str(parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.name.upper())


def _need(parameter: Any) -> str:
    if parameter.required:
        return "required"
    return "" if parameter.default in (None, False) else f"`{parameter.default}`"


def endpoints() -> str:
    """Return a table of every operation of the API."""
    rows = []
    for path, method, operation in operations():
        given = ", ".join(f"`{one['name']}`" for one in operation.get("parameters", ()) if one["in"] != "path")
        rows.append((f"`{method.upper()} {path}`", given, operation["description"]))
    return table(("operation", "parameters", "what it does"), rows)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (path, method, description) of every operation; no home is needed to describe the API."""
    described = create_app(cast("Services", SimpleNamespace(settings=Settings.model_construct()))).openapi()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def errors() -> str:
    """Return a table of every error with its status and its default message."""
    rows = [(f"`{kind.__name__}`", f"{status:d} {status.phrase}", str(kind())) for kind, status in STATUS.items()]
    return table(("error", "status", "default message"), rows)


def entity_types() -> str:
    """Return a table of every entity type of the default rules."""
    rules = load_rules(shipped("config") / "classification.yaml")
    rows = [
        (f"`{kind}`", category + (" (special)" if category in rules.special else ""), _joined(rules.countries[kind]))
        for kind, category in rules.categories.items()
    ]
    return table(("entity type", "category", "jurisdiction"), rows)


def purposes() -> str:
    """Return a table of the purposes of the default pack."""
    registered = load_registrations(shipped("config"), None).purposes.values()
    rows = [
        (
            f"`{one.id}`",
            one.owner,
            "any" if one.any_application else _joined(one.applications),
            "everyone" if EVERYONE in one.open_to else _joined(f"{token.kind}:{token.id}" for token in one.open_to),
            one.description,
        )
        for one in registered
    ]
    return table(("purpose", "owner", "applications", "open to", "description"), rows)


def policies() -> str:
    """Return a table of the policies of the default pack, in the order of their files."""
    rows = [
        (f"`{one.id}`", one.effect, one.reason + (f" Obligation: {one.obligation.text}" if one.obligation else ""))
        for one in load_pack(shipped("config")).policies
    ]
    return table(("policy", "effect", "reason"), rows)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; a bar inside a cell is escaped."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _joined(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
