"""Replies to one person: the answer to a command."""

from collections.abc import Sequence
from typing import assert_never

from bot.domain.channel_outcomes import (
    AliasAdded,
    Aliases,
    AliasRemoved,
    AppGivenUp,
    ChannelLanguage,
    LetInAsked,
)
from bot.domain.failures import FailureKind
from bot.domain.lock_outcomes import Locked, LockLifted, Locks, LockSet, NotLocked
from bot.domain.outcomes import (
    CardOpen,
    CommandOutcome,
    ConfirmationNeeded,
    Help,
    History,
    LeftOut,
    NotAllowed,
    NothingToConfirm,
    Several,
    Status,
    Version,
)
from bot.domain.plan_outcomes import PlanAnswer
from bot.domain.press_outcomes import ReasonRequired
from bot.domain.requests import Request
from bot.domain.results import AlreadyDone, Refused, Unavailable
from bot.domain.rule_outcomes import Rules
from bot.domain.subscriptions import (
    NotSubscribed,
    Subscribed,
    Subscriptions,
    Unsubscribed,
)
from bot.domain.usage import UnknownAlias, Usage
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.card_texts import RAMP_IMPOSSIBLE, asked_for
from bot.slack.messages.cards import card
from bot.slack.messages.channel_denials import app_given_up, let_in_asked
from bot.slack.messages.denials import not_allowed
from bot.slack.messages.escape import code, link, mention
from bot.slack.messages.failures import failure_text
from bot.slack.messages.help import guide
from bot.slack.messages.history import history
from bot.slack.messages.languages import channel_language
from bot.slack.messages.listings import alias_line, alias_list
from bot.slack.messages.locks import (
    lock_lifted,
    lock_list,
    lock_set,
    locked,
    not_locked,
)
from bot.slack.messages.phrases import at, command, name
from bot.slack.messages.press_refusals import (
    reason_required,
)
from bot.slack.messages.ramp_phrases import goes_on
from bot.slack.messages.ramps import ramp_answer
from bot.slack.messages.refusals import next_step, refused_facts, support_id
from bot.slack.messages.rules import rules
from bot.slack.messages.several import left_out
from bot.slack.messages.status import status
from bot.slack.messages.subscriptions import (
    not_subscribed,
    still_followed,
    subscribed,
    subscription_list,
    unsubscribed,
)
from bot.slack.messages.translator import Translator
from bot.slack.messages.usage import unknown_alias, usage
from bot.slack.messages.verb_texts import verb_text
from bot.slack.messages.verbs import texts_of


def answer_message(t: Translator, answer: CommandOutcome) -> Message:  # noqa: C901, PLR0912 - one arm each
    """Draw the answer; a ConfirmationNeeded gives its card, which all may see."""
    match answer:
        case _ if isinstance(answer, PlanAnswer):
            return ramp_answer(t, answer)
        case ConfirmationNeeded():
            return card(t, answer.request)
        case Usage():
            return usage(t, answer)
        case UnknownAlias():
            return unknown_alias(t, answer)
        case NotAllowed():
            return not_allowed(t, answer)
        case Status():
            return status(t, answer)
        case History():
            return history(t, answer)
        case Help():
            return guide(t, answer.aliases)
        case Version():
            return note(t.gettext("Version {version}", version=code(answer.version)))
        case Aliases():
            return alias_list(t, answer)
        case ChannelLanguage():
            return channel_language(t, answer)
        case AliasAdded():
            return _added(t, answer)
        case AliasRemoved():
            return _removed(t, answer)
        case AppGivenUp():
            return app_given_up(t, answer)
        case LetInAsked():
            return let_in_asked(t, answer)
        case Subscriptions():
            return subscription_list(t, answer)
        case Subscribed():
            return subscribed(t, answer)
        case Unsubscribed():
            return unsubscribed(t, answer)
        case NotSubscribed():
            return not_subscribed(t, answer)
        case LockSet():
            return lock_set(t, answer)
        case LockLifted():
            return lock_lifted(t, answer)
        case NotLocked():
            return not_locked(t, answer)
        case Locks():
            return lock_list(t, answer)
        case Locked():
            return locked(t, answer)
        case Rules():
            return rules(t, answer)
        case CardOpen():
            return card_open(t, answer.request, None)
        case NothingToConfirm():
            return _declined(t, answer)
        case ReasonRequired():
            return reason_required(t, answer)
        case LeftOut():
            return left_out(t, answer)
        case Several():
            return _several([answer_message(t, each) for each in answer.answers])
        case Refused():
            return note(_refused(t, t.gettext("This cannot be done."), answer))
        case Unavailable():
            return note(_unavailable(t, answer))
    assert_never(answer)


