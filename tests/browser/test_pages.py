"""Every page: private, whole on a phone, readable in the dark."""

from __future__ import annotations

import http.client
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from facemap.ui.privacy import CONTENT_SECURITY_POLICY

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page


def knock(url: str, **headers: str) -> int:
    """Ask for the app's WebSocket; return the status."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    connection.request("GET", "/_stcore/stream", headers=upgrade | headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_page_carries_the_policy(page: Page, app_url: str) -> None:
    answer = page.request.get(app_url)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_browser_refuses_to_send_anything_elsewhere(
    context: BrowserContext, app_url: str
) -> None:
    """Not through the watched page: here the refusal itself is an error."""
    page = context.new_page()
    page.goto(app_url)
    page.locator(".fx-intro").wait_for()
    refused = page.evaluate(
        "fetch('http://192.0.2.1/photo', {method: 'POST', mode: 'no-cors'})"
        ".then(() => 'sent', (error) => error.name)"
    )
    assert refused == "TypeError"
    blocked = page.evaluate(
        "new Promise((done) => { document.addEventListener('securitypolicyviolation',"
        " (event) => done(event.effectiveDirective));"
        " new Image().src = 'http://192.0.2.1/photo.png'; })"
    )
    assert blocked == "img-src"


def test_a_foreign_page_cannot_reach_the_app(app_url: str) -> None:
    host = urlsplit(app_url).netloc
    assert knock(app_url, Origin=app_url, Host=host) == 101
    assert knock(app_url, Origin="http://evil.example", Host=host) == 403
    assert knock(app_url, Origin=app_url, Host="evil.example") in (400, 403)


def test_a_page_is_not_served_under_a_foreign_name(page: Page, app_url: str) -> None:
    for path in ("/", "/about", "/static/favicon.png", "/_stcore/health"):
        answer = page.request.get(app_url + path, headers={"Host": "evil.example"})
        assert answer.status == 421, path


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_server_listens_on_loopback_only(app_url: str) -> None:
    port = f"{urlsplit(app_url).port:04X}"
    listening = [
        fields[1].split(":")[0]
        for table in ("tcp", "tcp6")
        if (path := Path("/proc/net") / table).is_file()
        for fields in map(str.split, path.read_text().splitlines()[1:])
        if fields[1].endswith(f":{port}") and fields[3] == "0A"  # LISTEN
    ]
    assert listening == ["0100007F"]


@pytest.mark.parametrize("by", ["link", "address"])
def test_the_about_page_opens(page: Page, app_url: str, by: str) -> None:
    if by == "link":
        page.get_by_role("link", name="About").first.click()
    else:
        page.goto(f"{app_url}/about")
    page.locator(".fx-prose h1").wait_for()
    page.locator(".fx-footer").wait_for()
    assert "Not a medical device" in page.locator(".fx-prose").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(
    page: Page, phantom_file: Path, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 420, "height": 900})
    page.reload()
    page.locator(".fx-intro").wait_for()
    page.set_input_files("input[type=file]", str(phantom_file))
    page.locator(".fm[data-ready]").wait_for()
    widest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.stMainBlockContainer *')]"
        ".map((element) => element.getBoundingClientRect().right))"
    )
    assert widest <= 420
    table = page.locator(".fm-right")
    assert table.evaluate("box => box.scrollWidth <= box.clientWidth")
