"""What people see on their Home tab."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from bot.domain.rules import Rule, SecondPerson
from bot.engine import EngineTiming
from bot.sandbox.slack import view_payloads
from bot.sandbox.store.seed import FIRST_ID, MAIL, PHOTOS
from bot.slack.ids import FINALIZE_BLOCK
from tests.dialogues.conversation import FAST, UNLIMITED, Conversation
from tests.dialogues.following import looked_since
from tests.dialogues.under_rules import MANAGERS, agree
from tests.slack_users import (
    ANN,
    BEN,
    DEE,
    GIL,
    IN_GAMES,
    IN_GENERAL,
    IN_MAIL,
    texts,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAIL_102 = str(FIRST_ID + 102)
SCOPES = {"channels:read", "groups:read"}
NO_CARD = "No card waits for you."


@pytest.fixture(scope="module")
def timing() -> EngineTiming:
    """Let the bot look for what is due all the time; its clock decides what is."""
    return replace(FAST, job_interval=0.02)


@pytest.fixture(scope="module")
def store_limit() -> str:
    """Let the watcher look as often as the clock lets it."""
    return UNLIMITED


def home(chat: Conversation, who: str = ANN) -> str:
    """Return all the words of a person's Home tab."""
    view = chat.slack.home(who)
    return "" if view is None else texts({"blocks": view.body["blocks"]})


def published(chat: Conversation, who: str = ANN) -> int:
    """Return how often the Home tab of a person was published, or tried to be."""
    calls = chat.slack.calls("views.publish")
    return sum(call.args["user_id"] == who for call in calls)


async def opened(chat: Conversation, who: str = ANN) -> str:
    """Open Home, wait until it is published, and return its words."""
    before = published(chat, who)
    chat.slack.open_home(who)
    await chat.until(lambda: published(chat, who) > before)
    await chat.quiet()
    return home(chat, who)


async def shows(chat: Conversation, words: str, who: str = ANN) -> None:
    """Let time pass until a Home tab that is looked at shows the words."""

    def shown() -> bool:
        chat.clock.forward(0.01)
        return words in home(chat, who)

    await chat.until(shown)


async def follow(
    chat: Conversation, app: str = MAIL, name: str = "mail", channel: str = IN_MAIL
) -> None:
    """Name an app in a channel, and wait until it was looked at."""
    await chat.say(BEN, f"/rollout alias add {name} {app}", channel)
    await looked_since(chat, None, app)


async def test_home_shows_an_open_rollout_and_a_card_that_waits(
    chat: Conversation,
) -> None:
    await follow(chat)
    await chat.say(BEN, "/rollout halt mail crash on start")
    asked = len(chat.sandbox.store.requests)

    shown = await opened(chat)

    assert "*Halt rollout*: Contoso Mail (in progress at 10 %)" in shown
    assert f"asked by <@{BEN}> · <#{IN_MAIL}> · until <!date^" in shown
    assert "|Open the card>" in shown
    assert f"*Contoso Mail* · <#{IN_MAIL}>" in shown
    assert "▰▱▱▱▱▱▱▱▱▱ *in progress at 10 %*" in shown
    assert "as of <!date^" in shown
    assert "⚠️ A draft waits behind this rollout: finalize or halt it first." in shown
    assert "No rollout has ended in the last seven days." in shown
    assert len(chat.sandbox.store.requests) == asked


async def test_home_is_published_again_while_it_is_looked_at(
    chat: Conversation,
) -> None:
    await follow(chat)
    await opened(chat)
    await chat.say(BEN, "/rollout halt mail crash on start")

    await shows(chat, "*Halt rollout*: Contoso Mail")
    await chat.press(BEN, "Halt rollout")
    await shows(chat, f"🛑 *Contoso Mail*: halted by <@{BEN}>")

    shown = home(chat)
    assert "It was in progress at 10 %." in shown
    assert NO_CARD in shown
    assert "No rollout is open in what your channels follow." in shown


async def test_what_ended_in_partner_center_names_nobody(chat: Conversation) -> None:
    await follow(chat)
    await opened(chat)
    chat.sandbox.store.change_in_partner_center("finalize", MAIL_102)
    chat.clock.forward(6)

    await shows(chat, "✅ *Contoso Mail*: finalized outside Rollout Bot, seen")
    assert f"<@{ANN}>" not in home(chat)


async def test_an_unchanged_home_is_not_published_again(chat: Conversation) -> None:
    await follow(chat)
    await opened(chat)
    before = published(chat)
    asked = len(chat.slack.calls("users.conversations"))
    # What a person is in is asked for again after some minutes: a sign of a draw.
    chat.clock.forward(5.5)
    await chat.until(lambda: len(chat.slack.calls("users.conversations")) > asked)

    await chat.say(BEN, "/rollout halt mail")
    await shows(chat, "*Halt rollout*: Contoso Mail")

    # A look at the app may have brought a newer age; nothing is shown twice in a row.
    calls = chat.slack.calls("views.publish")
    views = [call.args["view"] for call in calls if call.args["user_id"] == ANN]
    assert len(views[before:]) >= 1
    assert all(one != other for one, other in pairwise(views[before - 1 :]))


