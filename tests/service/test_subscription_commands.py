"""What the commands about subscriptions are answered with, and what they change."""

from datetime import timedelta

import pytest

from bot.domain.channel_outcomes import AliasRemoved
from bot.domain.events import EventKind
from bot.domain.failures import FailureCode, FailureDetail, UnavailableError
from bot.domain.outcomes import (
    Denial,
    History,
    NotAllowed,
    Several,
)
from bot.domain.requests import MOST_ALIASES, Place
from bot.domain.results import Refused, Unavailable
from bot.domain.rollout import RefusalReason
from bot.domain.submissions import App, Target
from bot.domain.subscriptions import (
    NotSubscribed,
    Subscribed,
    Subscription,
    SubscriptionChange,
    Subscriptions,
    Unsubscribed,
)
from bot.domain.usage import Misuse, UnknownAlias, Usage
from bot.domain.watching import Topics
from tests.fakes import ANN, BETA, BOB, GUEST, MAIL, MAIN, NOON, QUARTER, Step
from tests.service.service_harness import ServiceHarness

CHAT = Target(MAIN, "9WZDNCRFJ3TJ")
GROUP = "<!subteam^S012|@release-team>"
DENIED = NotAllowed(Denial.OTHER_WORKSPACE)
LATER = NOON + QUARTER
BY_ALIAS = Subscription(
    *(MAIL, Topics.ALL, True, "U1", NOON),
    app_name="Mail",
    alias="mail",
)


@pytest.fixture
def chat(harness: ServiceHarness) -> ServiceHarness:
    """A quarter of an hour later, in an account with one more app."""
    harness.store.apps[CHAT.app_id] = App(CHAT.app_id, "Chat", "115")
    harness.now = LATER
    return harness


async def listed(chat: ServiceHarness) -> list[Subscription]:
    answer = await chat.say("subscribe")
    assert isinstance(answer, Subscriptions)
    return list(answer.subscriptions)


async def test_what_has_an_alias_is_followed_without_a_word(
    chat: ServiceHarness,
) -> None:
    assert await listed(chat) == [BY_ALIAS]


async def test_an_app_is_followed_without_a_name_after_a_look_into_the_store(
    chat: ServiceHarness,
) -> None:
    answer = await chat.say(f"subscribe {CHAT.app_id}", BOB)

    made = Subscription(CHAT, Topics.ALL, False, "U2", LATER, app_name="Chat")
    assert answer == Subscribed(made)
    assert await listed(chat) == [BY_ALIAS, made]


async def test_a_flight_is_followed_by_its_name(chat: ServiceHarness) -> None:
    chat.store.publish(BETA)

    answer = await chat.say(f"subscribe {MAIL.app_id} flight “beta  ring” attention")

    assert isinstance(answer, Subscribed)
    assert answer.now.target == BETA
    assert (answer.now.app_name, answer.now.flight_name) == ("Mail", "Beta ring")
    assert answer.now.topics is Topics.ATTENTION
    again = await chat.say("subscribe mail flight Beta ring")
    assert again == Subscribed(answer.now, answer.now)


@pytest.mark.parametrize("text", ["subscribe {}", "subscribe {} flight Nowhere"])
async def test_what_the_store_does_not_have_is_not_followed(
    chat: ServiceHarness, text: str
) -> None:
    app = MAIL.app_id if "flight" in text else "9NNOWHERE001"

    answer = await chat.say(text.format(app))

    assert isinstance(answer, Refused)
    assert await listed(chat) == [BY_ALIAS]
    if "flight" in text:
        assert answer.reason is RefusalReason.NO_SUCH_FLIGHT


async def test_an_app_that_cannot_be_read_is_not_followed(chat: ServiceHarness) -> None:
    away = UnavailableError(FailureDetail(FailureCode.TIMEOUT))
    chat.store.plan("get_app", Step(away))

    answer = await chat.say(f"subscribe {CHAT.app_id}")

    assert isinstance(answer, Unavailable)
    assert await listed(chat) == [BY_ALIAS]


