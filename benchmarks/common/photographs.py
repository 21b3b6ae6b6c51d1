"""Where the real photographs are; they are never part of the checkout."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

DEFAULT = Path(__file__).parents[3] / "shared" / "faces"


def faces_dir() -> Path:
    """Folder named by FACEMAP_FACES, else ``shared/faces`` beside the checkout."""
    return Path(os.environ.get("FACEMAP_FACES", DEFAULT))


def need_photographs() -> Path:
    """Return the folder; end the run, saying so, where there is none."""
    folder = faces_dir()
    if not (folder / "grades.csv").is_file():
        print(f"no photographs in {folder}: set FACEMAP_FACES")
        sys.exit(0)
    return folder


def read_grades(folder: Path) -> dict[tuple[str, str], float]:
    """Mean of the two readers, where both could grade."""
    with (folder / "grades.csv").open(newline="") as file:
        return {
            (row["file"], row["zone"]): (
                float(row["reader_1"]) + float(row["reader_2"])
            )
            / 2
            for row in csv.DictReader(file)
            if row["reader_1"] and row["reader_2"]
        }
