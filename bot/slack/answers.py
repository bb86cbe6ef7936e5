"""The private answer to a command, in words."""

from typing import assert_never

from bot.domain.outcomes import (
    AliasAdded,
    Aliases,
    AliasRemoved,
    AlreadyDone,
    Answer,
    ConfirmationNeeded,
    Guide,
    History,
    NotAllowed,
    Refused,
    Status,
    Unavailable,
    UnknownAlias,
    Usage,
)
from bot.slack.cards import card
from bot.slack.escape import code
from bot.slack.listings import alias_line, alias_list, history, status
from bot.slack.messages import Message
from bot.slack.refusals import refused_facts, said, support_id, way_on
from bot.slack.usage import guide, not_allowed, note, unknown_alias, usage
from bot.slack.wording import command, state


def answer_message(answer: Answer) -> Message:  # noqa: C901, PLR0912 - one arm each
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
        case Guide():
            return guide(answer.aliases)
        case Aliases():
            return alias_list(answer)
        case AliasAdded():
            return _added(answer)
        case AliasRemoved():
            name = code(answer.alias.name)
            return note(f"The alias {name} is gone. The app itself is not touched.")
        case AlreadyDone():
            return note(f"Nothing to do: the rollout is {state(answer.now)} already.")
        case Refused():
            facts = " ".join(refused_facts(answer))
            support = "\n".join(support_id(answer.correlation_id))
            text = f"This cannot be done. {facts} {way_on(answer.reason)}"
            return note(f"{text}\n{support}".strip())
        case Unavailable():
            support = "\n".join(support_id(answer.correlation_id))
            text = f"{said(answer.trouble)} Nothing was changed."
            return note(f"{text}\n{support}".strip())
    assert_never(answer)


def _added(added: AliasAdded) -> Message:
    look = command("status", added.alias.name)
    text = f"Added: {alias_line(added.alias)}. Look at it with {look}."
    if not added.published:
        text = f"{text} It has no published submission yet, so nothing to steer."
    return note(text)
