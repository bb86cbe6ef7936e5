"""Every message that can be built is one that Slack takes, and pings nobody unasked."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.domain.outcomes import ClickOutcome, CommandOutcome
from bot.domain.plan_outcomes import PlanAnswer
from bot.domain.requests import Request
from bot.domain.results import Result
from bot.sandbox.slack.blocks import parse as read_as_slack_does
from bot.slack.messages.blocks import Message
from bot.slack.messages.cards import card
from bot.slack.messages.limits import MOST_BLOCKS
from bot.slack.messages.press_replies import decision_message
from bot.slack.messages.ramps import ramp_answer
from bot.slack.messages.replies import answer_message
from bot.slack.messages.thread import given_up_message, result_message, sent_instead
from tests.slack.ramp_strategies import RAMP_ANSWERS, RAMP_REQUESTS
from tests.slack.slack_strategies import ANSWERS, DECISIONS, REQUESTS, RESULTS
from tests.translators import ENGLISH

# Slack writes no such limit down; it was seen to refuse blocks from here on.
MOST_JSON = 13_200
MENTION = re.compile(r"<(?:!(?!date|subteam\^[A-Z0-9]{2,32}>)|@(?![A-Z0-9]{2,32}>))")
# Hypothesis finds that long lists make a long report; only a failure would print it.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Generating overly large repr:hypothesis.errors.HypothesisWarning"
)
often = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def check(message: Message) -> None:
    """Check a message with the SDK's limits, the local Slack's, and our own."""
    body = message.body(None)
    blocks: list[dict[str, Any]] = body["blocks"]
    Block.parse_all(blocks)
    for block in Block.parse_all(blocks):
        block.validate_json()
    assert read_as_slack_does(blocks)
    assert 0 < len(blocks) <= MOST_BLOCKS
    assert len(json.dumps(blocks, ensure_ascii=False)) < MOST_JSON
    assert message.text.strip()
    assert len(body["text"]) <= 4000
    assert not MENTION.search(message.text)
    for field in _mrkdwn(blocks):
        assert not MENTION.search(field["text"])
        assert field["verbatim"] is True
        assert len(field["text"]) <= 3000


def _mrkdwn(part: object) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [found for each in part for found in _mrkdwn(each)]
    if not isinstance(part, dict):
        return []
    if part.get("type") == "mrkdwn":
        return [part]
    return [found for value in part.values() for found in _mrkdwn(value)]


@often
@given(REQUESTS)
def test_slack_takes_every_card(request: Request) -> None:
    check(card(ENGLISH, request))


@often
@given(RAMP_REQUESTS)
def test_slack_takes_every_card_of_a_ramp(request: Request) -> None:
    check(card(ENGLISH, request))


@often
@given(RAMP_ANSWERS)
def test_slack_takes_every_answer_about_ramps(answer: PlanAnswer) -> None:
    check(ramp_answer(ENGLISH, answer))


@often
@given(REQUESTS, RESULTS, st.booleans())
def test_slack_takes_every_result(
    request: Request, result: Result, corrects: bool
) -> None:
    told = result_message(ENGLISH, request, result, corrects=corrects)
    check(told)
    check(sent_instead(ENGLISH, request, told))


@often
@given(REQUESTS)
def test_slack_takes_every_word_of_giving_up(request: Request) -> None:
    check(given_up_message(ENGLISH, request))


@often
@given(ANSWERS)
def test_slack_takes_every_answer(answer: CommandOutcome) -> None:
    check(answer_message(ENGLISH, answer))


@often
@given(DECISIONS)
def test_slack_takes_every_word_to_a_clicker(decided: ClickOutcome) -> None:
    message = decision_message(ENGLISH, decided)

    if message is not None:
        check(message)
