"""The text of a result: what the card, the thread and the history show of it."""

from dataclasses import dataclass

from bot.domain.requests import Request
from bot.slack.messages.phrases import name, plain_name
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import verb_text


@dataclass(frozen=True, slots=True)
class ResultText:
    """How a request ended: one headline, what is true now, and what to do next.

    `headline` is plain text; all else is safe mrkdwn. `proof` is the rollout as the
    Store returned it, `support` what Microsoft's support needs, where something failed.
    """

    mark: str
    headline: str
    text: str
    facts: tuple[str, ...]
    proof: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    support: tuple[str, ...] = ()


def headline_of(t: Translator, request: Request, text: str) -> str:
    """Return the headline of a result."""
    return verb_text(t, text, request.change, app=plain_name(t, request.snapshot))


def text_of(t: Translator, request: Request, text: str, details: str) -> str:
    """Return the text of a notification: the headline, then the first details."""
    headline = verb_text(t, text, request.change, app=name(t, request.snapshot))
    # A notification shows no bold type; all asterisks are ours, `escape` leaves none.
    return f"{headline} – {details.replace('*', '')}"
