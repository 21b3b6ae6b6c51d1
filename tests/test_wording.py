"""What the product says: no claims, American spelling, no path of anyone's machine."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT_SUFFIXES = {
    "", ".cfg", ".css", ".html", ".js", ".json", ".md", ".py", ".toml", ".txt", ".yml",
}  # fmt: skip
#: This file has to name what it forbids; licenses are quoted as they are.
EXEMPT = re.compile(r"^tests/test_wording\.py$|(^|/)LICENSE")


def tracked_names() -> list[str]:
    """Every file that belongs to the project."""
    git = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if git.returncode == 0:
        names = git.stdout.split("\0")
        return [name for name in names if name and (ROOT / name).is_file()]
    # An unpacked archive: the folders that the project is made of.
    folders = ("facemap", "tests", "docs", "models", "benchmarks", "tools")
    paths = [p for folder in folders for p in (ROOT / folder).rglob("*")]
    return [
        p.relative_to(ROOT).as_posix()
        for p in [*paths, *ROOT.glob("*.*")]
        if p.is_file() and "__pycache__" not in p.parts
    ]


FILES = {
    name: ROOT / name
    for name in tracked_names()
    if Path(name).suffix in TEXT_SUFFIXES and not EXEMPT.search(name)
}


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    """Each match with its line number."""
    return [
        f"{text.count(chr(10), 0, m.start()) + 1}: {m.group()}"
        for m in pattern.finditer(text)
    ]


# -- claims

#: The one table that has to spell out what is forbidden.
EVIDENCE = "facemap/data/evidence.toml"
FORBIDDEN = tomllib.loads((ROOT / EVIDENCE).read_text("utf-8"))["forbidden"]
#: Words for what a photo cannot show and a program must not promise.
CLAIMS = re.compile(
    rf"""\b(?: (?-x:{"|".join(FORBIDDEN["patterns"])})
          | trigger\ points? | risk[-\ ]free | painless(?:ly)? | miracle\w*
          | anti[-\ ]?ag(?:e|ing) | youthful\w* | beautif\w* | ugl(?:y|iness)
          | unattractive | flaws? | imperfections? )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def said(name: str) -> str:
    """All that a file may print: of a module its string constants."""
    text = FILES[name].read_text("utf-8")
    if name == EVIDENCE:
        table = tomllib.loads(text)
        del table["forbidden"]
        return json.dumps(table, ensure_ascii=False)
    return strings(FILES[name]) if name.endswith(".py") else text


def strings(path: Path) -> str:
    """All that a module may print: its string constants, docstrings included."""
    return "\n".join(
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


SAID = [
    name
    for name in FILES
    if name.startswith(("facemap/", "docs/", "models/", "README.md", "app.py"))
]


@pytest.mark.parametrize("name", SAID)
def test_nothing_is_claimed_that_a_photo_cannot_show(name: str) -> None:
    assert found(CLAIMS, said(name)) == []


@pytest.mark.parametrize(
    "claim",
    [
        "A safe needling point",
        "guaranteed",
        "It cures.",
        "Trigger points",
        "CE-approved",
        "FDA cleared",
        "clinically proven",
        "treats a disease",
        "natural Botox",
    ],
)
def test_a_claim_would_be_found(claim: str) -> None:
    assert found(CLAIMS, claim)


@pytest.mark.parametrize("fine", ["obscured", "accuracy", "the safest point of view"])
def test_a_harmless_word_is_left_alone(fine: str) -> None:
    assert not found(CLAIMS, fine)


#: What a patient says is asked for, not inferred: skin differs with age and sex.
SAID_BY_THE_PATIENT = {"intake-1.schema.json": {"age_years", "sex"}}


def test_no_document_has_room_for_what_is_never_inferred() -> None:
    never = {"age", "attractiveness", "beauty", "emotion", "ethnicity", "gender",
             "identity", "mood", "race", "sex"}  # fmt: skip

    def keys(schema: object) -> Iterator[str]:
        if isinstance(schema, dict):
            yield from schema.get("properties", {})
            for value in schema.values():
                yield from keys(value)
        elif isinstance(schema, list):
            for value in schema:
                yield from keys(value)

    schemas = [p for n, p in FILES.items() if n.endswith(".schema.json")]
    assert schemas
    for path in schemas:
        named = set(keys(json.loads(path.read_text("utf-8"))))
        assert len(named) > 5
        inferred = {n for n in named if never & {n, *n.split("_")}}
        assert inferred == SAID_BY_THE_PATIENT.get(path.name, set()), path.name


# -- spelling

BRITISH = re.compile(
    r"""\b\w*(?:
        colour | grey(?!hound) | (?<!con)centre | behaviour | neighbour | favour
      | honour(?!ar) | vapour | judgement | artefact | catalogue | licence | defence
      | manoeuvre | mould | aluminium | fibre | calibre | orthopaed | anaesth | oedema
      | (?:milli|centi|micro|nano|kilo)metre | \bmetres?\b | \blitres?\b
      | (?:label|model|cancel|travel|channel|level|signal)l(?:ed|ing)
      | \bageing | \blearnt | \bwhilst | \bamongst | \bfulfil\b | \bskilful
      | (?:analys|catalys)(?:e[drs]?|ing)\b(?<!analyses)
      | (?:normal|optim|recogn|organ|visual|minim|maxim|initial|serial|standard|summar
          |categor|quant|discret|random|parametr|general|local|synchron|custom|raster
          |linear|regular|equal|neutral|symmetr|anonym|author|penal|priorit|character
          |digit|stabil|vector|token|item|final|util|memor|harmon|emphas|synthes
          |apolog|critic|crystall)is(?:e[drs]?|ing|ations?|able)\b(?<!syntheses)
    )\w*""",
    re.IGNORECASE | re.VERBOSE,
)


@pytest.mark.parametrize("name", FILES)
def test_spelling_is_american(name: str) -> None:
    assert found(BRITISH, FILES[name].read_text("utf-8")) == []


@pytest.mark.parametrize("word", ["analysed", "grey_px", "millimetres", "normalised"])
def test_a_british_word_would_be_found(word: str) -> None:
    assert found(BRITISH, f"a {word}.")


@pytest.mark.parametrize(
    "word", ["analyses", "glabella", "concentrate", "parameter", "precise", "promise"]
)
def test_an_american_word_is_left_alone(word: str) -> None:
    assert not found(BRITISH, f"a {word}.")


# -- machines

MACHINE = re.compile(
    r"(?<![\w.])/(?:work|root|tmp|mnt|home/\w+|Users/\w+)(?=/)|\b[A-Z]:\\+Users\b"
)


@pytest.mark.parametrize("name", FILES)
def test_no_path_of_a_machine_is_written_down(name: str) -> None:
    assert found(MACHINE, FILES[name].read_text("utf-8")) == []


PICTURES = {".avif", ".gif", ".heic", ".heif", ".jpeg", ".jpg", ".png", ".tif", ".tiff",
            ".webp"}  # fmt: skip
#: Drawn, not taken: the phantom in the documents, icons, and test files so small that
#: no face could be told in them.
DRAWN = ("docs/images/phantom", "facemap/ui/assets/", "tests/photo/data/")
SMALL_BYTES = 10_000


def test_no_photograph_of_a_person_is_in_the_project() -> None:
    pictures = [n for n in tracked_names() if Path(n).suffix.lower() in PICTURES]
    assert [n for n in pictures if not n.startswith(DRAWN)] == []
    for name in pictures:
        if name.startswith("tests/"):
            assert (ROOT / name).stat().st_size < SMALL_BYTES, name