async def test_topics_and_group_are_set_and_the_answer_knows_what_was_before(
    chat: ServiceHarness,
) -> None:
    answer = await chat.say(f"subscribe mail attention mention {GROUP}", BOB)

    now = Subscription(
        *(MAIL, Topics.ATTENTION, False, "U2", LATER, "S012", "Mail"),
        alias="mail",
    )
    assert answer == Subscribed(now, BY_ALIAS)
    assert await listed(chat) == [now]
    # What is not named stays as it is.
    other = await chat.say("subscribe mail all")
    assert isinstance(other, Subscribed)
    assert other.before == now
    assert (other.now.topics, other.now.mention) == (Topics.ALL, "S012")
    ended = await chat.say("subscribe mail mention none")
    assert isinstance(ended, Subscribed)
    assert ended.now.mention is None


async def test_a_second_time_nothing_changes_and_nothing_is_recorded(
    chat: ServiceHarness,
) -> None:
    first = await chat.say("subscribe mail changes")
    chat.now += timedelta(hours=1)

    again = await chat.say("subscribe mail changes", BOB)

    assert isinstance(first, Subscribed)
    assert again == Subscribed(first.now, first.now)
    assert await chat.say("subscribe mail") == again
    assert len(chat.events_of(EventKind.SUBSCRIBED)) == 1


async def test_whoever_subscribes_to_an_alias_wants_it_without_the_alias_too(
    chat: ServiceHarness,
) -> None:
    answer = await chat.say("subscribe mail")

    assert isinstance(answer, Subscribed)
    assert answer.before == BY_ALIAS
    assert not answer.now.by_alias


async def test_an_alias_keeps_its_app_in_the_channel_which_is_told_nothing(
    chat: ServiceHarness,
) -> None:
    answer = await chat.say("unsubscribe mail", BOB)

    assert answer == Unsubscribed(BY_ALIAS)
    [left] = await listed(chat)
    assert (left.topics, left.by_alias, left.added_by) == (Topics.NONE, True, "U2")
    assert await chat.say("unsubscribe mail") == Unsubscribed(left, already=True)
    back = await chat.say("subscribe mail")
    assert isinstance(back, Subscribed)
    assert back.now.topics is Topics.ALL


async def test_what_has_no_alias_goes_with_its_subscription(
    chat: ServiceHarness,
) -> None:
    followed = await chat.say(f"subscribe {CHAT.app_id}")
    assert isinstance(followed, Subscribed)

    answer = await chat.say("unsubscribe Chat")

    assert answer == Unsubscribed(followed.now)
    assert await listed(chat) == [BY_ALIAS]
    assert await chat.say(f"unsubscribe {CHAT.app_id}") == NotSubscribed(CHAT.app_id)
    assert isinstance(await chat.say("unsubscribe Chat"), UnknownAlias)


async def test_several_apps_are_answered_one_by_one(chat: ServiceHarness) -> None:
    chat.aliases.put("chat", CHAT)

    answer = await chat.say("subscribe all attention")

    assert isinstance(answer, Several)
    assert [type(each) for each in answer.answers] == [Subscribed, Subscribed]
    assert {one.topics for one in await listed(chat)} == {Topics.ATTENTION}
    assert isinstance(await chat.say("unsubscribe mail, chat"), Several)
    assert {one.topics for one in await listed(chat)} == {Topics.NONE}


async def test_the_last_alias_ends_what_it_follows(chat: ServiceHarness) -> None:
    post = chat.aliases.put("post")
    assert await chat.say("alias remove post") == AliasRemoved(post)
    assert await listed(chat) == [BY_ALIAS]

    await chat.say("unsubscribe mail")
    removed = await chat.say("alias remove mail")

    assert isinstance(removed, AliasRemoved)
    assert removed.followed is None
    assert await listed(chat) == []
    chat.aliases.put("mail")
    assert [one.topics for one in await listed(chat)] == [Topics.ALL]


async def test_what_somebody_has_subscribed_to_stays_without_its_alias(
    chat: ServiceHarness,
) -> None:
    post = chat.aliases.put("post")
    await chat.say("subscribe mail changes", BOB)

    # One alias is left.
    assert await chat.say("alias remove post") == AliasRemoved(post)
    removed = await chat.say("alias remove mail")

    assert isinstance(removed, AliasRemoved)
    assert removed.followed is not None
    assert removed.followed.added_by == "U2"
    [left] = await listed(chat)
    assert (left.alias, left.topics, left.app_name) == (None, Topics.CHANGES, "Mail")


