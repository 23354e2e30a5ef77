"""Scripts of the repository as modules: they are no part of the package, so a test loads them by their file."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


def script(name: str) -> ModuleType:
    """Return the module in scripts/NAME.py; it is loaded once, as an import would be."""
    known = f"scripts_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, SCRIPTS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[known] = module  # dataclasses look for the module of their class there
        spec.loader.exec_module(module)
    return sys.modules[known]
