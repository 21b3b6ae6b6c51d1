"""Where points go: evenly, on skin, in their zone, out of what blocks, mirrored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from facemap.planning import keepouts_of
from facemap.planning.layout import (
    MERGED,
    NEAR,
    OFF_SKIN,
    Canvas,
    Layout,
    lay_lines,
    lay_window,
)
from facemap.protocol import Mode, load_protocol
from facemap.types import ZONE_IDS, Analysis, LineKind, WrinkleLine
from tests.planning.made import mirrored, other

SPACING = 3.0


def canvas_of(analysis: Analysis) -> Canvas:
    return Canvas(analysis, keepouts_of(analysis.frame))


@pytest.fixture(scope="module")
def canvas(phantom_analysis) -> Canvas:
    return canvas_of(phantom_analysis)


def uv_of(layout: Layout) -> np.ndarray:
    return np.array([point.uv for point in layout.points]).reshape(-1, 2)


def line(canvas: Canvas, zone: str, start_uv, end_uv, mass=0.1) -> WrinkleLine:
    share = np.linspace(0, 1, 40)[:, None]
    uv = np.array(start_uv) * (1 - share) + np.array(end_uv) * share
    path = canvas.skin.px(uv)
    length = np.linalg.norm(np.diff(canvas.skin.mm(uv), axis=0), axis=1).sum()
    return WrinkleLine(
        zone=zone,
        kind=LineKind.WRINKLE,
        path_px=path,
        length_mm=float(length),
        width_mm=1.0,
        depth=0.1,
        mass=mass,
        orientation_deg=0.0,
        confidence=0.9,
    )


def zone_lines(analysis: Analysis, zone: str) -> list[WrinkleLine]:
    return [found for found in analysis.lines if found.zone == zone]


def lay(canvas: Canvas, zone: str, lines, side_rows: int = 1) -> Layout:
    return lay_lines(canvas, zone, lines, spacing_mm=SPACING, side_rows=side_rows)


def test_points_along_a_line_are_even_and_centered(canvas) -> None:
    made = line(canvas, "forehead", (0.42, 0.16), (0.58, 0.16))
    layout = lay(canvas, "forehead", [made], side_rows=0)
    # Smoothing takes a little off the ends.
    assert len(layout.points) == int((made.length_mm - 1.0) / SPACING) + 1
    uv = uv_of(layout)
    uv = uv[uv[:, 0].argsort()]
    gaps = np.linalg.norm(np.diff(canvas.skin.mm(uv), axis=0), axis=1)
    assert gaps == pytest.approx(SPACING, rel=0.05)
    assert uv[:, 0].mean() == pytest.approx(0.5, abs=0.002)
    angles = np.array([point.angle_deg for point in layout.points])
    assert np.minimum(angles, 180 - angles).max() < 15


def test_rows_lie_beside_a_line(canvas) -> None:
    made = line(canvas, "forehead", (0.44, 0.16), (0.56, 0.16))
    middle = uv_of(lay(canvas, "forehead", [made], side_rows=0))
    beside = uv_of(lay(canvas, "forehead", [made], side_rows=1))
    assert len(beside) >= 3 * len(middle) - 2
    apart = np.linalg.norm(
        canvas.skin.mm(beside)[:, None] - canvas.skin.mm(middle), axis=2
    ).min(axis=1)
    assert np.sort(apart)[len(middle) :] == pytest.approx(SPACING, rel=0.15)


def test_neighbors_share_their_points(canvas) -> None:
    first = line(canvas, "forehead", (0.44, 0.16), (0.56, 0.16), mass=0.2)
    second = line(canvas, "forehead", (0.44, 0.168), (0.56, 0.168))
    layout = lay(canvas, "forehead", [second, first], side_rows=0)
    assert layout.left_out == {MERGED: int(second.length_mm / SPACING) + 1}
    assert uv_of(layout)[:, 1] == pytest.approx(0.16, abs=0.002)
    # The order of the lines has no say.
    assert layout == lay(canvas, "forehead", [first, second], side_rows=0)


def test_what_leaves_the_zone_is_counted(canvas) -> None:
    made = line(canvas, "chin", (0.5, 0.85), (0.5, 0.70))
    layout = lay(canvas, "chin", [made], side_rows=0)
    assert layout.left_out[OFF_SKIN] >= 3
    assert (uv_of(layout)[:, 1] > 0.76).all()


@pytest.fixture(scope="module", params=[0, 11, -14])
def drawn_face(request) -> Analysis:
    from facemap.photo import load_photo
    from facemap.pipeline import analyze_photo
    from facemap.synthetic import PhantomParams, draw_phantom, encode_phantom
    from facemap.wrinkles import get_detector

    params = PhantomParams(
        seed=20 + request.param,
        size_wh=(900, 1120),
        yaw_deg=float(request.param),
        severity=3.0,
    )
    photo = load_photo(encode_phantom(draw_phantom(params), "png"), name="drawn.png")
    return analyze_photo(photo, get_detector("ridge"))


def layouts(canvas: Canvas) -> dict[tuple[str, str], Layout]:
    """Everything that could be laid out on a face, by zone and row."""
    found = {}
    for zone in ZONE_IDS:
        lines = zone_lines(canvas.analysis, zone)
        found[zone, "lines"] = lay(canvas, zone, lines)
    for row in load_protocol().of_mode(Mode.INTRAMUSCULAR):
        if not row.window:
            continue
        window = np.array([corner.uv for corner in row.window])
        for side in ("r", "l"):
            sided = row.zone not in ZONE_IDS
            found[f"{row.zone}_{side}" if sided else row.zone, row.id + side] = (
                lay_window(
                    canvas,
                    f"{row.zone}_{side}" if sided else row.zone,
                    window if side == "r" else window * [-1, 1] + [1, 0],
                    spacing_mm=row.spacing_mm,
                    max_points=row.max_points,
                    clear_of_midline=row.paired and not sided,
                )
            )
    return found


@pytest.mark.slow
def test_every_layout_keeps_the_rules(drawn_face) -> None:
    canvas = canvas_of(drawn_face)
    skin = canvas.skin
    n_points = 0
    for (zone, row), layout in layouts(canvas).items():
        mode = Mode.DERMAL if row == "lines" else Mode.INTRAMUSCULAR
        uv = uv_of(layout)
        n_points += len(uv)
        if not len(uv):
            continue
        spots = skin.spots(uv)
        for keepout in canvas.keepouts:
            if mode in keepout.blocks:
                assert not keepout.holds(spots).any(), keepout.id
        assert canvas.on_zone(spots, zone).all()
        gaps = np.linalg.norm(spots.mm[:, None] - spots.mm, axis=2)
        np.fill_diagonal(gaps, np.inf)
        spacing = SPACING if row == "lines" else 10.0
        if len(uv) > 1:
            assert gaps.min() >= 0.9 * spacing
            if row == "lines":
                assert np.median(gaps.min(axis=1)) == pytest.approx(spacing, rel=0.05)
            else:
                assert gaps.min(axis=1).max() <= 1.1 * spacing
        counted = sum(layout.left_out.values())
        if row == "lines":
            assert len(uv) + counted == layout.n_candidates
    assert n_points > 100


@pytest.mark.slow
def test_a_mirrored_face_gets_mirrored_points(drawn_face) -> None:
    here, there = canvas_of(drawn_face), canvas_of(mirrored(drawn_face))
    turned = layouts(there)
    total = different = 0
    for (zone, row), layout in layouts(here).items():
        swapped = row[:-1] + {"r": "l", "l": "r"}[row[-1]] if row != "lines" else row
        uv = uv_of(layout)
        twin = uv_of(turned[other(zone), swapped]) * [-1, 1] + [1, 0]
        total += len(uv)
        different += abs(len(uv) - len(twin))
        if len(uv) and len(twin):
            gaps = np.linalg.norm(uv[:, None] - twin, axis=2).min(axis=1)
            different += int((gaps > 1e-4).sum())
    assert total > 100
    # A point on the very edge of a pixel or a shape may fall to either side.
    assert different <= 0.01 * total


def test_the_same_face_gets_the_same_points(phantom_analysis, canvas) -> None:
    again = canvas_of(phantom_analysis)
    assert layouts(canvas) == layouts(again)


def test_other_zones_are_kept_away_from(canvas) -> None:
    made = line(canvas, "forehead", (0.44, 0.16), (0.56, 0.16))
    first = lay(canvas, "forehead", [made])
    taken = uv_of(first)
    second = lay_lines(
        canvas, "forehead", [made], spacing_mm=SPACING, side_rows=1, taken_uv=taken
    )
    assert second.points == ()
    assert second.left_out[MERGED] == len(first.points) + first.left_out.get(MERGED, 0)


def test_a_window_stays_clear_of_the_midline(canvas) -> None:
    window = np.array([[0.45, 0.05], [0.55, 0.05], [0.55, 0.15], [0.45, 0.15]])
    free = lay_window(canvas, "forehead", window, spacing_mm=10.0, max_points=1)
    assert free.points[0].uv[0] == pytest.approx(0.5, abs=0.02)
    clear = lay_window(
        canvas,
        "forehead",
        window,
        spacing_mm=10.0,
        max_points=1,
        clear_of_midline=True,
    )
    assert abs(clear.points[0].uv[0] - 0.5) > 0.02


def test_a_face_without_lines_has_no_points(canvas) -> None:
    assert lay(canvas, "forehead", []) == Layout((), {}, 0)


def test_a_line_beside_the_face_is_dropped(canvas) -> None:
    made = line(canvas, "forehead", (0.44, 0.16), (0.56, 0.16))
    beside = replace(made, path_px=made.path_px * 0 + [[-40.0, -40.0]])
    assert lay(canvas, "forehead", [beside]).points == ()


@pytest.mark.parametrize("tall", [0.85, 1.0, 1.2])
def test_a_window_keeps_away_by_the_faces_own_millimeters(
    phantom_analysis, tall
) -> None:
    """Also where brow and hairline are nearer to each other than on the chart."""
    frame = phantom_analysis.frame
    face = replace(
        phantom_analysis,
        frame=replace(frame, vertices_mm=frame.vertices_mm * [1.0, tall, 1.0]),
    )
    canvas = canvas_of(face)
    [row] = [r for r in load_protocol().rows if r.muscle == "frontalis"]
    assert row.away is not None
    window = np.array([corner.uv for corner in row.window])
    layout = lay_window(
        canvas,
        "forehead",
        window,
        spacing_mm=10.0,
        max_points=3,
        clear_of_midline=True,
        away=row.away,
    )
    brow = canvas.skin.mm(np.array([anchor.uv for anchor in row.away.line]))
    at = canvas.skin.mm(uv_of(layout))
    apart = np.linalg.norm(at[:, None] - brow, axis=2)
    assert layout.points
    assert apart.min() >= row.away.mm
    assert layout.left_out.get(NEAR, 0) > 0 or tall > 1


def test_from_which_end_a_line_was_traced_has_no_say(phantom_analysis, canvas) -> None:
    for zone in ("forehead", "nasolabial_r", "cheek_l"):
        lines = zone_lines(phantom_analysis, zone)
        turned = [replace(found, path_px=found.path_px[::-1]) for found in lines]
        here, there = uv_of(lay(canvas, zone, lines)), uv_of(lay(canvas, zone, turned))
        assert len(there) == len(here)
        if len(here):
            gaps = np.linalg.norm(here[:, None] - there, axis=2).min(axis=1)
            assert gaps.max() < 1e-6
