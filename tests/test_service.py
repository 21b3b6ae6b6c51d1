"""The use cases."""

from __future__ import annotations

import subprocess
import sys


def test_analyzing_loads_no_renderer():
    code = (
        "import sys, facemap.service; facemap.service.open_service();"
        "sys.exit('facemap.synthetic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
