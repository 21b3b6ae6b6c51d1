"""The script that Streamlit runs on every rerun."""

from __future__ import annotations

from facemap.ui.app import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
