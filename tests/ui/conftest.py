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


@pytest.fixture(scope="session")
def phantom_sight(phantom_png):
    from facemap.service import open_service

    return open_service().see(phantom_png, name="phantom.png")


@pytest.fixture(scope="session")
def phantom_comparison(phantom_sight):
    """The phantom beside itself: nothing has changed."""
    from facemap.service import open_service

    return open_service().compare(phantom_sight, phantom_sight)
