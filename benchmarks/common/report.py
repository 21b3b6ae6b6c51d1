"""What was measured, when and of what: said first, and kept for one table.

`benchmarks/summary.py` prints the table of all that is kept.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import facemap
from facemap.wrinkles import get_detector

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "benchmarks" / "out" / "figures"


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes
    ----------
    what : str
    target : str
    measured : str
    reached : bool or None
        None where there is no target to reach.
    """

    what: str
    target: str
    measured: str
    reached: bool | None


@dataclass(frozen=True)
class Made:
    """What a figure was measured of."""

    date: str
    commit: str
    detector: str
    command: str

    def __str__(self) -> str:
        return (
            f"{self.date}, commit {self.commit}, facemap {facemap.__version__}, "
            f"detector {self.detector}: {self.command}"
        )


@cache
def made_now() -> Made:
    """Date, commit and detector of this run, as it begins."""
    detector = get_detector()
    return Made(
        date=datetime.now(UTC).date().isoformat(),
        commit=_commit(),
        detector=f"{detector.id} {detector.version}",
        command=" ".join(["python", _script(), *sys.argv[1:]]),
    )


def print_heading() -> None:
    """Say first what is measured."""
    print(made_now(), flush=True)


def keep(figures: Iterable[Figure]) -> None:
    """Keep a script's figures; those of an earlier run go, name by name.

    A run of a part leaves the figures of the other parts, with their own date.
    """
    made = asdict(made_now())
    path = KEPT / f"{Path(_script()).stem}.json"
    rows = {row["what"]: row for row in read(path)}
    rows |= {figure.what: asdict(figure) | made for figure in figures}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(rows.values()), indent=1) + "\n", "utf-8")


def read(path: Path) -> list[dict]:
    return json.loads(path.read_text("utf-8")) if path.is_file() else []


def _script() -> str:
    path = Path(sys.argv[0]).resolve()
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def _commit() -> str:
    """Short hash, with a plus where files were changed since; "unknown" without git."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    commit = git("rev-parse", "--short", "HEAD")
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "facemap")
    return (commit or "unknown") + ("+" if commit and changed else "")
