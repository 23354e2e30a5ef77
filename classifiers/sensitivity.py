"""How far a document may travel, and what kinds of data it holds, by what was found in it.

Every rule that fires suggests a sensitivity; the most protective suggestion holds. Adding a finding never lowers it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from memory.domain.governance import Finding, ScoreBand, Sensitivity

SPECIAL_CATEGORY = "special_category"
UNKNOWN_CATEGORY = "unknown"

_SURENESS = list(ScoreBand)


@dataclass(frozen=True, slots=True)
class SensitivityRule:
    """Fires on `min_count` findings of `entity_types`, each at least as sure as `min_band`."""

    id: str
    entity_types: frozenset[str]
    min_band: ScoreBand
    min_count: int
    sensitivity: Sensitivity

    def fires(self, findings: Iterable[Finding]) -> bool:
        """Say whether enough of these findings count."""
        return sum(map(self._counts, findings)) >= self.min_count

    def _counts(self, finding: Finding) -> bool:
        sure_enough = _SURENESS.index(finding.band) >= _SURENESS.index(self.min_band)
        return sure_enough and finding.entity_type in self.entity_types


def sensitivity(
    findings: Sequence[Finding], rules: Iterable[SensitivityRule], known: Mapping[str, str], default: Sensitivity
) -> Sensitivity:
    """Return the most protective suggestion. `known` maps entity types to categories; one it lacks is restricted."""
    if any(finding.entity_type not in known for finding in findings):
        return Sensitivity.RESTRICTED
    suggested = (rule.sensitivity for rule in rules if rule.fires(findings))
    return max((default, *suggested), key=lambda level: level.rank)


def categories(findings: Iterable[Finding], known: Mapping[str, str], special: frozenset[str]) -> frozenset[str]:
    """Return the kinds of data found, `special_category` among them when one of `special` is."""
    found = frozenset(known.get(finding.entity_type, UNKNOWN_CATEGORY) for finding in findings)
    return found | {SPECIAL_CATEGORY} if found & special else found
