"""``python -m facemap``."""

from __future__ import annotations

from facemap.cli import main

if __name__ == "__main__":
    main()
