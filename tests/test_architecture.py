"""The laws that no single module can keep: who imports whom, who may know what."""

from __future__ import annotations

import ast
import builtins
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from facemap import errors

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "facemap"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(p): p for p in sorted(PACKAGE.rglob("*.py"))}
#: ``__main__`` runs, and offers nothing to import.
LIBRARY = {name: p for name, p in MODULES.items() if not name.endswith("__main__")}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def imported(path: Path) -> Iterator[str]:
    """Full names of everything a module imports, inside functions too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, *parents: str) -> bool:
    return any(name == p or name.startswith(f"{p}.") for p in parents)


# -- imports


def test_imports_point_down() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from importlinter.cli import lint_imports;"
            "sys.exit(lint_imports(no_cache=True))",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


#: Library -> the only places that may import it, and why.
HOMES: dict[str, tuple[str, ...]] = {
    "mediapipe": ("facemap.landmarks.mediapipe",),  # one adapter, one frame of norm
    "streamlit": ("facemap.ui",),  # the app is a skin
    "typer": ("facemap.cli",),  # so is the command line
    "rich": ("facemap.cli",),
    "jsonschema": ("facemap.schemas",),  # one way to say what a form lacks
    "pytest": ("facemap.testing.contract",),  # not installed with facemap
    "pi_heif": ("facemap.photo",),  # files become values in one place
    # Analysis talks to nobody; the app needs a port on the loopback address.
    "socket": ("facemap.ui",),
    "http": ("facemap.ui",),
    "urllib": ("facemap.ui",),
    "requests": (),
    "ftplib": (),
    "smtplib": (),
    # The same input gives the same bytes: numpy's generators carry their seed.
    "random": (),
    "uuid": (),
    "secrets": (),
    # What can run code on loading is no way to store data.
    "pickle": (),
    "shelve": (),
    "marshal": (),
}


@pytest.mark.parametrize("library", HOMES)
def test_a_library_stays_in_its_home(library: str) -> None:
    strays = [
        name
        for name, path in MODULES.items()
        if any(within(i, library) for i in imported(path))
        and not within(name, *HOMES[library])
    ]
    assert strays == []


def test_the_app_and_the_command_line_compute_nothing() -> None:
    sums = ("numpy", "scipy", "cv2", "skimage", "math")
    for name, path in MODULES.items():
        if within(name, "facemap.ui", "facemap.cli"):
            assert [i for i in imported(path) if within(i, *sums)] == [], name


@pytest.mark.parametrize("module", ["facemap", "facemap.cli"])
def test_nothing_heavy_is_imported_before_it_is_needed(module: str) -> None:
    """So that ``facemap --help`` answers at once."""
    heavy = {"cv2", "mediapipe", "numpy", "PIL", "scipy", "skimage", "streamlit"}
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}, sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert heavy.isdisjoint(done.stdout.split())


# -- names


def bound_names(module: ast.Module) -> set[str]:
    """Names that a module binds at its top level."""
    names: set[str] = set()
    for node in module.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign():
                names |= {
                    n.id
                    for target in node.targets
                    for n in ast.walk(target)
                    if isinstance(n, ast.Name)
                }
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.Import() | ast.ImportFrom():
                names |= {a.asname or a.name.split(".")[0] for a in node.names}
    return names


def public_definitions(module: ast.Module) -> set[str]:
    return {
        node.name
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        # A command is registered, not imported.
        and not any(ast.unparse(d).startswith("app.") for d in node.decorator_list)
    }


def declared_all(module: ast.Module) -> list[str] | None:
    for node in module.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List() as names)
                | ast.AnnAssign(
                    target=ast.Name(id="__all__"), value=ast.List() as names
                )
            ):
                return list(ast.literal_eval(names))
    return None


def constants_classes_functions(name: str) -> tuple[int, list[str | int]]:
    kind = 0 if name.isupper() else 1 if name.lstrip("_")[:1].isupper() else 2
    natural = [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)]
    return kind, natural


@pytest.mark.parametrize("name", LIBRARY)
def test_all_is_sorted_true_and_whole(name: str) -> None:
    module = tree(LIBRARY[name])
    listed = declared_all(module)
    assert listed is not None, "no __all__"
    assert listed == sorted(set(listed), key=constants_classes_functions)
    assert set(listed) <= bound_names(module)
    assert public_definitions(module) <= set(listed)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(tree(MODULES[name]))


#: What the product must never infer has no place in any of its values.
NEVER_INFERRED = {
    "age", "attractiveness", "beauty", "emotion", "ethnicity", "gender", "identity",
    "mood", "name_of_person", "race", "sex",
}  # fmt: skip


def test_no_value_has_room_for_what_is_never_inferred() -> None:
    fields = {
        node.target.id
        for class_ in ast.walk(tree(PACKAGE / "types.py"))
        if isinstance(class_, ast.ClassDef)
        for node in class_.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert len(fields) > 50
    assert {f for f in fields if NEVER_INFERRED & {f, *f.split("_")}} == set()


# -- errors

ERRORS = {
    name: value
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, Exception)
}


def test_the_text_of_the_error_tree_is_the_error_tree() -> None:
    """Each line is ``<bullet> Name  exit N  words``, deeper by two spaces."""
    line = re.compile(r"^( *)[*x+-] (\w+)(?: +exit (\d))?", re.MULTILINE)
    above: dict[int, str] = {}
    seen: set[str] = set()
    for indent, name, status in line.findall(errors.__doc__ or ""):
        depth = len(indent) // 2
        above[depth] = name
        seen.add(name)
        parent = above[depth - 1] if depth else "Exception"
        assert ERRORS[name].__base__.__name__ == parent
        if status:
            assert ERRORS[name].exit_code == int(status)
    assert seen == set(ERRORS)


#: Raised and caught inside one package, where the file's name is not known yet.
NEVER_LEAVES = {"facemap.photo.refusal.Refusal"}


def test_every_error_is_in_the_tree() -> None:
    elsewhere = {
        f"{name}.{node.name}"
        for name, path in MODULES.items()
        if name != "facemap.errors"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and any(
            ast.unparse(b).endswith(("Error", "Exception", "Warning"))
            for b in node.bases
        )
    }
    assert elsewhere <= NEVER_LEAVES


#: A programmer's mistake stays what Python calls it; typer.Exit ends a command.
ALSO_RAISED = {"TypeError", "ValueError", "AttributeError", "KeyError", "typer.Exit"}


def test_only_errors_of_the_tree_are_raised() -> None:
    for name, path in MODULES.items():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Raise) or node.exc is None:
                continue
            what = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            raised = ast.unparse(what).removeprefix("errors.")
            if hasattr(builtins, raised) or raised.endswith(("Error", "Exit")):
                assert raised in {*ERRORS, *ALSO_RAISED}, f"{name}:{node.lineno}"


# -- data


def test_every_data_file_is_read_by_some_module() -> None:
    code = "\n".join(path.read_text("utf-8") for path in MODULES.values())
    for path in (PACKAGE / "data").rglob("*"):
        if path.is_file():
            known = path.name if path.suffix != ".toml" else path.stem
            assert known in code, path.name