async def test_a_channel_follows_as_many_apps_as_it_may_have_aliases(
    chat: ServiceHarness,
) -> None:
    for number in range(MOST_ALIASES - 1):
        target = Target(MAIN, f"9NAPP{number:07}")
        chat.aliases.put(f"app{number}", target)

    answer = await chat.say(f"subscribe {CHAT.app_id}")

    assert answer == Usage(Misuse.TOO_MANY_SUBSCRIPTIONS, str(MOST_ALIASES))
    assert isinstance(await chat.say("subscribe mail changes"), Subscribed)


async def test_history_shows_who_subscribed_and_who_ended_it(
    chat: ServiceHarness,
) -> None:
    await chat.say(f"subscribe mail attention mention {GROUP}", BOB)
    chat.now += timedelta(minutes=1)
    await chat.say("unsubscribe mail")

    history = await chat.say("history mail")

    assert isinstance(history, History)
    assert history.entries[:2] == (
        SubscriptionChange(
            *(EventKind.UNSUBSCRIBED, MAIL, Topics.NONE, chat.now, "U1"),
            alias="mail",
            app_name="Mail",
        ),
        SubscriptionChange(
            *(EventKind.SUBSCRIBED, MAIL, Topics.ATTENTION, LATER, "U2"),
            mention="S012",
            alias="mail",
            app_name="Mail",
        ),
    )


@pytest.mark.parametrize("text", ["subscribe mail changes", "unsubscribe mail"])
async def test_a_guest_changes_nothing_and_the_attempt_is_recorded(
    chat: ServiceHarness, text: str
) -> None:
    assert await chat.say(text, GUEST) == DENIED
    assert await listed(chat) == [BY_ALIAS]
    [refused] = chat.events_of(EventKind.REFUSED)
    assert refused.details["action"] == "subscribe"


async def test_a_guest_sees_what_has_an_alias_and_nothing_else(
    chat: ServiceHarness,
) -> None:
    await chat.say(f"subscribe {CHAT.app_id}")

    answer = await chat.say("subscribe", GUEST)

    assert answer == Subscriptions((BY_ALIAS,))


async def test_another_channel_follows_for_itself(chat: ServiceHarness) -> None:
    await chat.say(f"subscribe {CHAT.app_id}")

    answer = await chat.say("subscribe", place=Place("T1", "C2"))

    assert answer == Subscriptions(())


async def test_what_another_has_changed_meanwhile_is_read_again(
    chat: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = chat.repositories.subscriptions
    put = repository.put_subscription
    late: list[object] = []

    async def put_after_another(*arguments: object) -> bool:
        if not late:
            late.append(arguments)
            await chat.say("subscribe mail changes", BOB)
        return await put(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(repository, "put_subscription", put_after_another)

    answer = await chat.say(f"subscribe mail mention {GROUP}", ANN)

    assert isinstance(answer, Subscribed)
    assert answer.before is not None
    assert answer.before.topics is Topics.CHANGES
    assert (answer.now.topics, answer.now.mention) == (Topics.CHANGES, "S012")


async def test_an_end_that_another_s_wish_has_overtaken_ends_that_wish_too(
    chat: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = chat.repositories.subscriptions
    put = repository.put_subscription
    late: list[object] = []

    async def put_after_another(*arguments: object) -> bool:
        if not late:
            late.append(arguments)
            await chat.say("subscribe mail changes", BOB)
        return await put(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(repository, "put_subscription", put_after_another)

    answer = await chat.say("unsubscribe mail", ANN)

    assert isinstance(answer, Unsubscribed)
    assert not answer.already
    assert (answer.before.topics, answer.before.added_by) == (Topics.CHANGES, "U2")
    [left] = await listed(chat)
    assert (left.topics, left.added_by) == (Topics.NONE, "U1")


async def test_of_two_who_end_the_same_at_once_the_second_finds_it_ended(
    chat: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.say(f"subscribe {CHAT.app_id}")
    repository = chat.repositories.subscriptions
    remove = repository.remove_subscription
    first: list[object] = []

    async def remove_after_another(*arguments: object) -> bool:
        if not first:
            first.append(arguments)
            first.append(await chat.say(f"unsubscribe {CHAT.app_id}", BOB))
        return await remove(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(repository, "remove_subscription", remove_after_another)

    answer = await chat.say(f"unsubscribe {CHAT.app_id}", ANN)

    assert isinstance(first[1], Unsubscribed)
    assert answer == NotSubscribed(CHAT.app_id)
    assert len(chat.events_of(EventKind.UNSUBSCRIBED)) == 1
