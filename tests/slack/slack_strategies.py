"""Generated requests and answers: everything that the service can hand to Slack."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.domain import channel_outcomes as c
from bot.domain import outcomes as o
from bot.domain import subscriptions as s
from bot.domain import usage as u
from bot.domain.events import ALIAS_KINDS, AliasChange
from bot.domain.failures import FailureCode, FailureDetail
from bot.domain.operations import Operation
from bot.domain.requests import Alias, EndReason, Place, Request, RequestState
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import Change, RefusalReason, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Verb
from bot.domain.watching import Topics

# Half of the texts are made to be awkward: long, right-to-left, full of marks.
NASTY = st.sampled_from(
    [
        "<!channel> *all* `of` _this_ ~now~ & <https://x|y>",
        "&" * 300,
        "ש" * 700,
        "👩‍👩‍👧‍👦" * 80,
        "a\u202eb\x00c\nd\u2028e",
        "`" * 200,
        "<@U0BEN>" * 100,
        "x" * 700,
        ">>> quoted",
    ]
)
WORDS = st.one_of(st.text(max_size=60), NASTY)
TIMES = st.integers(1_600_000_000, 4_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
STATUSES = st.one_of(
    st.sampled_from(
        [
            "PackageRolloutInProgress",
            "PackageRolloutStopped",
            "PackageRolloutComplete",
            "PackageRolloutNotStarted",
        ]
    ),
    WORDS,
)
ROLLOUTS = st.builds(
    Rollout,
    enabled=st.booleans(),
    percentage=st.one_of(st.floats(0, 100), st.sampled_from([1e300, -1.0, 250.0])),
    status=STATUSES,
    fallback_submission_id=st.one_of(st.none(), WORDS),
)
ARGUMENTS = (
    "status",
    "seconds",
    "aadsts",
    "store_message",
    "reference",
    "code",
    "limit",
)
TROUBLES = st.builds(
    FailureDetail,
    st.sampled_from(FailureCode),
    st.dictionaries(st.sampled_from(ARGUMENTS), WORDS),
)
KNOWN = st.lists(WORDS, max_size=3).map(lambda some: tuple(some * 8))
CORRELATIONS = st.one_of(st.none(), WORDS)
REFUSALS = st.builds(
    Refused,
    st.sampled_from(RefusalReason),
    st.one_of(st.none(), ROLLOUTS),
    st.one_of(st.none(), TROUBLES),
    CORRELATIONS,
    KNOWN,
)
RESULTS = st.one_of(
    st.builds(Done, ROLLOUTS, ROLLOUTS, CORRELATIONS),
    st.builds(AlreadyDone, ROLLOUTS, CORRELATIONS),
    st.builds(Moved, ROLLOUTS, ROLLOUTS, CORRELATIONS),
    REFUSALS,
    st.builds(Unavailable, TROUBLES, CORRELATIONS),
    st.builds(Unknown, st.one_of(st.none(), ROLLOUTS), TROUBLES, CORRELATIONS),
)
TARGETS = st.builds(Target, WORDS, WORDS, st.one_of(st.none(), WORDS))
SNAPSHOTS = st.builds(
    Snapshot,
    ref=st.builds(SubmissionRef, TARGETS, WORDS),
    app_name=WORDS,
    flight_name=st.one_of(st.none(), WORDS),
    rollout=ROLLOUTS,
    status=st.one_of(st.none(), WORDS),
    versions=KNOWN,
    pending_id=st.one_of(st.none(), WORDS),
    as_of=st.one_of(st.none(), TIMES),
)
CHANGES = st.one_of(
    st.builds(Change, st.sampled_from([Verb.HALT, Verb.FINALIZE])),
    st.builds(Change, st.just(Verb.SET), st.floats(0.01, 100)),
)
OPERATIONS = st.builds(
    Operation,
    id=WORDS,
    ref=st.builds(SubmissionRef, TARGETS, WORDS),
    change=CHANGES,
    before=ROLLOUTS,
    authorised_by=WORDS,
    authorised_at=TIMES,
    attempts=st.integers(0, 9),
    result=st.one_of(st.none(), RESULTS),
    finished_at=st.one_of(st.none(), TIMES),
)
REQUESTS = st.builds(
    Request,
    id=st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True),
    place=st.builds(Place, WORDS, WORDS, st.one_of(st.none(), WORDS)),
    change=CHANGES,
    snapshot=SNAPSHOTS,
    asked_by=WORDS,
    reason=WORDS,
    asked_at=TIMES,
    expires_at=TIMES,
    alias=st.one_of(st.none(), WORDS),
    approvals_required=st.integers(1, 3),
    state=st.sampled_from(RequestState),
    card=st.one_of(st.none(), WORDS),
    decided_by=st.one_of(st.none(), WORDS),
    decided_at=st.one_of(st.none(), TIMES),
    end_reason=st.one_of(st.none(), st.sampled_from(EndReason)),
    operation=st.one_of(st.none(), OPERATIONS),
)
ALIASES = st.builds(Alias, WORDS, TARGETS, WORDS, st.one_of(st.none(), WORDS), WORDS)
ALIAS_CHANGES = st.builds(
    AliasChange,
    st.sampled_from(sorted(ALIAS_KINDS)),
    ALIASES,
    TIMES,
    st.one_of(st.none(), WORDS),
    st.one_of(st.none(), WORDS),
)
GROUPS = st.one_of(st.none(), WORDS, st.just("S0ONCALL"))
SUBSCRIPTIONS = st.builds(
    s.Subscription,
    TARGETS,
    st.sampled_from(Topics),
    st.booleans(),
    WORDS,
    TIMES,
    GROUPS,
    st.one_of(st.none(), WORDS),
    st.one_of(st.none(), WORDS),
    st.one_of(st.none(), TIMES),
    st.one_of(st.none(), WORDS, st.just("is_archived")),
    st.one_of(st.none(), WORDS),
)
SUBSCRIPTION_CHANGES = st.builds(
    s.SubscriptionChange,
    st.sampled_from(sorted(s.SUBSCRIPTION_KINDS)),
    TARGETS,
    st.sampled_from(Topics),
    TIMES,
    st.one_of(st.none(), WORDS),
    GROUPS,
    st.one_of(st.none(), WORDS),
    st.one_of(st.none(), WORDS),
    st.one_of(st.none(), WORDS),
)
STANDINGS = st.builds(
    o.TargetStatus,
    st.one_of(st.none(), WORDS),
    TARGETS,
    st.one_of(SNAPSHOTS, REFUSALS, st.builds(Unavailable, TROUBLES, CORRELATIONS)),
    st.timedeltas(timedelta(0), timedelta(days=3)),
    KNOWN,
    st.one_of(st.none(), TIMES),
    st.one_of(st.none(), TIMES),
)


def many(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return short lists and very long ones."""
    short = st.lists(entries, max_size=3)
    return st.one_of(short, short.map(lambda some: some * 40)).map(tuple)


