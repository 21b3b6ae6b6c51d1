"""Draw ``docs/images/phantom-overlay.jpg``: the demo patient, analyzed.

Run from the checkout: ``.venv/bin/python tools/draw_readme_picture.py``
"""

from __future__ import annotations

from pathlib import Path

from facemap.render import draw_overlay, encode_jpeg
from facemap.service import open_service

TARGET = Path(__file__).parents[1] / "docs" / "images" / "phantom-overlay.jpg"
MAX_SIDE_PX = 1400


def main() -> None:
    service = open_service()
    name, content = service.demo_photos()[0]
    overlay = draw_overlay(service.analyze(content, name=name))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(encode_jpeg(overlay, quality=85, max_side_px=MAX_SIDE_PX))
    print(TARGET.name, "written")


if __name__ == "__main__":
    main()
