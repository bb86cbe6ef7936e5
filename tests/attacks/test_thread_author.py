"""What another app, or a person, writes in a thread is not taken for the bot's own.

Metadata can be written by anybody who may post; the author of a message cannot.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.notifications import PermanentNotificationError
from bot.domain.requests import Place, RequestState
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.messages import Message
from bot.slack.client.identity import Identity
from bot.slack.ids import CARD_PART, GIVEN_UP_PART, metadata, result_part
from bot.slack.outbox.messenger import Messenger
from tests.fakes import Memory
from tests.slack.posted_cards import DONE, finished, posted, store
from tests.slack.sample_requests import request
from tests.slack_users import IN_MAIL, TEAM, texts

OTHER_APP = "U0OTHERAPP"


def forge(slack: LocalSlack, request_id: str, part: str, thread: str | None) -> str:
    """Post as another app with the metadata of a message of ours."""
    messages = slack.workspace.messages
    forged = Message(
        IN_MAIL,
        messages.next_ts(),
        OTHER_APP,
        "forged",
        thread_ts=thread,
        metadata=metadata(request_id, part),
    )
    return messages.add(forged).ts


async def test_a_result_is_posted_although_another_app_has_written_its_metadata(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    forge(slack, done.id, result_part(DONE), done.card)

    await messenger.post_result(done.id, again=True)
    await messenger.post_result(done.id, again=True)

    forged, result = slack.seen("U0ANN", IN_MAIL)[0]["replies"]
    assert forged["text"] == "forged"
    assert "✅ Halted" in texts(result)


async def test_that_the_bot_stopped_looking_is_told_although_it_was_forged(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    done = store(memory, finished(await posted(messenger)))
    forge(slack, done.id, GIVEN_UP_PART, done.card)

    await messenger.post_follow_up_ended(done.id)

    assert len(slack.seen("U0ANN", IN_MAIL)[0]["replies"]) == 2


@pytest.mark.parametrize("in_thread", [False, True])
async def test_a_forged_card_is_not_taken_for_the_lost_one(
    messenger: Messenger, slack: LocalSlack, *, in_thread: bool
) -> None:
    root = await slack.say("U0ANN", IN_MAIL, "mail crashes") if in_thread else None
    lost = replace(
        request(place=Place(TEAM, IN_MAIL, root)), asked_at=datetime.now(UTC)
    )
    forge(slack, lost.id, CARD_PART, root)
    slack.arm("chat.postMessage", "internal_error")

    with pytest.raises(PermanentNotificationError, match="lost_answer"):
        await messenger.post_card(lost)


async def test_a_forged_card_is_not_edited_instead_of_our_own(
    messenger: Messenger, memory: Memory, slack: LocalSlack
) -> None:
    now = datetime.now(UTC)
    await messenger.post_card(replace(request(), asked_at=now))
    forge(slack, request().id, CARD_PART, None)
    expired = replace(request(state=RequestState.EXPIRED), asked_at=now)
    store(memory, expired)

    await messenger.update_closed_card(expired.id)

    own, forged = slack.seen("U0ANN", IN_MAIL)
    assert "Expired" in texts(own)
    assert forged["text"] == "forged"


@pytest.mark.parametrize(
    ("message", "own"),
    [
        ({"bot_id": "B0ROLLOUT"}, True),
        ({"bot_id": "B0OTHER"}, False),
        ({"bot_id": "B0OTHER", "user": "U0ROLLOUT"}, False),
        ({"bot_id": None}, False),
        ({}, False),
    ],
)
def test_the_bot_knows_its_messages_by_its_own_id(
    identity: Identity, message: dict[str, object], *, own: bool
) -> None:
    assert identity.wrote(message) is own


async def test_a_bot_without_an_id_recognises_nothing(identity: Identity) -> None:
    identity.result.bot_id = None

    assert not identity.wrote({"bot_id": None})
    assert not identity.wrote({})
