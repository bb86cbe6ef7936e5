"""The private answer to a command, in words."""

from typing import assert_never

from bot.domain.failures import FailureKind
from bot.domain.outcomes import (
    AliasAdded,
    Aliases,
    AliasRemoved,
    CommandOutcome,
    ConfirmationNeeded,
    Help,
    History,
    NotAllowed,
    NothingToConfirm,
    Status,
    UnknownAlias,
    Usage,
)
from bot.domain.requests import Request
from bot.domain.results import AlreadyDone, Refused, Unavailable
from bot.slack.messages.blocks import Message
from bot.slack.messages.cards import card
from bot.slack.messages.escape import code
from bot.slack.messages.failures import failure_text
from bot.slack.messages.help import guide, not_allowed, note, unknown_alias, usage
from bot.slack.messages.listings import alias_line, alias_list, history, status
from bot.slack.messages.phrases import command, name, state, to_do
from bot.slack.messages.refusals import next_step, refused_facts, support_id


def answer_message(answer: CommandOutcome) -> Message:  # noqa: C901, PLR0912 - one arm each
    """Draw the answer; a ConfirmationNeeded gives its card, which all may see."""
    match answer:
        case ConfirmationNeeded():
            return card(answer.request)
        case Usage():
            return usage(answer)
        case UnknownAlias():
            return unknown_alias(answer)
        case NotAllowed():
            return not_allowed(answer)
        case Status():
            return status(answer)
        case History():
            return history(answer)
        case Help():
            return guide(answer.aliases)
        case Aliases():
            return alias_list(answer)
        case AliasAdded():
            return _added(answer)
        case AliasRemoved():
            gone = code(answer.alias.name)
            return note(f"The alias {gone} is gone. The app itself is not touched.")
        case NothingToConfirm():
            return _declined(answer)
        case Refused():
            return note(_refused("This cannot be done.", answer))
        case Unavailable():
            return note(_unavailable(answer))
    assert_never(answer)


def _declined(declined: NothingToConfirm) -> Message:
    """Say why there is no card, and of which app: answers may come out of order."""
    target, snapshot = declined.target, declined.snapshot
    about = name(snapshot) if snapshot else code(target.flight_id or target.app_id)
    if declined.alias is not None:
        about = f"{code(declined.alias)} ({about})"
    result = declined.result
    match result:
        case AlreadyDone():
            return note(f"Nothing to do: {about} is {state(result.now)} already.")
        case Refused():
            head = f"{to_do(declined.change)} of {about}: this cannot be done."
            return note(_refused(head, result))
        case Unavailable():
            return note(f"{about}: {_unavailable(result)}")
    assert_never(result)


def _refused(head: str, refused: Refused) -> str:
    facts = " ".join(refused_facts(refused))
    support = "\n".join(support_id(refused.correlation_id))
    return f"{head} {facts} {next_step(refused.reason)}\n{support}".strip()


def _unavailable(unavailable: Unavailable) -> str:
    support = "\n".join(support_id(unavailable.correlation_id))
    retry = unavailable.detail.kind is FailureKind.RETRY
    again = " Try again in a minute." if retry else ""
    text = f"{failure_text(unavailable.detail)} Nothing was changed.{again}"
    return f"{text}\n{support}".strip()


def named_no_app(request: Request) -> Message:
    """Say which app a command without one was taken for: its words may name another."""
    alias = code(request.alias or request.snapshot.ref.target.app_id)
    return note(
        f"You named no app that I know here, so the card is for {alias}, this "
        f"channel's only one: *{name(request.snapshot)}*. If you meant another, "
        "press Cancel."
    )


def _added(added: AliasAdded) -> Message:
    look = command("status", added.alias.name)
    text = f"Added: {alias_line(added.alias)}. Look at it with {look}."
    if not added.published:
        text = f"{text} It has no published submission yet, so nothing to steer."
    return note(text)
