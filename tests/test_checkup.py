"""A broken installation is told, not thrown."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from facemap import checkup, cli


def only(monkeypatch: pytest.MonkeyPatch, check: str) -> None:
    """Let the other checks pass unseen: the self-test takes seconds."""
    for name in ("models", "data", "detectors", "opencv", "telemetry", "self_test"):
        if name != check:
            monkeypatch.setattr(checkup, f"_check_{name}", lambda: "Fine.")


def test_a_library_that_does_not_load_is_a_failed_finding(monkeypatch):
    only(monkeypatch, "data")
    monkeypatch.setitem(sys.modules, "facemap.documents", None)  # an ImportError
    failed = [f for f in checkup.check_installation() if not f.ok]
    assert [f.id for f in failed] == ["data"]
    assert "facemap.documents" in failed[0].message


@pytest.mark.parametrize("error", [ImportError, OSError, ValueError, MemoryError])
def test_whatever_a_check_meets_the_others_go_on(monkeypatch, error):
    only(monkeypatch, "")

    def meet() -> str:
        raise error("libGL.so.1: no such file")

    monkeypatch.setattr(checkup, "_check_detectors", meet)
    findings = checkup.check_installation()
    assert len(findings) == 6
    assert [f.id for f in findings if not f.ok] == ["detectors"]


def test_a_damaged_installation_gives_status_4_and_json(monkeypatch, capsys):
    only(monkeypatch, "data")
    monkeypatch.setitem(sys.modules, "facemap.documents", None)
    monkeypatch.setattr(sys, "argv", ["facemap", "check", "--json"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 4
    said = capsys.readouterr()
    findings = json.loads(said.out)
    assert {f["id"]: f["ok"] for f in findings}["data"] is False
    assert "This installation is damaged" in said.err
    assert "Traceback" not in said.err


def test_a_whole_installation_is_told_to_machines(monkeypatch):
    only(monkeypatch, "")
    done = CliRunner().invoke(cli.app, ["check", "--json"])
    assert done.exit_code == 0
    findings = json.loads(done.stdout)
    assert len(findings) == 6
    assert all(f == {"id": f["id"], "ok": True, "message": "Fine."} for f in findings)