async def test_two_people_see_what_the_channels_they_are_in_follow(
    chat: Conversation,
) -> None:
    await follow(chat)
    await follow(chat, PHOTOS, "photos", IN_GAMES)
    chat.slack.workspace.directory.channels[IN_GAMES].members.discard(ANN)
    try:
        anns, bens = await opened(chat, ANN), await opened(chat, BEN)
    finally:
        chat.slack.workspace.directory.channels[IN_GAMES].members.add(ANN)

    assert "Contoso Mail" in anns
    assert "Photos" not in anns
    assert "Contoso Mail" in bens
    assert "Photos" in bens


async def test_a_card_in_another_channel_is_not_shown_but_ones_own_is(
    chat: Conversation,
) -> None:
    await follow(chat)
    await chat.say(BEN, "/rollout halt mail")
    members = chat.slack.workspace.directory.channels[IN_MAIL].members
    members -= {ANN, BEN}
    try:
        anns, bens = await opened(chat, ANN), await opened(chat, BEN)
    finally:
        members |= {ANN, BEN}

    assert NO_CARD in anns
    assert "*Halt rollout*" in bens


async def test_a_guest_is_shown_what_has_an_alias_and_no_card(
    chat: Conversation,
) -> None:
    await follow(chat, PHOTOS, "photos", IN_GAMES)
    await chat.say(BEN, "/rollout halt photos", IN_GAMES)
    before = published(chat, GIL)
    event = home_event(chat, GIL)
    event["event"]["user_team"] = "T0FABRIKAM"

    chat.slack.delivery.deliver_event(event)
    await chat.until(lambda: published(chat, GIL) > before)
    await chat.quiet()

    # Slack shows no Home to a guest; this is what it was asked to show.
    shown = str(chat.slack.calls("views.publish")[-1].args["view"])
    assert "Contoso Photos" in shown
    assert NO_CARD in shown
    assert "Halt rollout" not in shown


async def test_a_card_waits_for_those_whom_its_rule_lists_and_for_its_asker(
    chat: Conversation,
) -> None:
    await follow(chat)
    await agree(chat, Rule(groups=(MANAGERS,), finalize=SecondPerson.YES))
    await chat.say(ANN, "/rollout finalize mail all is well")

    for who in (ANN, BEN):
        shown = await opened(chat, who)
        assert "*Finalize rollout*: Contoso Mail (in progress at 10 %)" in shown
        assert f"<#{IN_MAIL}> · needs one more person · until <!date^" in shown
    assert NO_CARD in await opened(chat, DEE)
    await chat.say(ANN, "/rollout halt mail crash on start")
    assert "*Halt rollout*: Contoso Mail" in await opened(chat, DEE)


async def test_a_card_is_hidden_from_nobody_while_slack_does_not_say_who_may(
    chat: Conversation,
) -> None:
    await follow(chat)
    await agree(chat, Rule(groups=(MANAGERS,)))
    await chat.say(ANN, "/rollout finalize mail all is well")
    chat.slack.arm("usergroups.users.list", "internal_error", times=50)
    # What was known is kept for a minute.
    chat.clock.forward(2)

    assert "*Finalize rollout*: Contoso Mail" in await opened(chat, DEE)


async def test_a_proposed_rule_waits_for_those_who_may_decide_it(
    chat: Conversation,
) -> None:
    await follow(chat)
    await agree(chat, Rule(groups=(MANAGERS,)))
    await chat.say(ANN, "/rollout rules mail")
    await chat.press(ANN, "Change…")
    assert await chat.slack.submit(ANN, **{FINALIZE_BLOCK: "yes"}) == {}
    await chat.quiet()

    shown = await opened(chat, BEN)
    assert "*Change a rule? Contoso Mail*" in shown
    assert f"asked by <@{ANN}> · <#{IN_MAIL}> · until <!date^" in shown
    assert "|Open the card>" in shown
    # She proposed it, and can withdraw it; an admin of the workspace decides all rules.
    for who in (ANN, DEE):
        assert "*Change a rule? Contoso Mail*" in await opened(chat, who)
    chat.slack.directory_actions.change_group_member(MANAGERS, BEN, member=False)
    await chat.slack.settle()
    assert NO_CARD in await opened(chat, BEN)
    chat.slack.directory_actions.change_group_member(MANAGERS, BEN, member=True)
    await chat.slack.settle()

    await chat.press(DEE, "Agree")
    assert NO_CARD in await opened(chat, DEE)


