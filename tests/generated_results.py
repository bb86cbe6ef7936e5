"""Hypothesis strategies of results, for the tests of their stored forms."""

from hypothesis import strategies as st

from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import RefusalReason, Rollout

ROLLOUTS = st.builds(
    Rollout,
    st.booleans(),
    st.floats(min_value=0, max_value=100),
    st.text(),
    st.none() | st.text(),
)
FAILURE_DETAILS = st.builds(
    FailureDetail, st.sampled_from(FailureCode), st.dictionaries(st.text(), st.text())
)
IDS = st.none() | st.text()
RESULTS: st.SearchStrategy[Result] = st.one_of(
    st.builds(Done, ROLLOUTS, ROLLOUTS, IDS, st.none() | st.datetimes()),
    st.builds(AlreadyDone, ROLLOUTS, IDS),
    st.builds(Moved, ROLLOUTS, ROLLOUTS, IDS),
    st.builds(
        Refused,
        st.sampled_from(RefusalReason),
        st.none() | ROLLOUTS,
        st.none() | FAILURE_DETAILS,
        IDS,
        st.lists(st.text()).map(tuple),
    ),
    st.builds(Unavailable, FAILURE_DETAILS, IDS, st.none() | ROLLOUTS),
    st.builds(Unknown, st.none() | ROLLOUTS, FAILURE_DETAILS, IDS),
)
