"""OpenVINO without its telemetry.

Importing `openvino` starts `openvino_telemetry`, which, without asking, writes a client id into the home folder and
reports to Google Analytics. OpenVINO itself works without that package: wherever it cannot be imported, a stub takes
its place. Making it impossible to import is therefore the switch that needs no file, no environment and no luck.
"""

import sys
from typing import Any, cast

_TELEMETRY = "openvino_telemetry"


def import_openvino() -> Any:
    """Import OpenVINO with its telemetry shut off and return it; the only way this product imports it."""
    cast("dict[str, object]", sys.modules).setdefault(_TELEMETRY, None)  # None makes `import` raise ImportError
    import openvino

    return openvino
