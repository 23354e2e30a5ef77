"""The rules from findings to labels, as people wrote them in `classification.yaml`.

Enters: the file. Leaves: `ClassificationRules`, which implements the port `Labeller`. A file with an unknown key, a
misspelt value or a key given twice is refused as a whole: half-read rules would protect less than their author meant.
"""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from classifiers.jurisdiction import jurisdictions
from classifiers.sensitivity import SensitivityRule, categories, sensitivity
from memory.domain.errors import InvalidPolicy
from memory.domain.governance import Finding, Labels, ReviewState, ScoreBand, Sensitivity

_CategoryName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_EntityType = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
_Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


@dataclass(frozen=True, slots=True)
class ClassificationRules:
    """Implements `Labeller`. `categories` maps every known entity type to its kind of data."""

    version: str
    default_sensitivity: Sensitivity
    categories: Mapping[str, str]
    special: frozenset[str]
    searchable: frozenset[str]
    rules: tuple[SensitivityRule, ...]
    countries: Mapping[str, frozenset[str]]

    def label(self, findings: Sequence[Finding]) -> Labels:
        """Return labels as a suggestion: no rule confirms anything, a person does."""
        return Labels(
            sensitivity=sensitivity(findings, self.rules, self.categories, self.default_sensitivity),
            categories=categories(findings, self.categories, self.special),
            jurisdictions=jurisdictions(findings, self.countries),
            review=ReviewState.SUGGESTED,
        )


def load_rules(path: Path) -> ClassificationRules:
    """Read and check the file. Raises `InvalidPolicy`, which names the file and the key or line to mend."""
    try:
        body = path.read_bytes()
        written = _File.model_validate(yaml.load(body, Loader=_StrictLoader))  # noqa: S506 # a SafeLoader that is stricter
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidPolicy(f"{path}: cannot be read ({type(error).__name__}); put the rules there.") from error
    except yaml.YAMLError as error:
        raise InvalidPolicy(f"{path}: {' '.join(str(error).split())}; mend the line and start again.") from error
    except ValidationError as error:
        raise InvalidPolicy(f"{path}: {_explain(error)}; mend it and start again.") from error
    return written.compile(hashlib.sha256(body).hexdigest()[:12])


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Category(_Strict):
    entity_types: list[_EntityType] = Field(min_length=1)
    special: bool = Field(default=False, strict=True)
    searchable: bool = Field(default=False, strict=True)


class _Rule(_Strict):
    id: str = Field(min_length=1)
    categories: list[_CategoryName] = []
    entity_types: list[_EntityType] = []
    min_band: ScoreBand = ScoreBand.POSSIBLE
    min_count: int = Field(default=1, ge=1, strict=True)
    sensitivity: Sensitivity


class _File(_Strict):
    default_sensitivity: Sensitivity
    categories: dict[_CategoryName, _Category] = Field(min_length=1)
    rules: list[_Rule] = Field(min_length=1)
    jurisdictions: dict[_Country, list[_EntityType]]

    @model_validator(mode="after")
    def _consistent(self) -> "_File":
        known = [kind for category in self.categories.values() for kind in category.entity_types]
        used = [kind for rule in self.rules for kind in rule.entity_types]
        used += [kind for kinds in self.jurisdictions.values() for kind in kinds]
        _refuse("entity type in two categories", _repeated(known))
        _refuse("entity type that no category lists", set(used) - set(known))
        _refuse("rule names a category that is not defined", self._named_categories() - set(self.categories))
        _refuse("rule id given twice", _repeated([rule.id for rule in self.rules]))
        _refuse("rule without categories or entity_types", {rule.id for rule in self.rules if not self._covers(rule)})
        return self

    def _named_categories(self) -> set[str]:
        return {name for rule in self.rules for name in rule.categories}

    def _covers(self, rule: _Rule) -> frozenset[str]:
        listed = (self.categories[name].entity_types for name in rule.categories if name in self.categories)
        return frozenset(rule.entity_types).union(*listed)

    def compile(self, version: str) -> ClassificationRules:
        """Return the rules with categories spelt out as entity types."""
        kinds = {kind: name for name, category in self.categories.items() for kind in category.entity_types}
        return ClassificationRules(
            version=version,
            default_sensitivity=self.default_sensitivity,
            categories=kinds,
            special=frozenset(name for name, category in self.categories.items() if category.special),
            searchable=frozenset(
                kind for category in self.categories.values() if category.searchable for kind in category.entity_types
            ),
            rules=tuple(
                SensitivityRule(rule.id, self._covers(rule), rule.min_band, rule.min_count, rule.sensitivity)
                for rule in self.rules
            ),
            countries={
                kind: frozenset(country for country, listed in self.jurisdictions.items() if kind in listed)
                for kind in kinds
            },
        )


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is given twice; YAML would keep the last and forget the first without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 # PyYAML's signature
        """Return the mapping. Raises `yaml.constructor.ConstructorError` at the line of a repeated key."""
        mapping = super().construct_mapping(node, deep)
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                problem = f"the key {key} is given twice"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key_node.start_mark)
            seen.add(key)
        return mapping


def _repeated(names: Sequence[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def _refuse(problem: str, names: set[str]) -> None:
    if names:
        raise ValueError(f"{problem}: {', '.join(sorted(names))}")


def _explain(error: ValidationError) -> str:
    """Return every complaint with the path of its key (`rules.2.min_band`)."""
    complaints = (
        f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors(include_url=False, include_input=False)
    )
    return "; ".join(complaints)
