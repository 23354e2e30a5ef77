"""Notebooks run from the first cell to the last in a kernel of their own, as a reader runs them."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
PATIENCE_S = 240


@pytest.fixture
def alone(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder to run in, with no home, no settings and no profile of whoever runs the tests."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("MEMORY_MODEL_CACHE", str(model_cache))
    return tmp_path


def printed(notebook: nbformat.NotebookNode) -> str:
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    return "\n".join(output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs)


@pytest.fixture
def executed(alone: Path) -> str:
    """Return what a run of the notebook prints."""
    notebook = nbformat.read(NOTEBOOKS / "01_retrieve_instead_of_rag.ipynb", as_version=4)
    NotebookClient(notebook, timeout=PATIENCE_S, resources={"metadata": {"path": str(alone)}}).execute()
    return printed(notebook)


def test_the_notebook_about_rag_shows_what_it_says(executed: str) -> None:
    """Fails when a cell fails, or when the answers no longer show the difference that the text around them tells."""
    mira, ben = executed.split("Mira\n", 1)[1].split("Ben\n", 1)
    assert "contracts ›" in mira
    assert "contracts ›" not in ben.split("Answer from the passages alone")[0]
    prompt = ben.split("Answer from the passages alone")[1].split("Question:")[0]
    assert "[DE_TAX_ID]" in prompt
    assert "86095742719" not in prompt
    assert "Tarn Analytics withdrew its request" in executed
    assert "'passages': 0" not in executed


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    """They differ with each run, and show the home of whoever ran it; the run above is what shows that it works."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    assert [cell.id for cell in cells if cell.outputs or cell.execution_count] == [], "clear all outputs, then save"
