"""What every event repository promises: the history of a channel, newest first."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta

from bot.domain.events import (
    AliasChange,
    Event,
    EventKind,
    action_refused,
    request_asked,
)
from bot.domain.history import Entry
from bot.domain.notices import topic_of
from bot.domain.permission import Action
from bot.domain.reminders import Reminder, reminder_event
from bot.domain.requests import Alias, Asker, Place, Request, RequestState
from bot.domain.submissions import Target
from bot.domain.watching import Topics, WatchedTarget, change_event
from tests.db.sample_requests import (
    ANN,
    APP,
    BOB,
    CHANNEL,
    DONE,
    FLIGHT,
    LATER,
    NOON,
    ROLLOUT,
    UNKNOWN,
    AllRepositories,
    cancel,
    operation,
    press,
    request,
)

OTHER = Target("main", "9WZDNCRFJ3TJ")


def names(entries: Sequence[Entry]) -> list[str]:
    """Name each entry: a request by its id, a change of an alias by its name."""
    return [
        one.id
        if isinstance(one, Request)
        else one.alias.name
        if isinstance(one, AliasChange)
        else str(one.target)
        for one in entries
    ]


async def test_history_is_the_channels_own_newest_first(
    repositories: AllRepositories,
) -> None:
    for number, target in enumerate((APP, FLIGHT, APP, OTHER)):
        await repositories.requests.add_request(request(number, target))
    elsewhere = replace(request(9), place=Place("T1", "C2"))
    other_workspace = replace(request(10), place=Place("T2", "C1"))
    await repositories.requests.add_request(elsewhere)
    await repositories.requests.add_request(other_workspace)

    async def ids(target: Target | None, limit: int = 10) -> list[str]:
        page = await repositories.events.list_history(CHANNEL, target, limit)
        assert page.unread == 0
        return names(page.entries)

    assert await ids(None) == ["r3", "r2", "r1", "r0"]
    assert await ids(None, 2) == ["r3", "r2"]
    assert await ids(APP) == ["r2", "r0"]
    assert await ids(APP, 1) == ["r2"]
    assert await ids(FLIGHT) == ["r1"]
    assert await ids(OTHER) == ["r3"]
    assert await ids(replace(FLIGHT, flight_id="f-2")) == []
    assert await ids(replace(APP, account="second")) == []


async def test_an_empty_history_is_an_empty_page(repositories: AllRepositories) -> None:
    page = await repositories.events.list_history(CHANNEL, None, 10)

    assert (page.entries, page.unread) == ((), 0)


async def test_requests_and_changes_of_aliases_stand_side_by_side(
    repositories: AllRepositories,
) -> None:
    mail = Alias("mail", APP, "Mail", None, "U1")
    beta = Alias("beta", FLIGHT, "Mail", "Beta ring", "U1")
    await repositories.aliases.add_alias(CHANNEL, mail, NOON)
    await repositories.requests.add_request(request(1))
    await repositories.aliases.add_alias(CHANNEL, beta, NOON + timedelta(seconds=1))
    await repositories.requests.add_request(request(2, FLIGHT))
    await repositories.aliases.remove_alias(CHANNEL, "mail", "U2", LATER)

    async def found(target: Target | None) -> list[str]:
        page = await repositories.events.list_history(CHANNEL, target, 10)
        return names(page.entries)

    assert await found(None) == ["mail", "r2", "beta", "r1", "mail"]
    assert await found(APP) == ["mail", "r1", "mail"]
    assert await found(FLIGHT) == ["r2", "beta"]


async def test_the_history_shows_every_request_as_it_stands(
    repositories: AllRepositories,
) -> None:
    requests, operations = repositories.requests, repositories.operations
    for number in range(7):
        required = 2 if number == 6 else 1
        asked = replace(request(number), approvals_required=required)
        await requests.add_request(asked)
    await cancel(repositories, 1)
    await requests.cancel_request("r2", None, None, NOON)
    await requests.expire_request("r3", LATER)
    await press(repositories, 4)
    await operations.begin_attempt(operation("r4"), NOON)
    await operations.begin_attempt(operation("r4", 1), NOON)
    await press(repositories, 5)
    await operations.begin_attempt(operation("r5"), NOON)
    await operations.finish_operation(
        operation("r5"), UNKNOWN, NOON + timedelta(minutes=1)
    )
    await operations.finish_operation(operation("r5"), DONE, LATER)
    await press(repositories, 6, ANN)

    page = await repositories.events.list_history(CHANNEL, None, 10)

    # What ended last comes first.
    assert names(page.entries) == ["r5", "r3", "r6", "r4", "r2", "r1", "r0"]
    for shown in page.entries:
        assert isinstance(shown, Request)
        stored = await requests.get_request(shown.id)
        assert stored is not None
        # The events know nothing of Slack's message.
        assert shown == replace(stored, card=None)
    await press(repositories, 6, BOB)
    [newest] = (await repositories.events.list_history(CHANNEL, None, 1)).entries
    assert isinstance(newest, Request)
    assert (newest.state, newest.decided_by) == (RequestState.AUTHORISED, "U3")


async def test_a_later_step_does_not_move_a_request_in_the_history(
    repositories: AllRepositories,
) -> None:
    await repositories.requests.add_request(request(1))
    await repositories.requests.add_request(request(2))
    await press(repositories, 1)

    page = await repositories.events.list_history(CHANNEL, None, 10)

    assert names(page.entries) == ["r2", "r1"]


async def test_a_refused_action_is_no_entry_of_the_history(
    repositories: AllRepositories,
) -> None:
    await repositories.requests.add_request(request())
    asker = Asker(ANN, CHANNEL, NOON)

    await repositories.events.add_event(
        action_refused(Action.ASK, "other_workspace", asker, target=APP)
    )
    await repositories.events.add_event(
        action_refused(Action.APPROVE, "other_workspace", asker, request_id="r1")
    )

    page = await repositories.events.list_history(CHANNEL, None, 10)
    assert (page.entries, page.unread) == ((request(),), 0)


async def test_what_a_newer_bot_wrote_is_counted_and_hides_nothing(
    repositories: AllRepositories,
) -> None:
    requests, events = repositories.requests, repositories.events
    await requests.add_request(request(0))
    verb = request_asked(request(1))
    details = {**verb.details, "change": {"verb": "ramp", "percentage": None}}
    await events.add_event(replace(verb, details=details))
    field = request_asked(request(2))
    snapshot = {**asdict(request().snapshot), "channel": "retail"}
    await events.add_event(
        replace(field, details={**field.details, "snapshot": snapshot})
    )
    alias = Event(EventKind.ALIAS_ADDED, NOON, CHANNEL, APP, "U1", alias="mail")
    await events.add_event(alias)
    await requests.add_request(request(3))
    await press(repositories, 3)
    result = Event(
        EventKind.ENDED,
        NOON,
        target=APP,
        request_id="r3",
        operation_id="r3",
        details={"result": {"code": "ramped"}},
    )
    await events.add_event(result)
    await requests.add_request(request(4))

    page = await events.list_history(CHANNEL, None, 10)

    assert names(page.entries) == ["r4", "r0"]
    assert page.unread == 4


async def test_what_cannot_be_read_counts_towards_the_limit(
    repositories: AllRepositories,
) -> None:
    await repositories.requests.add_request(request(0))
    asked = request_asked(request(1))
    await repositories.events.add_event(replace(asked, details={}))

    page = await repositories.events.list_history(CHANNEL, None, 1)

    assert (page.entries, page.unread) == ((), 1)


def seen_change(number: int, target: Target = APP) -> Event:
    """Return the event of a percentage that was changed in Partner Center."""
    snapshot = replace(request(0, target).snapshot, rollout=ROLLOUT)
    raised = replace(snapshot, rollout=replace(ROLLOUT, percentage=30.0 + number))
    watched = WatchedTarget(target, number, snapshot, NOON)
    at = NOON + timedelta(minutes=number)
    return change_event(EventKind.PERCENTAGE_CHANGED, watched, raised, at)


async def test_the_changes_of_a_target_are_listed_newest_first(
    repositories: AllRepositories,
) -> None:
    for number, target in enumerate((APP, FLIGHT, APP, OTHER, APP)):
        await repositories.events.add_event(seen_change(number, target))

    async def found(target: Target, limit: int = 10) -> list[float]:
        log = await repositories.events.list_changes(CHANNEL, target, limit)
        assert log.unread == 0
        assert all(one.target == target for one in log.elsewhere)
        assert {one.submission_id for one in log.changes} <= {"1152921505694"}
        return [one.change.after.percentage for one in log.changes if one.change.after]

    assert await found(APP) == [34, 32, 30]
    assert await found(APP, 2) == [34, 32]
    assert await found(FLIGHT) == [31]
    assert await found(OTHER) == [33]
    assert await found(replace(APP, account="second")) == []


async def test_changes_say_which_of_them_a_request_of_the_channel_has_brought(
    repositories: AllRepositories,
) -> None:
    there = Place("T1", "C2")
    await repositories.requests.add_request(request(1))
    await repositories.requests.add_request(replace(request(2), place=there))
    other_workspace = Place("T2", "C1")
    for number in (1, 2):
        await press(repositories, number)
        await repositories.operations.finish_operation(
            operation(f"r{number}"), DONE, NOON + timedelta(minutes=number)
        )
    await repositories.events.add_event(seen_change(3))

    async def found(place: Place) -> list[bool]:
        log = await repositories.events.list_changes(place, APP, 10)
        assert [one.change.by_bot for one in log.changes] == [False, True, True]
        assert [one.change.actor for one in log.changes] == [None, "U2", "U2"]
        assert {one.submission_id for one in log.changes} == {"1152921505694"}
        return [one.asked_here for one in log.changes]

    assert await found(CHANNEL) == [False, False, True]
    assert await found(there) == [False, True, False]
    assert await found(other_workspace) == [False, False, False]


async def test_what_a_look_has_found_of_a_request_is_a_change_by_its_channel(
    repositories: AllRepositories,
) -> None:
    await repositories.requests.add_request(request(1))
    await press(repositories, 1)
    await repositories.operations.finish_operation(operation("r1"), UNKNOWN, NOON)
    found = replace(seen_change(1), operation_id="r1", actor="U2")
    await repositories.events.add_event(found)

    log = await repositories.events.list_changes(CHANNEL, APP, 10)

    [change] = log.changes
    assert change.asked_here
    assert log.elsewhere == ()


async def test_reminders_and_outcomes_without_effect_are_no_changes(
    repositories: AllRepositories,
) -> None:
    snapshot = request(0).snapshot
    watched = WatchedTarget(APP, 1, snapshot, NOON, NOON, failing_since=NOON)
    for kind in EventKind:
        if topic_of(kind) is Topics.ATTENTION:
            reminder = Reminder(kind, NOON, f"{kind}/1")
            event = reminder_event(reminder, watched, NOON)
            await repositories.events.add_event(event)
    await repositories.requests.add_request(request(1))
    await press(repositories, 1)
    await repositories.operations.finish_operation(operation("r1"), UNKNOWN, NOON)

    log = await repositories.events.list_changes(CHANNEL, APP, 10)

    assert (log.changes, log.unread) == ((), 0)


async def test_changes_that_a_newer_bot_wrote_are_counted_and_hide_nothing(
    repositories: AllRepositories,
) -> None:
    await repositories.events.add_event(seen_change(1))
    newer = replace(seen_change(2), details={"after": {"state": "new"}})
    await repositories.events.add_event(newer)

    log = await repositories.events.list_changes(CHANNEL, APP, 10)

    assert (len(log.changes), log.unread) == (1, 1)
