"""Where skin is found again, against the truth of drawn faces."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from facemap.comparison.registration import Registration, Side, _coarse, register
from facemap.geometry import photo_to_view, sample_grid
from facemap.pipeline import Sight
from facemap.synthetic.draw import make_camera
from facemap.synthetic.head import build_head
from tests.comparison.seen import params, see, see_picture


def side(sight: Sight) -> Side:
    return Side(sight.analysis.frame, sight.view, sight.surface)


def found(before: Sight, after: Sight) -> Registration:
    return register(side(before), side(after))


def off_mm(made: Registration, before: Sight, after: Sight, **turned) -> np.ndarray:
    """How far from the truth the skin of a drawn face is found."""
    u, v = np.meshgrid(np.linspace(0.15, 0.85, 40), np.linspace(0.1, 0.9, 50))
    uv = np.column_stack([u.ravel(), v.ravel()])
    places = []
    for wanted, sight in ((params(), before), (params(**turned), after)):
        head = build_head(wanted)
        spots_px = make_camera(wanted, head).project(head.points_at(uv))
        places.append(photo_to_view(spots_px, sight.view))
    here, there = places
    surface = before.surface
    seen = [sample_grid(x, here, surface.grid_vx) for x in (surface.u, surface.v)]
    cells = ((here + 0.5) / made.step_vx - 0.5).astype(np.float32)
    x, y, known = (
        cv2.remap(
            np.asarray(layer, np.float32), cells[:, :1], cells[:, 1:], cv2.INTER_LINEAR
        )[:, 0]
        for layer in (made.x_vx, made.y_vx, made.known)
    )
    shown = (np.hypot(*(seen - uv.T)) < 0.03) & (known > 0.99)
    assert shown.sum() > 300
    return np.hypot(x - there[:, 0], y - there[:, 1])[shown] / after.view.px_per_mm


@pytest.mark.parametrize(
    "turned",
    [{"yaw_deg": 4.0}, {"pitch_deg": -4.0, "light_azimuth_deg": 20.0}],
    ids=["turned", "nodded, other light"],
)
def test_skin_is_found_again_within_a_third_of_a_millimeter(turned):
    before, after = see(), see(**turned)
    off = off_mm(found(before, after), before, after, **turned)
    assert np.median(off) < 0.3
    assert np.quantile(off, 0.95) < 1.0


def test_the_pattern_of_the_skin_places_it_better_than_the_mesh(monkeypatch):
    before, after = see(), see(yaw_deg=4.0)
    refined = off_mm(found(before, after), before, after, yaw_deg=4.0)
    module = "facemap.comparison.registration"

    def stay(ours, *_):
        return (np.zeros_like(ours), np.zeros_like(ours)), np.ones_like(ours)

    monkeypatch.setattr(f"{module}._flow", stay)
    by_mesh = off_mm(found(before, after), before, after, yaw_deg=4.0)
    assert np.median(refined) < 0.7 * np.median(by_mesh)


def test_a_photo_lies_on_itself():
    made = found(see(), see())
    height, width = made.x_vx.shape
    rows, cols = np.mgrid[:height, :width]
    middle = made.known
    step = made.step_vx
    assert np.abs(made.x_vx - ((cols + 0.5) * step - 0.5))[middle].max() < 0.2
    assert np.abs(made.y_vx - ((rows + 0.5) * step - 0.5))[middle].max() < 0.2
    assert made.agreement > 0.99
    assert made.rms_mm < 0.01


def test_another_crop_is_undone():
    photo = see().analysis.photo
    cut = see_picture(photo.rgb[23:, 14:-9])
    made = found(see(), cut)
    # Back in photo pixels, everything moved by the same.
    x, y = made.dense(see().view.size_wh)
    height, width = x.shape
    rows, cols = np.mgrid[:height, :width]
    inside = see().analysis.face_map.labels > 0
    for moved, at, view_a, view_b, axis, by in (
        (x, cols, see().view, cut.view, 0, 14),
        (y, rows, see().view, cut.view, 1, 23),
    ):
        here = view_a.origin_px[axis] + view_a.step * (at + 0.5) - 0.5
        there = view_b.origin_px[axis] + view_b.step * (moved + 0.5) - 0.5
        off_px = np.abs(here - there - by)[inside]
        assert np.quantile(off_px, 0.99) < 0.3
        assert off_px.max() < 2


@pytest.mark.parametrize("columns", [617, 455, 300])
def test_a_coarser_grid_has_square_cells(columns):
    """What is read at a row lies where the map takes that row to lie."""
    view = see().view
    width, height = view.size_wh
    step = width / columns
    ramp = np.repeat(np.arange(height, dtype=np.float32)[:, None], width, axis=1)
    coarse = _coarse(replace(view, log_luminance=ramp), (columns, round(height / step)))
    rows = (np.arange(len(coarse)) + 0.5) * step - 0.5
    np.testing.assert_allclose(coarse[8:-8, columns // 2], rows[8:-8], atol=0.01)


def test_another_face_does_not_fit():
    made = found(see(), see(seed=13))
    assert made.agreement < 0.4
    assert found(see(), see(yaw_deg=4.0)).agreement > 0.6


def test_the_same_photos_give_the_same_map():
    first, second = (found(see(), see(yaw_deg=4.0)) for _ in range(2))
    assert np.array_equal(first.x_vx, second.x_vx)
    assert first.rms_mm == second.rms_mm
