"""What a channel reads of an event: a group is mentioned where a person is needed."""

from dataclasses import replace

import pytest

from bot.domain.events import EventKind
from bot.domain.notices import topic_of
from bot.domain.watching import Topics
from bot.slack.messages import notices
from bot.slack.messages.notices import notice_message
from tests.slack.messages.every_notice import GOING, KINDS, every_notice
from tests.translators import ENGLISH

GROUP = "<!subteam^S012>"
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


def test_the_group_is_mentioned_first_where_a_person_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notices, "topic_of", lambda _: Topics.ATTENTION)

    for notice in NOTICES:
        message = notice_message(ENGLISH, notice)
        assert message.text.startswith(f"{GROUP} ")
        assert message.rendered()[0]["text"]["text"].startswith(f"{GROUP} ")
        unset = notice_message(ENGLISH, replace(notice, mention=None))
        assert unset.text == message.text.removeprefix(f"{GROUP} ")
