"""What the pages tell a newcomer to type works as printed, and prints what they show.

Each page is run by the script that walks a stranger's path, on a copy of the tree, with a home, a port and a folder of
its own. What it starts has ended when it ends, or the page fails.
"""

import shutil
from pathlib import Path
from types import ModuleType

import pytest

from tests.scripts import script

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGES = ["README.md", "docs/tutorial.md", *(str(one.relative_to(REPOSITORY)) for one in (DOCS / "how-to").glob("*.md"))]


@pytest.fixture(scope="module")
def path() -> ModuleType:
    if shutil.which("make") is None or shutil.which("curl") is None:
        pytest.skip("this machine has no make or no curl, which the pages use")
    return script("strangers_path")


@pytest.mark.parametrize("page", sorted(PAGES))
def test_a_page_works_word_for_word(path: ModuleType, page: str, tmp_path: Path) -> None:
    """Fails when a command of the page ends badly, prints something else than the page shows, or leaves a server."""
    environment = path.copied(tmp_path)
    path.walk([page], tmp_path, environment)