ANSWERS = st.one_of(
    st.builds(u.Usage, st.sampled_from(u.Misuse), WORDS, st.one_of(st.none(), WORDS)),
    st.builds(u.UnknownAlias, WORDS, KNOWN, st.booleans()),
    st.builds(o.NotAllowed, st.sampled_from(o.Denial)),
    st.builds(o.Status, many(STANDINGS), st.integers(0, 200)),
    st.builds(o.ConfirmationNeeded, REQUESTS),
    st.builds(o.CardOpen, REQUESTS, REQUESTS),
    st.builds(
        o.NothingToConfirm,
        st.one_of(st.none(), WORDS),
        TARGETS,
        CHANGES,
        st.one_of(st.none(), SNAPSHOTS),
        st.one_of(
            st.builds(AlreadyDone, ROLLOUTS, CORRELATIONS),
            REFUSALS,
            st.builds(Unavailable, TROUBLES, CORRELATIONS),
        ),
    ),
    REFUSALS,
    st.builds(Unavailable, TROUBLES, CORRELATIONS),
    st.builds(o.Help, many(ALIASES)),
    st.builds(c.Aliases, many(ALIASES)),
    st.builds(c.AliasAdded, ALIASES, st.booleans()),
    st.builds(c.AliasRemoved, ALIASES, st.one_of(st.none(), SUBSCRIPTIONS)),
    st.builds(s.Subscriptions, many(SUBSCRIPTIONS)),
    st.builds(s.Subscribed, SUBSCRIPTIONS, st.one_of(st.none(), SUBSCRIPTIONS)),
    st.builds(s.Unsubscribed, SUBSCRIPTIONS, st.booleans()),
    st.builds(s.NotSubscribed, WORDS),
    st.builds(
        o.History,
        many(st.one_of(REQUESTS, ALIAS_CHANGES, SUBSCRIPTION_CHANGES)),
        st.one_of(st.none(), WORDS),
        st.integers(0, 20),
    ),
)
DECISIONS = st.one_of(
    st.builds(u.Usage, st.sampled_from(u.Misuse), WORDS, st.one_of(st.none(), WORDS)),
    st.builds(o.NotAllowed, st.sampled_from(o.Denial)),
    st.builds(o.Approved, REQUESTS),
    st.builds(o.Confirmed, REQUESTS),
    st.builds(o.Cancelled, REQUESTS),
    st.builds(o.Expired, REQUESTS),
    st.builds(o.AlreadyHandled, REQUESTS),
)
