"""The message that tells, in the thread of its card, how a request ended."""

from typing import Final

from bot.domain.requests import Request
from bot.domain.results import Result
from bot.slack.escape import mention
from bot.slack.messages import Message, bullets, context, header, section
from bot.slack.verdicts import verdict
from bot.slack.wording import at, partner_center

_CORRECTION: Final = "This corrects the earlier message in this thread."


def result_message(request: Request, result: Result, *, corrects: bool) -> Message:
    """Draw the message for the card's thread; `corrects` an earlier Unknown."""
    told = verdict(request, result)
    by = f"Confirmed by {mention(request.decided_by)}"
    when = f", finished {at(request.finished_at)}" if request.finished_at else ""
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
