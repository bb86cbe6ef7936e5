"""What a channel reads of an event: a group is mentioned where a person is needed."""

from dataclasses import replace

import pytest

from bot.domain.events import EventKind
from bot.domain.notices import topic_of
from bot.domain.watching import Topics
from bot.slack.messages.notices import notice_message
from tests.slack.messages.every_notice import (
    GOING,
    KINDS,
    REMINDERS,
    every_notice,
    every_reminder,
)
from tests.translators import ENGLISH

GROUP = "<!subteam^S012>"
REMINDED = [*every_reminder("Contoso", [GOING])]
NOTICES = [
    replace(one, mention="S012") for one in every_notice("Contoso", "U0ANN", [GOING])
]


@pytest.mark.parametrize("kind", [*KINDS, EventKind.ENDED])
def test_what_has_changed_is_of_the_topic_changes(kind: EventKind) -> None:
    assert topic_of(kind) is Topics.CHANGES


def test_nobody_is_mentioned_for_a_change() -> None:
    for notice in NOTICES:
        message = notice_message(ENGLISH, notice)
        assert GROUP not in f"{message.text} {message.rendered()}"


@pytest.mark.parametrize("kind", REMINDERS)
def test_what_needs_a_person_is_of_the_topic_attention(kind: EventKind) -> None:
    assert topic_of(kind) is Topics.ATTENTION


def test_the_group_is_mentioned_first_where_a_person_is_needed() -> None:
    for notice in REMINDED:
        message = notice_message(ENGLISH, replace(notice, mention="S012"))
        assert message.text.startswith(f"{GROUP} ")
        assert message.rendered()[0]["text"]["text"].startswith(f"{GROUP} ")
        unset = notice_message(ENGLISH, replace(notice, mention=None))
        assert unset.text == message.text.removeprefix(f"{GROUP} ")


def test_a_reminder_has_the_buttons_that_help() -> None:
    labels = {}
    for notice in REMINDED:
        blocks = notice_message(ENGLISH, notice).rendered()
        labels[notice.kind] = [
            element["text"]["text"]
            for block in blocks
            if block["type"] == "actions"
            for element in block["elements"]
        ]

    assert labels == {
        EventKind.ROLLOUT_STUCK: ["Halt…", "Set…", "Finalize…"],
        EventKind.ROLLOUT_NOT_FINALIZED: ["Halt…", "Finalize…"],
        EventKind.DRAFT_BLOCKED: ["Halt…", "Finalize…"],
        EventKind.STORE_UNREADABLE: ["Halt…"],
        EventKind.STORE_READABLE: [],
    }


def test_only_the_thread_is_told_of_a_store_that_cannot_be_read() -> None:
    broadcast = {one.kind for one in REMINDED if one.concerns_channel}

    assert broadcast == {
        EventKind.ROLLOUT_STUCK,
        EventKind.ROLLOUT_NOT_FINALIZED,
        EventKind.DRAFT_BLOCKED,
    }
