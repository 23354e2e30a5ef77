import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from stdnum import iban, luhn
from stdnum.de import idnr
from stdnum.gb import nhs

from connectors.registry import open_connector
from memory.cli.company import COMPANY_FILE, Company, read_company
from memory.domain.errors import Misconfigured
from memory.domain.identity import PrincipalToken
from memory.shipped import shipped

SHIPPED = shipped("examples") / "company"


def written(folder: Path, **changes: object) -> Path:
    """Return a copy of the shipped company with other facts in its file."""
    body = yaml.safe_load((SHIPPED / COMPANY_FILE).read_text(encoding="utf-8"))
    copy = shutil.copytree(SHIPPED, folder / "company")
    (copy / COMPANY_FILE).write_text(yaml.safe_dump(body | changes), encoding="utf-8")
    return copy


def one_source(**facts: object) -> list[dict[str, object]]:
    source = {"name": "docs", "connector": "filesystem", "location": "datasets", "team": "legal", "allow": ["everyone"]}
    return [source | facts]


@pytest.fixture(scope="module")
def company() -> Company:
    return read_company(SHIPPED)


def test_the_shipped_company_has_three_countries_an_agent_a_guest_and_nested_groups(company: Company) -> None:
    people = [one for one in company.principals if one.active and not one.guest and not one.agent]
    assert {one.country for one in people} == {"DE", "GB", "US"}
    assert [one.token.id for one in company.principals if one.agent] == ["assistant"]
    assert any(one.guest for one in company.principals)
    chain = ("employees", "operations", "support", "support-emea")
    groups = [PrincipalToken.parse(f"group:{name}") for name in chain]
    assert all(inner in company.groups[outer] for outer, inner in pairwise(groups))


def test_connectors_accept_the_settings_of_every_shipped_source(company: Company, tmp_path: Path) -> None:
    sources = [place.source(tmp_path) for place in company.places]
    for source in sources:
        open_connector(source).validate()
    assert {source.connector for source in sources} == {"filesystem", "git"}


def test_a_source_may_claim_exactly_whom_its_rules_allow(company: Company, tmp_path: Path) -> None:
    contracts = next(place for place in company.places if place.name == "contracts").source(tmp_path)
    assert contracts.ceiling == {"local|group|legal", "local|group|brandt-project", "local|group|sales"}


