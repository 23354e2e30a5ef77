"""Policies from files, checked before any of them decides.

Enter the folder `config/`; leaves a `PolicyPack`. A policy is refused (`InvalidPolicy`, naming file and policy) unless
it validates against the schema and carries an `@id` of its own and a `@reason` for people. Validation is what defuses
Cedar's skip-on-error: a `forbid` that could fail on a missing attribute never loads.

A permit may carry `@obligation("id: what to do")`, which comes back with every answer it permits.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cedarpy

from memory.access.jurisdictions import Jurisdictions
from memory.adapters.policy.jurisdictions import read_jurisdictions
from memory.domain.errors import InvalidPolicy
from memory.domain.retrieval import Obligation

POLICY_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ATTRIBUTE = "."


@dataclass(frozen=True, slots=True)
class WrittenPolicy:
    """One policy as its authors wrote it. `canonical` is its JSON form: equal meaning of words, equal bytes."""

    id: str
    effect: str
    reason: str
    obligation: Obligation | None
    file: str
    canonical: str


@dataclass(frozen=True, slots=True)
class PolicyPack:
    """The policies with their schema, and the jurisdiction rows they rest on.

    `policies` are in the order in which Cedar numbers them. `groups` are the names of the groups, and `attributes` the
    names of the attributes, that policies mention.
    """

    policies: tuple[WrittenPolicy, ...]
    policy_set: cedarpy.PolicySet
    schema: cedarpy.Schema
    jurisdictions: Jurisdictions
    groups: frozenset[str]
    attributes: frozenset[str]


def load_pack(config: Path) -> PolicyPack:
    """Read `policies/` and `jurisdictions/` under `config`. Raises `InvalidPolicy`."""
    texts = {file.name: _text(file) for file in sorted((config / "policies").glob("*.cedar"))}
    schema = _schema(config / "policies" / "schema.cedarschema")
    policies = [policy for name, text in texts.items() for policy in _policies(name, text, schema)]
    if not policies:
        raise InvalidPolicy("policies: there are no policies; copy those that ship into this folder.")
    _refuse_repeated_ids(policies)
    mentioned = {mention for policy in policies for mention in _mentions(json.loads(policy.canonical))}
    return PolicyPack(
        policies=tuple(policies),
        policy_set=cedarpy.PolicySet.from_str("\n".join(texts.values())),
        schema=schema,
        jurisdictions=read_jurisdictions(config / "jurisdictions"),
        groups=frozenset(name for kind, name in mentioned if kind == "Group"),
        attributes=frozenset(name for kind, name in mentioned if kind == ATTRIBUTE),
    )


def _schema(file: Path) -> cedarpy.Schema:
    try:
        return cedarpy.Schema.from_str(_text(file))
    except ValueError as error:
        raise InvalidPolicy(f"{file.name}: the schema cannot be read: {error}. Mend it and start again.") from error


def _policies(name: str, text: str, schema: cedarpy.Schema) -> list[WrittenPolicy]:
    try:
        body = json.loads(cedarpy.policies_to_json_str(text))
    except ValueError as error:
        raise InvalidPolicy(f"{name}: a policy cannot be read: {error}. Mend it and start again.") from error
    if body["templates"]:
        raise InvalidPolicy(f"{name}: templates are not supported; write the policy out.")
    # Cedar numbers policies in the order of the text: policy0, policy1, …
    numbered = sorted(body["staticPolicies"].items(), key=lambda item: int(item[0].removeprefix("policy")))
    written = {number: _written(name, position, policy) for position, (number, policy) in enumerate(numbered, start=1)}
    for fault in cedarpy.validate_policies(text, schema).errors:
        culprit = written[fault.policy_id].id if fault.policy_id in written else "?"
        raise InvalidPolicy(
            f"{name}: policy {culprit} does not validate: {fault.error}. Mend it by the words of schema.cedarschema."
        )
    return list(written.values())


def _written(name: str, position: int, policy: Mapping[str, Any]) -> WrittenPolicy:
    annotations = policy.get("annotations", {})
    identifier, reason = annotations.get("id") or "", (annotations.get("reason") or "").strip()
    if not POLICY_ID.fullmatch(identifier):
        raise InvalidPolicy(f"{name}: policy {position} needs an @id of lower-case words joined by hyphens.")
    if not reason:
        raise InvalidPolicy(f"{name}: policy {identifier} needs a @reason, a sentence for people.")
    if any(kind == "Profile" for kind, _ in _mentions(policy)):
        raise InvalidPolicy(f"{name}: policy {identifier} names a profile; name the facts of documents instead.")
    obligation = None
    if "obligation" in annotations:
        obligation = _obligation(f"{name}: policy {identifier}", policy["effect"], annotations["obligation"] or "")
    return WrittenPolicy(identifier, policy["effect"], reason, obligation, name, json.dumps(policy, sort_keys=True))


def _obligation(where: str, effect: str, text: str) -> Obligation:
    identifier, _, duty = text.partition(": ")
    if effect != "permit" or not POLICY_ID.fullmatch(identifier) or not duty.strip():
        raise InvalidPolicy(f'{where}: only a permit carries an obligation, written @obligation("id: what to do").')
    return Obligation(identifier, duty.strip())


def _refuse_repeated_ids(policies: list[WrittenPolicy]) -> None:
    first: dict[str, str] = {}
    for policy in policies:
        if policy.id in first:
            raise InvalidPolicy(
                f"{policy.file}: policy {policy.id} has an @id already used in {first[policy.id]}; give it another."
            )
        first[policy.id] = policy.file


def _mentions(node: object) -> Iterator[tuple[str, str]]:
    """Yield (type, id) of every entity that a policy mentions, and (`ATTRIBUTE`, name) of every attribute."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), str) and isinstance(node.get("id"), str):
            yield node["type"], node["id"]
        if isinstance(node.get("attr"), str):
            yield ATTRIBUTE, node["attr"]
        for value in node.values():
            yield from _mentions(value)
    elif isinstance(node, list):
        for value in node:
            yield from _mentions(value)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidPolicy(f"{file.name} cannot be read; check that it is there, in UTF-8, and its rights.") from error
