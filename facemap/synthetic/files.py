"""Phantoms as files: a picture and, beside it, its truth."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

from PIL import Image

from facemap.synthetic.draw import draw_phantom
from facemap.synthetic.params import PhantomParams
from facemap.synthetic.truth import Phantom, truth_document

__all__ = ["encode_phantom", "write_phantom"]


def encode_phantom(phantom: Phantom, kind: str = "png", quality: int = 92) -> bytes:
    """Encode the picture.

    Parameters
    ----------
    phantom : Phantom
    kind : {"png", "jpeg"}
    quality : int
        Of the JPEG, 1 to 95; without chroma subsampling from 90 up.

    Raises
    ------
    ValueError
        Another kind of file.
    """
    buffer = BytesIO()
    image = Image.fromarray(phantom.rgb)
    if kind == "png":
        image.save(buffer, "PNG", compress_level=1)
    elif kind == "jpeg":
        subsampling = 0 if quality >= 90 else 2
        image.save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    else:
        raise ValueError(f"kind must be png or jpeg, got {kind!r}")
    return buffer.getvalue()


def write_phantom(
    params: PhantomParams, folder: Path, stem: str, *, jpeg_quality: int | None = None
) -> tuple[Path, ...]:
    """Draw a phantom and write its files.

    Parameters
    ----------
    params : PhantomParams
    folder : Path
        Must exist.
    stem : str
    jpeg_quality : int, optional
        Also write a JPEG of this quality.

    Returns
    -------
    tuple of Path
        ``<stem>.png``, ``<stem>.truth.json`` and, if asked for, ``<stem>.jpg``.
    """
    phantom = draw_phantom(params)
    picture, truth = folder / f"{stem}.png", folder / f"{stem}.truth.json"
    picture.write_bytes(encode_phantom(phantom, "png"))
    document = truth_document(phantom)
    truth.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    written = [picture, truth]
    if jpeg_quality is not None:
        written.append(folder / f"{stem}.jpg")
        written[-1].write_bytes(encode_phantom(phantom, "jpeg", jpeg_quality))
    return tuple(written)
