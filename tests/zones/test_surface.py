from __future__ import annotations

import numpy as np
import pytest

from facemap.chart import load_chart
from facemap.geometry import photo_to_view, sample_grid
from facemap.zones import map_surface
from tests.painted_face import mirror_frame, pose_frame, view_of

PX_PER_MM = 3.0
BLANK = view_of(np.zeros((990, 661, 3), np.uint8), PX_PER_MM)


def at_landmark(frame, surface, layer, landmark):
    spot = photo_to_view(frame.vertices_px[[landmark]], BLANK)
    return float(sample_grid(layer, spot, surface.grid_vx)[0])


def test_cells_are_about_a_millimeter_and_divide_the_width_evenly():
    surface = map_surface(BLANK, pose_frame())
    rows, columns = surface.u.shape
    assert surface.grid_vx / PX_PER_MM == pytest.approx(1, abs=0.01)
    assert columns * surface.grid_vx == pytest.approx(661)
    assert rows * surface.grid_vx >= 990


@pytest.mark.parametrize("landmark", [9, 151, 50, 280, 199, 205])
def test_the_surface_knows_where_on_the_chart_a_landmark_lies(landmark):
    frame = pose_frame(yaw_deg=8.0)
    surface = map_surface(BLANK, frame)
    u, v = load_chart().uv[landmark]
    assert at_landmark(frame, surface, surface.u, landmark) == pytest.approx(
        u, abs=2e-3
    )
    assert at_landmark(frame, surface, surface.v, landmark) == pytest.approx(
        v, abs=2e-3
    )


def test_depth_is_counted_from_the_eyes_away_from_the_camera():
    frame = pose_frame()
    surface = map_surface(BLANK, frame)
    nose = at_landmark(frame, surface, surface.depth_mm, 1)
    assert nose == pytest.approx(frame.vertices_mm[1, 2], abs=1.0)
    assert nose < -30
    assert at_landmark(frame, surface, surface.depth_mm, 93) > 40


def test_a_forehead_faces_the_camera_and_a_temple_does_not():
    frame = pose_frame()
    surface = map_surface(BLANK, frame)
    assert at_landmark(frame, surface, surface.facing, 151) > 0.9
    assert at_landmark(frame, surface, surface.facing, 34) < 0.5


def test_turning_the_head_turns_one_cheek_away():
    frame = pose_frame(yaw_deg=30.0)
    surface = map_surface(BLANK, frame)
    toward = at_landmark(frame, surface, surface.facing, 50)
    away = at_landmark(frame, surface, surface.facing, 280)
    # The patient turns to their own left: the right cheek comes forward.
    assert toward > 0.8
    assert away < 0.5


def test_the_near_side_hides_the_far_side():
    frame = pose_frame(yaw_deg=60.0)
    surface = map_surface(BLANK, frame)
    # The left inner canthus lies behind the nose.
    u, v = load_chart().uv[362]
    gap = abs(at_landmark(frame, surface, surface.u, 362) - u)
    assert gap + abs(at_landmark(frame, surface, surface.v, 362) - v) > 0.05


def test_beyond_the_mesh_there_is_no_chart_but_there_is_a_depth():
    surface = map_surface(BLANK, pose_frame())
    outside = np.isnan(surface.u)
    assert outside[0, 0]
    assert np.array_equal(outside, np.isnan(surface.v))
    assert (surface.facing[outside] == 0).all()
    assert np.isfinite(surface.depth_mm).all()


def test_a_mirrored_face_has_the_mirrored_surface():
    frame = pose_frame(yaw_deg=17.0)
    surface = map_surface(BLANK, frame)
    mirrored = map_surface(BLANK, mirror_frame(frame, 661))
    both = np.isfinite(surface.u) & np.isfinite(mirrored.u[:, ::-1])
    assert (np.isfinite(surface.u) ^ np.isfinite(mirrored.u[:, ::-1])).sum() <= 2
    assert np.abs(1 - surface.u - mirrored.u[:, ::-1])[both].max() < 1e-5
    assert np.abs(surface.facing - mirrored.facing[:, ::-1])[both].max() < 1e-5


def test_the_same_input_gives_the_same_bytes():
    frame = pose_frame(yaw_deg=5.0)
    first, second = map_surface(BLANK, frame), map_surface(BLANK, frame)
    for name in ("u", "v", "depth_mm", "facing"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
