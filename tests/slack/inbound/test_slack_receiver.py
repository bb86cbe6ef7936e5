"""What comes over HTTP is acked, or refused with a sentence; never with a traceback."""

import io
import json
import logging
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.requests import Place
from bot.domain.storage import StorageUnavailable
from bot.slack.client.identity import Identity
from bot.slack.inbound.receiver import Receiver
from bot.web.server import MOST_BODY_BYTES
from tests.fakes import Memory
from tests.slack.signed_requests import FORM, post, send, signed
from tests.slack.slack_harness import SIGNING_SECRET, Bot, untouched
from tests.slack_users import IN_MAIL

COMMAND = {
    "command": "/rollout",
    "text": "help",
    "user_id": "U0ANN",
    "channel_id": IN_MAIL,
    "team_id": "T0CONTOSO",
}


async def test_a_signed_command_is_acked_with_an_empty_body(bot: Bot) -> None:
    assert await post(bot, urlencode(COMMAND).encode()) == (200, "")
    await bot.quiet()
    (told,) = bot.told("U0ANN")
    assert "How to use" in told


async def test_a_wrong_signature_an_old_one_and_none_are_refused(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    body = urlencode({**COMMAND, "text": "halt mail private words"}).encode()
    odd = {**signed(body), "X-Slack-Signature": "v0=\u00fc"}
    late = {**signed(body), "X-Slack-Request-Timestamp": "9" * 400}
    with caplog.at_level(logging.DEBUG):
        for headers in (
            signed(body, secret="another-not-a-secret"),
            signed(body, age=301),
            {"Content-Type": FORM},
            odd,
            late,
        ):
            status, words = await post(bot, body, headers)
            assert status == 401
            assert "signing secret" in words
    await bot.quiet()
    assert untouched(bot)
    assert "private" not in caplog.text


async def test_a_body_that_is_no_text_is_refused(bot: Bot) -> None:
    status, _ = await post(bot, b"\xff\xfe", signed(b"\xff\xfe"))

    assert status == 401


async def test_a_body_larger_than_slacks_is_refused(bot: Bot) -> None:
    body = b"x" * (MOST_BODY_BYTES + 1)

    status, words = await post(bot, io.BytesIO(body), signed(body))

    assert status == 413
    assert "larger" in words


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"{oops", FORM),
        (b"payload=%7B", FORM),
        (b"payload=3", FORM),
        (b"payload=" + b"%5B" * 20_000, FORM),
        (b'{"team": 5}', "application/json"),
        (b'{"type": "event_callback", "event": {"type": 5}}', "application/json"),
        (b'{"type": "block_actions", "actions": []}', "application/json"),
        (b'{"authorizations": 5}', "application/json"),
        (b'{"response_urls": 5}', "application/json"),
    ],
)
async def test_a_body_that_is_no_payload_is_refused_with_a_sentence(
    bot: Bot, body: bytes, content_type: str
) -> None:
    status, words = await post(bot, body, signed(body, content_type))

    assert (status, json.loads(words)) == (
        400,
        {"error": "The body is not a payload that Slack sends."},
    )


async def test_slacks_own_checks_of_the_address_are_answered(bot: Bot) -> None:
    challenge = {"type": "url_verification", "challenge": "3eZbrw1a"}

    assert await send(bot, challenge) == (200, '{"challenge": "3eZbrw1a"}')
    assert await post(bot, b"ssl_check=1&token=x") == (200, "")
    assert (await post(bot, b"my_payload_word=1"))[0] == 200
    assert (await post(bot, b""))[0] == 200


