"""The settings that keep photos on this machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit import config
from streamlit.web import cli

from facemap.resources import load_knowledge
from facemap.ui import address, launch, server

ROOT = Path(__file__).parents[2]


def test_streamlit_knows_every_setting() -> None:
    known = {option.env_var for option in config._config_options_template.values()}
    assert set(launch.settings()) <= known


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false"),
        ("STREAMLIT_SERVER_ADDRESS", "127.0.0.1"),
        ("STREAMLIT_SERVER_ALLOWED_HOSTS", "127.0.0.1 localhost"),
        ("STREAMLIT_SERVER_SHOW_EMAIL_PROMPT", "false"),
        ("STREAMLIT_CLIENT_SHOW_ERROR_DETAILS", "none"),
    ],
)
def test_the_app_starts_private(name: str, value: str) -> None:
    assert launch.settings()[name] == value


def test_streamlit_run_in_the_checkout_is_as_private_as_the_command() -> None:
    packaged = ROOT / "facemap" / "ui" / "streamlit.toml"
    assert (ROOT / ".streamlit" / "config.toml").read_text() == packaged.read_text()


def test_streamlit_reads_the_settings_from_the_environment() -> None:
    """Lists and numbers too: seen by a fresh Streamlit, not by this process."""
    ask = (
        "from streamlit import config as c; c.get_config_options();"
        "print(c.get_option('server.address'), c.get_option('server.allowedHosts'),"
        "c.get_option('browser.gatherUsageStats'), c.get_option('theme.baseFontSize'),"
        "c.get_option('theme.dark.primaryColor'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask],
        env=os.environ | launch.settings(),
        capture_output=True,
        text=True,
        check=True,
    )
    said = "127.0.0.1 ['127.0.0.1', 'localhost'] False 15 #5cc0c7"
    assert done.stdout.strip() == said


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Take the server's place, and a copy of the environment's."""
    calls: list[list[str]] = []
    monkeypatch.setattr(cli, "main", lambda args, **_: calls.append(args))
    monkeypatch.setattr(os, "environ", dict(os.environ))
    return calls


def test_the_command_runs_the_server_file(started: list[list[str]]) -> None:
    launch.run_app(port=8765, open_browser=False)
    [(command, file)] = started
    assert command == "run"
    assert Path(file) == ROOT / "facemap" / "ui" / "server.py"
    assert os.environ["STREAMLIT_SERVER_PORT"] == "8765"
    assert os.environ["STREAMLIT_SERVER_HEADLESS"] == "true"
    assert os.environ["STREAMLIT_SERVER_ADDRESS"] == "127.0.0.1"


def test_the_start_says_where_the_app_is_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own_place = {"server.address": "127.0.0.1", "server.port": 8765}
    own = config.get_option
    monkeypatch.setattr(
        config, "get_option", lambda key: own_place.get(key) or own(key)
    )

    async def start() -> None:
        async with address.tell_address(server.app):
            pass

    asyncio.run(start())
    said = capsys.readouterr().out
    assert said == "facemap is open at http://127.0.0.1:8765 (Ctrl+C closes it)\n"
    assert launch.settings()["STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE"] == "true"


def test_a_setting_of_the_users_own_is_kept(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "STREAMLIT_SERVER_MAX_UPLOAD_SIZE", "7")
    launch.run_app()
    assert os.environ["STREAMLIT_SERVER_MAX_UPLOAD_SIZE"] == "7"
    assert len(started) == 1


def test_uploads_are_as_large_as_the_photos_that_are_read() -> None:
    limit = load_knowledge("photo")["limits"]["max_bytes"]
    assert launch.settings()["STREAMLIT_SERVER_MAX_UPLOAD_SIZE"] == str(
        limit // 1_000_000
    )
