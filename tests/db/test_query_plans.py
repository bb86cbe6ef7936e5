"""Every question is answered from an index, however much is remembered."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Delete, Executable, Insert, Select, Update, event, text, true
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db import (
    aliases,
    approval_reminders,
    backlog,
    blocking,
    deliveries,
    diagnostics,
    events,
    home,
    locks,
    operations,
    release_channels,
    reminders,
    retention,
    rules,
    subscriptions,
)
from bot.db import board_statements as boards
from bot.db import notice_statements as notices
from bot.db import plan_statements as plans
from bot.db import proposal_statements as proposals
from bot.db import request_statements as requests
from bot.db import watch_statements as watching
from bot.db.plans import CLAIM as CLAIM_STEP
from bot.db.session import Database
from bot.db.writes import Write
from bot.domain.proposals import ProposalKind
from tests.db.sample_requests import LATER, NOON

MANY = 20_000

NUMBERS = """
WITH RECURSIVE numbers(n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :many
)
"""
# All but the last hundred requests are long decided, and their cards closed.
REQUESTS = """
INSERT INTO requests (
    id, workspace, channel, account, app_id, flight_id, submission_id, verb, app_name,
    rollout_enabled, rollout_percentage, rollout_status, versions, asked_by, reason,
    asked_at, expires_at, approvals_required, approvals_given,
    state, decided_at, card_closed_at
)
SELECT 'r' || n, 'T1', 'C' || (n % 10), 'main', 'A' || (n % 7), '', '1', 'halt', 'Mail',
    :yes, 10, 'PackageRolloutInProgress', '[]', 'U1', '',
    :noon, :noon, 1, 0,
    CASE WHEN n > :many - 50 THEN 'pending'
         WHEN n > :many - 100 THEN 'cancelled'
         WHEN n % 2 = 0 THEN 'expired' ELSE 'authorised' END,
    CASE WHEN n > :many - 50 THEN NULL ELSE :noon END,
    CASE WHEN n > :many - 100 THEN NULL ELSE :noon END
FROM numbers
"""
APPROVALS = """
INSERT INTO approvals (request_id, workspace, user_id, approved_at)
SELECT 'r' || n, 'T1', 'U1', :noon FROM numbers
"""
# All but the last hundred operations are closed.
OPERATIONS = """
INSERT INTO operations (
    id, request_id, account, app_id, flight_id, submission_id, verb, before_enabled,
    before_percentage, before_status, authorised_by, authorised_at, attempts, closed_at,
    outcome
)
SELECT 'o' || n, 'r' || n, 'main', 'A' || (n % 7), '', '1', 'halt', :yes, 10,
    'PackageRolloutInProgress', 'U1', :noon, 1,
    CASE WHEN n > :many - 100 THEN NULL ELSE :noon END,
    CASE WHEN n > :many - 100 THEN NULL ELSE 'done' END
FROM numbers
"""
# Of five events one begins an entry of the history. All but the last are long ago.
EVENTS = """
INSERT INTO events (
    at, kind, workspace, channel, account, app_id, flight_id, request_id, alias,
    details, unique_key
)
SELECT CASE WHEN n > :many - 200 THEN :noon ELSE :before END,
    CASE n % 10 WHEN 0 THEN 'asked' WHEN 1 THEN 'approved'
        WHEN 5 THEN CASE n % 20 WHEN 5 THEN 'alias_removed' ELSE 'locked' END
        WHEN 2 THEN 'started' ELSE 'ended' END,
    'T1', 'C' || (n / 10 % 10), 'main', 'A' || (n / 10 % 7), '',
    CASE n % 10 WHEN 5 THEN NULL ELSE 'r' || (n / 10) END, 'a' || (n / 10 % 50), '{}',
    CASE WHEN n % 10 = 4 THEN 'operation/' || n WHEN n % 10 > 5 THEN 'k' || n END
FROM numbers
"""
ALIASES = """
INSERT INTO aliases (
    workspace, channel, name, account, app_id, flight_id, app_name, added_by, added_at,
    number
)
SELECT 'T1', 'C' || (n % 1000), 'a' || n, 'main', 'A', '', 'Mail', 'U1', :noon,
    n / 1000
