import pytest

from facemap.errors import KnowledgeError
from facemap.types import ZONE_IDS
from facemap.wrinkles import settings


def test_every_zone_has_a_prior():
    priors = settings.load_settings().priors
    assert tuple(priors) == ZONE_IDS
    assert all(0 < p.half_width_deg <= 90 for p in priors.values())


def test_left_priors_mirror_right_ones():
    priors = settings.load_settings().priors
    for zone in ZONE_IDS:
        if zone.endswith("_r"):
            twin = priors[zone[:-1] + "l"]
            assert twin.angle_deg == (180 - priors[zone].angle_deg) % 180


def test_lines_run_on_into_a_zone_of_their_own_side():
    for zone, prior in settings.load_settings().priors.items():
        if prior.runs_on is not None:
            assert prior.runs_on.into in ZONE_IDS
            assert prior.runs_on.into[-2:] == zone[-2:]
            assert 0 <= prior.runs_on.whole_mm < prior.runs_on.none_mm


def test_a_damaged_file_is_named(monkeypatch):
    monkeypatch.setattr(settings, "load_knowledge", lambda name: {"version": "1"})
    with pytest.raises(KnowledgeError, match=r"wrinkles\.toml"):
        settings.load_settings.__wrapped__()


def test_width_is_unsure_where_the_point_spread_is_as_wide():
    doubt = settings.load_settings().doubt
    assert doubt.share_of(1.0, 0.1) == pytest.approx(doubt.share, rel=0.01)
    assert doubt.share_of(0.1, 0.1) > 1.5 * doubt.share
    assert doubt.share_of(0.05, 0.1) > 0.9