@pytest.mark.parametrize(
    "payload",
    [
        {
            "type": "event_callback",
            "team_id": "T0CONTOSO",
            "event": {"type": "reaction_added"},
        },
        {
            "type": "event_callback",
            "team_id": "T0CONTOSO",
            "event": {"type": "app_mention"},
        },
        {
            "type": "event_callback",
            "team_id": "T0CONTOSO",
            "event": {"type": "app_home_opened", "user": "U0ANN", "tab": "messages"},
        },
        {
            "type": "view_submission",
            "team": {"id": "T0CONTOSO"},
            "view": {"type": "modal", "callback_id": "x"},
        },
        {"type": "view_closed", "view": {"callback_id": "x"}},
        {"type": "shortcut", "callback_id": "x"},
        {
            "type": "block_actions",
            "team": {"id": "T0CONTOSO"},
            "actions": [{"action_id": "x", "block_id": "y"}],
        },
        {
            "type": "block_actions",
            "team": {"id": "T0CONTOSO"},
            "actions": [{"action_id": "rollout_confirm", "block_id": "y"}],
        },
        {"type": "new_kind_of_payload"},
    ],
)
async def test_what_is_not_for_us_is_acked_and_does_nothing(
    bot: Bot, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert (await send(bot, payload))[0] == 200
    await bot.quiet()
    assert untouched(bot)
    assert "Traceback" not in caplog.text
    assert "another workspace" not in caplog.text


async def test_a_command_that_names_no_person_gets_a_clear_answer(bot: Bot) -> None:
    nameless = {"command": "/rollout", "text": "help", "team_id": "T0CONTOSO"}

    status, words = await post(bot, urlencode(nameless).encode())

    assert status == 200
    assert "I cannot tell who asked this" in words


async def test_another_command_is_none_of_ours(bot: Bot) -> None:
    status, words = await post(
        bot, urlencode({**COMMAND, "command": "/deploy", "text": "halt mail"}).encode()
    )
    await bot.quiet()

    assert (status, words) == (200, "")
    assert untouched(bot)


async def test_an_event_that_comes_again_is_answered_once(bot: Bot) -> None:
    event = {
        "type": "app_mention",
        "user": "U0ANN",
        "channel": IN_MAIL,
        "text": "<@U0ROLLOUT> halt mail",
        "ts": "1.1",
    }
    payload = {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": "T0CONTOSO",
        "event": event,
    }

    for _ in range(3):
        assert (await send(bot, payload))[0] == 200
    await bot.quiet()

    (asked,) = bot.requests
    assert len(bot.cards()) == 1
    assert asked.place == Place("T0CONTOSO", IN_MAIL)
    assert asked.asked_by == "U0ANN"


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B0OTHER"},
        {"edited": {"ts": "2.2"}},
        {"subtype": "bot_message"},
        {"user": "U0ROLLOUT"},
        {"user": None},
        {"channel": None},
    ],
)
async def test_bots_edits_and_ourselves_are_not_answered(
    bot: Bot, change: dict[str, Any]
) -> None:
    event = {
        "type": "app_mention",
        "user": "U0ANN",
        "channel": IN_MAIL,
        "text": "halt mail",
    }

    payload = {
        "type": "event_callback",
        "team_id": "T0CONTOSO",
        "event": {**event, **change},
    }

    assert (await send(bot, payload))[0] == 200
    await bot.quiet()
    assert untouched(bot)


async def test_an_event_is_answered_even_if_it_cannot_be_noted(bot: Bot) -> None:
    bot.parts.deliveries.memory = Memory(failure=StorageUnavailable("locked"))

    await bot.say("U0ANN", "@Rollout help")

    assert len(bot.told("U0ANN")) == 1


async def test_before_slack_has_said_who_we_are_nothing_is_taken(bot: Bot) -> None:
    receiver = Receiver(bot.app, Identity(bot.client), SIGNING_SECRET)
    body = urlencode(COMMAND).encode()

    answer = await _receive(receiver, bot, body)

    assert answer == 503


async def test_an_error_before_the_ack_is_told_in_the_ack(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("bot.slack.listeners.commands.read_command", broken)
    monkeypatch.setattr("bot.slack.listeners.actions.read_click", broken)

    status, words = await post(bot, urlencode(COMMAND).encode())
    click = {
        "type": "block_actions",
        "team": {"id": "T0CONTOSO"},
        "actions": [{"action_id": "rollout_confirm", "block_id": "y"}],
    }

    assert status == 200
    assert "Something went wrong on my side" in words
    assert (await send(bot, click)) == (200, "")
    assert "a secret detail" not in words
    assert "a secret detail" in caplog.text


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(max_size=200))
async def test_any_command_text_is_taken_and_handed_on(bot: Bot, text: str) -> None:
    before = len(bot.told("U0ANN")) + len(bot.cards())

    status, words = await post(bot, urlencode({**COMMAND, "text": text}).encode())
    await bot.quiet()

    assert (status, words) == (200, "")
    assert len(bot.told("U0ANN")) + len(bot.cards()) == before + 1


async def _receive(receiver: Receiver, bot: Bot, body: bytes) -> int:
    app = web.Application()
    app.add_routes(receiver.routes())
    async with (
        TestServer(app) as server,
        bot.session.post(
            server.make_url("/slack/events"), data=body, headers=signed(body)
        ) as answer,
    ):
        return answer.status
