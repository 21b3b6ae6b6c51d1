from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from facemap.chart import load_zones
from facemap.render import (
    draw_overlay,
    encode_jpeg,
    encode_png,
    kind_color,
    severity_color,
    shrink,
)
from facemap.render.colors import rgb_of
from facemap.render.legend import _note_lines, draw_legend, fold_text
from facemap.resources import load_knowledge
from facemap.types import LineKind, Note
from facemap.zones.mapping import _OBLIQUE, _REASONS, _TOO_COARSE


def luminance(color: str) -> float:
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


@given(st.floats(0, 99), st.floats(1, 100))
def test_a_higher_severity_is_darker_so_it_prints_in_gray(severity, more):
    higher = min(100.0, severity + more)
    assert luminance(severity_color(higher)) < luminance(severity_color(severity))


def test_kinds_of_line_can_be_told_apart_in_gray():
    levels = [luminance(kind_color(kind)) for kind in LineKind]
    assert np.all(np.diff(levels) < -0.1)


def test_the_overlay_keeps_the_photo_at_its_top_left(phantom_analysis):
    picture = draw_overlay(phantom_analysis)
    height, width = phantom_analysis.photo.rgb.shape[:2]
    assert picture.shape[1] == width
    assert picture.shape[0] > height
    # The studio wall in the corner is untouched.
    np.testing.assert_array_equal(
        picture[:20, :20], phantom_analysis.photo.rgb[:20, :20]
    )


def test_the_overlay_colors_the_zones(phantom_analysis):
    picture = draw_overlay(phantom_analysis)
    photo = phantom_analysis.photo.rgb
    x, y = phantom_analysis.face_map.region("forehead").outline_px.mean(0).astype(int)
    assert not np.array_equal(
        picture[y - 9 : y + 9, x - 9 : x + 9], photo[y - 9 : y + 9, x - 9 : x + 9]
    )


def test_a_large_photo_is_shrunk_and_a_small_one_is_not():
    large = np.zeros((300, 500, 3), np.uint8)
    small, factor = shrink(large, 250)
    assert small.shape == (150, 250, 3)
    assert factor == pytest.approx(0.5)
    assert shrink(large, 900)[0] is large


def test_the_same_picture_gives_the_same_bytes():
    picture = np.arange(40 * 30 * 3, dtype=np.uint8).reshape(40, 30, 3)
    assert encode_png(picture) == encode_png(picture.copy())
    assert encode_jpeg(picture) == encode_jpeg(picture.copy())


@given(
    st.lists(st.text("abcdefgh,", min_size=1, max_size=9), max_size=9),
    st.integers(1, 30),
    st.integers(1, 3),
)
def test_a_text_is_shortened_by_words_and_never_inside_one(words, room, n_lines):
    lines = fold_text(" ".join(words), room, n_lines, len)
    assert len(lines) <= n_lines
    written = " ".join(lines)
    kept = written.removesuffix("…").split()
    assert kept == words[: len(kept)]
    assert written.endswith("…") == (len(kept) < len(words))
    for line in lines:
        assert len(line) <= room or " " not in line


def test_a_text_that_has_room_is_left_alone():
    assert fold_text("hidden by hair", 14, 1, len) == ["hidden by hair"]


def test_the_legend_names_fine_lines_only_where_they_could_be_seen(phantom_analysis):
    fine = rgb_of(kind_color(LineKind.FINE_LINE))

    def names_fine_lines(analysis):
        legend = draw_legend(analysis, 900, 4.0)
        return bool((legend == fine).all(axis=2).any())

    coarse = [line for line in phantom_analysis.lines if line.kind != "fine_line"]
    coarse = replace(phantom_analysis, lines=tuple(coarse))
    assert "fine_lines_off" in {note.id for note in coarse.notes}
    assert not names_fine_lines(coarse)
    assert names_fine_lines(replace(coarse, notes=()))


def test_every_reason_has_room_in_the_legend_to_its_last_word(phantom_analysis):
    """In two small lines beside the longest name, on a usual picture."""
    sheet = ImageDraw.Draw(Image.new("RGB", (10, 10)))
    font = ImageFont.load_default(17)  # 0.85 of a 1680 px wide picture's unit of 20

    def width_of(text):
        return sheet.textlength(text, font) / 20

    longest = max(width_of(zone.name) / 0.85 for zone in load_zones())
    room = 27 - 4.2 - longest
    for reason in (*_REASONS.values(), _OBLIQUE, _TOO_COARSE):
        assert not fold_text(reason, room, 2, width_of)[-1].endswith("…"), reason


def test_the_legend_carries_every_note_to_its_last_word(phantom_analysis):
    words = load_knowledge("notes")["note"]
    facts = {
        "n_faces": 3,
        "px_per_mm": "4.5",
        "marker_percent": 12.0,
        "marker_direction": "fewer",
        "undrawn": "; ".join(zone.name for zone in load_zones()[:10]),
    }
    notes = tuple(Note(key, text.format(**facts)) for key, text in words.items())
    bare = draw_legend(replace(phantom_analysis, notes=()), 900, 4.0)
    for note in notes:
        analysis = replace(phantom_analysis, notes=(note,))
        assert draw_legend(analysis, 900, 4.0).shape[0] > bare.shape[0]
        written = " ".join(_note_lines(analysis, 900, 10))
        assert written == note.message
