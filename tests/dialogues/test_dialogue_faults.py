"""Every fault of the Store, at every operation: the outcome, the words, the truth."""

import pytest

from bot.sandbox.store.faults import Fault
from bot.sandbox.store.seed import MAIL, PHOTOS
from tests.dialogues.conversation import Conversation
from tests.dialogues.fault_harness import (
    ALWAYS,
    DONE,
    NOT_OF_APP,
    UNAVAILABLE,
    UNKNOWN,
    UNSUPPORTED,
    VERBS,
    Record,
    at_the_write,
    card_for,
    end,
)
from tests.slack_users import ANN, BEN, labels, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

# The fault, how often it strikes the write, the outcome, the writes that are sent.
AT_THE_WRITE = [
    (Fault.TIMEOUT_AFTER_EFFECT, 1, DONE, 1),
    (Fault.TIMEOUT_AFTER_EFFECT, ALWAYS, DONE, 1),
    (Fault.TIMEOUT_WITHOUT_EFFECT, 1, DONE, 2),
    (Fault.TIMEOUT_WITHOUT_EFFECT, ALWAYS, UNAVAILABLE, 4),
    (Fault.UNAVAILABLE, 1, DONE, 2),
    (Fault.UNAVAILABLE, ALWAYS, UNAVAILABLE, 4),
    (Fault.INTERNAL, 1, DONE, 2),
    (Fault.INTERNAL, ALWAYS, UNAVAILABLE, 4),
    (Fault.LIMITED_WITH_RETRY_AFTER, 1, DONE, 2),
    (Fault.LIMITED_WITH_RETRY_AFTER, ALWAYS, UNAVAILABLE, 4),
    (Fault.LIMITED, 1, DONE, 2),
    (Fault.LIMITED, ALWAYS, UNAVAILABLE, 4),
    (Fault.TOKEN_REFUSED, 1, DONE, 2),
    (Fault.TOKEN_REFUSED, ALWAYS, UNAVAILABLE, 2),
    (Fault.ACCOUNT_REFUSED, ALWAYS, UNAVAILABLE, 2),
    (Fault.FORBIDDEN, 1, UNAVAILABLE, 1),
    (Fault.WRONG_STATE, 1, UNSUPPORTED, 1),
    (Fault.NOT_OF_APP, 1, UNSUPPORTED, 1),
    (Fault.UNSUPPORTED, 1, UNSUPPORTED, 1),
    (Fault.RESET_AFTER_EFFECT, 1, DONE, 1),
    (Fault.RESET_WITHOUT_EFFECT, 1, DONE, 2),
    (Fault.RESET_WITHOUT_EFFECT, ALWAYS, UNAVAILABLE, 4),
    (Fault.HTML_BODY, 1, DONE, 1),
    (Fault.EMPTY_BODY, 1, DONE, 1),
    (Fault.TRUNCATED_BODY, 1, DONE, 1),
    (Fault.CUT_BODY, 1, DONE, 1),
    (Fault.NO_CONTENT_TYPE, 1, DONE, 1),
    (Fault.INTEGER_PERCENTAGES, 1, DONE, 1),
    (Fault.UNKNOWN_STATUS, 1, DONE, 1),
]
# Faults of every later read, beside a write whose answer is lost after its effect.
BLIND = [
    Fault.TIMEOUT_WITHOUT_EFFECT,
    Fault.UNAVAILABLE,
    Fault.INTERNAL,
    Fault.LIMITED,
    Fault.FORBIDDEN,
    Fault.ACCOUNT_REFUSED,
    Fault.RESET_WITHOUT_EFFECT,
    Fault.HTML_BODY,
    Fault.EMPTY_BODY,
    Fault.TRUNCATED_BODY,
]
# The fault of every read after the click, and how a finalize or a set ends by it; a
# halt needs no read.
AT_THE_READ = [
    (Fault.TIMEOUT_WITHOUT_EFFECT, UNAVAILABLE),
    (Fault.UNAVAILABLE, UNAVAILABLE),
    (Fault.INTERNAL, UNAVAILABLE),
    (Fault.LIMITED_WITH_RETRY_AFTER, UNAVAILABLE),
    (Fault.LIMITED, UNAVAILABLE),
    (Fault.ACCOUNT_REFUSED, UNAVAILABLE),
    (Fault.FORBIDDEN, UNAVAILABLE),
    (Fault.NOT_OF_APP, NOT_OF_APP),
    (Fault.RESET_WITHOUT_EFFECT, UNAVAILABLE),
    (Fault.HTML_BODY, UNAVAILABLE),
    (Fault.EMPTY_BODY, UNAVAILABLE),
    (Fault.TRUNCATED_BODY, UNAVAILABLE),
    (Fault.CUT_BODY, UNAVAILABLE),
    (Fault.UNKNOWN_STATUS, "moved"),
]
AT_THE_TOKEN = [
    (Fault.EXPIRED_SECRET, "AZURE_CLIENT_SECRET has expired"),
    (Fault.UNAVAILABLE, "sign-in service"),
    (Fault.HTML_BODY, "sign-in service"),
]


