"""The messages in the thread of a card: how its request ended."""

from bot.domain.requests import Request
from bot.domain.results import Result, Unknown
from bot.slack.messages.blocks import Message, bullets, context, header, section
from bot.slack.messages.escape import channel, mention
from bot.slack.messages.phrases import (
    app_word,
    ask_again,
    at,
    command,
    done_alone,
    log_id,
    name,
    partner_center,
    plain_name,
    state,
)
from bot.slack.messages.results import result_text
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import verb_text
from bot.slack.messages.verbs import texts_of


def result_message(
    t: Translator, request: Request, result: Result, *, corrects: bool
) -> Message:
    """Draw the message for the card's thread; `corrects` an earlier Unknown."""
    shown = result_text(t, request, result)
    first = (t.gettext("This corrects my earlier message."),) if corrects else ()
    alone = done_alone(t, request)
    return Message(
        " ".join((*first, shown.text)),
        (
            header(f"{shown.mark} {shown.headline}"),
            section("\n".join((*first, *shown.facts, *alone, *shown.proof))),
            *((bullets(shown.steps),) if shown.steps else ()),
            context(" · ".join((*_small_print(t, request), *shown.support))),
        ),
    )


def sent_instead(t: Translator, request: Request, message: Message) -> Message:
    """Draw such a message for the one who confirmed, where the channel is closed."""
    where = channel(request.place.channel)
    why = t.gettext(
        "I could not post this in {channel}, so I am telling only you.", channel=where
    )
    return Message(f"{why} {message.text}", (section(why), *message.blocks))


def given_up_message(t: Translator, request: Request) -> Message:
    """Draw the message that ends the looks after an Unknown, without an answer."""
    change, headline = request.change, texts_of(request.change).still_unknown
    shown = verb_text(t, headline, change, app=plain_name(t, request.snapshot))
    text = verb_text(t, headline, change, app=name(t, request.snapshot))
    perhaps = verb_text(t, texts_of(change).perhaps, change)
    what = f"{perhaps} {_never_seen(t, request)}"
    look = command("status", app_word(request))
    link = partner_center(request.snapshot.ref, t.gettext("Partner Center"))
    by = t.gettext("Confirmed by {who}", who=mention(t, request.decided_by))
    return Message(
        f"{text} – {what}",
        (
            header(f"❓ {shown}"),
            section(what),
            bullets(
                (
                    t.gettext(
                        "Look yourself: {command}, or {link}.", command=look, link=link
                    ),
                    t.gettext(
                        "If it is not changed and still wanted, ask again with "
                        "{command}.",
                        command=ask_again(request),
                    ),
                )
            ),
            context(" · ".join((by, log_id(t, request)))),
        ),
    )


def _small_print(t: Translator, request: Request) -> tuple[str, ...]:
    by = t.gettext("Confirmed by {who}", who=mention(t, request.decided_by))
    link = partner_center(request.snapshot.ref, t.gettext("Open in Partner Center"))
    finished_at = request.operation.finished_at if request.operation else None
    if finished_at is None:
        return by, link, log_id(t, request)
    finished = t.gettext("Finished {time}", time=at(finished_at))
    return by, finished, link, log_id(t, request)


def _never_seen(t: Translator, request: Request) -> str:
    stopped = t.gettext(
        "I looked for about an hour and never saw it in the Store; now I have stopped "
        "looking."
    )
    if not isinstance(request.result, Unknown) or request.result.last is None:
        return stopped
    last = state(t, request.result.last)
    first = t.gettext("At first the Store showed: *{state}*.", state=last)
    return f"{stopped} {first}"
