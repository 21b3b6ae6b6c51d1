import numpy as np

from facemap.wrinkles.lines import lies_on


def test_a_path_lies_on_another_where_most_of_it_is_near():
    fold = np.column_stack([np.zeros(50), np.arange(50.0)])
    assert lies_on(fold[10:30] + np.array([2, 0]), fold, reach=3.0)
    assert not lies_on(fold[10:30] + np.array([5, 0]), fold, reach=3.0)
