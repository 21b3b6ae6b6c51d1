"""Draw ``docs/images/phantom-overlay.jpg``: the demo patient before and after analysis.

Run from the checkout: ``.venv/bin/python tools/draw_readme_picture.py``
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from facemap.photo import load_photo
from facemap.render import draw_overlay, encode_jpeg
from facemap.service import open_service

TARGET = Path(__file__).parents[1] / "docs" / "images" / "phantom-overlay.jpg"
HEIGHT_PX = 900


def main() -> None:
    service = open_service()
    name, content = service.demo_photos()[0]
    pair = [
        load_photo(content, name=name).rgb,
        draw_overlay(service.analyze(content, name=name)),
    ]
    scaled = []
    for rgb in pair:
        width = round(rgb.shape[1] * HEIGHT_PX / rgb.shape[0])
        scaled.append(cv2.resize(rgb, (width, HEIGHT_PX), interpolation=cv2.INTER_AREA))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(encode_jpeg(np.hstack(scaled), quality=85))
    print(TARGET.name, "written")


if __name__ == "__main__":
    main()
