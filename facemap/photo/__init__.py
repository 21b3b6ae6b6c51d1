"""From the bytes of a file to an upright sRGB `~facemap.types.Photo`.

`loading` is the way in; `signature` says what the file is, `container`, `tiff` and
`jpeg` check its structure before a decoder sees it, `exif` reads the three facts that
are kept, `decoding` makes pixels, `color` and `cicp` make them sRGB.
"""

from __future__ import annotations

from facemap.photo.loading import load_photo

__all__ = ["load_photo"]
