"""Find and verify model weights. The registry is ``models/registry.toml``.

Nothing is ever downloaded: weights ship with the checkout and inside the wheel.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from facemap.errors import ModelHashError, ModelMissingError, ResourceError

__all__ = ["ModelCard", "load_model", "model_card", "model_cards", "models_dir"]

_REINSTALL = "Install facemap again, or point FACEMAP_MODELS at a whole models folder."


@dataclass(frozen=True)
class ModelCard:
    """What the registry says about one weight file."""

    id: str
    file: str
    sha256: str
    size_bytes: int
    license: str
    source: str
    task: str
    input: str
    output: str
    intended_use: str
    references: tuple[str, ...]


def models_dir() -> Path:
    """Return ``$FACEMAP_MODELS``, else the copy in the wheel, else the checkout's."""
    if path := os.environ.get("FACEMAP_MODELS"):
        return Path(path)
    here = Path(__file__).parent
    packaged = here / "_models"
    return packaged if packaged.is_dir() else here.parent / "models"


def model_cards() -> tuple[ModelCard, ...]:
    """Read the whole registry.

    Raises
    ------
    ModelMissingError
        There is no registry.
    ResourceError
        The registry is not what it should be.
    """
    path = models_dir() / "registry.toml"
    try:
        entries = tomllib.loads(path.read_text("utf-8"))["model"]
        known = {f.name for f in fields(ModelCard)} - {"id"}
        for model_id, entry in entries.items():
            if set(entry) != known:
                odd = ", ".join(sorted(set(entry) ^ known))
                raise ResourceError(
                    f"The model registry's entry {model_id} has missing or unknown "
                    f"keys: {odd}",
                    hint=_REINSTALL,
                )
        return tuple(
            ModelCard(id=k, **{**v, "references": tuple(v["references"])})
            for k, v in entries.items()
        )
    except OSError as error:
        raise ModelMissingError(
            "The model registry is missing from this installation", hint=_REINSTALL
        ) from error
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as error:
        raise ResourceError(
            f"The model registry is damaged: {error}", hint=_REINSTALL
        ) from error


def model_card(model_id: str) -> ModelCard:
    """Look a model up in the registry."""
    for card in (cards := model_cards()):
        if card.id == model_id:
            return card
    names = ", ".join(sorted(c.id for c in cards))
    raise ResourceError(f"There is no model {model_id!r}; the registry has: {names}")


def load_model(model_id: str) -> bytes:
    """Return the weights after checking their hash: what was checked is what is used.

    Raises
    ------
    ModelMissingError, ModelHashError
        The file is not there, or not the one that the registry names.
    """
    return _load(model_card(model_id), models_dir())


@cache
def _load(card: ModelCard, folder: Path) -> bytes:
    try:
        data = (folder / card.file).read_bytes()
    except OSError as error:
        raise ModelMissingError(
            f"The weights {card.file} are missing from this installation",
            hint=_REINSTALL,
        ) from error
    found = hashlib.sha256(data).hexdigest()
    if found != card.sha256:
        raise ModelHashError(
            f"{card.file} is not the registered file (sha256 {found[:12]}…)",
            hint=_REINSTALL,
        )
    return data
