"""The Home tab: what waits for one person, what is open, and what has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from slack_sdk.models.blocks import Block

from bot.domain.events import EventKind
from bot.domain.home import FinishedRollout, HomeContent
from bot.domain.requests import Alias
from bot.domain.rollout import UNREAD
from bot.slack.ids import BOT_NAME
from bot.slack.messages.blocks import context, header, section
from bot.slack.messages.escape import channel, code, mention
from bot.slack.messages.home_rollouts import open_rollout
from bot.slack.messages.home_waiting import waiting_cards
from bot.slack.messages.locks import app_lock_lines
from bot.slack.messages.phrases import (
    at,
    command,
    some_of,
    state,
    target_name,
)
from bot.slack.messages.translator import N_, Translator

# Slack takes 100 blocks in a view: these and the cards that wait, three headlines,
# three lines that say how many more there are, the locks, the line about scopes and the
# last one.
# https://docs.slack.dev/reference/views
MOST_OPEN: Final = 60
MOST_FINISHED: Final = 15
_MOST_CHANNELS: Final = 5

View = dict[str, Any]

_BY_BOT: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.ROLLOUT_HALTED: N_(
            "🛑 *{app}*: halted by {who}, {time}. It was {before}."
        ),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ *{app}*: finalized by {who}, {time}. It was {before}."
        ),
    }
)
_ELSEWHERE: Final[Mapping[EventKind, str]] = MappingProxyType(
    {
        EventKind.ROLLOUT_HALTED: N_(
            "🛑 *{app}*: halted outside Rollout Bot, seen {time}. It was {before}."
        ),
        EventKind.ROLLOUT_FINALIZED: N_(
            "✅ *{app}*: finalized outside Rollout Bot, seen {time}. It was {before}."
        ),
        EventKind.ROLLOUT_REPLACED: N_(
            "⏭️ *{app}*: replaced by a newer submission, seen {time}. It was {before}."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ReaderChannels:
    """What Slack has said about the channels that the reader is in.

    `missing` are the scopes that it takes to know all of them; `answered` is whether
    Slack has said anything; `shared` are those that the bot is in, too, as far as they
    were asked for.
    """

    count: int = 0
    missing: tuple[str, ...] = ()
    answered: bool = True
    shared: tuple[str, ...] = ()


def home_blocks(
    t: Translator,
    content: HomeContent,
    channels: ReaderChannels,
    links: Mapping[str, str],
    now: datetime,
) -> tuple[Block, ...]:
    """Draw the Home tab; `links` are the cards' addresses by the ids of requests."""
    return (
        *waiting_cards(t, content, links),
        *_locks(t, content),
        *_open(t, content, channels, now),
        *_finished(t, content),
        context(
            t.gettext(
                "This page is kept up to date for ten minutes after it is opened. "
                "{command} in a channel asks the Store itself.",
                command=command("status"),
            )
        ),
    )


def unavailable_home(t: Translator) -> tuple[Block, ...]:
    """Draw the Home tab while the database cannot be reached."""
    text = t.gettext(
        "I cannot reach my database just now, so there is nothing to show. I try again "
        "in a moment; {command} in a channel asks the Store itself.",
        command=command("status"),
    )
    return (section(text),)


def as_view(blocks: Sequence[Block]) -> View:
    """Return blocks as the view that Slack takes."""
    return {"type": "home", "blocks": [block.to_dict() for block in blocks]}


def _locks(t: Translator, content: HomeContent) -> tuple[Block, ...]:
    """Return one paragraph of what is locked; `locks` in a channel lists the rest."""
    if not content.locks:
        return ()
    names = [
        Alias("", one.watched.target, seen.app_name, seen.flight_name)
        for one in content.open
        if (seen := one.watched.seen) is not None
    ]
    title = t.gettext("*Locked: nobody can finalize or set*")
    return (section("\n".join((title, *app_lock_lines(t, content.locks, names)))),)


def _open(
    t: Translator, content: HomeContent, channels: ReaderChannels, now: datetime
) -> tuple[Block, ...]:
    title = header(t.gettext("Open rollouts"))
    unknown = _unknown_channels(t, channels)
    shown = [
        section(open_rollout(t, one, content.locks, now))
        for one in content.open[:MOST_OPEN]
    ]
    hidden = len(content.open) - len(shown)
    if hidden > 0:
        more = t.ngettext(
            "… and {count} more rollout.", "… and {count} more rollouts.", hidden
        )
        return title, *unknown, *shown, context(more)
    if shown or (unknown and not channels.count):
        return title, *unknown, *shown
    return title, *unknown, section(_nothing_open(t, content, channels))


def _unknown_channels(t: Translator, channels: ReaderChannels) -> tuple[Block, ...]:
    """Return what keeps us from knowing the reader's channels, if anything does."""
    if channels.missing:
        scopes = t.listed(map(code, channels.missing))
        text = t.gettext(
            "I cannot see all channels that you are in: the Slack app lacks the scope "
            "{scopes}. Whoever manages the app can add it under *OAuth &amp; "
            "Permissions* and install the app again. Until then {command} in your "
            "channel shows its rollouts.",
            scopes=scopes,
            command=command("status"),
        )
        return (section(text),)
    if channels.answered:
        return ()
    text = t.gettext(
        "Slack has not said which channels you are in. I ask again in a moment; "
        "{command} in your channel shows its rollouts.",
        command=command("status"),
    )
    return (section(text),)


def _nothing_open(t: Translator, content: HomeContent, channels: ReaderChannels) -> str:
    """Return the first step that is missing, or that nothing is open."""
    alias = command("alias", "add", "mail", "9NBLGGH4R315")
    if content.follows:
        return t.gettext("No rollout is open in what your channels follow.")
    if channels.shared:
        return t.gettext(
            "None of our channels follows an app yet. Name one in {channels} with "
            "{alias}, with the Store ID that Partner Center shows: from then on its "
            "rollouts are here.",
            channels=some_of(t, [*map(channel, channels.shared)], _MOST_CHANNELS),
            alias=alias,
        )
    return t.gettext(
        "You and I are in no channel together. In your release channel, first type "
        "{invite}, then {alias}, with the Store ID that Partner Center shows: from "
        "then on its rollouts are here.",
        invite=code(f"/invite @{BOT_NAME}"),
        alias=alias,
    )


def _finished(t: Translator, content: HomeContent) -> tuple[Block, ...]:
    if not content.follows:
        return ()
    title = header(t.gettext("Finished this week"))
    shown = [section(_end(t, one)) for one in content.finished[:MOST_FINISHED]]
    hidden = len(content.finished) - len(shown)
    if not shown:
        return title, section(t.gettext("No rollout has ended in the last seven days."))
    if hidden <= 0:
        return title, *shown
    # Not all of them are read, so that there is nothing to count.
    return title, *shown, context(t.gettext("… and more before that."))


def _end(t: Translator, one: FinishedRollout) -> str:
    texts = _BY_BOT if one.operation_id and one.kind in _BY_BOT else _ELSEWHERE
    sentence = texts[one.kind]
    return t.gettext(
        sentence,
        app=target_name(t, one.target, one.app_name, one.flight_name),
        who=mention(t, one.actor),
        time=at(one.at),
        before=state(t, one.before or UNREAD),
    )