FROM numbers
"""
DELIVERIES = """
INSERT INTO deliveries (workspace, event_id, seen_at)
SELECT 'T1', 'Ev' || n, :noon FROM numbers
"""
SUBSCRIPTIONS = """
INSERT INTO subscriptions (
    workspace, channel, account, app_id, flight_id, topics, by_alias, added_by, added_at
)
SELECT 'T1', 'C' || (n % 1000), 'main', 'A' || n, '', 'all', :yes, 'U1', :noon
FROM numbers
"""
RULES = """
INSERT INTO rules (
    workspace, account, app_id, flight_id, rule, version, proposed_by, agreed_by,
    changed_at
)
SELECT 'T' || (n % 10), 'main', 'A' || n, '', '{}', 1, 'U1', 'U2', :noon FROM numbers
"""
# Some are due, and few rollouts are open.
OBSERVATIONS = """
INSERT INTO observations (
    account, app_id, flight_id, version, due_at, submission_id, app_name,
    rollout_percentage, remind_at, rollout_status
)
SELECT 'main', 'A' || n, '', 1, CASE n % 1000 WHEN 0 THEN :noon ELSE :later END, '1',
    'Mail', 10, CASE n % 1000 WHEN 0 THEN :noon WHEN 1 THEN :later ELSE NULL END,
    CASE WHEN n > :many - 200 THEN 'PackageRolloutInProgress'
         ELSE 'PackageRolloutComplete' END
FROM numbers
"""
# Most are closed.
BOARDS = """
INSERT INTO boards (
    workspace, channel, account, app_id, flight_id, submission_id, app_name, began_at,
    began_percentage, ts, shown_version, drawn_at, due_at, closed_at
)
SELECT 'T1', 'C' || (n % 1000), 'main', 'A' || n, '', '1', 'Mail', :noon, 10,
    CASE n % 10 WHEN 0 THEN NULL ELSE '1.0' END, 1, :noon, :noon,
    CASE WHEN n > :many - 200 THEN NULL ELSE :noon END
FROM numbers
"""
# Most are posted.
NOTICES = """
INSERT INTO notices (
    event_key, workspace, channel, account, app_id, flight_id, submission_id,
    created_at, due_at, closed_at
)
SELECT 'e' || n, 'T1', 'C' || (n % 50), 'main', 'A' || n, '', '1', :noon, :noon,
    CASE WHEN n > :many - 50 THEN NULL ELSE :noon END
FROM numbers
"""
# Most are over, and some were lifted.
LOCKS = """
INSERT INTO locks (
    workspace, account, app_id, flight_id, channel, reason, locked_by, locked_at,
    ends_at, weekly, lifted_at
)
SELECT 'T1', CASE n % 9 WHEN 0 THEN '' ELSE 'main' END,
    CASE n % 9 WHEN 0 THEN '' ELSE 'A' || (n % 9) END, '', 'C1', 'freeze', 'U1', :noon,
    CASE WHEN n > :many - 5 THEN NULL WHEN n > :many - 50 THEN :later ELSE :before END,
    CASE WHEN n > :many - 5 THEN '{}' ELSE NULL END,
    CASE n % 3 WHEN 0 THEN :noon ELSE NULL END
FROM numbers
"""
# A thousand are live, and few of them are due.
PLAN_ROWS = """
INSERT INTO plans (
    id, workspace, channel, account, app_id, flight_id, submission_id, app_name, terms,
    start_reason, started_by, started_at, started_from, state, changed_at, step,
    percentage, tries, operation_id, gap_over_at, due_at, version
)
SELECT 'p' || n, 'T1', 'C1', 'main', 'A' || n, '', '1', 'Mail', '{}', '', 'U1', :noon,
    5, CASE WHEN n > :many - 1000 THEN 'running' ELSE 'ended' END, :noon, 1, 10, 0,
    CASE WHEN n > :many - 10 THEN 'o' || n ELSE NULL END, :noon,
    CASE WHEN n > :many - 50 THEN :noon WHEN n > :many - 1000 THEN :later ELSE NULL END,
    1
FROM numbers
"""
RELEASE_CHANNELS = """
INSERT INTO release_channels (
    workspace, account, app_id, channel, number, added_by, added_at
)
SELECT 'T1', 'main', 'A' || n, 'C' || (n % 1000), 1, 'U1', :noon FROM numbers
"""
# All but the last are decided, and shown.
PROPOSALS = """
INSERT INTO proposals (
    id, workspace, channel, kind, account, app_id, flight_id, about, details, asked_by,
    asked_at, expires_at, state, due_at
)
SELECT 'p' || n, 'T1', 'C1', 'let_in', 'main', 'A' || n, '', 'C2', '{}', 'U1', :noon,
    :noon, CASE WHEN n > :many - 50 THEN 'pending' ELSE 'expired' END,
    CASE WHEN n > :many - 50 THEN :noon ELSE NULL END
