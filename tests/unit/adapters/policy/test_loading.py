"""What refuses to load, and what it says."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from memory.adapters.policy.loading import load_pack
from memory.domain.errors import InvalidPolicy

CONFIG = Path(__file__).resolve().parents[4] / "config"
GOOD = '@id("good") @reason("A reason.") permit (principal, action == Action::"read", resource);'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a copy of the default configuration that a test may spoil."""
    return Path(copytree(CONFIG, tmp_path / "config"))


def add(config: Path, text: str, name: str = "90-own.cedar") -> Path:
    (config / "policies" / name).write_text(text, encoding="utf-8")
    return config


def test_the_default_pack_loads_and_every_policy_gives_a_reason() -> None:
    pack = load_pack(CONFIG)
    assert len(pack.policies) > 15
    assert all(policy.reason.endswith(".") for policy in pack.policies)
    assert {"employees", "security"} <= pack.groups


def test_a_good_policy_of_ones_own_loads(config: Path) -> None:
    pack = load_pack(add(config, GOOD))
    assert pack.policies[-1].id == "good"
    assert pack.policies[-1].file == "90-own.cedar"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace('@id("good")', ""), "policy 1 needs an @id"),
        (GOOD.replace("good", "Not An Id"), "policy 1 needs an @id"),
        (GOOD.replace('@id("good")', "@id"), "policy 1 needs an @id"),
        (GOOD.replace('@reason("A reason.")', ""), "policy good needs a @reason"),
        (GOOD.replace("A reason.", "  "), "policy good needs a @reason"),
        (GOOD.replace("good", "employees-read"), "employees-read has an @id already used in 10-reading.cedar"),
        (GOOD + GOOD, "good has an @id already used in 90-own.cedar"),
        (GOOD.replace('"read"', '"reed"'), "policy good does not validate"),
        (GOOD.replace(";", " when { resource.colour };"), "policy good does not validate"),
        (GOOD.replace(";", ' when { context.recipient == "x" };'), "policy good does not validate"),
        (GOOD.replace(";", ' when { principal.country == "DE" };'), "policy good does not validate"),
        (GOOD.replace("principal,", "principal == ?principal,"), "templates are not supported"),
        (GOOD.replace("resource)", 'resource == Profile::"0")'), "policy good names a profile"),
        (GOOD.replace(";", ""), "cannot be read"),
        ("nonsense", "cannot be read"),
        ('@obligation("verify") ' + GOOD, "carries an obligation"),
        ('@obligation("verify: Do it.") ' + GOOD.replace("permit", "forbid"), "only a permit carries an obligation"),
    ],
)
def test_a_policy_that_is_not_sound_is_refused_by_file_and_name(config: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidPolicy, match=says) as refused:
        load_pack(add(config, text))
    assert "90-own.cedar" in str(refused.value)


def test_a_guarded_optional_fact_validates(config: Path) -> None:
    """The twin of the unguarded ones above: with `has`, nothing can fail on a missing attribute."""
    guarded = GOOD.replace(";", ' when { principal has country && principal.country == "DE" };')
    assert load_pack(add(config, guarded)).policies[-1].id == "good"


def test_an_obligation_is_read(config: Path) -> None:
    pack = load_pack(add(config, '@obligation("verify-it: Do it: now.") ' + GOOD))
    obligation = pack.policies[-1].obligation
    assert obligation is not None
    assert (obligation.id, obligation.text) == ("verify-it", "Do it: now.")


def remove_policies(config: Path) -> None:
    for file in (config / "policies").glob("*.cedar"):
        file.unlink()


def spoil_schema(config: Path) -> None:
    (config / "policies" / "schema.cedarschema").write_text("entity User in", encoding="utf-8")


def remove_schema(config: Path) -> None:
    (config / "policies" / "schema.cedarschema").unlink()


def spoil_encoding(config: Path) -> None:
    (config / "policies" / "90-own.cedar").write_bytes(b"\xff\xfe")


def remove_rows(config: Path) -> None:
    for file in (config / "jurisdictions").glob("*.yaml"):
        file.unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (remove_policies, "there are no policies"),
        (spoil_schema, "schema.cedarschema: the schema cannot be read"),
        (remove_schema, "schema.cedarschema cannot be read"),
        (spoil_encoding, "90-own.cedar cannot be read"),
        (remove_rows, "there are no jurisdiction rows"),
    ],
)
def test_a_pack_with_a_part_missing_is_refused(config: Path, spoil: Callable[[Path], None], says: str) -> None:
    spoil(config)
    with pytest.raises(InvalidPolicy, match=says):
        load_pack(config)


ROW = """rows:
  - from: [EEA]
    to: [JP]
    mechanism: adequacy
    source: https://law.example
    effective: 2019-01-23
    reviewed_on: 2026-11-22
    expires: 2027-11-22
"""


def test_a_row_of_ones_own_counts(config: Path) -> None:
    (config / "jurisdictions" / "own.yaml").write_text(ROW, encoding="utf-8")
    rules = load_pack(config).jurisdictions.rules
    assert {rule.origin for rule in rules if rule.destination == "JP" and rule.mechanism == "adequacy"} >= {"DE", "NO"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[EEA]", "[EWR]", "row 1 names 'EWR'"),
        ("[JP]", "[NO]", "row 1 names False"),
        ("[JP]", "JP", "row 1 must list"),
        ("2027-11-22", "soon", "row 1 needs dates"),
        ("2027-11-22", "2026-11-22", "row 1 must be effective, then reviewed"),
        ("2026-11-22", "2018-01-01", "row 1 must be effective, then reviewed"),
        ("    mechanism: adequacy\n", "", "row 1 must have exactly"),
        ("adequacy", '" "', "row 1 needs a mechanism"),
        ("https://", "", "row 1 needs a mechanism and the https address"),
        ("rows:", "lines:", "own.yaml must be a mapping"),
        (ROW, "rows: [", "own.yaml cannot be read as YAML"),
        (ROW, "regions: {EEA: [DE]}", "region EEA has the name of another region"),
        (ROW, "regions: {DE: [FR]}", "region DE has the name of another region or place"),
        (ROW, "regions: {NEAR: [France]}", "region NEAR names 'France'"),
    ],
)
def test_a_jurisdiction_row_that_is_not_sound_is_refused(config: Path, old: str, new: str, says: str) -> None:
    (config / "jurisdictions" / "own.yaml").write_text(ROW.replace(old, new), encoding="utf-8")
    with pytest.raises(InvalidPolicy, match=says):
        load_pack(config)