async def card_after_pause(chat: Conversation, verb: str) -> None:
    """Get a card when the pause that an earlier test's 429 has asked for is over."""
    chat.clock.forward(10)
    await card_for(chat, verb)
    chat.clock.forward(-10)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("fault", "times", "outcome", "writes"), AT_THE_WRITE)
async def test_a_fault_of_the_write_ends_as_the_table_says(
    *,
    chat: Conversation,
    record_property: Record,
    verb: str,
    fault: Fault,
    times: int,
    outcome: str,
    writes: int,
) -> None:
    await card_after_pause(chat, verb)
    chat.sandbox.store.arm(verb, fault, times)

    often = "always" if times == ALWAYS else "once"
    assert await end(chat, verb, record_property, f"{fault}, {often}") == outcome
    assert len(chat.writes()) == writes


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("fault", BLIND)
async def test_what_cannot_be_seen_any_more_is_told_as_unknown(
    chat: Conversation, record_property: Record, verb: str, fault: Fault
) -> None:
    await card_after_pause(chat, verb)
    chat.sandbox.store.arm(verb, Fault.TIMEOUT_AFTER_EFFECT)
    at_the_write(chat, fault)

    name = f"504_after_effect, then every read {fault}"
    assert await end(chat, verb, record_property, name) == UNKNOWN
    assert len(chat.writes()) == 1


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("fault", "outcome"), AT_THE_READ)
async def test_a_fault_of_the_read_stops_all_but_a_halt(
    chat: Conversation,
    record_property: Record,
    verb: str,
    fault: Fault,
    outcome: str,
) -> None:
    await card_after_pause(chat, verb)
    chat.sandbox.store.arm("read", fault, ALWAYS)

    ended = await end(chat, verb, record_property, f"every read {fault}")
    halt = verb == "halt"
    assert ended == (DONE if halt else outcome)
    assert len(chat.writes()) == (1 if halt else 0)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("fault", "said"), AT_THE_TOKEN)
async def test_without_a_token_nothing_is_changed_and_the_cause_is_told(
    chat: Conversation, record_property: Record, verb: str, fault: Fault, said: str
) -> None:
    await card_after_pause(chat, verb)
    chat.sandbox.store.tokens.revoke_all()
    chat.sandbox.store.arm("token", fault, ALWAYS)

    name = f"token gone, every new one {fault}"
    assert await end(chat, verb, record_property, name) == UNAVAILABLE
    assert said in chat.thread()[0]


@pytest.mark.parametrize("verb", VERBS)
async def test_a_lost_token_is_replaced_and_nobody_notices(
    chat: Conversation, record_property: Record, verb: str
) -> None:
    await card_after_pause(chat, verb)
    chat.sandbox.store.tokens.revoke_all()

    assert await end(chat, verb, record_property, "token gone") == DONE


@pytest.mark.parametrize("operation", ["app", "read", "token"])
async def test_in_an_outage_a_halt_card_is_made_from_the_last_reading(
    chat: Conversation, operation: str
) -> None:
    chat.clock.forward(10)
    await chat.say(ANN, f"/rollout status {MAIL}")
    chat.sandbox.store.tokens.revoke_all()
    chat.sandbox.store.arm(operation, Fault.UNAVAILABLE, ALWAYS)

    await chat.say(ANN, f"/rollout halt {MAIL}")
    chat.clock.forward(-10)

    assert labels(chat.card()) == ["Halt rollout", "Cancel"]
    assert "could not be read" in words(chat.card())


@pytest.mark.parametrize("operation", ["app", "read", "token"])
@pytest.mark.parametrize("verb", ["finalize", "set"])
async def test_an_outage_before_the_card_is_told_to_the_asker_alone(
    chat: Conversation, verb: str, operation: str
) -> None:
    chat.sandbox.store.tokens.revoke_all()
    chat.sandbox.store.arm(operation, Fault.UNAVAILABLE, ALWAYS)

    # Nothing that an earlier test has read is of now.
    chat.clock.forward(20)
    await chat.say(ANN, f"/rollout {VERBS[verb][0].replace('mail', MAIL)}")
    chat.clock.forward(-20)

    assert "Nothing was changed." in chat.told(ANN)[-1]
    assert chat.told(BEN) == []
    assert chat.cards() == []


@pytest.mark.parametrize("status", ["409", "404"])
@pytest.mark.parametrize("verb", ["finalize", "set"])
async def test_a_submission_that_went_to_another_app_is_refused_as_such(
    chat: Conversation, verb: str, status: str
) -> None:
    await card_after_pause(chat, verb)
    store = chat.sandbox.store
    store.switch(foreign_submission=status)
    mail, photos = store.slot(MAIL), store.slot(PHOTOS)
    mail.published, photos.published = photos.published, mail.published

    await chat.press(BEN, VERBS[verb][1])
    assert "does not belong to this app or flight any more" in chat.thread()[0]
    assert chat.writes() == []
