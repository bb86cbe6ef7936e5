"""The Home tab stays inside Slack's limits, and says what is next."""

import json
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from bot.domain.home import HomeContent, NextStep, OpenRollout
from bot.domain.rollout import IN_PROGRESS, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.watching import WatchedTarget
from bot.sandbox.slack.views import MAX_BYTES, parse
from bot.slack.messages.home import ReaderChannels, as_view, home_blocks
from bot.slack.messages.translator import Translator
from tests.slack.messages.every_home import every_home, finished, open_rollouts
from tests.slack.messages.every_message import NOW, Arguments
from tests.slack.messages.test_slack_limits import MENTION
from tests.slack.messages.test_slack_limits_longest import LONG, LONGER
from tests.translators import CLOSE, ENGLISH, OPEN, pseudo, untranslated

NAMES = ("Contoso", "mail", "1e+300")
TARGET = Target("main", "9NBLGGH4R315")


def texts_of(blocks: tuple[Block, ...]) -> list[str]:
    """Return every text of a Home tab."""
    return _texts([block.to_dict() for block in blocks])


def _texts(part: Any) -> list[str]:  # noqa: ANN401 - JSON, of any shape
    if isinstance(part, list):
        return [text for each in part for text in _texts(each)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if isinstance(part.get("text"), str) else []
    return own + [text for value in part.values() for text in _texts(value)]


@pytest.mark.parametrize("t", [ENGLISH, LONGER], ids=["english", "longer"])
@pytest.mark.parametrize("arguments", [*LONG.values(), Arguments()], ids=[*LONG, "few"])
def test_slack_takes_every_home_however_much_there_is(
    t: Translator, arguments: Arguments
) -> None:
    for blocks in every_home(t, arguments):
        view = as_view(blocks)

        assert parse(json.dumps(view), "home")
        assert len(view["blocks"]) <= 100
        assert len(json.dumps(view)) < MAX_BYTES
        for text in texts_of(blocks):
            assert len(text) <= 3000
            assert not MENTION.search(text)


def test_every_text_of_home_comes_from_the_catalogue() -> None:
    for blocks in every_home(pseudo(), Arguments()):
        for text in texts_of(blocks):
            assert untranslated(text, NAMES) == []
            assert text.count(OPEN) == text.count(CLOSE) > 0


def test_what_does_not_fit_is_counted() -> None:
    arguments = Arguments()
    rollouts = tuple(list(open_rollouts(arguments)) * 20)[:200]
    ends = tuple(list(finished(arguments)) * 20)[:200]
    content = HomeContent((), rollouts, ends, follows=True)

    shown = texts_of(home_blocks(ENGLISH, content, ReaderChannels(1), {}, NOW))

    assert "… and 140 more rollouts." in shown
    assert "… and more before that." in shown


def rollout(
    percentage: float = 10.0,
    pending: str | None = None,
    hours: float = 1,
    *,
    failing: bool = False,
) -> OpenRollout:
    """Return a rollout that has been as it is for so many hours."""
    seen = Snapshot(
        SubmissionRef(TARGET, "1"),
        "Mail",
        None,
        Rollout(True, percentage, IN_PROGRESS),
        pending_id=pending,
    )
    since = NOW - timedelta(hours=hours)
    watched = WatchedTarget(
        TARGET, 1, seen, NOW, since, since, failing_since=NOW if failing else None
    )
    return OpenRollout(watched, ("C1",))


@pytest.mark.parametrize(
    ("one", "step", "words"),
    [
        (rollout(), NextStep.RAISE, "Next: raise it, or finalize it."),
        (rollout(100.0), NextStep.FINALIZE, "⚠️ At 100 %, and not finalized yet."),
        (
            rollout(100.0, "2", 99),
            NextStep.FINALIZE,
            "⚠️ At 100 %, and not finalized yet.",
        ),
        (rollout(10.0, "2"), NextStep.FREE_DRAFT, "⚠️ A draft waits behind this"),
        (rollout(hours=71.9), NextStep.RAISE, "Next: raise it, or finalize it."),
        (rollout(hours=72), NextStep.DECIDE, "⚠️ Unchanged for three days or more"),
        (rollout(100.0, failing=True), NextStep.READ, "⚠️ The Store has not let me"),
        (
            OpenRollout(WatchedTarget(TARGET, 1), ("C1",)),
            NextStep.WAIT,
            "Not read from the Store yet.",
        ),
    ],
)
def test_the_next_step_of_a_rollout_is_said_in_words(
    one: OpenRollout, step: NextStep, words: str
) -> None:
    content = HomeContent((), (one,), follows=True)

    shown = texts_of(home_blocks(ENGLISH, content, ReaderChannels(1), {}, NOW))

    assert one.next_step(NOW) is step
    assert any(words in text for text in shown)
    assert one.needs_attention(NOW) is any("⚠️" in text for text in shown)
