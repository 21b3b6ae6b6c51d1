"""What every answer of the server carries."""

from __future__ import annotations

import asyncio
import socket
import tempfile

import pytest
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send
from streamlit import config
from streamlit.web.server import server_util

from facemap.ui import launch, privacy

PRIVATE = {
    b"content-security-policy",
    b"referrer-policy",
    b"permissions-policy",
    b"x-content-type-options",
}


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"cache-control", b"public, max-age=600"), (b"content-type", b"x")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"body"})


def ask(path: str) -> tuple[dict[bytes, bytes], bytes]:
    """Ask the wrapped server for a path."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path}
    asyncio.run(privacy.PrivateHeaders(_answer)(scope, receive, send))
    return dict(sent[0]["headers"]), sent[1]["body"]


def test_every_answer_carries_the_policy() -> None:
    for path in ("/", "/static/js/index.js", "/media/a.jpg", "/nowhere"):
        headers, body = ask(path)
        assert headers.keys() >= PRIVATE
        assert headers[b"content-type"] == b"x"
        assert body == b"body"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"127.0.0.1:8501", 200),
        (b"localhost", 200),
        (b"evil.example", 421),
        (b"127.0.0.1.evil.example:8501", 421),
        (b"user@127.0.0.1", 421),
        (None, 421),
    ],
)
def test_another_host_name_is_refused_whatever_is_asked_for(
    host: bytes | None, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = launch.settings()["STREAMLIT_SERVER_ALLOWED_HOSTS"].split()
    monkeypatch.setattr(config, "get_option", {"server.allowedHosts": own}.get)
    for path in ("/", "/media/a.jpg", "/static/js/index.js", "/_stcore/health"):
        sent: list[Message] = []

        async def send(message: Message, sent: list[Message] = sent) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        headers = [] if host is None else [(b"host", host)]
        scope = {"type": "http", "path": path, "headers": headers}
        asyncio.run(privacy.OwnHostOnly(_answer)(scope, receive, send))
        assert sent[0]["status"] == status
        assert (sent[1]["body"] == b"body") == (status == 200)


def test_the_server_asks_for_the_host_name() -> None:
    assert privacy.OwnHostOnly in [m.cls for m in privacy.MIDDLEWARE]


def test_the_policy_names_no_other_machine() -> None:
    assert "http" not in privacy.CONTENT_SECURITY_POLICY
    assert "*" not in privacy.CONTENT_SECURITY_POLICY
    for directive in ("default-src 'self'", "object-src 'none'", "form-action 'self'"):
        assert directive in privacy.CONTENT_SECURITY_POLICY
    assert "unsafe-eval'" not in privacy.CONTENT_SECURITY_POLICY.replace(
        "'wasm-unsafe-eval'", ""
    )


def test_pictures_stay_out_of_the_browsers_disk_cache() -> None:
    assert ask("/media/a.jpg")[0][b"cache-control"] == b"no-store"
    assert ask("/static/a.js")[0][b"cache-control"] == b"public, max-age=600"


def test_the_server_never_asks_for_its_own_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
    assert server_util.is_url_from_allowed_origins("http://127.0.0.1:8501")


def test_an_upload_never_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through Starlette's own reading of a form, which Streamlit uploads go through."""

    def refuse(*_: object) -> None:
        raise AssertionError("an upload was written to the disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", refuse)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    photo = bytes(range(256)) * 4096 * 5  # 5 MiB
    head = 'Content-Disposition: form-data; name="f"; filename="a.jpg"'
    body = f"--x\r\n{head}\r\n\r\n".encode() + photo + b"\r\n--x--\r\n"

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def upload() -> bytes:
        kind = (b"content-type", b"multipart/form-data; boundary=x")
        scope = {"type": "http", "method": "PUT", "headers": [kind]}
        async with Request(scope, receive).form() as form:
            file = form["f"]
            assert isinstance(file, UploadFile)
            return await file.read()

    assert asyncio.run(upload()) == photo


def test_the_pages_script_is_there() -> None:
    assert privacy.SCRIPT.is_file()
    assert not (privacy.SCRIPT.parent / "pages").exists(), "Streamlit would route it"
