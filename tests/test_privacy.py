"""Photographs stay on the machine: nothing installed or run here calls out."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import skip_or_fail

ROOT = Path(__file__).parents[1]

# Names inside the native library of the releases that report usage to their maker
# (0.10.35 and later); 0.10.31 has none of them.
TELEMETRY = (b"TasksStatsProtoLogger", b"CurlClient", b"HttpLoggingClient")
# An address of the internet handed to the kernel, to connect or without connecting.
CALL_OUT = re.compile(
    r"\b(?:connect|sendto|sendmsg|sendmmsg)\(.*?sa_family=AF_INET6?\b.*"
)


def works(*command: str) -> bool:
    """Whether a command is there and permitted: containers often forbid these."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


# Another user's name space, with a loopback interface that is down and no other.
ISOLATED = ("unshare", "--user", "--map-root-user", "--net")
TRACED = ("strace", "-f", "-qq", "-e", "trace=network", "-o")


def run_python(prefix: tuple[str, ...], arguments: list[str]) -> None:
    """Run Python under another command; it must succeed."""
    done = subprocess.run(
        [*prefix, sys.executable, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def calls_out(arguments: list[str], folder: Path) -> list[str]:
    """Run Python and list what it calls, successfully or in vain.

    Only strace sees that: being cut off would let a call that fails go unnoticed.
    """
    if not works(*TRACED, "/dev/null", "true"):
        skip_or_fail("strace", "strace is not available and permitted here")
    log = folder / "network.txt"
    run_python((*TRACED, str(log)), arguments)
    return CALL_OUT.findall(log.read_text("utf-8", "replace"))


def analysis_of(phantom, folder: Path) -> list[str]:
    """Arguments for Python that analyze a phantom into the folder."""
    from facemap.synthetic import encode_phantom

    photo = folder / "phantom.png"
    photo.write_bytes(encode_phantom(phantom, "png"))
    return ["-m", "facemap", "analyze", str(photo), "--out", str(folder)]


def native_libraries(package: str) -> list[Path]:
    origin = importlib.util.find_spec(package).origin
    folder = Path(origin).parent
    return [p for p in folder.rglob("*") if re.search(r"\.(so|dylib|dll|pyd)$", p.name)]


def test_mediapipe_has_no_telemetry():
    libraries = native_libraries("mediapipe")
    assert any(p.name.startswith(("libmediapipe", "mediapipe")) for p in libraries)
    for library in libraries:
        code = library.read_bytes()
        assert not [name for name in TELEMETRY if name in code], library.name


def test_only_one_opencv_is_installed():
    """Two share one folder, and mediapipe's later releases bring a second."""
    installed = {d.metadata["Name"].lower() for d in importlib.metadata.distributions()}
    assert {n for n in installed if "opencv" in n} == {"opencv-python-headless"}


@pytest.mark.skipif(sys.platform != "linux", reason="strace and unshare are Linux's")
def test_the_watch_sees_a_call():
    """The test below can fail."""
    call = "sendto(3, ..., {sa_family=AF_INET, sin_port=htons(53), ...}, 16) = 9"
    assert CALL_OUT.search(call)
    assert not CALL_OUT.search("connect(3, {sa_family=AF_UNIX, sun_path=...}, 110) = 0")
    assert not CALL_OUT.search("socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, 0) = 3")


@pytest.mark.skipif(sys.platform != "linux", reason="strace and unshare are Linux's")
def test_a_connection_is_noticed(tmp_path):
    code = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    [call] = calls_out(["-c", code], tmp_path)
    assert "127.0.0.1" in call


@pytest.mark.skipif(sys.platform != "linux", reason="strace and unshare are Linux's")
@pytest.mark.slow
def test_a_whole_analysis_calls_nobody(small_phantom, tmp_path):
    assert calls_out(analysis_of(small_phantom, tmp_path), tmp_path) == []
    assert (tmp_path / "phantom.analysis.json").stat().st_size
    assert (tmp_path / "phantom.overlay.png").stat().st_size


@pytest.mark.skipif(sys.platform != "linux", reason="strace and unshare are Linux's")
@pytest.mark.slow
def test_a_whole_analysis_needs_no_network(small_phantom, tmp_path):
    if not works(*ISOLATED, "true"):
        skip_or_fail("unshare", "unshare is not available and permitted here")
    run_python(ISOLATED, analysis_of(small_phantom, tmp_path))
    assert (tmp_path / "phantom.analysis.json").stat().st_size