FROM numbers
"""
FILL = (
    *(REQUESTS, APPROVALS, OPERATIONS, EVENTS, ALIASES, DELIVERIES),
    *(SUBSCRIPTIONS, OBSERVATIONS, BOARDS, NOTICES, LOCKS, RULES),
    PLAN_ROWS,
    *(RELEASE_CHANNELS, PROPOSALS),
)

DAY_BEFORE = NOON - timedelta(days=1)
LONG_AGO = NOON - timedelta(days=36_500)
THIS: dict[str, Any] = {"request": "r1"}
OPERATION: dict[str, Any] = {"operation": "o1"}
# A write that finds nothing is looked up in the same way, and adds no row.
NONE: dict[str, Any] = {"operation": "none"}
DECISION: dict[str, Any] = {
    **THIS,
    "seen": 0,
    "now": NOON,
    "clicked": "1",
    "new_state": "authorised",
    "given": 1,
    "user": "U1",
    "decided": NOON,
    "reason_to_end": None,
}
RESULT: dict[str, Any] = {
    **NONE,
    "now": NOON,
    "new_outcome": "done",
    "new_result": "{}",
    "new_correlation_id": "c",
}
OF_TARGET: dict[str, Any] = {
    "of_account": "main",
    "of_app_id": "A1",
    "of_flight_id": "",
}
OF_CHANNEL: dict[str, Any] = {"of_workspace": "T1", "of_channel": "C1"}
BOARD: dict[str, Any] = {**OF_TARGET, **OF_CHANNEL, "of_submission": "none"}
AT_NOON: dict[str, Any] = {
    "now_at": NOON,
    "lease_end": LATER,
    "longest_pause": LATER,
    "latest_lease": LATER,
    "followed_since": DAY_BEFORE,
}
PLAN: dict[str, Any] = {
    "plan": "none",
    "seen": 1,
    "new_state": "running",
    "new_reason": None,
    "new_changed_by": None,
    "new_changed_at": NOON,
    "new_step": 2,
    "new_percentage": 25.0,
    "new_tries": 0,
    "new_operation_id": None,
    "new_gap_over_at": LATER,
    "new_due_at": LATER,
    "new_version": 2,
}
ENDED_PLAN: dict[str, Any] = {
    **OF_TARGET,
    "plan_end": "halted",
    "plan_ended_by": "U1",
    "plan_ended_at": NOON,
}
AS_JUDGED: dict[str, Any] = {**DECISION, "judged_version": 0, "judged_locks": [1]}
THIS_LOOK: dict[str, Any] = {
    **OF_TARGET,
    "new_due_at": LATER,
    "new_demand": 0.2,
    "new_failures": 1,
    "new_failing_since": NOON,
    "new_remind_at": LATER,
}
REMINDED: dict[str, Any] = {
    **OF_TARGET,
    "seen_version": 1,
    "read_remind_at": NOON,
    "new_remind_at": LATER,
}
PROOF: dict[str, Any] = {
    **OF_TARGET,
    "of_submission": "1",
    "of_request": "r1",
    "of_plan": "p1",
    "key_of_event": "operation/none",
    "told_at": NOON,
    "look_at": LATER,
    "shown_rollout_enabled": True,
    "shown_rollout_percentage": 10.0,
    "shown_rollout_status": "PackageRolloutStopped",
}
CHANNEL: dict[str, Any] = {"workspace": "T1", "channel": "C1"}
CHANNELS: dict[str, Any] = {"workspace": "T1", "channels": ["C1", "C2", "C3"]}
ALIAS: dict[str, Any] = {**CHANNEL, "name": "a1"}
TARGET: dict[str, Any] = {"account": "main", "app_id": "A1", "flight_id": ""}

# PostgreSQL finds the few pending requests as quickly by their own index.
PENDING = "pk_requests|ix_requests_overdue"
UNFINISHED = "ix_operations_open"
# SQLite finds a row by its number without an index.
NUMBER = "pk_boards|pk_notices|pk_locks|INTEGER PRIMARY KEY"
# The few that are live are found as well by either.
LIVE_PLANS = "uq_plans_live|ix_plans_due"
EVENT = "pk_events|INTEGER PRIMARY KEY"
# Some are worded for each kind of database.
Asked = Executable | Write | Mapping[str, Insert | Select[Any] | Write]
OF_APP: dict[str, Any] = {
    "of_workspace": "T1",
    "of_account": "main",
    "of_app_id": "A1",
}
PROPOSAL: dict[str, Any] = {"proposal": "none"}
DECIDED: dict[str, Any] = {
    **PROPOSAL,
    "new_state": "agreed",
    "user": "U1",
    "clicked": "1",
    "now_at": NOON,
}
SHOWN: dict[str, Any] = {**PROPOSAL, "lease_end": LATER, "clicked": "1"}
LET_IN: dict[str, Any] = {
    **OF_APP,
    "of_channel": "C1",
    "of_added_by": "U1",
    "of_added_at": NOON,
}
PENDING_PROPOSAL = "pk_proposals|ix_proposals_overdue"
PLANS: list[tuple[Asked, dict[str, Any], tuple[str, ...]]] = [
    (
        requests.GET,
        THIS,
        ("pk_requests", "uq_operations_request_id", "ix_requests_under_rule"),
    ),
    (
        requests.GET_OF_OPERATION,
        OPERATION,
        ("pk_operations", "pk_requests", "ix_requests_under_rule"),
    ),
    (requests.PUT_CARD, {**THIS, "clicked": "1"}, ("pk_requests",)),
    (
        requests.OPEN_OF_TARGET,
        {**TARGET, "workspace": "T1", "now": NOON},
        ("ix_requests_overdue",),
    ),
    (requests.APPROVE, DECISION, (PENDING,)),
    (requests.AUTHORISE, {**DECISION, **ENDED_PLAN}, (PENDING,)),
    (requests.CANCEL, DECISION, (PENDING,)),
    (requests.EXPIRE, DECISION, (PENDING,)),
    (requests.APPROVE_AS_JUDGED, AS_JUDGED, (PENDING, "pk_rules", UNFINISHED)),
    (
        requests.AUTHORISE_AS_JUDGED,
        {**AS_JUDGED, **ENDED_PLAN},
        (PENDING, "pk_rules", UNFINISHED),
    ),
    (requests.HALTED_BY, THIS, ("pk_requests", UNFINISHED)),
    (requests.APPROVALS_OF, THIS, ("pk_approvals",)),
    (
        requests.OPEN_UNDER_RULE,
        {"workspace": "T1", "account": "main", "app_id": "A1", "now": NOON},
        # Either has but few rows.
        ("ix_requests_under_rule|ix_requests_overdue",),
    ),
    (
        requests.START_PLAN,
        {**AS_JUDGED, **PROOF},
        (PENDING, "pk_rules", UNFINISHED),
    ),
    (plans.GET, {"plan": "p1"}, ("pk_plans",)),
    (plans.LIVE, OF_TARGET, (LIVE_PLANS,)),
    (plans.LIST_LIVE, {"workspace": "T1"}, (LIVE_PLANS,)),
    (
        plans.DUE,
        {
            "held_before": DAY_BEFORE,
            "now": NOON,
            "followed_since": DAY_BEFORE,
            "most": 50,
        },
        ("ix_plans_due", "ix_operations_unsettled", "pk_operations"),
    ),
    (plans.SAVE, PLAN, ("pk_plans",)),
    (
        CLAIM_STEP,
        {**PLAN, "followed_since": DAY_BEFORE, "judged_locks": [1], "now": NOON},
        ("pk_plans", "ix_operations_unsettled", "ix_locks_in_force"),
    ),
    (plans.wake_plans(true()), {"told_at": LATER}, (LIVE_PLANS,)),
    (plans.end_plan(true()), ENDED_PLAN, (LIVE_PLANS,)),
    (requests.OVERDUE, {"now": LATER}, ("ix_requests_overdue",)),
    (requests.CLOSE_CARD, {**THIS, "now": NOON}, ("pk_requests",)),
    (
        requests.UNCLOSED,
        {"now": LATER},
        ("ix_requests_unclosed", "ix_requests_unclosed_ramps"),
    ),
    (operations.GET, OPERATION, ("pk_operations",)),
    (operations.BEGIN_ATTEMPT, {**NONE, "earlier": 0}, ("pk_operations",)),
    (operations.FINISH, RESULT, ("pk_operations",)),
    (operations.FINISH_DONE, {**RESULT, **PROOF}, ("pk_operations",)),
    (operations.CLOSE, {**OPERATION, "now": NOON}, ("pk_operations",)),
    (operations.OPEN, {"now": LATER}, ("ix_operations_open",)),
    (events.HISTORY, {**CHANNEL, "limit": 10}, ("ix_events_history",)),
    (
        events.HISTORY_OF,
        {**CHANNEL, **TARGET, "limit": 10},
        ("ix_events_target_history",),
    ),
    (events.OF_REQUESTS, {"ids": ["r1", "r20", "r300"]}, ("ix_events_request_id",)),
    (
        events.CHANGES,
        {**CHANNEL, **OF_TARGET, "limit": 100},
        ("ix_events_changes", "ix_events_request_id", "pk_observations"),
    ),
    (
        release_channels.LIST,
        OF_APP,
        (
            "pk_release_channels|uq_release_channels_number",
            "pk_aliases|uq_aliases_number",
        ),
    ),
    (
        release_channels.GIVE_UP_UNNAMED,
        {**OF_APP, "of_channel": "none"},
        ("pk_release_channels|uq_release_channels_number",),
    ),
    (
        release_channels.HAS_ACTED,
        {**OF_CHANNEL, "of_actor": "U1"},
        ("ix_events_history|ix_events_target_history", "ix_events_request_id"),
    ),
    (proposals.GET, PROPOSAL, ("pk_proposals",)),
    (
        proposals.WAITING,
        {**OF_TARGET, "of_workspace": "T1", "of_kind": "let_in", "of_about": "C2"},
        ("uq_proposals_pending|ix_proposals_overdue",),
    ),
    (proposals.OVERDUE, {"now_at": LATER}, ("ix_proposals_overdue",)),
    (proposals.DECLINE, DECIDED, (PENDING_PROPOSAL,)),
    (proposals.END, DECIDED, (PENDING_PROPOSAL,)),
    (proposals.EXPIRE, DECIDED, (PENDING_PROPOSAL,)),
    (
        {
            dialect: proposals.AGREE[ProposalKind.LET_IN, dialect]
            for dialect in ("sqlite", "postgresql")
        },
        {**DECIDED, **LET_IN},
        (PENDING_PROPOSAL,),
    ),
    (proposals.CLAIM, {**AT_NOON, "most": 5}, ("ix_proposals_due",)),
    (proposals.SHOWN, SHOWN, ("pk_proposals",)),
    (proposals.RETRY, {**SHOWN, "again_at": LATER}, ("pk_proposals",)),
    (
        proposals.MOVE,
        {**SHOWN, "to_channel": "C2", "now_at": NOON},
        ("pk_proposals",),
    ),
    (aliases.LIST, CHANNEL, ("pk_aliases",)),
    # Either of the two is as good for one alias.
    (aliases.GET, ALIAS, ("pk_aliases|ix_aliases_name",)),
    (aliases.CHANNELS, {"workspace": "T1", "name": "a7"}, ("ix_aliases_name",)),
    (
        aliases.REMOVE,
        {**ALIAS, "seen": LATER},
        ("pk_aliases|ix_aliases_name",),
    ),
    (aliases.LAST_REMOVAL, ALIAS, ("ix_events_alias_removals",)),
    (deliveries.FORGET, {"before": DAY_BEFORE}, ("ix_deliveries_seen_at",)),
    (retention.CLOSED, {"before": LATER, "limit": 300}, ("ix_operations_closed",)),
    (retention.SHOWN, {"before": LATER, "limit": 300}, ("ix_requests_shown",)),
    (retention.OVER, {"before": LATER, "limit": 300}, ("ix_plans_over",)),
    (retention.FORGET_PLANS, {"ids": ["none", "o"]}, ("pk_plans|ix_plans_over",)),
    (retention.FORGET_APPROVALS, {"ids": ["none", "o"]}, ("pk_approvals",)),
    (retention.FORGET_REQUESTS, {"ids": ["none", "o"]}, ("pk_requests",)),
    (retention.FORGET_PROPOSALS, {"before": DAY_BEFORE}, ("ix_proposals_decided",)),
    (
        retention.FORGET_NOTICES,
        {"before": DAY_BEFORE, "limit": 300},
        ("ix_notices_closed", NUMBER),
    ),
    (
        subscriptions.LIST,
        {"of_workspace": "T1", "of_channel": "C1"},
        ("pk_subscriptions", "pk_aliases|uq_aliases_number"),
    ),
    (
        subscriptions.REMOVE,
        {
            "of_workspace": "T1",
            "of_channel": "C1",
            **OF_TARGET,
            "seen_topics": "all",
            "seen_by_alias": True,
            "seen_at": LATER,
            "seen_mention": None,
        },
        ("pk_subscriptions|ix_subscriptions_target",),
    ),
    (
        subscriptions.END_UNNAMED,
        {"of_workspace": "T1", "of_channel": "none"},
        ("pk_subscriptions",),
    ),
    (rules.IN_FORCE, {"of_workspace": "T1", **OF_TARGET}, ("pk_rules",)),
    (
        locks.ON_TARGET,
        {"of_workspace": "T1", **OF_TARGET, "now": NOON},
        ("ix_locks_in_force",),
    ),
    (locks.LIST, {"workspaces": ["T1", "T2"], "now": NOON}, ("ix_locks_in_force",)),
    (
        locks.LIFT,
        {
            **OF_CHANNEL,
            **OF_TARGET,
            "lock": 0,
            "by": "U1",
            "lifted": NOON,
            "why": None,
            "no_submission": "",
            "key_of_event": "none",
            "told_at": NOON,
        },
        (NUMBER,),
    ),
    (
        approval_reminders.DUE,
        {**AT_NOON, "asked_before": NOON},
        ("ix_requests_overdue",),
    ),
    (
        approval_reminders.CLAIM,
        {**AT_NOON, **THIS, "seen_reminders": 0},
        (PENDING,),
    ),
    (
        approval_reminders.CLOSE,
        {**THIS, "seen_reminders": 0, "told": 1},
        ("pk_requests",),
    ),
    (watching.CLAIM, {**AT_NOON, "most": 20}, ("ix_observations_due_at",)),
    (
        reminders.TO_REMIND,
        {**AT_NOON, "most": 50},
        ("ix_observations_remind_at",),
    ),
    (reminders.POSTPONE, REMINDED, ("pk_observations",)),
    (
        reminders.REMIND,
        {
            **REMINDED,
            "new_unreadable_since": NOON,
            "key_of_event": "none",
            "of_request": None,
            "of_submission": "1",
            "told_at": NOON,
        },
        ("pk_observations",),
    ),
    (watching.FAIL, {**THIS_LOOK, **AT_NOON}, ("pk_observations",)),
    (
        watching.RELEASE,
        {**OF_TARGET, **AT_NOON, "again_at": LATER},
        ("pk_observations",),
    ),
    (watching.HAS_EVENT, {"key_of_event": "none"}, ("uq_events_unique_key",)),
    (
        watching.IN_DOUBT,
        {**OF_TARGET, "of_submission": "1", "finished_since": NOON},
        ("ix_operations_unsettled",),
    ),
    (
        home.WAITING,
        {**CHANNELS, "asker": "U1", "now": NOON, "most": 100},
        ("ix_requests_overdue",),
    ),
    (
        home.PROPOSED,
        {**CHANNELS, "now": NOON, "most": 15},
        ("ix_proposals_overdue|uq_proposals_pending",),
    ),
    (
        home.FOLLOWED,
        {**CHANNELS, "most": 2000},
        ("pk_subscriptions", "pk_observations", "pk_aliases|uq_aliases_number"),
    ),
    (
        home.RAMPS,
        CHANNELS,
        (LIVE_PLANS, "pk_subscriptions|ix_subscriptions_target"),
    ),
    (
        home.FINISHED,
        {**CHANNELS, "since": DAY_BEFORE, "most_ends": 5000, "most": 2000},
        (
            "ix_events_ends",
            "ix_subscriptions_target|pk_subscriptions",
            "pk_observations",
        ),
    ),
    (home.FOLLOWS_ANY, CHANNELS, ("pk_subscriptions",)),
    (
        watching.DONE_SINCE,
        {**OF_TARGET, "of_submission": "1", "looked_at": LATER},
        ("ix_operations_closed", "ix_operations_open"),
    ),
    (notices.CLAIM, {**AT_NOON, "most": 20}, ("ix_notices_unposted",)),
    (notices.GET, {"ids": [19_960, 19_970]}, (NUMBER, "ix_notices_unposted")),
    (
        notices.TELL_LATE,
        {"told_at": LATER, "waited_since": NOON},
        ("ix_notices_unposted",),
    ),
    (notices.TELL_REFUSED, {"told_at": LATER, "notice": 19_960}, (NUMBER,)),
    (notices.PLANS_OF, {"ids": ["p1", "p2"]}, ("pk_plans",)),
    (notices.READ_TO, {**BOARD, "told_as": "1.0"}, ("uq_boards_rollout",)),
    (notices.LOSE_BOARD, {**BOARD, "now_at": NOON}, ("uq_boards_rollout",)),
    (boards.CLAIM_NEW, {**AT_NOON, "most": 20}, ("ix_boards_open",)),
    (
        boards.CLAIM_SHOWN,
        {**AT_NOON, "most": 20, "drawn_before": DAY_BEFORE},
        (
            *("ix_boards_open", "pk_observations", "uq_plans_live"),
            "pk_subscriptions|ix_subscriptions_target",
        ),
    ),
    (boards.GET, {"ids": [19_990, 19_991]}, (NUMBER, "pk_observations")),
    (boards.RAMPS, {"ids": [19_990, 19_991]}, (NUMBER, LIVE_PLANS)),
    (boards.CHANGES, {**OF_TARGET, "most": 500}, ("ix_events_changes",)),
    (
        boards.POSTED,
        {
            **BOARD,
            "board": 0,
            "now_at": NOON,
            "of_submission_id": "1",
            "shown_change": NOON,
            "posted_as": "1.0",
            "version": 1,
            "edit_from": NOON,
            "seen_until": None,
            "next_edge": LATER,
            "plan_key": "p1/1",
        },
        (NUMBER,),
    ),
    (
        boards.EDITED,
        {
            "board": 1,
            "lease_end": NOON,
            "now_at": NOON,
            "version": 1,
            "edit_from": NOON,
            "seen_until": None,
            "next_edge": LATER,
            "plan_key": "p1/1",
        },
        (NUMBER,),
    ),
    (
        blocking.BLOCK,
        {**OF_CHANNEL, "now_at": NOON, "code": "is_archived"},
        ("pk_subscriptions",),
    ),
    (blocking.UNBLOCK, OF_CHANNEL, ("pk_subscriptions",)),
    (blocking.REOPEN, {**OF_CHANNEL, "now_at": NOON}, ("uq_boards_rollout",)),
    (retention.FORGET_BOARDS, {"before": DAY_BEFORE}, ("ix_boards_closed",)),
    (retention.FORGET_OPERATIONS, {"ids": ["none", "o"]}, ("pk_operations",)),
    (retention.PAGE, {"after": 100, "limit": 300}, (EVENT,)),
    (
        retention.FORGET_EVENTS,
        {"after": 100, "last": 400, "before": LONG_AGO},
        (
            *(EVENT, "ix_boards_open", "uq_notices_event"),
            "pk_observations|ix_observations_rolling",
        ),
    ),
    (
        backlog.BACKLOG,
        {"now_at": NOON, "followed_since": DAY_BEFORE},
        ("ix_observations_due_at", "ix_notices_unposted", "ix_operations_open"),
    ),
    (diagnostics._PENDING, {}, ("ix_requests_overdue",)),
    (diagnostics._OPEN, {}, ("ix_operations_open",)),
    (diagnostics._STUCK, {"before": NOON}, ("ix_operations_open",)),
    (diagnostics._UNSETTLED, {"ids": ["o1", "o2"]}, ("pk_operations",)),
]

MODULES = (
    *(aliases, deliveries, diagnostics, events, home, locks),
    *(operations, plans, requests, retention, rules),
)
TRANSACTION = ("BEGIN IMMEDIATE", "COMMIT")
# What a plan says when it reads or sorts more than it answers with.
SLOW = ("SCAN ", "TEMP B-TREE", "Seq Scan", "Sort")
# The few events of the requests of one page, the few operations in doubt, the few
# notices and boards that are open, the ends of one week, the few aliases of a channel,
# the three rules that could hold, and the few proposals that wait are put in order.
SORTED = (
    *(events.OF_REQUESTS, watching.IN_DOUBT, notices.CLAIM),
    *(notices.GET, boards.CLAIM_NEW, boards.CLAIM_SHOWN, boards.GET),
    *(home.FINISHED, home.PROPOSED, subscriptions.LIST, rules.IN_FORCE),
    *(locks.ON_TARGET, locks.LIST),
    *(release_channels.LIST, proposals.CLAIM, proposals.OVERDUE),
)
# SQLite says so where an index has all that it needs, of the few that are open, of the
# few rows that a claim has found, and of the ends of one week.
WHOLE = re.compile(r"SCAN (\w+)$", re.MULTILINE)
SMALL = {"due", "ends"}
OPEN_ONES = (
    *(diagnostics._PENDING, diagnostics._OPEN, diagnostics._STUCK),
    *(watching.CLAIM, watching.DONE_SINCE, notices.CLAIM, home.FINISHED),
    notices.TELL_LATE,
    *(boards.CLAIM_NEW, boards.CLAIM_SHOWN, retention.FORGET_EVENTS),
    *(plans.LIST_LIVE, home.RAMPS),
    *(boards.CLAIM_NEW, boards.CLAIM_SHOWN, proposals.CLAIM, proposals.OVERDUE),
    retention.FORGET_EVENTS,
)


@pytest.fixture
async def full(database: Database) -> Database:
    """Fill the tables; PostgreSQL's planner learns of that, as by autovacuum.

    Nobody tells SQLite's what the tables hold: a bot runs for years without statistics.
    """
    # Text statements know no column types: SQLite keeps times as text.
    noon: Any = NOON
    later: Any = LATER
    before: Any = NOON - timedelta(days=31)
    if database.dialect == "sqlite":
        noon = "2026-11-20 12:00:00.000000"
        later = "2026-11-21 12:00:00.000000"
        before = "2026-10-20 12:00:00.000000"
    for statement in FILL:
        all_values = {
            "many": MANY,
            "yes": True,
            "noon": noon,
            "later": later,
            "before": before,
        }
        values = {
            name: it for name, it in all_values.items() if f":{name}" in statement
        }
        values["many"] = MANY
        await database.run(text(NUMBERS + statement), values)
    if database.dialect != "sqlite":
        await database.run(text("ANALYZE"))
    return database


async def test_every_statement_is_served_by_its_index(full: Database) -> None:
    for asked, parameters, indexes in PLANS:
        statement = asked[full.dialect] if isinstance(asked, Mapping) else asked
        plan = await outcome_of(full, statement, parameters)

        for index in indexes:
            assert re.search(rf" ({index})\b", named(plan)), plan
        allowed = {"Sort", "TEMP B-TREE"} if asked in SORTED else set()
        if asked in OPEN_ONES:
            allowed.add("SCAN ")
        if asked is backlog.BACKLOG:
            # It counts what is followed, at most once a second.
            allowed |= {"SCAN ", "Seq Scan"}
        if asked is locks.LIFT:
            # It looks through the aliases of a workspace, a few times a day.
            allowed |= {"Seq Scan", "Sort"}
        assert {word for word in SLOW if word in plan} <= allowed, plan
        if asked in OPEN_ONES:
            # Of the few that are open SQLite may read all, and of no others.
            assert {*WHOLE.findall(plan)} <= SMALL, plan


def test_the_plan_of_every_query_is_looked_at() -> None:
    tested = {id(statement) for statement, _, _ in PLANS}
    missing = [
        f"{module.__name__}.{name}"
        for module in MODULES
        for name, statement in vars(module).items()
        if isinstance(statement, Select | Update | Delete | Write)
        and id(statement) not in tested
    ]

    # Four are parts of others, new rows are looked up in no index, doctor reads the
    # names of all channels in use, and one table has one row.
    # Three are parts of others, new rows are looked up in no index, doctor reads the
    # names of all channels in use, counts all events and reads the first, and one table
    # has one row.
    assert missing == [
        "bot.db.diagnostics._CHANNELS",
        "bot.db.diagnostics._EVENTS",
        "bot.db.diagnostics._OLDEST",
        "bot.db.events.ADD",
        "bot.db.locks.ADD",
        "bot.db.operations._FINISH",
        "bot.db.plan_statements.SAVE_PLAN",
        "bot.db.request_statements.ADD",
        "bot.db.request_statements._WITH_OPERATION",
        "bot.db.request_statements._DECIDE",
        "bot.db.retention.MOVE_FORWARD",
    ]


def named(plan: str) -> str:
    """Name the indexes of primary keys, which SQLite only numbers."""
    return re.sub(r"sqlite_autoindex_(\w+)_1\b", r"pk_\1", plan)


async def outcome_of(
    database: Database, statement: Executable | Write, parameters: dict[str, Any]
) -> str:
    """Run the statement, and ask how it was run, with the very words sent."""
    connections = database._connections
    engine = connections._engine
    sync_engine = engine.sync_engine if isinstance(engine, AsyncEngine) else engine
    sent: list[tuple[str, Any]] = []

    def note(_: object, __: object, words: str, values: object, *___: object) -> None:
        sent.append((words, values))

    event.listen(sync_engine, "before_cursor_execute", note)
    if isinstance(statement, Write):
        rows: list[dict[str, object]] = [{} for _ in statement.inserts]
        assert not await database.write(statement, parameters, *rows)
    else:
        await database.run(statement, parameters)
    event.remove(sync_engine, "before_cursor_execute", note)

    [(words, values)] = [one for one in sent if one[0] not in TRANSACTION]
    verb = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    plan = await connections.call(
        lambda to: to.exec_driver_sql(f"{verb} {words}", values).all()
    )
    return "\n".join(str(row[-1]) for row in plan)
