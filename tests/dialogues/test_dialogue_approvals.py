"""Changes that need a second person: who may press, who may not, and what ends them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.db.events import EVENTS
from bot.domain.events import EventKind
from bot.domain.requests import EndReason, RequestState
from bot.domain.rules import NO_RULE, Rule, SecondPerson
from bot.sandbox.server import Sandbox
from bot.sandbox.store.seed import MAIL, MAIL_INSIDERS
from bot.slack.ids import REASON_BLOCK
from tests.dialogues.conversation import Conversation
from tests.dialogues.under_rules import (
    APPROVE,
    APPROVE_SET,
    DEE,
    FINALIZE,
    MANAGERS,
    agree,
    ask,
    in_one_time,
    new_url,
)
from tests.slack_users import (
    ANN,
    BEN,
    GIL,
    IN_GAMES,
    IN_MAIL,
    labels,
    texts,
    words,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALWAYS = Rule(finalize=SecondPerson.YES, set=SecondPerson.YES)
AFTER_TEN = Rule(finalize=SecondPerson.ALONE_AFTER_10_MINUTES)
LISTED = Rule(groups=(MANAGERS,), finalize=SecondPerson.YES)
COMPLETE = "PackageRolloutComplete"
WHY = "Nobody else is awake"
ALL_EVENTS = select(EVENTS).order_by(EVENTS.c.id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    sandbox: Sandbox, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Conversation]:
    """The bot, for as long as the module's tests run, in the sandbox's time."""
    url = new_url(sqlite_template, tmp_path_factory.mktemp("bot"))
    async with in_one_time(sandbox, url) as conversation:
        yield conversation


async def test_the_card_says_what_it_needs_and_another_person_gives_it(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)

    shown = texts(chat.card())
    assert "Finalize rollout? Contoso Mail" in shown
    assert "*Needs one more person, not <@U0ANN>* · until" in shown
    assert "Can approve: everybody in this channel but <@U0ANN>" in shown
    assert "Confirm until" not in shown
    assert labels(chat.card()) == [APPROVE, "Decline"]
    request = await chat.ending()
    assert (request.expires_at - request.asked_at).total_seconds() == 8 * 3600

    await chat.press(ANN, APPROVE)
    told = chat.told(ANN)[-1]
    assert "you have asked for this yourself" in told
    assert "A halt is open to you all the same: `/rollout halt mail`" in told
    assert "This is by the rule of this app: `/rollout rules mail`" in told
    assert chat.writes() == []
    assert labels(chat.card()) == [APPROVE, "Decline"]

    await chat.press(BEN, APPROVE)
    assert chat.rollout(MAIL).status == COMPLETE
    [told] = chat.thread()
    assert "Confirmed by <@U0BEN>" in told
    assert "alone" not in told


async def test_a_set_has_a_button_of_its_own(chat: Conversation) -> None:
    await ask(chat, ALWAYS, "/rollout set mail 40% all is well")

    assert labels(chat.card()) == [APPROVE_SET, "Decline"]
    await chat.press(BEN, APPROVE_SET)
    assert chat.rollout(MAIL).percentage == 40


async def test_those_who_may_are_named_and_not_notified_by_the_card(
    chat: Conversation,
) -> None:
    rule = replace(LISTED, people=(DEE,))
    chat.slack.pings.clear()
    await ask(chat, rule)

    assert "Can approve: Dee Novak, @release-managers" in texts(chat.card())
    mentioned = {ping.mention for ping in chat.slack.pings}
    assert mentioned == {f"<@{ANN}>"}


async def test_who_is_not_listed_is_told_who_is(chat: Conversation) -> None:
    await ask(chat, Rule(groups=(MANAGERS,)))
    assert "Can be confirmed by: @release-managers" in texts(chat.card())
    assert labels(chat.card()) == ["Finalize rollout", "Cancel"]

    await chat.press(DEE, "Finalize rollout")

    told = chat.told(DEE)[-1]
    assert "you are not among those who may confirm this" in told
    assert f"<!subteam^{MANAGERS}>" in told
    assert chat.writes() == []
    await chat.press(BEN, "Finalize rollout")
    assert chat.rollout(MAIL).status == COMPLETE


async def test_who_leaves_the_group_between_two_presses_is_refused(
    chat: Conversation,
) -> None:
    await ask(chat, LISTED, "/rollout set mail 40% all is well")
    await chat.press(BEN, "Set to 40 %")
    await chat.say(ANN, FINALIZE)
    chat.slack.directory_actions.change_group_member(MANAGERS, BEN, member=False)
    await chat.slack.settle()

    await chat.press(BEN, APPROVE)

    assert "you are not among those" in chat.told(BEN)[-1]
    assert len(chat.writes()) == 1
    chat.slack.directory_actions.change_group_member(MANAGERS, ANN, member=False)
    await chat.slack.settle()
    await chat.press(ANN, APPROVE)
    # Nobody is left in the group, and a halt needs nobody.
    await chat.say(DEE, "/rollout halt mail")
    await chat.press(DEE, "Halt rollout")
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"


async def test_a_person_whose_account_is_off_confirms_nothing(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)
    card = chat.card()
    chat.slack.directory_actions.change_person(BEN, deactivated=True)
    await chat.slack.settle()

    await chat.press_on(BEN, card, APPROVE)
    await chat.quiet()

    assert "this account is deactivated" in chat.told(BEN)[-1]
    assert chat.writes() == []


async def test_a_person_who_has_left_the_channel_confirms_nothing(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)
    card = chat.card()
    chat.slack.directory_actions.change_member(IN_MAIL, BEN, member=False)
    await chat.slack.settle()

    await chat.press_on(BEN, card, APPROVE)
    await chat.quiet()

    assert chat.writes() == []
    chat.slack.directory_actions.change_member(IN_MAIL, BEN, member=True)
    await chat.slack.settle()
    assert "you are not in this channel" in chat.told(BEN)[-1]
    await chat.press(BEN, APPROVE)
    assert chat.rollout(MAIL).status == COMPLETE


async def test_a_halt_under_the_strictest_rules_asks_slack_for_nobody(
    chat: Conversation,
) -> None:
    await ask(chat, replace(LISTED, reason_required=True))
    chat.slack.directory_actions.change_group_member(MANAGERS, BEN, member=False)
    chat.slack.directory_actions.change_group_member(MANAGERS, ANN, member=False)
    await chat.say(ANN, "/rollout lock all freeze")
    await chat.slack.settle()
    before = len(chat.slack.calls())

    await chat.say(BEN, "/rollout halt mail")
    await chat.press(BEN, "Halt rollout")

    assert chat.rollout(MAIL).status == "PackageRolloutStopped"
    assert len(chat.writes()) == 1
    looked_up = {
        *("users.info", "conversations.members"),
        *("usergroups.list", "usergroups.users.list"),
    }
    assert not looked_up & {call.method for call in chat.slack.calls()[before:]}


async def test_a_person_of_another_company_confirms_nothing(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout alias add mail {MAIL}", IN_GAMES)
    await agree(chat, ALWAYS)
    await chat.say(ANN, FINALIZE, IN_GAMES)

    await chat.press(GIL, APPROVE, IN_GAMES)

    assert "Only members" in chat.told(GIL, IN_GAMES)[-1]
    assert chat.writes() == []


@pytest.mark.parametrize("free", [True, False])
async def test_where_slack_does_not_say_who_may_a_halt_goes_on(
    chat: Conversation, free: bool
) -> None:
    await ask(chat, LISTED)
    chat.slack.directory_actions.change_group_member(MANAGERS, DEE, member=True)
    await chat.slack.settle()
    if free:
        chat.slack.directory_actions.change_plan(free=True)
    else:
        chat.slack.arm("usergroups.users.list", "internal_error", times=50)

    await chat.press(BEN, APPROVE)

    told = chat.told(BEN)[-1]
    expected = "Slack plan has none any more" if free else "Slack did not tell me"
    assert "Nothing was done" in told
    assert expected in told
    assert "A halt is open to you all the same" in told
    assert chat.writes() == []
    before = len(chat.slack.calls("usergroups.users.list"))
    await chat.say(BEN, "/rollout halt mail")
    await chat.press(BEN, "Halt rollout")
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"
    assert len(chat.slack.calls("usergroups.users.list")) == before


async def test_the_asker_alone_waits_says_why_and_is_recorded_as_alone(
    chat: Conversation,
) -> None:
    await ask(chat, AFTER_TEN)
    assert "<@U0ANN> can do it alone from" in texts(chat.card())
    await chat.press(ANN, APPROVE)
    assert "You can do it alone from" in chat.told(ANN)[-1]
    assert chat.slack.modal(ANN) is None
    chat.clock.forward(10.1)

    await chat.press(ANN, APPROVE)
    form = chat.slack.modal(ANN)
    assert form is not None
    assert "Nobody else has approved this" in texts(form.body)
    assert await chat.slack.submit(ANN, **{REASON_BLOCK: "  "}) != {}
    assert chat.writes() == []
    assert await chat.slack.submit(ANN, **{REASON_BLOCK: WHY}) == {}
    await chat.quiet()

    assert chat.rollout(MAIL).status == COMPLETE
    alone = f"<@U0ANN> did this *alone*, without a second person: {WHY}"
    assert alone in chat.thread()[0]
    assert alone in texts(chat.card())
    await chat.say(BEN, "/rollout history")
    assert alone in chat.told(BEN)[-1]
    request = await chat.ending()
    assert request.alone_reason == WHY


async def test_a_form_that_is_submitted_after_another_press_does_nothing_more(
    chat: Conversation,
) -> None:
    await ask(chat, AFTER_TEN)
    chat.clock.forward(10.1)
    await chat.press(ANN, APPROVE)
    await chat.press(BEN, APPROVE)

    await chat.slack.submit(ANN, **{REASON_BLOCK: WHY})
    await chat.quiet()

    assert len(chat.writes()) == 1
    request = await chat.ending()
    assert (request.decided_by, request.alone_reason) == (BEN, None)
    assert "confirmed this already" in chat.told(ANN)[-1]


async def test_whoever_may_confirm_may_decline(chat: Conversation) -> None:
    await ask(chat, LISTED)
    await chat.press(DEE, "Decline")
    assert "you are not among those" in chat.told(DEE)[-1]
    assert labels(chat.card()) == [APPROVE, "Decline"]

    await chat.press(BEN, "Decline")

    assert "<@U0BEN> declined this" in texts(chat.card())
    assert labels(chat.card()) == []
    await chat.say(ANN, "/rollout history")
    assert "<@U0BEN> declined." in chat.told(ANN)[-1]


async def test_the_asker_takes_it_back(chat: Conversation) -> None:
    await ask(chat, LISTED)

    await chat.press(ANN, "Decline")

    assert "<@U0ANN> cancelled this" in texts(chat.card())


async def test_a_rule_that_the_asker_loosens_counts_as_it_was(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)
    await agree(chat, NO_RULE, 2)

    await chat.press(ANN, APPROVE)

    told = chat.told(ANN)[-1]
    assert "you have asked for this yourself" in told
    assert "the rule that held when it was asked for" in told
    assert chat.writes() == []


async def test_a_rule_that_is_tightened_after_asking_counts(
    chat: Conversation,
) -> None:
    await ask(chat, NO_RULE)
    assert labels(chat.card()) == ["Finalize rollout", "Cancel"]
    await agree(chat, ALWAYS, 2)

    await chat.press(ANN, "Finalize rollout")

    assert "you have asked for this yourself" in chat.told(ANN)[-1]
    assert chat.writes() == []
    await chat.press(BEN, "Finalize rollout")
    assert chat.rollout(MAIL).status == COMPLETE


async def test_what_wants_a_reason_names_the_command_that_has_one(
    chat: Conversation,
) -> None:
    await ask(chat, Rule(reason_required=True), "/rollout set mail 40%")

    assert "`/rollout set mail 40% REASON`" in chat.told(ANN)[-1]
    assert chat.cards() == []
    await chat.say(ANN, "/rollout set mail 40% all is well")
    assert labels(chat.card()) == ["Set to 40 %", "Cancel"]


async def test_a_confirmed_halt_ends_what_waits_for_another_person(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)
    await chat.say(ANN, f"/rollout alias add beta {MAIL} flight {MAIL_INSIDERS}")
    await chat.say(ANN, "/rollout set beta 40% all is well")
    waiting = chat.cards()
    await chat.say(BEN, "/rollout halt mail crash")
    # The halt itself fails: what waited is ended all the same.
    chat.sandbox.store.arm("halt", "503", -1)

    await chat.press(BEN, "Halt rollout")

    for card in chat.cards()[: len(waiting)]:
        assert "Overtaken by a halt that <@U0BEN> has confirmed" in texts(card)
        assert labels(card) == []
    ended = [one for one in await chat.requests() if one.end_reason is not None]
    assert [one.end_reason for one in ended] == [EndReason.OVERTAKEN] * 2
    await chat.press_on(BEN, waiting[0], APPROVE)
    await chat.quiet()
    assert "Overtaken by a halt" in chat.told(BEN)[-1]
    assert {entry.operation for entry in chat.writes()} == {"halt"}


async def test_what_has_moved_is_not_what_was_approved(chat: Conversation) -> None:
    await ask(chat, ALWAYS)
    published = chat.sandbox.store.slot(MAIL).published
    assert published is not None
    chat.sandbox.store.change_in_partner_center("set", published.id, 60)

    await chat.press(BEN, APPROVE)

    assert chat.writes() == []
    assert "NOT finalized, it has changed" in words(chat.card())


async def test_a_card_that_shows_what_has_moved_is_replaced(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)
    published = chat.sandbox.store.slot(MAIL).published
    assert published is not None
    chat.sandbox.store.change_in_partner_center("set", published.id, 60)
    first = chat.card()

    await chat.say(ANN, FINALIZE)

    assert len(chat.cards()) == 2
    assert "asked again" in texts(chat.cards()[0])
    await chat.press_on(BEN, first, APPROVE)
    await chat.quiet()
    assert chat.writes() == []


async def test_fifty_one_presses_of_three_people_have_one_effect(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)
    card = chat.card()
    people = [ANN, BEN, DEE]

    await asyncio.gather(
        *(chat.press_on(who, card, APPROVE) for who in people for _ in range(17))
    )
    await chat.quiet()

    assert len(chat.writes()) == 1
    request = await chat.ending()
    assert request.state is RequestState.AUTHORISED
    assert request.decided_by in {BEN, DEE}
    approved = [
        row for row in await chat.database.run(ALL_EVENTS) if row.kind == "approved"
    ]
    assert [row.actor for row in approved] == [request.decided_by]
    assert len(chat.thread()) == 1


async def test_a_refusal_is_an_event_that_names_the_rule(chat: Conversation) -> None:
    await ask(chat, ALWAYS)
    await chat.press(ANN, APPROVE)

    [event] = [
        row
        for row in await chat.database.run(ALL_EVENTS)
        if row.kind == EventKind.REFUSED
    ]
    assert (event.code, event.actor, event.app_id) == ("too_early", ANN, MAIL)
    assert '"rule_version": 1' in event.details
    assert '"finalize": "yes"' in event.details


async def test_a_card_that_nobody_approves_runs_out_after_eight_hours(
    chat: Conversation,
) -> None:
    await ask(chat, ALWAYS)
    chat.clock.forward(7 * 60 + 59)
    assert labels(chat.card()) == [APPROVE, "Decline"]

    chat.clock.forward(2)
    await chat.until(lambda: labels(chat.card(IN_MAIL)) == [])

    assert "Nobody confirmed this before" in texts(chat.card())