async def test_a_channel_that_asks_for_an_app_waits_for_those_who_are_in_another(
    chat: Conversation,
) -> None:
    await follow(chat)
    chat.slack.directory_actions.change_member(IN_MAIL, BEN, member=False)
    await chat.slack.settle()
    await chat.say(BEN, f"/rollout alias add post {MAIL}", IN_GAMES)

    assert "*Let another channel in? Contoso Mail*" in await opened(chat, ANN)
    assert NO_CARD in await opened(chat, BEN)
    chat.slack.directory_actions.start_over()
    await chat.slack.settle()


@pytest.mark.parametrize(
    ("lacking", "sees_mail"),
    [(SCOPES, False), ({"groups:read"}, True)],
)
async def test_without_a_scope_home_says_which_and_where_to_look(
    chat: Conversation, lacking: set[str], sees_mail: bool
) -> None:
    await follow(chat)
    scopes = set(chat.slack.workspace.scopes)
    chat.slack.workspace.scopes -= lacking
    try:
        shown = await opened(chat)
    finally:
        chat.slack.workspace.scopes = scopes

    names = ", ".join(f"`{scope}`" for scope in sorted(lacking))
    assert f"the Slack app lacks the scope {names}." in shown
    assert "`/rollout status` in your channel shows its rollouts." in shown
    assert ("*Contoso Mail*" in shown) is sees_mail
    assert "in no channel together" not in shown


async def test_who_is_in_no_channel_with_the_bot_reads_the_first_steps(
    chat: Conversation,
) -> None:
    for channel in (IN_MAIL, IN_GAMES, IN_GENERAL):
        chat.slack.invite(channel, bot=False)

    await opened(chat)
    await shows(chat, "You and I are in no channel together.")
    shown = home(chat)
    chat.slack.invite(IN_GAMES)

    assert "`/invite @Rollout`" in shown
    assert "`/rollout alias add mail 9NBLGGH4R315`" in shown
    assert "Finished this week" not in shown


async def test_where_no_channel_follows_anything_home_names_the_channels(
    chat: Conversation,
) -> None:
    await opened(chat)
    await shows(chat, "None of our channels follows an app yet.")

    shown = home(chat)
    assert f"<#{IN_MAIL}>" in shown
    assert f"<#{IN_GENERAL}>" not in shown
    assert "`/rollout alias add mail 9NBLGGH4R315`" in shown


async def test_home_that_slack_does_not_take_now_is_published_later(
    chat: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    await follow(chat)
    chat.slack.arm("views.publish", "internal_error")
    await opened(chat)
    assert "Home of U0ANN is not published now" in caplog.text

    await shows(chat, "*Contoso Mail*")


async def test_home_waits_as_long_as_slack_asks(chat: Conversation) -> None:
    await follow(chat)
    before = published(chat)
    chat.slack.arm("views.publish", "ratelimited", seconds=1)

    chat.slack.open_home(ANN)

    await chat.until(lambda: "*Contoso Mail*" in home(chat))
    await chat.quiet()
    # The first was refused.
    assert published(chat) - before > 1


async def test_home_that_slack_refuses_is_logged_and_left_until_it_is_opened_again(
    chat: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    await follow(chat)
    chat.slack.workspace.home_tab = False
    chat.slack.delivery.deliver_event(home_event(chat, ANN))
    await chat.until(lambda: "Home of U0ANN is not published" in caplog.text)
    await chat.quiet()
    chat.slack.workspace.home_tab = True

    assert home(chat) == ""
    assert "*Contoso Mail*" in await opened(chat)


async def test_home_of_another_workspace_is_not_opened(chat: Conversation) -> None:
    before = published(chat)
    event = home_event(chat, ANN)
    other = {**event, "team_id": "T0FABRIKAM", "authorizations": []}

    chat.slack.delivery.deliver_event(other)
    await chat.slack.settle()
    await chat.quiet()

    assert published(chat) == before


async def test_the_messages_tab_is_not_home(chat: Conversation) -> None:
    before = published(chat)
    event = home_event(chat, ANN)
    event["event"]["tab"] = "messages"

    chat.slack.delivery.deliver_event(event)
    await chat.slack.settle()
    await chat.quiet()

    assert published(chat) == before


async def test_while_slack_does_not_name_the_channels_home_says_so(
    chat: Conversation,
) -> None:
    await follow(chat)
    chat.slack.arm("users.conversations", "internal_error")

    assert "Slack has not said which channels you are in." in await opened(chat)
    await shows(chat, "*Contoso Mail*")


async def test_home_that_was_opened_long_ago_is_left_alone(chat: Conversation) -> None:
    await follow(chat)
    await opened(chat)
    await opened(chat, BEN)
    chat.clock.forward(10.1)
    await opened(chat, BEN)
    before = published(chat)

    await chat.say(BEN, "/rollout halt mail")
    await shows(chat, "*Halt rollout*", BEN)

    assert published(chat) == before
    assert NO_CARD in home(chat)


def home_event(chat: Conversation, who: str) -> dict[str, Any]:
    """Return the event of a person who opens Home."""
    person = chat.slack.workspace.directory.people[who]
    return view_payloads.app_home_opened(person, None, chat.slack.workspace.now())
