"""What every command and every click is answered with."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import failures
from bot.domain.notifications import (
    PermanentNotificationError,
    RetryableNotificationError,
)
from bot.domain.outcomes import (
    AliasAdded,
    Aliases,
    AliasRemoved,
    AlreadyHandled,
    Cancelled,
    CommandOutcome,
    ConfirmationNeeded,
    Confirmed,
    Denial,
    Expired,
    Help,
    History,
    Misuse,
    NotAllowed,
    NothingToConfirm,
    Status,
    TargetStatus,
    UnknownAlias,
    Usage,
)
from bot.domain.requests import Alias, Person, Place, Request, RequestState
from bot.domain.failures import FailureDetail
from bot.domain.results import AlreadyDone, Done, Refused, Unavailable
from bot.domain.rollout import Change, RefusalReason, Rollout
from bot.domain.storage import StorageUnavailable
from bot.domain.submissions import App, Flight, Snapshot, Target
from bot.domain.verbs import Verb
from bot.service import RolloutService
from bot.service.aliases import MOST_ALIASES
from bot.service.queries import HISTORY_LENGTH
from bot.service.rollouts import LONGEST_REASON
from tests.fakes import (
    ANN,
    BETA,
    BOB,
    DRAFT_ID,
    FINAL,
    GOING,
    GUEST,
    HALTED,
    MAIL,
    NOON,
    PLACE,
    PLAIN,
    QUARTER,
    WAITING,
    FakeAliases,
    FakeDeliveries,
    FakeNotifier,
    FakeRequests,
    FakeStarter,
    FakeStore,
    Step,
    ref_of,
)

OTHER = Target("9WZDNCRFJ3TJ")
ELSEWHERE = Place("T1", "C2")
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)


@dataclass
class Stage:
    """The service on memories of a test, with a clock that the test can turn."""

    store: FakeStore = field(default_factory=FakeStore)
    aliases: FakeAliases = field(default_factory=FakeAliases)
    requests: FakeRequests = field(default_factory=FakeRequests)
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    starter: FakeStarter = field(default_factory=FakeStarter)
    notifier: FakeNotifier = field(default_factory=FakeNotifier)
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.service = RolloutService(
            store=self.store,
            aliases=self.aliases,
            requests=self.requests,
            deliveries=self.deliveries,
            starter=self.starter,
            notifier=self.notifier,
            confirm_for=QUARTER,
            clock=lambda: self.now,
        )

    async def say(
        self, text: str, person: Person = ANN, place: Place = PLACE
    ) -> CommandOutcome:
        return await self.service.answer(text, place, person)

    async def card(self, text: str = "halt mail crash on start") -> Request:
        """Ask for a change, and give the request of its card."""
        answer = await self.say(text)
        assert isinstance(answer, ConfirmationNeeded)
        await self.service.card_shown(answer.request.id, "1700.1")
        return self.requests.kept[answer.request.id]


@pytest.fixture
def stage() -> Stage:
    """Return a channel with the alias `mail` for an app with an open rollout."""
    stage = Stage()
    stage.store.publish(MAIL, pending_id=DRAFT_ID)
    stage.aliases.put("mail")
    return stage


@pytest.mark.parametrize("text", ["", "help"])
async def test_help_is_a_guide_with_this_channels_aliases(
    stage: Stage, text: str
) -> None:
    stage.aliases.put("chat", OTHER, ELSEWHERE)

    assert await stage.say(text) == Help((Alias("mail", MAIL, "Mail", None, "U1"),))


async def test_aliases_are_listed_by_name(stage: Stage) -> None:
    beta = stage.aliases.put("beta", BETA)

    answer = await stage.say("alias list")

    assert isinstance(answer, Aliases)
    assert [alias.name for alias in answer.aliases] == ["beta", "mail"]
    assert answer.aliases[0] == beta


@pytest.mark.parametrize(
    ("text", "change", "reason"),
    [
        ("halt mail crash on start", Change(Verb.HALT), "crash on start"),
        ("finalize mail", Change(Verb.FINALIZE), ""),
        ("set mail 40 % slowly", Change(Verb.SET, 40.0), "slowly"),
        ("halt", Change(Verb.HALT), ""),
    ],
)
async def test_a_change_needs_a_confirmation_and_sends_nothing(
    stage: Stage, text: str, change: Change, reason: str
) -> None:
    answer = await stage.say(text)

    assert isinstance(answer, ConfirmationNeeded)
    request = answer.request
    assert request == Request(
        id=request.id,
        place=PLACE,
        change=change,
        snapshot=Snapshot(
            ref_of(), "Mail", None, GOING, "Published", ("1.2.3.0",), DRAFT_ID
        ),
        asked_by="U1",
        reason=reason,
        asked_at=NOON,
        expires_at=NOON + QUARTER,
        alias="mail",
    )
    assert stage.requests.kept == {request.id: request}
    assert stage.store.writes == []
    assert stage.starter.carried == []


async def test_a_store_id_needs_no_alias(stage: Stage) -> None:
    answer = await stage.say(f"halt {MAIL.app_id.lower()}")

    assert isinstance(answer, ConfirmationNeeded)
    assert (answer.request.alias, answer.request.snapshot.ref) == (None, ref_of())


async def test_an_endless_reason_is_cut(stage: Stage) -> None:
    answer = await stage.say("halt mail " + "x" * 10_000)

    assert isinstance(answer, ConfirmationNeeded)
    assert len(answer.request.reason) == LONGEST_REASON


async def test_two_cards_have_two_ids(stage: Stage) -> None:
    assert (await stage.card()).id != (await stage.card()).id


@pytest.mark.parametrize(
    ("text", "rollout", "outcome"),
    [
        ("halt mail", HALTED, AlreadyDone(HALTED)),
        ("finalize mail", FINAL, AlreadyDone(FINAL)),
        ("set mail 25", GOING, AlreadyDone(GOING)),
        ("halt mail", FINAL, Refused(RefusalReason.COMPLETE, FINAL)),
        ("finalize mail", HALTED, Refused(RefusalReason.STOPPED, HALTED)),
        ("set mail 40", PLAIN, Refused(RefusalReason.NOT_IN_PROGRESS, PLAIN)),
        ("halt mail", WAITING, Refused(RefusalReason.NOT_PUBLISHED, WAITING)),
    ],
)
async def test_what_cannot_be_gets_no_card(
    stage: Stage, text: str, rollout: Rollout, outcome: CommandOutcome
) -> None:
    stage.store.rollouts[ref_of()] = rollout

    answer = await stage.say(text)

    assert isinstance(answer, NothingToConfirm)
    assert (answer.alias, answer.result) == ("mail", outcome)
    assert answer.snapshot is not None
    assert answer.snapshot.rollout == rollout
    assert stage.requests.kept == {}


async def test_a_store_that_is_away_gets_no_card(stage: Stage) -> None:
    stage.store.plan("get_rollout", Step(failures.UnavailableError("Away.")))

    answer = await stage.say("halt mail")

    assert isinstance(answer, NothingToConfirm)
    assert answer.result == Unavailable(FailureDetail("unavailable", "Away."))
    assert answer.snapshot is None
    assert stage.requests.kept == {}


async def test_an_unknown_alias_gets_no_card_and_no_look_at_the_store(
    stage: Stage,
) -> None:
    answer = await stage.say("halt mial crash")

    assert answer == UnknownAlias("mial", ("mail",), near=True)
    assert stage.store.calls == []


async def test_an_alias_typed_alone_is_taken_for_a_question(stage: Stage) -> None:
    stage.aliases.put("xyzzy", OTHER)

    assert await stage.say("xyzzy") == Usage(
        Misuse.UNKNOWN_VERB, "xyzzy", "status xyzzy"
    )
    assert await stage.say("plugh") == Usage(Misuse.UNKNOWN_VERB, "plugh")
    assert await stage.say("alias add") == Usage(Misuse.ALIAS_SYNTAX, "add")


async def test_status_shows_one_target_or_every_alias(stage: Stage) -> None:
    stage.aliases.put("beta", BETA)
    stage.store.publish(BETA, HALTED)

    everything = await stage.say("status")
    one = await stage.say("status MAIL")

    assert isinstance(everything, Status)
    assert isinstance(one, Status)
    assert [standing.alias for standing in everything.targets] == ["beta", "mail"]
    assert one.targets == everything.targets[1:]
    assert await stage.say("status xyzzy") == UnknownAlias("xyzzy", ("beta", "mail"))


async def test_status_of_a_channel_without_aliases_is_empty() -> None:
    assert await Stage().say("status") == Status(())


async def test_one_target_that_cannot_be_read_spoils_no_other(stage: Stage) -> None:
    stage.aliases.put("gone", OTHER)

    answer = await stage.say("status")

    assert isinstance(answer, Status)
    gone, mail = answer.targets
    assert isinstance(gone, TargetStatus)
    assert isinstance(gone.seen, Refused)
    assert isinstance(mail.seen, Snapshot)


@pytest.mark.parametrize(("number", "described"), [(5, 5), (6, 0)])
async def test_a_long_status_leaves_versions_out(number: int, described: int) -> None:
    stage = Stage()
    stage.store.publish()
    for index in range(number):
        stage.aliases.put(f"mail{index}")

    await stage.say("status")

    assert stage.store.names().count("get_submission") == described
    assert stage.store.names().count("get_rollout") == number


async def test_a_long_status_asks_the_store_about_a_few_at_a_time() -> None:
    stage = Stage(FakeStore(describing_takes=1.0))
    stage.store.publish()
    for index in range(5):
        stage.aliases.put(f"mail{index}")

    asking = asyncio.create_task(stage.say("status"))
    for _ in range(100):
        await asyncio.sleep(0)

    assert stage.store.names().count("get_app") == 4
    await asking
    assert stage.store.names().count("get_app") == 5


async def test_history_is_the_channels_own_newest_first(stage: Stage) -> None:
    stage.aliases.put("beta", BETA)
    stage.store.publish(BETA)
    cards = []
    for minute in range(HISTORY_LENGTH + 2):
        stage.now = NOON + timedelta(minutes=minute)
        cards.append(await stage.card("halt beta" if minute == 9 else "halt mail"))
    newest = list(reversed(cards))

    assert await stage.say("history") == History(tuple(newest[:HISTORY_LENGTH]))
    assert await stage.say("history BETA") == History((cards[9],), "beta")
    assert await stage.say("history", place=ELSEWHERE) == History(())
    assert await stage.say("history x") == UnknownAlias("x", ("beta", "mail"))


async def test_an_app_gets_a_name_after_a_look_into_the_store(stage: Stage) -> None:
    stage.store.apps[OTHER.app_id] = App(OTHER.app_id, "Chat", "115")

    answer = await stage.say(f"alias add Chat {OTHER.app_id}", BOB)

    alias = Alias("chat", OTHER, "Chat", None, "U2")
    assert answer == AliasAdded(alias, published=True)
    assert await stage.aliases.list_aliases(PLACE) == [
        alias,
        Alias("mail", MAIL, "Mail", None, "U1"),
    ]


@pytest.mark.parametrize(
    "flight", [BETA.flight_id, str(BETA.flight_id).upper(), "beta RING", "“Beta  ring”"]
)
async def test_a_flight_is_found_by_its_id_and_by_its_name(
    stage: Stage, flight: str
) -> None:
    stage.store.publish(BETA)

    answer = await stage.say(f"alias add beta {MAIL.app_id} flight {flight}")

    alias = Alias("beta", BETA, "Mail", "Beta ring", "U1")
    assert answer == AliasAdded(alias, published=True)


async def test_a_flight_without_a_publication_can_be_named_already(
    stage: Stage,
) -> None:
    stage.store.flights[MAIL.app_id] = [Flight("f-1", "New")]

    answer = await stage.say(f"alias add new {MAIL.app_id} flight new")

    assert isinstance(answer, AliasAdded)
    assert not answer.published


async def test_a_flight_that_cannot_be_told_is_answered_with_those_there_are(
    stage: Stage,
) -> None:
    twins = [Flight("f-1", "Twin"), Flight("f-2", "twin"), Flight("f-3", "Else")]
    stage.store.flights[MAIL.app_id] = twins
    add = f"alias add beta {MAIL.app_id} flight"

    assert await stage.say(f"{add} twin") == Refused(
        RefusalReason.NO_SUCH_FLIGHT, known=("Twin (f-1)", "twin (f-2)")
    )
    assert await stage.say(f"{add} gamma") == Refused(
        RefusalReason.NO_SUCH_FLIGHT, known=("Twin (f-1)", "twin (f-2)", "Else (f-3)")
    )


async def test_what_the_store_does_not_know_gets_no_name(stage: Stage) -> None:
    answer = await stage.say(f"alias add chat {OTHER.app_id}")

    assert isinstance(answer, Refused)
    assert answer.reason is RefusalReason.NOT_FOUND
    assert len(await stage.aliases.list_aliases(PLACE)) == 1


async def test_a_name_that_is_taken_is_not_given_away(stage: Stage) -> None:
    stage.store.apps[OTHER.app_id] = App(OTHER.app_id, "Chat", "115")
    stage.store.publish(BETA)
    add = "alias add mail"

    assert await stage.say(f"{add} {OTHER.app_id}") == Usage(
        Misuse.ALIAS_TAKEN, "Mail", "alias remove mail"
    )
    assert await stage.aliases.list_aliases(PLACE) == [
        Alias("mail", MAIL, "Mail", None, "U1")
    ]
    assert isinstance(await stage.say(f"{add} {MAIL.app_id}"), AliasAdded)
    await stage.say(f"alias add beta {MAIL.app_id} flight beta ring")
    assert await stage.say(f"alias add beta {MAIL.app_id}") == Usage(
        Misuse.ALIAS_TAKEN, "Mail / Beta ring", "alias remove beta"
    )


async def test_a_channel_has_room_for_so_many_aliases(stage: Stage) -> None:
    for number in range(MOST_ALIASES - 1):
        stage.aliases.put(f"m{number}")

    assert await stage.say(f"alias add more {MAIL.app_id}") == Usage(
        Misuse.TOO_MANY_ALIASES, str(MOST_ALIASES)
    )
    assert isinstance(await stage.say(f"alias add mail {MAIL.app_id}"), AliasAdded)
    await stage.say("alias remove mail")
    assert isinstance(await stage.say(f"alias add more {MAIL.app_id}"), AliasAdded)


async def test_an_alias_is_taken_away_once(stage: Stage) -> None:
    mail = Alias("mail", MAIL, "Mail", None, "U1")

    assert await stage.say("alias remove mial") == UnknownAlias(
        "mial", ("mail",), near=True
    )
    assert await stage.say("alias remove MAIL") == AliasRemoved(mail)
    assert await stage.say("alias remove mail") == UnknownAlias("mail")


@pytest.mark.parametrize(
    "text",
    [
        "halt mail",
        "finalize mail",
        "set mail 40",
        f"alias add x {MAIL.app_id}",
        "alias remove mail",
    ],
)
async def test_a_guest_may_not_change_anything(stage: Stage, text: str) -> None:
    assert await stage.say(text, GUEST) == DENIED
    assert stage.requests.kept == {}
    assert len(await stage.aliases.list_aliases(PLACE)) == 1


@pytest.mark.parametrize(
    "text", ["", "status", "history", "alias list", "xyzzy", "set"]
)
async def test_a_guest_may_look(stage: Stage, text: str) -> None:
    answer = await stage.say(text, GUEST)

    assert (answer == DENIED) == (text == "set")


async def test_one_click_confirms_and_says_who(stage: Stage) -> None:
    card = await stage.card()

    answer = await stage.service.confirm(card.id, "1700.1", PLACE, BOB)

    claimed = replace(
        card, state=RequestState.CONFIRMED, decided_by="U2", decided_at=NOON
    )
    assert answer == Confirmed(claimed)
    assert stage.store.writes == []


async def test_a_second_click_is_told_that_the_card_was_handled(stage: Stage) -> None:
    card = await stage.card()
    first = await stage.service.confirm(card.id, "1700.1", PLACE, ANN)
    assert isinstance(first, Confirmed)

    for click in (stage.service.confirm, stage.service.cancel):
        second = await click(card.id, "1700.1", PLACE, BOB)
        assert second == AlreadyHandled(first.request)


async def test_a_cancelled_card_cannot_be_confirmed(stage: Stage) -> None:
    card = await stage.card()

    cancelled = await stage.service.cancel(card.id, "1700.1", PLACE, BOB)

    assert isinstance(cancelled, Cancelled)
    assert cancelled.request.decided_by == "U2"
    assert await stage.service.confirm(card.id, "1700.1", PLACE, ANN) == AlreadyHandled(
        cancelled.request
    )


@pytest.mark.parametrize("verb", ["confirm", "cancel"])
async def test_a_click_after_the_time_expires_the_card(stage: Stage, verb: str) -> None:
    card = await stage.card()
    stage.now = NOON + QUARTER
    click = getattr(stage.service, verb)

    first = await click(card.id, "1700.9", PLACE, ANN)
    second = await click(card.id, "1700.9", PLACE, BOB)

    assert isinstance(first, Expired)
    assert (first.request.state, first.request.card) == (RequestState.EXPIRED, "1700.9")
    assert second == first
    assert stage.store.writes == []


async def test_a_clock_set_back_between_two_looks_loses_no_card(stage: Stage) -> None:
    card = await stage.card()
    times = iter([NOON + QUARTER, NOON])
    service = RolloutService(
        store=stage.store,
        aliases=stage.aliases,
        requests=stage.requests,
        deliveries=stage.deliveries,
        starter=stage.starter,
        notifier=stage.notifier,
        confirm_for=QUARTER,
        clock=lambda: next(times),
    )

    assert isinstance(await service.confirm(card.id, "1", PLACE, ANN), Expired)


async def test_a_card_of_nobody_is_said_to_be_unknown(stage: Stage) -> None:
    for click in (stage.service.confirm, stage.service.cancel):
        assert await click("r0", "1", PLACE, ANN) == Usage(Misuse.NO_SUCH_CARD)


async def test_a_guest_can_neither_confirm_nor_cancel(stage: Stage) -> None:
    card = await stage.card()

    for click in (stage.service.confirm, stage.service.cancel):
        assert await click(card.id, "1700.1", PLACE, GUEST) == DENIED
    assert stage.requests.kept[card.id].state is RequestState.PENDING


async def test_a_card_that_nobody_saw_is_taken_back(stage: Stage) -> None:
    card = await stage.card()

    assert await stage.service.card_failed(card.id)

    assert stage.requests.kept[card.id].state is RequestState.CANCELLED
    assert stage.requests.closed == {card.id}


async def test_a_card_that_was_pressed_cannot_be_taken_back(stage: Stage) -> None:
    card = await stage.card()
    await stage.service.confirm(card.id, "1700.1", PLACE, ANN)

    assert not await stage.service.card_failed(card.id)

    assert stage.requests.kept[card.id].state is RequestState.CONFIRMED
    assert stage.requests.closed == set()


async def test_a_card_that_ran_out_before_it_was_posted_is_no_trouble(
    stage: Stage,
) -> None:
    card = await stage.card()
    stage.now += QUARTER

    assert await stage.service.card_failed(card.id)


async def test_the_log_tells_who_asked_and_who_pressed_and_what_came_of_it(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot.service")
    card = await stage.card()
    await stage.service.confirm(card.id, "1700.1", PLACE, ANN)
    await stage.service.cancel(card.id, "1700.1", PLACE, GUEST)

    assert caplog.messages == [
        f"command of {ANN.user_id} in {PLACE.channel}: confirmation_needed",
        f"request {card.id}, click of {ANN.user_id}: confirmed",
        f"request {card.id}, click of {GUEST.user_id}: not_allowed.other_workspace",
    ]


async def test_the_work_starts_and_the_buttons_go(stage: Stage) -> None:
    card = await stage.card()

    await stage.service.proceed(card)

    assert (stage.starter.carried, stage.notifier.cards) == ([card], [card])


@pytest.mark.parametrize(
    "away",
    [RetryableNotificationError("Busy."), PermanentNotificationError("is_archived")],
)
async def test_the_work_starts_though_slack_is_away(
    stage: Stage, away: Exception
) -> None:
    card = await stage.card()
    stage.notifier.failure = away

    await stage.service.proceed(card)

    assert stage.starter.carried == [card]


async def test_the_work_starts_though_the_memory_goes_away(stage: Stage) -> None:
    card = await stage.card()
    stage.notifier.failure = StorageUnavailable("The database is away.")

    await stage.service.proceed(card)

    assert stage.starter.carried == [card]


async def test_work_that_cannot_be_started_is_no_secret(stage: Stage) -> None:
    card = await stage.card()
    stage.starter.failure = StorageUnavailable("The database is away.")

    with pytest.raises(StorageUnavailable):
        await stage.service.proceed(card)


async def test_a_slack_event_comes_first_once(stage: Stage) -> None:
    assert await stage.service.first_delivery("Ev1")
    assert not await stage.service.first_delivery("Ev1")


async def test_a_service_reads_the_time_itself() -> None:
    stage = Stage()
    stage.store.publish()
    service = RolloutService(
        store=stage.store,
        aliases=stage.aliases,
        requests=stage.requests,
        deliveries=stage.deliveries,
        starter=stage.starter,
        notifier=stage.notifier,
        confirm_for=QUARTER,
    )

    answer = await service.answer(f"halt {MAIL.app_id}", PLACE, ANN)

    assert isinstance(answer, ConfirmationNeeded)
    assert answer.request.asked_at.utcoffset() == timedelta(0)


WORDS = st.lists(
    st.sampled_from(
        "help status halt finalize set alias add remove list history mail xyzzy 40 % 0 "
        f"flight beta {MAIL.app_id} {OTHER.app_id} stop".split()
    )
    | st.text(max_size=5)
).map(" ".join)


@given(st.lists(WORDS, max_size=4), st.sampled_from([ANN, GUEST]))
@settings(max_examples=300, deadline=None)
def test_whatever_is_said_is_answered_and_nothing_is_sent(
    texts: list[str], person: Person
) -> None:
    stage = Stage()
    stage.store.publish(MAIL)
    stage.store.publish(BETA)
    stage.aliases.put("mail")

    async def talk() -> list[CommandOutcome]:
        return [await stage.say(text, person) for text in texts]

    answers = asyncio.run(talk())

    assert all(isinstance(answer, CommandOutcome) for answer in answers)
    assert stage.store.writes == []
    assert stage.starter.carried == []
    assert person is not GUEST or stage.requests.kept == {}


@pytest.mark.parametrize(
    ("minutes", "ended"), [(0, True), (1, True), (1, False)], ids=str
)
async def test_an_edit_that_came_late_is_followed_by_the_truth(
    stage: Stage, minutes: int, *, ended: bool
) -> None:
    card = await stage.card()
    confirmed = await stage.service.confirm(card.id, "1700.1", PLACE, ANN)
    assert isinstance(confirmed, Confirmed)
    shown = [confirmed.request]
    if ended:
        result = Done(GOING, HALTED)
        finished = await stage.requests.finish_request(card.id, result, stage.now)
        shown += [finished] * minutes
    stage.now += timedelta(minutes=minutes)

    await stage.service.proceed(confirmed.request)

    assert stage.notifier.cards == shown
