"""The form of Set: it opens at once, checks its fields, and becomes one card."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.events import EventKind
from bot.domain.requests import Place
from bot.domain.rollout import Change
from bot.domain.subscriptions import Subscription
from bot.domain.verbs import Verb
from bot.domain.watching import Topics
from bot.sandbox.slack.directory import BOT_ID, direct_id
from bot.slack.ids import PERCENTAGE_BLOCK, REASON_BLOCK, SET_FORM, form_subject
from bot.slack.inbound.socket_mode import SocketConnection
from tests.fakes import BETA, HALTED, MAIL
from tests.slack.signed_requests import send
from tests.slack.slack_harness import Bot, fail, untouched, up
from tests.slack_users import ANN, BEN, GIL, IN_GAMES, IN_MAIL, TEAM, labels, texts

WRONG = [
    ("0", "0 % is not a halt"),
    ("0.00%", "0 % is not a halt"),
    ("100.01", "100.01 is above 100 %"),
    ("250 %", "250 % is above 100 %"),
    ("40.123", "40.123 is not a percentage"),
    ("-5", "-5 is not a percentage"),
    ("forty", "forty is not a percentage"),
    ("`40`<!here>", "ˋ40ˋ<!here> is not a percentage"),
    ("1e2", "1e2 is not a percentage"),
    ("40 50", "40 50 is not a percentage"),
    ("x" * 3000, "x… is not a percentage"),
]


@pytest.fixture
async def form(bot: Bot) -> Bot:
    """A bot whose form Ann has opened from the buttons of Contoso Mail."""
    bot.post_buttons(MAIL)
    await bot.press(ANN, "Set…")
    return bot


def submission(**changed: object) -> dict[str, Any]:
    """Return a form that Ann submits, as Slack sends it, with what is changed in it."""
    typed = {"type": "plain_text_input", "value": "40"}
    return {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": ANN, "team_id": TEAM},
        "trigger_id": "1.2.3",
        "view": {
            "id": "V0FORM",
            "hash": "1700000000.abc",
            "type": "modal",
            "callback_id": SET_FORM,
            "private_metadata": form_subject(IN_MAIL, MAIL),
            "state": {"values": {PERCENTAGE_BLOCK: {"typed": typed}}},
            "app_installed_team_id": TEAM,
            "bot_id": BOT_ID,
            **changed,
        },
        "response_urls": [],
    }


async def test_the_form_asks_for_percentage_and_reason(form: Bot) -> None:
    view = form.slack.modal(ANN)

    assert view is not None
    shown = texts({"blocks": view.body["blocks"]})
    assert "`mail`" in shown
    assert f"<#{IN_MAIL}>" in shown
    fields = [block for block in view.body["blocks"] if block["type"] == "input"]
    assert [(one["block_id"], one.get("optional", False)) for one in fields] == [
        (PERCENTAGE_BLOCK, False),
        (REASON_BLOCK, True),
    ]
    assert form.requests == []
    assert form.parts.store.calls == []


@pytest.mark.parametrize(
    ("typed", "percentage"),
    [
        ("40", 40.0),
        (" 40% ", 40.0),
        ("40 %", 40.0),
        ("40 percent", 40.0),
        ("12.5 %", 12.5),
        ("12,5", 12.5),
        ("33.33", 33.33),
        ("0.01", 0.01),
        ("100", 100.0),
        # Lower than now, which the card says.
        ("10", 10.0),
    ],
)
async def test_a_form_becomes_one_card_and_closes(
    form: Bot, typed: str, percentage: float
) -> None:
    assert await form.submit(ANN, typed, "  looks  good\n<&> ") == {}

    assert form.slack.modal(ANN) is None
    (request,) = form.requests
    assert request.change == Change(Verb.SET, percentage)
    assert request.reason == "looks good <&>"
    assert (request.alias, request.asked_by) == ("mail", ANN)
    assert request.place == Place(TEAM, IN_MAIL)
    assert labels(form.card())[1] == "Cancel"
    assert form.parts.store.effects == 0
    assert form.told(ANN) == []


@pytest.mark.parametrize(("typed", "said"), WRONG)
async def test_a_wrong_percentage_is_said_at_its_field_and_the_form_stays(
    form: Bot, typed: str, said: str
) -> None:
    errors = await form.submit(ANN, typed, "why")

    assert list(errors) == [PERCENTAGE_BLOCK]
    assert said in errors[PERCENTAGE_BLOCK]
    assert "`" not in errors[PERCENTAGE_BLOCK]
    assert form.slack.modal(ANN) is not None
    assert form.requests == []
    assert await form.submit(ANN, "40") == {}
    assert len(form.requests) == 1


@pytest.mark.parametrize("typed", ["0", "40.123", "250%", "forty"])
async def test_the_form_says_the_same_as_the_command(form: Bot, typed: str) -> None:
    errors = await form.submit(ANN, typed)
    await form.say(ANN, f"/rollout set mail {typed}")

    told = form.told(ANN)[0].split("\n")[0]
    assert errors[PERCENTAGE_BLOCK] == told.replace("`", "")


async def test_what_is_so_already_gets_the_commands_answer(form: Bot) -> None:
    assert await form.submit(ANN, "25") == {}

    assert form.requests == []
    assert "Nothing to do, already in progress at 25 %" in form.told(ANN)[0]


async def test_an_open_card_for_the_same_is_pointed_to(form: Bot) -> None:
    await form.say(BEN, "/rollout set mail 40")

    await form.submit(ANN, "40")

    assert len(form.requests) == 1
    assert "waiting for confirmation already" in form.told(ANN)[0]


async def test_a_form_of_an_hour_ago_is_asked_of_the_rollout_as_it_is_now(
    form: Bot,
) -> None:
    form.clock.ahead += timedelta(hours=1)
    form.slack.workspace.triggers.lifetime = 0

    assert await form.submit(ANN, "40") == {}

    (request,) = form.requests
    assert request.asked_at > form.clock() - timedelta(minutes=1)


async def test_a_form_of_a_rollout_that_ended_meanwhile_says_so(form: Bot) -> None:
    form.parts.store.publish(MAIL, HALTED)

    assert await form.submit(ANN, "40") == {}

    assert form.requests == []
    assert "this cannot be done" in form.told(ANN)[0]


async def test_a_form_of_an_app_that_is_no_longer_followed_says_so(form: Bot) -> None:
    await form.say(ANN, "/rollout alias remove mail")

    assert await form.submit(ANN, "40") == {}

    assert form.requests == []
    assert "This channel has no alias" in form.told(ANN)[-1]


async def test_a_guest_who_submits_a_form_is_refused(bot: Bot) -> None:
    body = submission(private_metadata=form_subject(IN_GAMES, MAIL))
    body["user"] = {"id": GIL, "team_id": "T0FABRIKAM"}

    assert await send(bot, body) == (200, "")
    await bot.quiet()

    assert bot.requests == []
    assert "Only members" in bot.told(GIL, IN_GAMES)[0]
    assert [one.kind for one in bot.parts.events.log] == [EventKind.REFUSED]


async def test_two_people_who_submit_the_same_get_one_card(bot: Bot) -> None:
    bot.post_buttons(MAIL)
    for who in (ANN, BEN):
        await bot.press(who, "Set…")

    await asyncio.gather(*(bot.submit(who, "40") for who in (ANN, BEN)))
    await bot.quiet()

    assert len(bot.requests) == 1
    (told,) = bot.told(ANN) + bot.told(BEN)
    assert "waiting for confirmation already" in told


async def test_the_second_delivery_of_a_form_does_nothing(bot: Bot) -> None:
    for _ in range(2):
        assert await send(bot, submission()) == (200, "")
    await bot.quiet()

    assert len(bot.requests) == 1
    assert bot.told(ANN) == []


async def test_another_percentage_in_a_form_that_stayed_open_is_another_request(
    bot: Bot,
) -> None:
    typed = {"type": "plain_text_input", "value": "50"}
    values = {"values": {PERCENTAGE_BLOCK: {"typed": typed}}}

    await send(bot, submission())
    await send(bot, submission(state=values))
    await bot.quiet()

    assert {one.change.percentage for one in bot.requests} == {40.0, 50.0}


@pytest.mark.parametrize("channel_exists", [True, False])
async def test_a_bot_that_was_removed_answers_directly(
    form: Bot, *, channel_exists: bool
) -> None:
    form.slack.invite(IN_MAIL, bot=False)
    if not channel_exists:
        channels = form.slack.workspace.directory.channels
        channels[IN_MAIL] = replace(channels[IN_MAIL], private=True)

    assert await form.submit(ANN, "40", "looks good") == {}

    (request,) = form.requests
    assert request.state == "cancelled"
    (told,) = form.seen(ANN, direct_id(ANN))
    shown = texts(told)
    assert f"what you asked for in <#{IN_MAIL}>" in shown
    assert "`/invite @Rollout`" in shown


@pytest.mark.parametrize("reason", ["expired", "used", "refused", "down", "slow"])
async def test_a_form_that_slack_does_not_open_is_answered_with_what_to_type(
    bot: Bot, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.listeners.opening._TRIGGER_SECONDS", 0.2)
    bot.post_buttons(MAIL)
    triggers = bot.slack.workspace.triggers
    match reason:
        case "expired":
            triggers.lifetime = 0.0
        case "used":
            make = triggers.make

            def used(user: str) -> str:
                key = make(user)
                triggers.exchange(key)
                return key

            monkeypatch.setattr(triggers, "make", used)
        case "refused":
            bot.slack.arm("views.open", "internal_error")
        case "down":
            bot.slack.arm("views.open", "ratelimited")
        case _:
            bot.slack.arm("views.open", "slow", seconds=1)

    await bot.press(ANN, "Set…")

    (told,) = bot.told(ANN)
    assert "`/rollout set mail 40%`" in told
    assert bot.requests == []


async def test_the_second_delivery_of_a_press_opens_no_second_form(form: Bot) -> None:
    opened = form.slack.calls("views.open")
    press = {
        "type": "block_actions",
        "trigger_id": opened[0].args["trigger_id"],
        "team": {"id": TEAM},
        "user": {"id": ANN, "team_id": TEAM},
        "channel": {"id": IN_MAIL},
        "container": {"message_ts": "1.1"},
        "actions": [
            {"action_id": "board_set", "block_id": "b", "value": "main/9N0000000001/"}
        ],
    }

    await send(form, press)
    await form.quiet()

    assert form.slack.calls("views.open") == opened
    assert form.told(ANN) == []


@pytest.mark.parametrize(
    "metadata",
    [None, 7, "", "x", IN_MAIL, f"{IN_MAIL} x", f"<!here> main/{MAIL.app_id}/", [1]],
)
async def test_a_form_that_does_not_say_what_it_is_for_stays_open_with_an_answer(
    form: Bot, metadata: object, caplog: pytest.LogCaptureFixture
) -> None:
    view = form.slack.modal(ANN)
    assert view is not None
    view.body["private_metadata"] = metadata

    errors = await form.submit(ANN, "40", "a long reason")

    assert "which rollout this form is for" in errors[PERCENTAGE_BLOCK]
    assert form.slack.modal(ANN) is view
    assert form.requests == []
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_form_that_names_another_app_gets_no_card(form: Bot) -> None:
    form.parts.store.publish(BETA)
    view = form.slack.modal(ANN)
    assert view is not None
    view.body["private_metadata"] = form_subject(IN_MAIL, BETA)

    assert await form.submit(ANN, "40") == {}

    assert form.requests == []
    assert "This channel has no alias" in form.told(ANN)[0]


async def test_a_form_that_comes_while_the_bot_ends_stays_open(form: Bot) -> None:
    form.tasks.close()

    errors = await form.submit(ANN, "40")

    assert "I am being restarted" in errors[PERCENTAGE_BLOCK]
    assert form.slack.modal(ANN) is not None
    assert form.requests == []


async def test_a_form_without_a_database_is_answered(
    form: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, form.parts.repositories.subscriptions, "list_subscriptions")

    assert await form.submit(ANN, "40") == {}

    assert "cannot reach my database" in form.told(ANN)[0]


async def test_a_form_is_acknowledged_before_anything_is_read(form: Bot) -> None:
    form.parts.store.reading = asyncio.Event()

    assert await form.slack.submit(ANN, percentage="40", reason="") == {}

    assert form.requests == []
    form.parts.store.reading.set()
    await form.quiet()
    assert len(form.requests) == 1


async def test_a_form_over_a_socket_becomes_a_card(
    bot: Bot, connection: SocketConnection
) -> None:
    await up(bot.slack, connection)
    bot.post_buttons(MAIL)
    await bot.press(ANN, "Set…")

    assert "0 % is not a halt" in (await bot.submit(ANN, "0"))[PERCENTAGE_BLOCK]
    assert await bot.submit(ANN, "40") == {}

    assert len(bot.requests) == 1


async def test_a_form_of_another_workspace_is_dropped(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot.slack")
    body = submission(app_installed_team_id="T0FABRIKAM")
    body["team"] = {"id": "T0FABRIKAM"}

    assert await send(bot, body) == (200, "")
    await bot.quiet()

    assert untouched(bot)
    assert "of another workspace is dropped" in caplog.text


async def test_a_form_that_is_none_of_ours_is_taken_and_does_nothing(bot: Bot) -> None:
    assert await send(bot, submission(callback_id="other")) == (200, "")
    await bot.quiet()

    assert untouched(bot)


async def test_a_flight_without_an_alias_is_never_typed_as_its_app(bot: Bot) -> None:
    followed = Subscription(
        BETA, Topics.ALL, by_alias=False, added_by=ANN, added_at=bot.clock()
    )
    subscriptions = bot.parts.repositories.subscriptions
    await subscriptions.put_subscription(Place(TEAM, IN_MAIL), None, followed)
    bot.post_buttons(BETA)
    bot.slack.workspace.triggers.lifetime = 0.0

    await bot.press(ANN, "Set…")

    (told,) = bot.told(ANN)
    assert "Please press again." in told
    assert BETA.app_id not in told