def _several(messages: Sequence[Message]) -> Message:
    blocks = tuple(block for message in messages for block in message.blocks)
    return Message("\n".join(message.text for message in messages), blocks)


def card_open(t: Translator, request: Request, address: str | None) -> Message:
    """Draw that a card for the same is open above, with a link where there is one."""
    what = f"*{asked_for(t, request)}*, {name(t, request.snapshot)}"
    asked = t.gettext(
        "{what} is waiting for confirmation already: {who} asked, {time}.",
        what=what,
        who=mention(t, request.asked_by),
        time=at(request.asked_at),
    )
    if address is None:
        above = t.gettext("Its card is above, in this channel.")
        return note(f"{asked} {above}")
    opened = link(address, t.gettext("Open its card"))
    return note(f"{asked} {opened}")


def _declined(t: Translator, declined: NothingToConfirm) -> Message:
    """Draw why there is no card, and of which app: answers may come out of order."""
    target, snapshot = declined.target, declined.snapshot
    about = name(t, snapshot) if snapshot else code(target.flight_id or target.app_id)
    if declined.alias is not None:
        about = f"{code(declined.alias)} ({about})"
    change, texts, result = declined.change, texts_of(declined.change), declined.result
    match result:
        case AlreadyDone():
            return note(verb_text(t, texts.already, change, app=about))
        case Refused():
            impossible = RAMP_IMPOSSIBLE if declined.is_ramp else texts.impossible
            head = verb_text(t, impossible, change, app=about)
            return note(_refused(t, head, result))
        case Unavailable():
            return note(f"{about}: {_unavailable(t, result)}")
    assert_never(result)


def _refused(t: Translator, head: str, refused: Refused) -> str:
    facts = " ".join(refused_facts(t, refused))
    support = "\n".join(support_id(t, refused.correlation_id))
    return f"{head} {facts} {next_step(t, refused)}\n{support}".strip()


def _unavailable(t: Translator, unavailable: Unavailable) -> str:
    sentences = [
        failure_text(t, unavailable.detail),
        t.gettext("Nothing was changed."),
    ]
    if unavailable.detail.kind is FailureKind.RETRY:
        sentences.append(t.gettext("Try again in a minute."))
    support = "\n".join(support_id(t, unavailable.correlation_id))
    return f"{' '.join(sentences)}\n{support}".strip()


def _added(t: Translator, added: AliasAdded) -> Message:
    alias, look = alias_line(t, added.alias), command("status", added.alias.name)
    text = t.gettext(
        "Added: {alias}. Look at it with {command}.", alias=alias, command=look
    )
    if added.let_in:
        told = t.gettext(
            "Other channels control it too: a message there says that you added it "
            "here."
        )
        text = f"{text} {told}"
    if added.published:
        return note(text)
    nothing = t.gettext("It has no published submission yet, so nothing to control.")
    return note(f"{text} {nothing}")


def _removed(t: Translator, removed: AliasRemoved) -> Message:
    text = t.gettext(
        "The alias {name} is removed. The app itself is not touched.",
        name=code(removed.alias.name),
    )
    if removed.given_up:
        gone = t.gettext(
            "It was the last one of the app, which this channel does not control any "
            "more."
        )
        text = f"{text} {gone}"
    if removed.followed is not None:
        text = f"{text} {still_followed(t, removed.followed)}"
    return note(" ".join((text, *goes_on(t, removed.ramp))))
