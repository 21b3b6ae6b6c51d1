"""The laws that a whole analysis keeps, on faces of known truth."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import facemap
from facemap.documents import analysis_document, to_json, validate_document
from facemap.errors import NoFaceError
from facemap.photo import load_photo
from facemap.pipeline import MEASURED_BY, STAGES, _undrawn, analyze_photo
from facemap.render import encode_png
from facemap.resources import load_knowledge
from facemap.synthetic import PhantomParams, draw_phantom, encode_phantom
from facemap.synthetic.card import draw_card, phantom_card
from facemap.types import ZONE_IDS, Photo, ScaleSource
from facemap.wrinkles import get_detector

BASE = PhantomParams(seed=5, size_wh=(1000, 1250))


def analyze(photo, **options):
    return analyze_photo(photo, get_detector("ridge"), **options)


def photo_of(rgb) -> Photo:
    return load_photo(encode_png(np.ascontiguousarray(rgb)), name="copy.png")


def severities(analysis) -> dict[str, float | None]:
    return {score.zone: score.severity for score in analysis.scores}


def assert_severities(found, expected, *, within: float) -> None:
    """The same zones are judged, and each differs by no more points than `within`."""
    judged = {zone for zone, severity in expected.items() if severity is not None}
    assert {zone for zone, severity in found.items() if severity is not None} == judged
    assert len(judged) > 15
    for zone in judged:
        assert found[zone] == pytest.approx(expected[zone], abs=within), zone


def swapped(zone: str) -> str:
    other = {"_l": "_r", "_r": "_l"}
    return zone[:-2] + other[zone[-2:]] if zone[-2:] in other else zone


def test_every_zone_is_there_and_stages_are_reported_in_order(phantom_photo):
    seen = []
    analysis = analyze(phantom_photo, on_progress=lambda *step: seen.append(step))
    assert seen == list(STAGES.items())
    assert tuple(score.zone for score in analysis.scores) == ZONE_IDS
    assert tuple(region.id for region in analysis.face_map.regions) == ZONE_IDS


def test_the_same_photo_gives_the_same_document(phantom_photo, phantom_analysis):
    again = to_json(analysis_document(analyze(phantom_photo)))
    assert again == to_json(analysis_document(phantom_analysis))


def test_the_parameters_are_those_that_an_analysis_reads(phantom_photo, tmp_path):
    """Neither one too few, or unlike numbers are compared; nor one too many."""
    photo = tmp_path / "phantom.png"
    photo.write_bytes(encode_png(phantom_photo.rgb))
    code = (
        "import sys; from pathlib import Path; read = set()\n"
        "def watch(event, arguments):\n"
        "    if event == 'open': read.add(str(arguments[0]))\n"
        "sys.addaudithook(watch)\n"
        "from facemap.service import open_service\n"
        f"open_service().analyze(Path({str(photo)!r}))\n"
        "print(*read, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    data = Path(facemap.__file__).parent / "data"
    read = {Path(line).name for line in done.stdout.splitlines()}
    read &= {path.name for path in data.iterdir()}
    # The detector answers for its own; notes are words, which no number comes from.
    assert read - {"wrinkles.toml", "notes.toml"} == set(MEASURED_BY)


def test_a_mirrored_photo_gives_mirrored_zones(phantom_photo, phantom_analysis):
    mirrored = analyze(photo_of(phantom_photo.rgb[:, ::-1]))
    assert mirrored.frame.pose.yaw_deg == pytest.approx(
        -phantom_analysis.frame.pose.yaw_deg, abs=1e-6
    )
    there = {swapped(zone): x for zone, x in severities(mirrored).items()}
    assert_severities(there, severities(phantom_analysis), within=1.0)


def test_declaring_a_selfie_mirrored_undoes_the_mirror(phantom_photo, phantom_analysis):
    flipped = encode_png(np.ascontiguousarray(phantom_photo.rgb[:, ::-1]))
    analysis = analyze(load_photo(flipped, name="selfie.png", mirrored=True))
    assert severities(analysis) == severities(phantom_analysis)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_photo_rotated_by_its_tag_gives_the_same_numbers(
    orientation, phantom_photo, phantom_analysis
):
    # As a camera held that way stores it: turned, with a tag that undoes it.
    turns = {3: 2, 6: 1, 8: 3}[orientation]
    stored = Image.fromarray(np.rot90(phantom_photo.rgb, turns))
    tag = Image.Exif()
    tag[0x0112] = orientation
    buffer = io.BytesIO()
    stored.save(buffer, "PNG", exif=tag)
    analysis = analyze(load_photo(buffer.getvalue(), name="turned.png"))
    assert severities(analysis) == severities(phantom_analysis)
    np.testing.assert_array_equal(
        analysis.frame.landmarks.xy_px, phantom_analysis.frame.landmarks.xy_px
    )


def test_a_copy_at_three_quarters_gives_severities_within_5_points():
    phantom = draw_phantom(replace(BASE, size_wh=(1350, 1700)))
    whole = photo_of(phantom.rgb)
    size_wh = (round(1350 * 0.75), round(1700 * 0.75))
    smaller = photo_of(cv2.resize(whole.rgb, size_wh, interpolation=cv2.INTER_AREA))
    here, there = analyze(whole), analyze(smaller)
    assert_severities(severities(there), severities(here), within=5.0)
    assert there.overall.severity == pytest.approx(here.overall.severity, abs=2.0)


@pytest.mark.parametrize("yaw_deg", [-30.0, -15.0, 0.0, 15.0, 30.0])
def test_pose_landmarks_and_scale_agree_with_the_truth(yaw_deg):
    phantom = draw_phantom(replace(BASE, seed=9, yaw_deg=yaw_deg))
    frame = analyze(photo_of(phantom.rgb)).frame
    truth = np.asarray(phantom.truth.landmarks_px)
    assert frame.pose.yaw_deg == pytest.approx(yaw_deg, abs=2.0)
    inter_ocular_px = np.linalg.norm(truth[33] - truth[263])
    gap_px = np.linalg.norm(frame.landmarks.xy_px - truth, axis=1)
    assert np.median(gap_px) < 0.03 * inter_ocular_px
    if abs(yaw_deg) <= 10:  # farther, the iris is no ruler, and the analysis says so
        assert frame.scale.mm_per_px == pytest.approx(phantom.truth.mm_per_px, rel=0.02)


def test_a_wall_is_no_face():
    wall = np.full((500, 700, 3), 170, np.uint8)
    with pytest.raises(NoFaceError):
        analyze(photo_of(wall))


def test_of_two_faces_the_larger_is_taken_and_a_note_says_so():
    large = draw_phantom(PhantomParams(seed=1, size_wh=(620, 800))).rgb
    small = draw_phantom(PhantomParams(seed=2, size_wh=(440, 560))).rgb
    picture = np.full((800, 620 + 440, 3), 199, np.uint8)
    picture[:, :620] = large
    picture[120:680, 620:] = small
    analysis = analyze(photo_of(picture))
    assert analysis.frame.landmarks.n_faces == 2
    assert analysis.frame.landmarks.xy_px[:, 0].max() < 640
    assert "several_faces" in {note.id for note in analysis.notes}
    other = analyze(photo_of(picture), face=1)
    assert other.frame.landmarks.xy_px[:, 0].min() > 600


def test_more_wrinkles_give_a_higher_severity_and_none_little():
    overall = []
    for severity in (0.0, 2.0, 4.0):
        phantom = draw_phantom(replace(BASE, severity=severity))
        overall.append(analyze(photo_of(phantom.rgb)).overall.severity)
    assert overall[0] < 12
    assert overall[1] - overall[0] > 8
    assert overall[2] - overall[1] > 12


def test_skin_tone_does_not_move_severity_much():
    found = []
    for ita_deg in (50.0, -30.0):
        phantom = draw_phantom(replace(BASE, ita_deg=ita_deg, noise=0.5))
        found.append(analyze(photo_of(phantom.rgb)).overall.severity)
    assert found[1] == pytest.approx(found[0], abs=3.0)


def test_jpeg_and_png_of_one_picture_agree():
    phantom = draw_phantom(BASE)
    png = analyze(load_photo(encode_phantom(phantom, "png"), name="a.png"))
    jpeg = analyze(
        load_photo(encode_phantom(phantom, "jpeg", quality=95), name="a.jpg")
    )
    assert jpeg.overall.severity == pytest.approx(png.overall.severity, abs=1.0)
    # One faint line more or less moves its zone.
    assert_severities(severities(jpeg), severities(png), within=8.0)


def test_a_photo_upside_down_is_refused_not_measured(phantom_photo):
    with pytest.raises(NoFaceError) as caught:
        analyze(photo_of(phantom_photo.rgb[::-1, ::-1]))
    assert "upright" in caught.value.hint


def test_a_printed_card_is_used_and_said(phantom_photo, small_phantom) -> None:
    truth = small_phantom.truth
    card = phantom_card(small_phantom, (-20, -48, -20), (0, 0, 0))
    photo = replace(phantom_photo, rgb=draw_card(phantom_photo.rgb, card, blur_px=0.6))
    analysis = analyze_photo(photo, get_detector("ridge"))
    assert analysis.frame.scale.source is ScaleSource.MARKER
    assert analysis.frame.scale.mm_per_px == pytest.approx(truth.mm_per_px, rel=0.015)
    assert "gray_print" in {note.id for note in analysis.notes}
    document = analysis_document(analysis)
    validate_document(document)
    assert document["face"]["marker"]["use"] == "scale"
    assert document["quality"]["gray"]["kind"] == "print"

    # What the card covers is not measured: no zone, no line.
    left, top, right, bottom = load_knowledge("marker")["card"]["outline"]
    across, down = np.linspace(left, right, 60), np.linspace(top, bottom, 30)
    on_card = np.stack(np.meshgrid(across, down)).reshape(2, -1).T
    on_card_px = analysis.frame.marker.to_px(on_card)
    face_map = analysis.face_map
    column, row = np.floor((on_card_px + 0.5 - face_map.origin_px) / face_map.step).T
    assert not face_map.labels[row.astype(int), column.astype(int)].any()


def test_a_card_of_another_size_in_a_mirrored_photo_is_told(
    phantom_photo, small_phantom
) -> None:
    card = phantom_card(
        small_phantom, (-95, 0, 0), (0, 0, 90), side_mm=16.0, mirrored=True
    )
    rgb = draw_card(phantom_photo.rgb, card, covered=True, blur_px=0.6)
    analysis = analyze_photo(replace(phantom_photo, rgb=rgb), get_detector("ridge"))
    assert analysis.frame.scale.source is ScaleSource.IRIS_IPD
    said = {note.id: note.message for note in analysis.notes}
    assert {"marker_disagrees", "marker_mirrored", "gray_card"} <= set(said)
    assert "more millimeters" in said["marker_disagrees"]


def test_a_severity_without_a_line_is_explained(phantom_analysis) -> None:
    least = load_knowledge("notes")["undrawn_from_severity"]
    lined, bare, mild, unknown = (
        replace(phantom_analysis.scores[0], line_count=n, severity=s)
        for n, s in ((1, 90.0), (0, least), (0, least - 1), (0, None))
    )
    others = (unknown,) * 17
    assert _undrawn((lined, bare, mild, bare, *others)) == [
        "Between the brows",
        "Crow's feet, right",
    ]
