"""Whose law speaks about a document, by the national numbers found in it."""

from collections.abc import Iterable, Mapping

from memory.domain.governance import Finding


def jurisdictions(findings: Iterable[Finding], countries: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return ISO 3166-1 alpha-2 codes. `countries` maps an entity type to the countries whose people have such."""
    return frozenset(country for finding in findings for country in countries.get(finding.entity_type, frozenset()))
