"""Pictures of a comparison: one frame, a bounded match, a map with the right sign."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime

import cv2
import numpy as np
import pytest
from PIL import Image

from facemap.comparison import ZoneVerdict, compare_sights
from facemap.comparison.residual import measure_residual
from facemap.light import linear_light
from facemap.pipeline import see_photo
from facemap.render.aligned import SHARING, align_pair, dates_of
from facemap.render.blink import draw_blink, encode_blink
from facemap.render.captions import (
    LAID_OVER,
    PLACED_MOVING,
    PLACED_ONLY,
    figures_of,
    reservations_of,
    summary_of,
)
from facemap.render.changemap import draw_change_map, map_change
from facemap.render.codec import encode_jpeg, encode_png
from facemap.render.collage import draw_collage
from facemap.render.colors import change_color, rgb_of
from facemap.render.comparison import draw_side_by_side
from facemap.render.looking import UNTOUCHED, match_light
from facemap.render.residual import draw_registration
from facemap.resources import load_knowledge
from facemap.types import Verdict
from facemap.ui import change_words
from facemap.wrinkles import get_detector

SHIFT_PX = (11, 7)
BRIGHTER_EV = 0.3


def brighter(rgb, factors):
    """The picture in other light."""
    light = np.clip(linear_light(rgb) * np.asarray(factors, np.float32), 0, 1)
    code = np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055
    )
    return np.rint(255 * code).astype(np.uint8)


@pytest.fixture(scope="module")
def compared(phantom_photo):
    """The phantom, and its copy: moved, brighter, a quarter of a year later."""
    detector = get_detector("ridge")
    x, y = SHIFT_PX
    moved = np.ascontiguousarray(phantom_photo.rgb[y:, x:])
    moved = brighter(moved, [2**BRIGHTER_EV] * 3)
    before = replace(phantom_photo, taken_at=datetime(2026, 3, 2, 10, 15))
    after = replace(phantom_photo, rgb=moved, taken_at=datetime(2026, 6, 15, 9, 40))
    return compare_sights(
        see_photo(before, detector), see_photo(after, detector), detector
    )


@pytest.fixture(scope="module")
def pair(compared):
    return align_pair(compared)


def with_verdict(comparison, zone, verdict):
    return replace(
        comparison,
        changes=tuple(
            replace(c, verdict=verdict) if c.zone == zone else c
            for c in comparison.changes
        ),
    )


def not_comparable(comparison):
    return replace(
        comparison,
        comparable=False,
        changes=tuple(
            replace(
                c,
                delta=None,
                sd=None,
                verdict=ZoneVerdict.NOT_COMPARABLE,
                reasons=("Another view.",),
            )
            for c in comparison.changes
        ),
    )


# -- the pair


def test_both_pictures_have_one_frame_and_the_shift_is_undone(compared, pair):
    assert pair.before.shape == pair.after.shape
    assert pair.before.shape[0] != pair.before.shape[1]
    untouched = align_pair(compared, matched=False)
    skin = pair.labels > 0
    fine = [
        cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
        for rgb in (untouched.before, untouched.after)
    ]
    fine = [gray - cv2.GaussianBlur(gray, (0, 0), 6) for gray in fine]
    here = np.corrcoef(fine[0][skin], fine[1][skin])[0, 1]
    off = np.corrcoef(fine[0][skin], np.roll(fine[1], 3, axis=1)[skin])[0, 1]
    assert here > 0.9
    assert off < 0.7


def test_the_pictures_are_as_large_as_asked(compared):
    small = align_pair(compared, max_side_px=300)
    assert max(small.size_wh) == 300
    large = align_pair(compared, max_side_px=4000, max_px_per_mm=6)
    assert large.mm_px == pytest.approx(6)
    # Millimeters of the first photo.
    assert small.factor / large.factor == pytest.approx(small.mm_px / large.mm_px)


def test_a_point_of_the_photo_lies_where_the_picture_shows_it(compared, pair):
    height, width = pair.before.shape[:2]
    middle = np.array([[width // 2, height // 2]], float)
    photo_px = (middle + 0.5) / pair.factor - 0.5 + pair.low_px
    np.testing.assert_allclose(pair.place(photo_px), middle)
    x, y = np.rint(photo_px[0]).astype(int)
    gap = compared.before.photo.rgb[y, x].astype(int) - pair.before[
        height // 2, width // 2
    ].astype(int)
    assert np.abs(gap).max() <= 2


def test_what_the_second_photo_does_not_show_is_plain(compared):
    cut = replace(
        compared,
        after=replace(
            compared.after,
            photo=replace(
                compared.after.photo,
                rgb=np.ascontiguousarray(compared.after.photo.rgb[:700]),
            ),
        ),
    )
    pair = align_pair(cut)
    assert 0.05 < (~pair.covered).mean() < 0.9
    assert len(np.unique(pair.after[~pair.covered], axis=0)) == 1


def test_photos_that_cannot_be_compared_are_not_bent_to_each_other(compared):
    other = not_comparable(compared)
    pair = align_pair(other)
    assert pair.match == UNTOUCHED
    notes = reservations_of(other, pair)
    assert PLACED_ONLY in notes
    assert LAID_OVER not in notes
    # The copy was moved only, so turned and sized it lies on the first all the same.
    skin = pair.labels > 0
    gray = [rgb[skin].mean(axis=1) for rgb in (pair.before, pair.after)]
    assert np.corrcoef(*gray)[0, 1] > 0.95


def test_a_face_that_moves_otherwise_is_not_bent_back(compared):
    checks = tuple(
        replace(check, verdict=Verdict.REJECT) if check.id == "smile" else check
        for check in compared.checks
    )
    smiling = replace(compared, checks=checks)
    notes = reservations_of(smiling, align_pair(smiling))
    assert PLACED_MOVING in notes
    assert LAID_OVER not in notes
    assert LAID_OVER in reservations_of(compared, align_pair(compared))


def test_dates_are_said_or_that_there_is_none(compared):
    assert dates_of(compared) == ("2026-03-02", "2026-06-15")
    undated = replace(
        compared,
        after=replace(
            compared.after, photo=replace(compared.after.photo, taken_at=None)
        ),
    )
    assert dates_of(undated) == ("2026-03-02", "no date")


def test_a_date_that_somebody_entered_says_so(compared):
    sha256 = "a" * 64
    photo = replace(compared.after.photo, sha256=sha256)
    compared = replace(compared, after=replace(compared.after, photo=photo))
    dated = compared.dated({sha256: date(2026, 3, 2), "other": date(2020, 1, 1)})
    assert dates_of(dated) == ("2026-03-02", "2026-03-02 (entered by hand)")
    assert dates_of(compared.dated({sha256: None})) == ("2026-03-02", "no date")


def test_photos_of_one_day_are_told_apart_by_the_hour(compared):
    noon = datetime(2026, 3, 2, 12, 0)
    same_day = replace(
        compared,
        after=replace(
            compared.after, photo=replace(compared.after.photo, taken_at=noon)
        ),
    )
    assert dates_of(same_day) == ("2026-03-02 10:15", "2026-03-02 12:00")


def test_hidden_eyes_are_plain_in_both_and_nothing_else_changes(compared, pair):
    hidden = align_pair(compared, eyes_hidden=True)
    irises = pair.place(compared.before.frame.landmarks.xy_px[[468, 473]])
    for picture in (hidden.before, hidden.after):
        for x, y in np.rint(irises).astype(int):
            around = picture[y - 8 : y + 9, x - 8 : x + 9].reshape(-1, 3)
            assert len(np.unique(around, axis=0)) == 1
    mouth_y = int(pair.place(compared.before.frame.landmarks.xy_px[[13]])[0, 1])
    np.testing.assert_array_equal(hidden.before[mouth_y:], pair.before[mouth_y:])
    assert SHARING in reservations_of(compared, hidden)
    assert SHARING not in reservations_of(compared, pair)


# -- the match of light


def skin_picture(level=140):
    rng = np.random.default_rng(5)
    base = np.array([level + 30, level, level - 25])
    return np.clip(base + rng.normal(0, 6, (70, 90, 3)), 0, 255).astype(np.uint8)


EVERYWHERE = np.ones((70, 90), bool)


def test_the_known_light_is_undone(pair):
    assert pair.match.exposure_ev == pytest.approx(-BRIGHTER_EV, abs=0.04)
    assert pair.match.color == pytest.approx((1, 1, 1), abs=0.02)
    skin = pair.labels > 0
    gap = pair.after[skin].astype(float).mean(0) - pair.before[skin].mean(0)
    assert np.abs(gap).max() < 3
    assert "stops darker" in pair.match.said


def test_a_match_that_is_switched_off_leaves_every_pixel(compared):
    plain = align_pair(compared, matched=False)
    assert plain.match == UNTOUCHED
    assert plain.match.apply(plain.after) is plain.after
    assert "as photographed" in plain.match.said


def test_a_photo_is_not_matched_to_itself():
    picture = skin_picture()
    match = match_light(picture, picture, EVERYWHERE)
    assert match.gains == (1.0, 1.0, 1.0)
    assert match.apply(picture) is picture


@pytest.mark.parametrize("ev", [-2.0, -0.8, 0.8, 2.0])
def test_the_match_of_exposure_stays_in_its_bound_and_says_what_is_left(ev):
    first = skin_picture(90 if ev > 0 else 170)
    second = brighter(first, [2**ev] * 3)
    match = match_light(first, second, EVERYWHERE)
    most = load_knowledge("comparison")["looking"]["most_ev"]
    assert abs(match.exposure_ev) <= most
    assert np.sign(match.exposure_ev) == -np.sign(ev)
    assert "no more is matched" in match.said


@pytest.mark.parametrize("factors", [(1.6, 1, 1), (1, 1, 0.5), (0.7, 1, 1.5)])
def test_the_match_of_color_stays_in_its_bound(factors):
    first = skin_picture()
    match = match_light(first, brighter(first, factors), EVERYWHERE)
    most = load_knowledge("comparison")["looking"]["most_color_ev"]
    assert np.abs(np.log2(match.color)).max() <= most + 1e-9
    assert "stronger difference of color" in match.said


def test_the_match_keeps_contrast():
    first = skin_picture(100)
    second = brighter(first, [2**0.4] * 3)
    looked = match_light(first, second, EVERYWHERE).apply(second)
    assert np.abs(looked.astype(int) - first).max() <= 3


def test_without_shared_skin_nothing_is_matched():
    first = skin_picture()
    match = match_light(first, brighter(first, [0.8] * 3), ~EVERYWHERE)
    assert match.gains == (1.0, 1.0, 1.0)
    assert "Too little shared skin" in match.said


# -- the map of change


def with_lines(pair, depth_before, depth_after):
    """Flat skin with one level line across the forehead, 0.6 mm wide, in both views."""
    skin = pair.face_map.labels == 1
    rows = np.flatnonzero(skin.any(axis=1))
    at = rows[len(rows) // 2]
    y = (np.arange(skin.shape[0]) - at) / pair.before.px_per_mm
    profile = np.exp(-0.5 * (y / 0.3) ** 2)[:, None]
    flat = np.full(skin.shape, -1.0)
    before, after = (
        replace(pair.before, log_luminance=(flat - d * profile).astype(np.float32))
        for d in (depth_before, depth_after)
    )
    line = skin & (np.abs(y) < 0.15)[:, None]
    away = skin & (np.abs(y) > 6)[:, None]
    return replace(pair, before=before, after=after), line, away


def test_a_photo_with_itself_has_no_change(compared):
    same = replace(compared.pair, after=compared.pair.before)
    change = map_change(same)
    assert np.abs(change.depth).max() == 0


@pytest.mark.parametrize(
    ("before", "after", "sign"),
    [(0.2, 0.1, -1), (0.2, 0, -1), (0.1, 0.2, 1), (0, 0.2, 1)],
)
def test_a_line_is_shallower_or_deeper_where_it_lies(compared, before, after, sign):
    made, line, away = with_lines(compared.pair, before, after)
    change = map_change(made)
    # Of a line 0.7 mm wide; less where the photos' mean is hardly a valley.
    assert np.median(change.depth[line]) == pytest.approx(after - before, rel=0.25)
    assert (sign * change.depth[line] > 0).all()
    assert np.abs(change.depth[away]).max() < 1e-4


def test_brighter_light_is_no_change(compared):
    made, _, _ = with_lines(compared.pair, 0.2, 0.2)
    after = replace(made.after, log_luminance=made.after.log_luminance + 0.5)
    change = map_change(replace(made, after=after))
    assert np.abs(change.depth).max() < 1e-4


def test_a_change_off_the_shared_skin_does_not_reach_it(compared):
    made, _, _ = with_lines(compared.pair, 0.2, 0.2)
    hair = np.where(made.face_map.labels > 0, made.after.log_luminance, -6)
    change = map_change(
        replace(made, after=replace(made.after, log_luminance=hair.astype(np.float32)))
    )
    assert np.abs(change.depth).max() < 1e-4


def test_directions_of_change_stay_apart_in_gray():
    light, dark = (
        np.dot(rgb_of(change_color(name)), (0.2126, 0.7152, 0.0722))
        for name in ("shallower", "deeper")
    )
    assert light > 190
    assert dark < 90


def test_the_map_is_colored_only_where_zones_can_be_compared(compared):
    made, _, _ = with_lines(compared.pair, 0.2, 0.05)
    told = with_verdict(
        replace(compared, pair=made), "forehead", ZoneVerdict.NO_DETECTABLE_CHANGE
    )
    veiled = with_verdict(told, "forehead", ZoneVerdict.NOT_COMPARABLE)
    rows = slice(0, align_pair(told).size_wh[1] // 3)

    def colored(comparison):
        photo = draw_change_map(comparison)[rows].astype(int)
        return int((np.ptp(photo, axis=2) > 30).sum())

    assert colored(told) > 200
    assert colored(veiled) == 0


# -- how well they lie on each other


def test_the_residual_finds_a_known_shift(compared):
    view = compared.pair.before
    rng = np.random.default_rng(2)
    skin = cv2.GaussianBlur(
        rng.normal(size=view.log_luminance.shape).astype(np.float32), (0, 0), 1.5
    )
    moved = cv2.warpAffine(
        skin,
        np.array([[1, 0, 1.5], [0, 1, -0.75]]),
        view.size_wh,
        flags=cv2.INTER_CUBIC,
    )
    made = replace(
        compared.pair,
        before=replace(view, log_luminance=0.1 * skin),
        after=replace(view, log_luminance=0.1 * moved),
    )
    residual = measure_residual(made)
    assert residual.clear.mean() > 0.95
    off_px = np.median(residual.off_mm[residual.clear], axis=0) * view.px_per_mm
    assert off_px == pytest.approx([1.5, -0.75], abs=0.08)  # a twentieth of a pixel


def test_skin_without_any_pattern_tells_nothing(compared):
    flat = replace(
        compared.pair.before,
        log_luminance=np.full_like(compared.pair.before.log_luminance, -1),
    )
    residual = measure_residual(replace(compared.pair, before=flat, after=flat))
    assert not residual.clear.any()
    assert residual.rms_mm is None


def test_the_picture_of_the_alignment_is_drawn(compared):
    picture = draw_registration(compared, max_side_px=500)
    assert picture.dtype == np.uint8
    yellow = (np.abs(picture.astype(int) - (255, 210, 63)).max(axis=2) < 30).sum()
    assert yellow > 100


# -- whole pictures


def test_only_zones_that_changed_are_framed(compared):
    changed = with_verdict(compared, "chin", ZoneVerdict.BETTER)
    blue = rgb_of(change_color("better"))

    def framed(comparison):
        picture = draw_side_by_side(comparison, max_side_px=600)
        return int((picture == blue).all(axis=2).sum())

    still = compared
    for zone in {c.zone for c in compared.changes if c.verdict is ZoneVerdict.BETTER}:
        still = with_verdict(still, zone, ZoneVerdict.NO_DETECTABLE_CHANGE)
    assert framed(still) == 0
    assert framed(changed) > 100


def test_a_pair_that_cannot_be_compared_has_a_picture_that_says_so(compared):
    other = not_comparable(compared)
    assert summary_of(other.changes) == "These photos cannot be compared"
    picture = draw_side_by_side(other, max_side_px=500)
    assert picture.shape[1] > 500
    assert draw_change_map(other, max_side_px=500).ndim == 3
    assert draw_collage(other).ndim == 3


def test_verdicts_are_counted_in_words(compared):
    better = with_verdict(compared, "chin", ZoneVerdict.BETTER)
    assert "1 better" in summary_of(better.changes)
    assert "without detectable change" in summary_of(better.changes)


def test_the_collage_has_only_the_zones_asked_for(compared):
    every, one = draw_collage(compared), draw_collage(compared, zones=["chin"])
    assert one.shape[0] < every.shape[0] / 2


def test_the_same_comparison_gives_the_same_picture(compared):
    first, second = (draw_side_by_side(compared, max_side_px=400) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_picture_prints_the_change_as_the_page_and_the_command_do(compared):
    for delta in (-0.04, -0.08, -7.12, 0.81, 7.15):
        change = replace(compared.changes[0], before=50.06, after=50.06 + delta)
        change = replace(change, delta=delta)
        assert figures_of(change) == (
            "50.1",
            f"{50.06 + delta:.1f}",
            change_words.signed(delta),
        )


def test_all_zones_can_be_outlined(compared):
    plain, outlined = (
        draw_side_by_side(compared, max_side_px=600, all_zones=wanted)
        for wanted in (False, True)
    )
    assert plain.shape == outlined.shape
    assert (plain != outlined).any(axis=2).sum() > 1000


# -- files


@pytest.fixture(scope="module")
def frames(compared):
    return draw_blink(compared, max_side_px=400)


@pytest.mark.parametrize("form", ["webp", "gif"])
def test_the_animation_is_slow_endless_and_has_no_metadata(frames, form):
    data = encode_blink(frames, form)
    image = Image.open(io.BytesIO(data))
    assert image.n_frames == 2
    assert image.info.get("loop") == 0
    assert not image.getexif()
    assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(image.info)
    for k in range(2):
        image.seek(k)
        image.load()
        assert image.info["duration"] == 1000
        seen = np.asarray(image.convert("RGB")).astype(int)
        assert np.abs(seen - frames[k]).mean() < 6
    assert b"Exif" not in data
    assert data == encode_blink(frames, form)


def test_frames_differ_only_in_the_photo_and_its_date(frames):
    first, second = frames
    assert first.shape == second.shape
    below = first.shape[0] - 60  # the notes
    np.testing.assert_array_equal(first[below:], second[below:])


def test_another_form_of_animation_is_refused(frames):
    with pytest.raises(ValueError, match="mp4"):
        encode_blink(frames, "mp4")


@pytest.mark.parametrize("encode", [encode_png, encode_jpeg])
def test_pictures_carry_no_metadata(pair, encode):
    data = encode(pair.after)
    image = Image.open(io.BytesIO(data))
    assert not image.getexif()
    assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(image.info)
    assert b"Exif" not in data
