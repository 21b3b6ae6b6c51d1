"""Everything facemap raises on purpose.

* FacemapError              exit 1  could not, for another reason
  x UsageError              exit 2  the request makes no sense as it stands
  x InputError              exit 3  the person can mend it: another photo, another value
    + PhotoError            the file is no photo that we can read
    + NoFaceError           no face in it, or the face is cut off
    + UnsuitablePhotoError  a face, but nothing on it can be measured
    + DocumentError         a given JSON or TOML document is not valid
      - ProtocolError       a clinic's protocol: with its row and what is wrong
      - IntakeError         an intake
  x ResourceError           exit 4  the installation is incomplete or damaged
    + ModelMissingError
    + ModelHashError
    + KnowledgeError        a packaged data file does not hold what its schema asks for
  x DetectorError           exit 1  a wrinkle detector failed or broke its contract
"""

from __future__ import annotations

__all__ = [
    "DetectorError",
    "DocumentError",
    "FacemapError",
    "InputError",
    "IntakeError",
    "KnowledgeError",
    "ModelHashError",
    "ModelMissingError",
    "NoFaceError",
    "PhotoError",
    "ProtocolError",
    "ResourceError",
    "UnsuitablePhotoError",
    "UsageError",
]


class FacemapError(Exception):
    """Base class. ``str(error)`` is one sentence fit for a screen or a report.

    Parameters
    ----------
    message : str
        What happened, in one sentence.
    hint : str, optional
        What to do about it.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(FacemapError):
    """The request makes no sense as it stands."""

    exit_code = 2


class InputError(FacemapError):
    """The photo or a given value is at fault, and the person can mend it."""

    exit_code = 3


class PhotoError(InputError):
    """The file is not a photograph that facemap can read."""


class NoFaceError(InputError):
    """No face was found in the photo, or the face is cut off."""


class UnsuitablePhotoError(InputError):
    """There is a face, but nothing on it can be measured."""


class DocumentError(InputError):
    """A document given by the user is not valid."""


class ProtocolError(DocumentError):
    """A given protocol cannot be used; the message has its row and the reason."""


class IntakeError(DocumentError):
    """A given intake cannot be used; the message has the place and the reason."""


class ResourceError(FacemapError):
    """A file that facemap ships with is missing or damaged."""

    exit_code = 4


class ModelMissingError(ResourceError):
    """A model's weights are not on this machine."""


class ModelHashError(ResourceError):
    """A weight file is not the file that the registry names."""


class KnowledgeError(ResourceError):
    """A packaged data file does not hold what its schema asks for."""


class DetectorError(FacemapError):
    """A wrinkle detector did not load, failed, or broke its contract."""
