"""The dialogues of a release channel, by both ways to Slack, down to the Store."""

import pytest

from bot.domain.requests import RequestState
from bot.domain.results import Result, result_code
from bot.sandbox.store.seed import MAIL, PHOTOS
from tests.dialogues.conversation import HTTP, SOCKET, Conversation
from tests.slack_users import ANN, BEN, buttons, labels, words

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("way", [SOCKET, HTTP], indirect=True, scope="module"),
]

ADD_MAIL = f"/rollout alias add mail {MAIL}"


async def test_the_store_of_a_dialogue_takes_as_few_requests_as_the_real_one_may(
    chat: Conversation,
) -> None:
    assert chat.sandbox.store.switches.rate_limit == "20"


async def test_a_halt_goes_from_words_to_card_to_click_to_thread(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout halt mail crash on start")

    assert labels(chat.card()) == ["Halt rollout", "Cancel"]
    for said in ("Contoso Mail", MAIL, "102", "4.12.0.0", "10 %", "crash on start"):
        assert said in words(chat.card())
    assert "cannot be undone" in words(chat.card())

    await chat.press(BEN, "Halt rollout")

    assert labels(chat.card()) == []
    assert "✅ Halted: Contoso Mail" in words(chat.card())
    [result] = chat.thread()
    for said in ("made at 10 %", "PackageRolloutStopped", "101", "<@U0BEN>"):
        assert said in result
    assert chat.rollout(MAIL).status == "PackageRolloutStopped"
    assert [entry.operation for entry in chat.writes()] == ["halt"]
    assert result_code(await done(chat)) == "done"


async def test_a_halt_needs_exactly_one_store_request_after_the_click(
    chat: Conversation,
) -> None:
    await chat.say(ANN, f"/rollout halt {MAIL}")
    before = len(chat.sandbox.store.requests)

    await chat.press(ANN, "Halt rollout")

    after = list(chat.sandbox.store.requests)[before:]
    assert [entry.operation for entry in after] == ["halt"]


@pytest.mark.parametrize(
    ("typed", "label", "percentage"),
    [
        ("40 %", "Set to 40 %", 40.0),
        ("40%", "Set to 40 %", 40.0),
        ("12,5", "Set to 12.5 %", 12.5),
        ("to 99.99%", "Set to 99.99 %", 99.99),
        ("100", "Set to 100 %", 100.0),
    ],
)
async def test_a_percentage_is_set_as_it_was_typed(
    chat: Conversation, typed: str, label: str, percentage: float
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, f"/rollout set mail {typed} all calm")

    assert labels(chat.card()) == [label, "Cancel"]
    assert "all calm" in words(chat.card())

    await chat.press(BEN, label)

    assert f"✅ {label}: Contoso Mail" in words(chat.card())
    assert chat.rollout(MAIL).percentage == pytest.approx(percentage)
    assert chat.rollout(MAIL).status == "PackageRolloutInProgress"
    assert len(chat.writes()) == 1
    if percentage == 100:
        assert "not finalized" in chat.thread()[0]


@pytest.mark.parametrize(("typed", "said"), [("0", "not a halt"), ("101", "above")])
async def test_0_and_more_than_100_percent_are_explained(
    chat: Conversation, typed: str, said: str
) -> None:
    await chat.say(ANN, f"/rollout set {MAIL} {typed}")

    assert said in chat.told(ANN)[-1]
    assert chat.cards() == []


async def test_a_finalize_asks_once_more_by_slacks_own_dialog(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout finalize mail")

    confirm, cancel = buttons(chat.card())
    assert confirm["confirm"]["confirm"]["text"] == "Finalize rollout"
    assert "cannot be undone" in confirm["confirm"]["text"]["text"]
    assert "confirm" not in cancel

    await chat.press(ANN, "Finalize rollout")

    assert "✅ Finalized: Contoso Mail" in words(chat.card())
    assert chat.rollout(MAIL).status == "PackageRolloutComplete"
    assert [entry.operation for entry in chat.writes()] == ["finalize"]


@pytest.mark.parametrize(
    "reason",
    [
        "the payload=1 of the event is broken",
        "<!channel> <!here> @everyone <@U0BEN> <!subteam^S0|@devs> *now* `x` &amp; <b>",
        "\u200fשלום \u202egnihtyna 👩‍👩‍👧 \u2028 é",
        "long " * 600,
        "🚀" * 3_000,
        "&" * 3_000,
    ],
    ids=["payload", "pings", "right to left", "long", "emoji", "escaped"],
)
async def test_a_reason_of_any_words_is_shown_and_disturbs_nobody(
    chat: Conversation, reason: str
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, f"/rollout halt mail {reason}")
    await chat.press(BEN, "Halt rollout")

    assert "✅ Halted" in words(chat.card())
    kept = (await chat.ending()).reason
    assert len(kept) <= 3_000
    assert kept.split()[-1][:20] in reason
    assert {ping.mention for ping in chat.sandbox.slack.pings} <= {
        f"<@{ANN}>",
        f"<@{BEN}>",
    }


async def test_a_cancelled_card_loses_its_buttons_and_changes_nothing(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout halt mail")
    await chat.press(BEN, "Cancel")

    assert labels(chat.card()) == []
    assert "Cancelled: Halt rollout, Contoso Mail" in words(chat.card())
    assert "<@U0BEN> cancelled this" in words(chat.card())
    assert (await chat.ending()).state is RequestState.CANCELLED
    assert chat.writes() == []


async def test_the_status_shows_every_alias_of_the_channel(chat: Conversation) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, f"/rollout alias add photos {PHOTOS}")
    await chat.say(ANN, f"/rollout alias add ring {MAIL} flight Insiders")
    await chat.say(BEN, "/rollout status")

    shown = chat.told(BEN)[-1]
    for said in ("Contoso Mail", "Contoso Photos", "Insiders", "25 %", "50 %"):
        assert said in shown
    assert chat.cards() == []


async def test_history_tells_who_what_why_and_how_it_ended(chat: Conversation) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout set mail 40 calm")
    await chat.press(BEN, "Set to 40 %")
    await chat.say(BEN, "/rollout halt mail crash")
    await chat.press(ANN, "Cancel")
    await chat.say(ANN, "/rollout history mail")

    shown = chat.told(ANN)[-1]
    for said in ("Set to 40 %", "calm", "Done", "Halt rollout", "crash", "cancelled"):
        assert said in shown
    assert "in progress at 10 %" in shown
    assert "in progress at 40 %" in shown


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("9NNOTES00003", "Nothing to do"),
        ("9NMAPS000004", "finalized already"),
        ("9NWEATHER005", "no rollout in progress"),
        ("9NCHESS00006", "No submission is published"),
        ("9NUNKNOWN007", "no such app"),
    ],
)
async def test_what_cannot_be_halted_gets_no_card(
    chat: Conversation, app: str, said: str
) -> None:
    await chat.say(ANN, f"/rollout halt {app}")

    assert said in chat.told(ANN)[-1]
    assert chat.cards() == []
    assert chat.writes() == []


async def test_help_names_every_command_and_the_channels_aliases(
    chat: Conversation,
) -> None:
    await chat.say(ANN, ADD_MAIL)
    await chat.say(ANN, "/rollout")

    shown = chat.told(ANN)[-1]
    for said in ("halt", "finalize", "set", "status", "alias add", "history", "mail"):
        assert said in shown


async def done(chat: Conversation) -> Result:
    """Return the result of the channel's last request."""
    result = (await chat.ending()).result
    assert result is not None
    return result
