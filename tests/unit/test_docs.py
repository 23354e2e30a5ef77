"""The documentation is tested against the code: what exists is described, and what is described exists."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from memory.api.errors import STATUS
from memory.domain import errors
from memory.settings import Settings
from tests.scripts import script

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"(?:^|`|\$\()memory ((?:[a-z]+)(?: [a-z]+)?)(?=[ `\n)]|$)", re.MULTILINE)
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|txt|yaml)|Makefile)`")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    return script("reference")


def test_the_reference_is_what_the_code_says_now(reference: ModuleType) -> None:
    assert page("reference.md") == reference.reference(), "run: make docs"


def test_every_command_is_described(reference: ModuleType) -> None:
    missing = [path for path, _ in reference.command_tree() if f"`{path}" not in page("cli.md")]
    assert missing == []


def test_every_command_that_is_described_exists(reference: ModuleType) -> None:
    known = {path for path, _ in reference.command_tree()}
    headings = [line.split("`")[1] for line in page("cli.md").splitlines() if line.startswith("### `memory")]
    described = {" ".join(word for word in heading.split() if re.fullmatch(r"[a-z]+", word)) for heading in headings}
    assert described - known == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_command_that_a_page_names_exists(path: Path, reference: ModuleType) -> None:
    """In blocks and in running text alike."""
    known = {name.removeprefix("memory ") for name, _ in reference.command_tree()}
    groups = {name.split()[0] for name in known if " " in name}
    named = TYPED.findall(path.read_text(encoding="utf-8"))
    unknown = [name for name in named if name not in known | groups and name.split()[0] not in known]
    assert unknown == []


def test_every_page_is_in_the_index_of_pages() -> None:
    """A page that nobody finds is not there; decisions have an index of their own."""
    pages = [path.relative_to(DOCS) for path in DOCS.rglob("*.md") if path.parent.name != "decisions"]
    assert [str(one) for one in pages if str(one) != "README.md" and f"({one})" not in page("README.md")] == []


def test_every_operation_of_the_api_is_described(reference: ModuleType) -> None:
    missing = [
        f"{method.upper()} {path}"
        for path, method, _ in reference.operations()
        if f"`{method.upper()} {path}`" not in page("api.md")
    ]
    assert missing == []


def test_every_operation_that_is_described_exists(reference: ModuleType) -> None:
    known = {f"{method.upper()} {path}" for path, method, _ in reference.operations()}
    described = re.findall(r"^#+ `((?:GET|POST|PUT|PATCH|DELETE) [^`]+)`", page("api.md"), re.MULTILINE)
    assert set(described) - known == set()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name: str) -> None:
    assert f"`MEMORY_{name.upper()}`" in page("operations.md")


@pytest.mark.parametrize("kind", [kind for kind in vars(errors).values() if isinstance(kind, type)])
def test_every_error_is_described_with_its_status(kind: type[errors.MemoryFault]) -> None:
    (line,) = [line for line in page("api.md").splitlines() if line.startswith(f"| `{kind.__name__}` |")]
    assert f"| {STATUS[kind]:d} |" in line


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    broken = [target for target, _ in LINK.findall(text) if not (path.parent / target).exists()]
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_link_into_a_page_names_a_heading_of_it(path: Path) -> None:
    text = FENCED.sub("", path.read_text(encoding="utf-8"))
    broken = [
        f"{target}#{anchor}"
        for target, anchor in LINK.findall(text)
        if anchor and anchor not in _anchors(path.parent / target)
    ]
    assert broken == []


@pytest.mark.parametrize("name", ["status.md", "architecture.md", "explanation/non-interference.md"])
def test_every_path_that_is_named_exists(name: str) -> None:
    named = PATH.findall(FENCED.sub("", page(name)))
    assert named, "the page names no path at all"
    assert [one for one in named if not _exists(one)] == []


def test_every_test_is_named_in_the_status() -> None:
    """By file or by folder: what no row names shows nothing to anybody."""
    named = [REPOSITORY / one for one in PATH.findall(FENCED.sub("", page("status.md"))) if one.startswith("tests/")]
    known = {path for path in named if path.is_file()} | {
        path for folder in named if folder.is_dir() for path in folder.rglob("test_*.py")
    }
    tests = (REPOSITORY / "tests").rglob("test_*.py")
    assert sorted(str(path.relative_to(REPOSITORY)) for path in tests if path not in known) == []


def test_every_decision_is_in_the_index_and_numbered_once() -> None:
    records = sorted(path.name for path in (DOCS / "decisions").glob("[0-9]*.md"))
    assert len({name[:4] for name in records}) == len(records)
    assert [name for name in records if f"({name})" not in page("decisions/README.md")] == []


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_every_decision_has_its_four_parts(path: Path) -> None:
    found = HEADING.findall(path.read_text(encoding="utf-8"))[1:]
    assert found == ["Context", "Decision", "Consequences", "Alternatives"]


def _anchors(path: Path) -> set[str]:
    """Return the anchors of a page, made from its headings as code hosts make them."""
    words = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in HEADING.findall(path.read_text(encoding="utf-8")))
    return {word.strip().replace(" ", "-") for word in words}


def _exists(name: str) -> bool:
    """Say whether a path, or a file name that some folder of the code has, exists."""
    if (REPOSITORY / name).exists():
        return True
    folders = ("memory", "connectors", "classifiers", "config", "scripts", "tests", "benchmarks", "examples")
    return any(next((REPOSITORY / folder).rglob(name), None) is not None for folder in folders)
