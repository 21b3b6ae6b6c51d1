"""Phantoms as files: a picture and, beside it, its truth."""

from __future__ import annotations

import json
from io import BytesIO

from PIL import Image

from facemap.synthetic.draw import draw_phantom
from facemap.synthetic.params import PhantomParams
from facemap.synthetic.truth import Phantom, truth_document

__all__ = ["encode_phantom", "phantom_files"]


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


def phantom_files(
    params: PhantomParams, stem: str, *, jpeg_quality: int | None = None
) -> dict[str, bytes]:
    """Draw a phantom and encode its files.

    Parameters
    ----------
    params : PhantomParams
    stem : str
    jpeg_quality : int, optional
        Also encode a JPEG of this quality.

    Returns
    -------
    dict of str to bytes
        Content by name: ``<stem>.png``, ``<stem>.truth.json`` and, if asked for,
        ``<stem>.jpg``.
    """
    phantom = draw_phantom(params)
    document = json.dumps(truth_document(phantom), indent=1) + "\n"
    files = {
        f"{stem}.png": encode_phantom(phantom, "png"),
        f"{stem}.truth.json": document.encode(),
    }
    if jpeg_quality is not None:
        files[f"{stem}.jpg"] = encode_phantom(phantom, "jpeg", jpeg_quality)
    return files
