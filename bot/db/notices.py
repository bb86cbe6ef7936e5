"""The repository of notices: each event is posted in each channel once, in order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from bot.db import notice_statements as sql
from bot.db.blocking import block, unblock
from bot.db.events import event_from
from bot.db.leases import leased
from bot.db.plans import readable_plan
from bot.db.rollout_changes import read_changes
from bot.db.rows import Values
from bot.db.session import Repository
from bot.db.telling import of_target
from bot.db.watching import watched_from
from bot.domain.events import EventKind
from bot.domain.notices import (
    LONGEST_PAUSE,
    TOLD_DIRECTLY_AFTER,
    TOLD_TOGETHER_AFTER,
    Notice,
    topic_of,
)
from bot.domain.plan_events import (
    PLAN_CHANGES,
    PLAN_DECISIONS,
    SentStep,
    is_held_since,
    read_step,
)
from bot.domain.plans import Plan
from bot.domain.ramp_course import RampCourse
from bot.domain.reminders import still_holds
from bot.domain.requests import Place
from bot.domain.rollout_changes import CHANGES
from bot.domain.submissions import Target
from bot.domain.watching import Topics

# The log may have kinds of a newer version of the bot.
_KNOWN: Final = frozenset(EventKind)
_OF_PLAN: Final = PLAN_CHANGES | PLAN_DECISIONS


class SqlNoticeRepository(Repository):
    """The notices of all channels. Every method raises StorageUnavailable."""

    async def claim_notices(self, now: datetime, most: int) -> Sequence[Notice]:
        """Return the first notice of each channel that is due: nobody else posts it.

        What could not be told for a while comes with all later ones of its rollout. A
        reminder that does not hold any more is closed untold.
        """
        waited_since = now - TOLD_DIRECTLY_AFTER
        late = {"told_at": now, "waited_since": waited_since}
        await self._database.run(sql.TELL_LATE[self._database.dialect], late)
        longest = {"longest_pause": now + LONGEST_PAUSE}
        asked = {**leased(now), **longest, "most": most}
        claimed = await self._database.run(sql.CLAIM, asked)
        if not claimed:
            return []
        rows = await self._database.run(sql.GET, {"ids": [row.id for row in claimed]})
        plans = await self._plans(rows)
        outdated = {
            row.notice_id for row in rows if _is_outdated(row, rows, plans, now)
        }
        if outdated:
            closed = {"ids": list(outdated), "now_at": now, "code": None}
            await self._database.run(sql.CLOSE, closed)
        together: dict[int, list[Row[Any]]] = {}
        for row in rows:
            if row.kind in _KNOWN and row.notice_id not in outdated:
                together.setdefault(row.claimed_id, []).append(row)
            elif row.kind not in _KNOWN and _has_waited(row, now):
                # A newer version has had the time to post it, and is gone.
                over = {"ids": [row.notice_id], "now_at": now, "code": "newer_version"}
                await self._database.run(sql.CLOSE, over)
        due = [
            _notice(some, plans, now)
            for claimed_id, some in together.items()
            if some[0].notice_id == claimed_id
        ]
        return await self._with_courses(due)

    async def close_notices(
        self, told: Sequence[Notice], ts: str, now: datetime
    ) -> None:
        """Record that a message shows them; the channel can be posted to, then."""
        await self._database.run(sql.CLOSE, _these(told, now, None))
        first = told[0]
        if first.thread is not None:
            await self._database.run(sql.READ_TO, {**_board_of(first), "told_as": ts})
        await unblock(self._database, first.place, now)

    async def refuse_notice(
        self, notice: Notice, code: str, now: datetime
    ) -> Sequence[str]:
        """Record that Slack will never take it; mark what the channel follows.

        Return whose subscriptions were not marked before.
        """
        await self._database.run(sql.CLOSE, _these(notice.all_told, now, code))
        if notice.kind in PLAN_DECISIONS:
            directly = {"notice": notice.id, "told_at": now}
            await self._database.run(sql.TELL_REFUSED[self._database.dialect], directly)
        return await block(self._database, notice.place, code, now)

    async def lose_board(self, notice: Notice, now: datetime) -> None:
        """Record that somebody has deleted the board of the notice's rollout."""
        await self._database.run(sql.LOSE_BOARD, {**_board_of(notice), "now_at": now})

    async def _plans(self, rows: Sequence[Row[Any]]) -> Mapping[str, Plan | None]:
        """Return the ramps that the events are about, by their ids."""
        ids = {_plan_id(row) for row in rows} - {None}
        if not ids:
            return {}
        found = await self._database.run(sql.PLANS_OF, {"ids": list(ids)})
        return {row.id: readable_plan(row) for row in found}

    async def _with_courses(self, notices: Sequence[Notice]) -> Sequence[Notice]:
        """Return the notices, those of ramps that have ended with their courses."""
        courses: dict[str, RampCourse] = {}
        for one in notices:
            plan = one.plan
            if plan and one.kind is EventKind.PLAN_ENDED and plan.id not in courses:
                changes = await read_changes(self._database, plan.ref)
                courses[plan.id] = RampCourse(plan, changes)
        return [
            replace(one, course=courses.get(one.plan.id if one.plan else ""))
            for one in notices
        ]

    async def retry_notice(
        self, notice: Notice, again_at: datetime, may_be_there: datetime | None
    ) -> None:
        """Post it again later; `may_be_there` is when it may have been posted."""
        asked = {
            "notice": notice.id,
            "again_at": again_at,
            "may_be_there": may_be_there,
        }
        await self._database.run(sql.RETRY, asked)


