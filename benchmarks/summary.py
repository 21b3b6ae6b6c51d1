"""What was asked for, and what was measured last: one table of every kept figure.

    python benchmarks/summary.py [--write]

The other benchmarks keep their figures in benchmarks/out/figures, each with its date,
commit, detector and command; this prints them together, and measures nothing. --write
puts the table into docs/benchmarks.md, between its two marks.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from common.report import KEPT, ROOT, print_heading, read

PAGE = ROOT / "docs" / "benchmarks.md"
MARKS = ("<!-- summary -->", "<!-- end of summary -->")
#: In the order of a reader's interest; others follow by name.
ORDER = ("wrinkles", "nuisance", "pose", "cover", "tone", "lines", "plan", "speed")
VERDICTS = {True: "reached", False: "not reached", None: ""}


def kept() -> Iterator[dict]:
    """Figures, script by script."""
    found = {path.stem: path for path in sorted(KEPT.glob("*.json"))}
    names = [*(n for n in ORDER if n in found), *(n for n in found if n not in ORDER)]
    for name in names:
        yield from read(found[name])


def table() -> str:
    """All figures in Markdown, and below them what they were measured of."""
    lines = ["| what | target | measured | |", "|---|---|---|---|"]
    made: dict[str, list[str]] = {}
    for row in kept():
        cells = (row["what"], row["target"], row["measured"])
        lines.append(f"| {' | '.join(cells)} | {VERDICTS[row['reached']]} |")
        of = f"{row['date']}, commit {row['commit']}, detector {row['detector']}"
        commands = made.setdefault(of, [])
        if (command := f"`{row['command']}`") not in commands:
            commands.append(command)
    if not made:
        return "Nothing was measured yet: run `make benchmark`."
    return "\n".join(
        [*lines, "", *(f"- {of}: {', '.join(c)}" for of, c in sorted(made.items()))]
    )


def write(page: Path, text: str) -> None:
    """Replace what stands between the marks."""
    before, _, rest = page.read_text("utf-8").partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not end:
        raise SystemExit(f"{page} lacks {MARKS[0]} or {MARKS[1]}")
    page.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args()
    print_heading()
    text = table()
    print(text)
    if options.write:
        write(PAGE, text)


if __name__ == "__main__":
    main()
