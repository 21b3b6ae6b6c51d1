"""What keeps photos at home: one host name, private headers, no look-ups, no files.

The content security policy makes the browser itself refuse any request to another
machine, whatever a page or a library may try.
"""

from __future__ import annotations

from pathlib import Path

import streamlit.net_util
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "MIDDLEWARE",
    "SCRIPT",
    "OwnHostOnly",
    "PrivateHeaders",
]

#: The script that draws the pages.
SCRIPT = Path(__file__).parent / "entry" / "script.py"

# The one inline script of Streamlit's page; without it the browser logs an error.
_STREAMLIT_INLINE = "'sha256-THxz9J9+wf7rhwR2YkXJoSZ13UCmYyC+3lNDv2+8ugA='"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        f"script-src 'self' 'wasm-unsafe-eval' blob: {_STREAMLIT_INLINE}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' blob: data:",
        "worker-src 'self' blob:",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)

_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_NO_STORE = (b"cache-control", b"no-store")


class PrivateHeaders:
    """Middleware: private headers on every answer; pictures stay out of disk caches.

    Parameters
    ----------
    app : ASGI application
        What to wrap.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_media = str(scope.get("path", "")).startswith("/media/")

        async def send_private(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = message.get("headers", ())
                if is_media:
                    kept = [h for h in kept if h[0].lower() != _NO_STORE[0]]
                    kept = [*kept, _NO_STORE]
                message = {**message, "headers": [*kept, *_HEADERS]}
            await send(message)

        await self._app(scope, receive, send_private)


class OwnHostOnly:
    """Middleware: refuse whatever was asked for under another host name.

    A page of any web site can have its own name lead to this machine, and is then, for
    the browser, the same site as the app (DNS rebinding). Streamlit itself looks at the
    name for its connection and uploads, not for pages and pictures.

    Parameters
    ----------
    app : ASGI application
        What to wrap.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "http" and not is_host_allowed(
            Headers(scope=scope).get("host")
        ):
            answer = PlainTextResponse("This is not a name of this server.\n", 421)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)


#: For ``st.App``, the outermost first.
MIDDLEWARE = (Middleware(PrivateHeaders), Middleware(OwnHostOnly))

# When a page of another origin knocks, Streamlit asks a web service for this machine's
# outside address, and opens a socket toward one for the inside address. Neither is an
# origin to allow: whoever serves a network names the address.
streamlit.net_util.get_external_ip = lambda: None
streamlit.net_util.get_internal_ip = lambda: None

# Starlette writes uploads over 1 MB to a temporary file, from which a deleted photo can
# be recovered. 0: never; the size is bounded by Streamlit's ``server.maxUploadSize``.
MultiPartParser.spool_max_size = 0