def _has_waited(row: Row[Any], now: datetime) -> bool:
    return bool(now - row.created_at >= TOLD_TOGETHER_AFTER)


def _plan_id(row: Row[Any]) -> str | None:
    """Return the id of the ramp that an event is about, or a step of it has made."""
    of_event = row.request_id if row.kind in _OF_PLAN else None
    return str(one) if (one := row.plan_id or of_event) else None


def _is_outdated(
    row: Row[Any],
    rows: Sequence[Row[Any]],
    plans: Mapping[str, Plan | None],
    now: datetime,
) -> bool:
    """Return whether a notice has waited until it was not so any more."""
    if row.kind in PLAN_CHANGES:
        # After a while only the last change of a ramp is told.
        return _has_waited(row, now) and any(
            one.notice_id > row.notice_id
            and one.kind in _OF_PLAN
            and one.request_id == row.request_id
            and one.to_channel == row.to_channel
            for one in rows
        )
    if row.kind not in _KNOWN or topic_of(EventKind(row.kind)) is Topics.CHANGES:
        return False
    event = event_from(row)
    if event.kind in PLAN_DECISIONS:
        # What a newer version has made of the ramp is not known here.
        known = plans.get(event.request_id or "")
        return event.request_id not in plans or not (
            known is None or is_held_since(known, event)
        )
    watched = None
    if row.version is not None:
        watched = replace(watched_from(row), ramped=bool(row.ramped))
    return not still_holds(event, watched)


def _notice(
    rows: Sequence[Row[Any]], plans: Mapping[str, Plan | None], now: datetime
) -> Notice:
    """Return the first notice, with the others where it has waited for long."""
    first, *others = [_of_row(row, plans) for row in rows]
    if not _has_waited(rows[0], now) or first.kind not in CHANGES:
        return first
    return replace(first, later=tuple(one for one in others if one.kind in CHANGES))


def _of_row(row: Row[Any], plans: Mapping[str, Plan | None]) -> Notice:
    plan = plans.get(_plan_id(row) or "")
    watched = None if row.version is None else watched_from(row)
    seen = watched.seen if watched else None
    if seen is not None and seen.ref.submission_id != row.of_submission:
        seen = None
    return Notice(
        id=row.notice_id,
        place=Place(row.to_workspace, row.to_channel),
        event=event_from(row),
        app_name=row.app_name or (plan.app_name if plan else None),
        flight_name=row.flight_name or (plan.flight_name if plan else None),
        attempts=row.attempts,
        tried_before=row.tried_before,
        submission_id=row.of_submission,
        thread=row.ts or row.card_thread,
        read_to=row.read_to,
        mention=row.mention,
        plan=plan,
        step=_step(row),
        seen=seen.rollout if seen else None,
        seen_at=watched.looked_at if watched and seen else None,
    )


def _step(row: Row[Any]) -> SentStep | None:
    try:
        return read_step(json.loads(row.step_details or "{}"))
    except (KeyError, TypeError, ValueError):
        return None


def _these(told: Sequence[Notice], now: datetime, code: str | None) -> Values:
    return {"ids": [one.id for one in told], "now_at": now, "code": code}


def _board_of(notice: Notice) -> Values:
    return {
        **of_target(notice.event.target or Target("", "")),
        "of_workspace": notice.place.workspace,
        "of_channel": notice.place.channel,
        "of_submission": notice.submission_id,
    }
