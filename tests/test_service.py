"""The use cases."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_analyzing_loads_no_renderer():
    code = (
        "import sys, facemap.service; facemap.service.open_service();"
        "sys.exit('facemap.synthetic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_outline_on_the_photo_is_found_on_the_chart(phantom_analysis):
    from facemap.planning import skin_of
    from facemap.service import open_service

    frame = phantom_analysis.frame
    uv = [[0.30, 0.56], [0.33, 0.56], [0.33, 0.59]]
    corners = [tuple(at) for at in skin_of(frame).px(uv).tolist()]
    found = open_service().outline(frame, corners)
    assert [pytest.approx(corner, abs=1e-6) for corner in found] == uv
    assert open_service().outline(frame, [(-9.0, -9.0), (0.0, 0.0), (0.0, 9.0)]) is None


def test_a_reviewed_plan_is_what_the_decisions_leave(phantom_analysis):
    from datetime import date

    from facemap.planning import Decision, Verdict, step_key
    from facemap.protocol import example_text, parse_intake
    from facemap.service import open_service

    service, day = open_service(), date(2026, 5, 4)
    proposal = service.plan(
        phantom_analysis, parse_intake(example_text("intake")), day=day
    )
    no = {step_key(step): Decision(Verdict.REJECTED) for step in proposal.steps[:1]}
    assert service.review(proposal, no).steps == proposal.steps[1:]
