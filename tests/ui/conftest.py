"""One phantom analyzed once, for all tests of the pages."""

from __future__ import annotations

from typing import Any

import pytest

from facemap.documents import analysis_document


@pytest.fixture(scope="session")
def document(phantom_analysis) -> dict[str, Any]:
    return analysis_document(phantom_analysis)


@pytest.fixture(scope="session")
def phantom_png(small_phantom) -> bytes:
    from facemap.synthetic import encode_phantom

    return encode_phantom(small_phantom, "png")
