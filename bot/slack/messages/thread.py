"""The messages that tell, in the thread of its card, how a request ended."""

from typing import Final

from bot.domain.requests import Request
from bot.domain.results import Result, Unknown
from bot.slack.messages.blocks import Message, bullets, context, header, section
from bot.slack.messages.escape import channel, mention
from bot.slack.messages.phrases import (
    app_word,
    ask_again,
    at,
    command,
    name,
    partner_center,
    plain_name,
    state,
    wanted,
)
from bot.slack.messages.results import result_text

_CORRECTION: Final = "This corrects my earlier message."
_NEVER_SEEN: Final = (
    "I looked for about an hour and never saw it in the Store; now I have stopped "
    "looking."
)


def result_message(request: Request, result: Result, *, corrects: bool) -> Message:
    """Draw the message for the card's thread; `corrects` an earlier Unknown."""
    told = result_text(request, result)
    by = f"Confirmed by {mention(request.decided_by)}"
    finished_at = request.operation.finished_at if request.operation else None
    when = f", finished {at(finished_at)}" if finished_at else ""
    first = (_CORRECTION,) if corrects else ()
    link = partner_center(request.snapshot.ref)
    return Message(
        " ".join((*first, told.text)),
        (
            header(f"{told.mark} {told.headline}"),
            section("\n".join((*first, *told.facts, *told.proof))),
            *((bullets(told.steps),) if told.steps else ()),
            context(" · ".join((f"{by}{when}", link, *told.support))),
        ),
    )


def sent_instead(request: Request, message: Message) -> Message:
    """Draw such a message for the one who confirmed, where nobody else can be told."""
    where = channel(request.place.channel)
    why = f"I could not post this in {where}, so you alone get it."
    return Message(f"{why} {message.text}", (section(why), *message.blocks))


def given_up_message(request: Request) -> Message:
    """Draw the message that ends the looks after an Unknown, without an answer."""
    target, so = name(request.snapshot), wanted(request.change)
    told = f"It is still not known whether {target} is {so}. {_NEVER_SEEN}"
    if isinstance(request.result, Unknown) and request.result.last is not None:
        told += f" At first the Store showed it *{state(request.result.last)}*."
    look = command("status", app_word(request))
    link = partner_center(request.snapshot.ref, "Partner Center")
    return Message(
        told,
        (
            header(f"❓ Still not known: {plain_name(request.snapshot)}"),
            section(told),
            bullets(
                (
                    f"Look yourself: {look}, or {link}.",
                    f"If it is not {so}, ask again with {ask_again(request)}.",
                )
            ),
            context(f"Confirmed by {mention(request.decided_by)}"),
        ),
    )