def test_the_shipped_company_has_two_histories_and_six_formats(company: Company) -> None:
    """What becomes of them in a catalogue is counted in `tests/integration/test_demo.py`."""
    assert [place.name for place in company.places if place.connector == "git"] == ["policies", "handbuch"]
    folders = [place.location for place in company.places if place.connector == "filesystem"]
    found = {file.suffix for folder in folders for file in folder.rglob("*") if file.is_file()}
    assert found >= {".md", ".txt", ".html", ".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".csv", ".eml"}


@pytest.mark.parametrize("name", ["policies", "handbuch"])
def test_a_history_has_the_same_commits_wherever_it_is_built(company: Company, tmp_path: Path, name: str) -> None:
    place = next(place for place in company.places if place.name == name)
    tips = {_tip(Path(place.source(tmp_path / folder).location)) for folder in ("one", "two")}
    assert len(tips) == 1


def test_what_happens_later_goes_on_from_the_history(company: Company, tmp_path: Path) -> None:
    place = next(place for place in company.places if place.later is not None)
    repository = place.repository(tmp_path)
    assert place.source(tmp_path).location == str(repository)
    before = _tip(repository)
    place.go_on(tmp_path)
    assert _tip(repository, "refs/heads/main^") == before


def test_nothing_happens_later_where_nothing_is_said(company: Company, tmp_path: Path) -> None:
    place = next(place for place in company.places if place.later is None)
    with pytest.raises(Misconfigured, match="nothing happens later"):
        place.go_on(tmp_path)


def test_the_binary_files_are_what_their_script_writes(tmp_path: Path) -> None:
    """Bites: a text in the script that was changed without writing the files anew, or the time of day in one."""
    script = SHIPPED.parent.parent / "scripts" / "example_files.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True)  # noqa: S603
    written_files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(written_files) == 13
    differing = [
        file for file in written_files if file.read_bytes() != (SHIPPED / file.relative_to(tmp_path)).read_bytes()
    ]
    assert differing == []


def test_every_folder_of_the_examples_is_part_of_the_package() -> None:
    """Bites: a new folder that a wheel would leave out."""
    root = SHIPPED.parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    shipped_files = [
        file
        for globs in project["tool"]["setuptools"]["data-files"].values()
        for one in globs
        for file in root.glob(one)
    ]
    files = {file for file in SHIPPED.rglob("*") if file.is_file()}
    assert files - set(shipped_files) == set()


NUMBERS = (
    (re.compile(r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b"), iban.is_valid, 8),
    (re.compile(r"(?:Steuer-ID|tax id) (\d{11})\b"), idnr.is_valid, 5),
    (re.compile(r"\b(?:\d{4} ){3}\d{4}\b"), luhn.is_valid, 2),
    (re.compile(r"NHS number (\d{3} \d{3} \d{4})\b"), nhs.is_valid, 1),
)


@pytest.mark.parametrize(("shape", "valid", "at_least"), NUMBERS, ids=["iban", "tax id", "card", "nhs"])
def test_the_numbers_of_the_examples_pass_their_checks(
    shape: re.Pattern[str], valid: Callable[[str], bool], at_least: int
) -> None:
    """The texts of binary files are in their script. The judge shares no code with the recognizers."""
    texts = [file for file in SHIPPED.rglob("*") if file.suffix in (".md", ".txt", ".html", ".csv", ".eml")]
    texts.append(SHIPPED.parent.parent / "scripts" / "example_files.py")
    found = [number.replace(" ", "") for file in texts for number in shape.findall(file.read_text(encoding="utf-8"))]
    assert len(found) >= at_least
    assert [number for number in found if not valid(number)] == []


def test_a_repository_that_was_built_before_is_used_again(company: Company, tmp_path: Path) -> None:
    place = next(place for place in company.places if place.connector == "git")
    first = place.source(tmp_path)
    tip = _tip(Path(first.location))
    assert place.source(tmp_path) == first
    assert _tip(Path(first.location)) == tip


def test_a_stream_that_git_does_not_take_is_refused_and_leaves_no_repository_behind(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "policies.fast-import").write_text("this is no stream\n")
    place = next(place for place in read_company(folder).places if place.connector == "git")
    for _ in range(2):
        with pytest.raises(Misconfigured, match=r"policies\.fast-import"):
            place.source(tmp_path / "work")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"groups": {"employees": ["user:nobody"]}}, r"local\|user\|nobody without introducing"),
        ({"sources": one_source(allow=["group:emploees"])}, r"local\|group\|emploees without introducing"),
        ({"sources": one_source(deny=["user:nobody"])}, r"local\|user\|nobody without introducing"),
        ({"sources": one_source(folders={"x": {"allow": ["group:nobody"]}})}, r"local\|group\|nobody without"),
        ({"sources": one_source(folders={"x": {"alow": ["everyone"]}})}, r"folders\.x\.alow"),
        ({"sources": one_source(team="nobody")}, r"local\|group\|nobody without introducing"),
        ({"sources": one_source(allow="everyone")}, r"allow"),
        ({"sources": one_source(allow=["everybody"])}, "A principal is written"),
        ({"sources": one_source(location="../../config")}, "there is nothing at"),
        ({"sources": one_source(location="absent")}, "there is nothing at"),
        ({"sources": one_source(later="absent")}, "there is nothing at"),
        ({"sources": one_source() * 2}, "introduces a source twice"),
        ({"principals": [{"id": "user:mira", "name": "Mira"}] * 2}, "introduces a principal or group twice"),
        ({"principals": [{"id": "user:mira", "name": "Mira", "country": "Germany"}]}, r"principals\.0\.country"),
        ({"principals": [{"id": "user:mira", "name": "Mira", "gest": True}]}, r"principals\.0\.gest"),
        ({"region": "Europe"}, "region"),
        ({"people": []}, "people"),
    ],
)
def test_what_is_misspelt_or_not_introduced_refuses_the_whole_file(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    """Bites: without `_require_known`, a misspelt group would be a rule that never applies."""
    with pytest.raises(Misconfigured, match=said):
        read_company(written(tmp_path, **changes))


@pytest.mark.parametrize("text", ["", "- a list", "name: [", "\udcff"])
def test_a_file_that_is_no_company_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / COMPANY_FILE).write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(Misconfigured, match=COMPANY_FILE):
        read_company(tmp_path)


def _tip(repository: Path, name: str = "refs/heads/main") -> str:
    command = ["git", "--git-dir", str(repository), "rev-parse", name]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
