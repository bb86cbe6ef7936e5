"""Cards of requests of which Slack may show more than the database has.

A database that was restored from a backup is older than the threads: it does not claim
what happened meanwhile, nor that nothing did.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.domain.requests import Request, RequestState
from bot.domain.results import (
    TYPES,
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.slack.ids import RESULT_PART
from bot.slack.messages.blocks import Message
from bot.slack.messages.card_texts import card_texts
from bot.slack.messages.cards import closed_card, who_cancelled
from bot.slack.messages.phrases import app_word, at, command
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import VerbTexts
from bot.slack.messages.verbs import texts_of

_MARKS: Final[Mapping[type[Result], str]] = MappingProxyType(
    {Done: "✅", AlreadyDone: "ℹ️", Moved: "⚠️", Refused: "⛔", Unavailable: "⛔"}
)


def outdated_card(t: Translator, request: Request, part: str) -> Message:
    """Draw the card of a request whose thread has a result that the database lacks."""
    if request.terms is not None:
        # A ramp has no result of its own.
        return lost_card(t, request)
    kind = TYPES.get(part.removeprefix(RESULT_PART), Unknown)
    what = t.gettext(
        "This result is from the thread: my database is older than it, as after a "
        "restore from a backup, and lacks it. It may be different by now: {command} "
        "shows what the Store has.",
        command=command("status", app_word(request)),
    )
    mark = f"{_MARKS.get(kind, '❓')} "
    return closed_card(
        t, request, _headline(texts_of(request.change), kind), what, mark
    )


def lost_card(t: Translator, request: Request) -> Message:
    """Draw the card of a request that was confirmed, of which no end is to be found."""
    if request.terms is not None:
        return closed_card(
            t, request, card_texts(request).unknown, _lost_ramp(t, request), "❓ "
        )
    what = t.gettext(
        "This was confirmed, but what I know is older than this card, as after a "
        "restore from a backup: I do not know how it ended. Look with {command}.",
        command=command("status", app_word(request)),
    )
    return closed_card(t, request, texts_of(request.change).unknown, what, "❓ ")


def unsure_card(t: Translator, request: Request) -> Message:
    """Draw the card of a closed request whose thread the bot may not read."""
    what = t.gettext(
        "I cannot read this thread, and what I know may be older than it. Look with "
        "{command}, and ask again if it is still wanted.",
        command=command("status", app_word(request)),
    )
    closed = card_texts(request).closed
    return closed_card(t, request, closed, f"{_who_closed(t, request)} {what}")


def _lost_ramp(t: Translator, request: Request) -> str:
    return t.gettext(
        "This was started, but what I know is older than this card, as after a restore "
        "from a backup: I know no such ramp, so none of its steps is sent any more. "
        "Look with {command}, and ask again if it is still wanted.",
        command=command("status", app_word(request)),
    )


def _who_closed(t: Translator, request: Request) -> str:
    if request.state is RequestState.CANCELLED:
        return who_cancelled(t, request)
    return t.gettext(
        "As far as I know nobody confirmed this until {until}.",
        until=at(request.expires_at),
    )


def _headline(texts: VerbTexts, kind: type[Result]) -> str:
    headlines: dict[type[Result], str] = {
        Done: texts.done,
        AlreadyDone: texts.already,
        Moved: texts.moved,
        Refused: texts.failed,
        Unavailable: texts.failed,
    }
    return headlines.get(kind, texts.unknown)
