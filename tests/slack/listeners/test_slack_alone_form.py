"""The form in which an asker says why they do without a second person."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.directory import Profile
from bot.domain.events import EventKind
from bot.domain.rules import Rule, SecondPerson
from bot.sandbox.slack.directory import BOT_ID, direct_id
from bot.slack.ids import ALONE_FORM, REASON_BLOCK, press_subject
from tests.fakes import MAIL
from tests.slack.signed_requests import send
from tests.slack.slack_harness import Bot, fail
from tests.slack_users import ANN, BEN, GIL, IN_MAIL, TEAM, texts

AFTER_TEN = Rule(finalize=SecondPerson.ALONE_AFTER_10_MINUTES)
APPROVE, WHY = "Approve and finalize", "nobody is here"


@pytest.fixture
async def waiting(bot: Bot) -> Bot:
    """A bot whom Ann has asked for a finalize, eleven minutes ago."""
    bot.parts.repositories.rules.put(TEAM, MAIL, AFTER_TEN)
    bot.parts.directory.put(Profile(ANN, "Ann"), Profile(BEN, "Ben"))
    await bot.say(ANN, "/rollout finalize mail all is well")
    [request] = bot.requests
    earlier = request.asked_at - timedelta(minutes=11)
    bot.memory.requests[request.id] = replace(request, asked_at=earlier)
    return bot


def submission(bot: Bot, **changed: object) -> dict[str, Any]:
    """Return the form that Ann submits, as Slack sends it."""
    [request] = bot.requests
    typed = {"type": "plain_text_input", "value": WHY}
    return {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": ANN, "team_id": TEAM},
        "trigger_id": "1.2.3",
        "view": {
            "id": "V0FORM",
            "hash": "1700000000.abc",
            "type": "modal",
            "callback_id": ALONE_FORM,
            "private_metadata": press_subject(request, request.card or ""),
            "state": {"values": {REASON_BLOCK: {"typed": typed}}},
            "app_installed_team_id": TEAM,
            "bot_id": BOT_ID,
            **changed,
        },
        "response_urls": [],
    }


async def test_the_press_opens_the_form_and_decides_nothing(waiting: Bot) -> None:
    await waiting.press(ANN, APPROVE)

    view = waiting.slack.modal(ANN)
    assert view is not None
    shown = texts({"blocks": view.body["blocks"]})
    assert "*Finalize rollout*, Contoso Mail" in shown
    assert waiting.started == []
    assert waiting.told(ANN) == []


async def test_the_reason_confirms_the_change(waiting: Bot) -> None:
    await waiting.press(ANN, APPROVE)

    assert (
        await waiting.slack.submit(ANN, **{REASON_BLOCK: "  nobody\n is here "}) == {}
    )
    await waiting.quiet()

    assert waiting.slack.modal(ANN) is None
    [operation] = waiting.started
    assert operation.authorised_by == ANN
    [request] = waiting.requests
    assert request.alone_reason == WHY
    assert f"*alone*, without a second person: {WHY}" in texts(waiting.card())


async def test_a_form_that_slack_does_not_open_asks_for_another_press(
    waiting: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.listeners.opening._TRIGGER_SECONDS", 0.2)
    waiting.slack.arm("views.open", "internal_error")

    await waiting.press(ANN, APPROVE)

    assert waiting.slack.modal(ANN) is None
    assert "did not open the form" in waiting.told(ANN)[-1]
    await waiting.press(ANN, APPROVE)
    assert waiting.slack.modal(ANN) is not None


@pytest.mark.parametrize("metadata", ["", "r1", "r1 1.1 C1", "r1 x C0MAIL ", "a b c d"])
async def test_a_form_that_names_no_card_stays_open(
    waiting: Bot, metadata: str
) -> None:
    status, answer = await send(waiting, submission(waiting, private_metadata=metadata))
    await waiting.quiet()

    assert status == 200
    assert "I cannot tell which card this form is for" in answer
    assert waiting.started == []


async def test_a_form_without_a_reason_stays_open(waiting: Bot) -> None:
    status, answer = await send(waiting, submission(waiting, state={"values": {}}))
    await waiting.quiet()

    assert status == 200
    assert "Please say why." in answer
    assert waiting.started == []


async def test_the_second_delivery_of_a_form_changes_nothing(waiting: Bot) -> None:
    for _ in range(2):
        assert await send(waiting, submission(waiting)) == (200, "")
    await waiting.quiet()

    assert len(waiting.started) == 1


async def test_a_form_of_another_company_is_refused(waiting: Bot) -> None:
    body = submission(waiting)
    body["user"] = {"id": GIL, "team_id": "T0FABRIKAM"}

    await send(waiting, body)
    await waiting.quiet()

    assert waiting.started == []
    assert waiting.parts.events.log[-1].kind is EventKind.REFUSED


async def test_a_form_for_a_card_that_is_not_known_says_so(waiting: Bot) -> None:
    [request] = waiting.requests
    subject = press_subject(replace(request, id="r9"), request.card or "")

    await send(waiting, submission(waiting, private_metadata=subject))
    await waiting.quiet()

    assert waiting.started == []
    assert "I do not know this card" in waiting.told(ANN)[-1]


async def test_a_form_is_answered_while_the_database_is_away(
    waiting: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await waiting.press(ANN, APPROVE)
    fail(monkeypatch, waiting.parts.requests, "approve_request")

    assert await waiting.slack.submit(ANN, **{REASON_BLOCK: WHY}) == {}
    await waiting.quiet()

    assert "database" in waiting.told(ANN)[-1]


async def test_a_bot_that_was_removed_answers_directly(waiting: Bot) -> None:
    await waiting.press(ANN, APPROVE)
    await waiting.press(BEN, APPROVE)
    waiting.slack.invite(IN_MAIL, bot=False)

    await waiting.slack.submit(ANN, **{REASON_BLOCK: WHY})
    await waiting.quiet()

    [told] = waiting.seen(ANN, direct_id(ANN))
    assert f"what you asked for in <#{IN_MAIL}>" in texts(told)
