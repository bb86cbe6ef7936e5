"""Nonsense texts: each is answered by a message that Slack takes and pings nobody."""

from bot.domain.outcomes import CommandOutcome, ConfirmationNeeded
from bot.sandbox.slack.blocks import parse as read_as_slack_does
from bot.sandbox.slack.pings import mentions
from bot.slack.inbound.text_input import plain_text
from bot.slack.messages.blocks import Message
from bot.slack.messages.cards import card
from bot.slack.messages.replies import answer_message
from tests.dialogues.nonsense import seeded, texts
from tests.fakes import ANN, PLACE, fake_service
from tests.translators import ENGLISH

# The dialogues send every fifth of these texts through the whole bot.
TEXTS = 5_000


def messages(outcome: CommandOutcome) -> list[Message]:
    """Return what the listener of the command would post."""
    if not isinstance(outcome, ConfirmationNeeded):
        return [answer_message(ENGLISH, outcome)]
    return [card(ENGLISH, outcome.request)]


async def test_each_text_gets_a_message_that_slack_takes_and_pings_nobody() -> None:
    parts = fake_service()
    answered = 0
    for text in texts(seeded(20), TEXTS):
        outcomes = parts.service.answers(plain_text(text), PLACE, ANN)
        drawn = [message async for each in outcomes for message in messages(each)]
        answered += bool(drawn)
        for message in drawn:
            body = message.body(None)
            assert body["text"].strip(), text
            assert read_as_slack_does(body["blocks"]), text
            pinged = set(mentions(body["text"], body["blocks"]))
            assert pinged <= {("user", f"<@{ANN.user_id}>")}, text

    assert answered == TEXTS
    assert parts.store.writes == []
