import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facemap.wrinkles.belief import belief

SOFT = [0.5, 1.0, 2.0]


@pytest.mark.parametrize("soft", SOFT)
def test_up_to_the_doubt_nothing_is_believed(soft):
    assert belief(0.9, 1.0, soft) == 0
    assert belief(1.0, 1.0, soft) == 0


@pytest.mark.parametrize("soft", SOFT)
def test_what_is_believed_in_full_is_told_as_it_is(soft):
    values = np.array([1 + soft, 4.0, 8.0])
    np.testing.assert_allclose(values * belief(values, 1.0, soft), values)


@pytest.mark.parametrize("soft", SOFT)
def test_belief_neither_jumps_nor_falls(soft):
    values = np.linspace(0, 5, 501)
    rise = np.diff(values * belief(values, 1.0, soft))
    assert rise.min() >= 0
    assert rise.max() < (2 + 1 / soft + 0.1) * (values[1] - values[0])


@given(value=st.floats(1e-3, 1e3), doubt=st.floats(1e-3, 1e3), gain=st.floats(0.1, 10))
def test_only_the_ratio_to_the_doubt_counts(value, doubt, gain):
    assert belief(gain * value, gain * doubt, 1.0) == pytest.approx(
        belief(value, doubt, 1.0), abs=1e-9
    )


def test_without_a_doubt_everything_is_believed():
    assert belief(0.01, 0.0, 2.0) == 1
    assert belief(0.0, 0.0, 2.0) == 0
