"""A real server process, a real Chromium, and a watch on every request."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import skip_or_fail

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

ROOT = Path(__file__).parents[2]
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_AT_HOME = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("FACEMAP_CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )
    if found is None:
        skip_or_fail("chromium", "no Chromium on this machine (see the README)")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium, or skip where there is none."""
    executable = _chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        skip_or_fail("chromium", "playwright is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server") / "log.txt"


@pytest.fixture(scope="session")
def app_url(server_log: Path) -> Iterator[str]:
    """Start the app as a person does, and wait until it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "facemap", "app", "--no-browser"]
    with server_log.open("wb") as log:
        server = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server stopped"
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server did not answer")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 1400, "height": 1000}, accept_downloads=True
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, app_url: str, server_log: Path) -> Iterator[Page]:
    """Open the app; the test fails on a request that leaves or a script that fails."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    outside: list[str] = []
    errors: list[str] = []

    def watch(url: str) -> None:
        if not url.startswith(_AT_HOME):
            outside.append(url)

    page.on("request", lambda request: watch(request.url))
    page.on("websocket", lambda websocket: watch(websocket.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.extend(_faults(message)))
    page.goto(app_url)
    yield page
    # Shown by pytest where the test has failed.
    print(page.locator(".stMain").inner_text(), server_log.read_text()[-4000:])  # noqa: T201
    assert outside == []
    assert errors == []


def _faults(message: ConsoleMessage) -> list[str]:
    # Opened at a page's own address, Streamlit first looks for its health below it.
    searching = re.search(r"/\w+/_stcore/", message.location["url"])
    return [message.text] if message.type == "error" and not searching else []


@pytest.fixture(scope="session")
def phantom_file(tmp_path_factory: pytest.TempPathFactory, small_phantom) -> Path:
    """Write the phantom as a person's camera would."""
    from facemap.synthetic import encode_phantom

    file = tmp_path_factory.mktemp("photos") / "phantom.jpg"
    file.write_bytes(encode_phantom(small_phantom, "jpeg", quality=92))
    return file
