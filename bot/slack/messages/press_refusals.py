"""Refusals by a rule: which one, who can, what to do, and that all may halt."""

from typing import Final, assert_never

from bot.domain.approval import (
    AloneReasonNeeded,
    Disqualification,
    Disqualified,
    LookupRefused,
    NotListed,
    ReasonMissing,
    TooEarly,
    Uncounted,
)
from bot.domain.outcomes import Approved
from bot.domain.percentages import format_percentage
from bot.domain.plan_terms import PlanTerms, terms_text
from bot.domain.press_outcomes import PressRefused, ReasonRequired
from bot.domain.requests import Request
from bot.domain.rollout import Change
from bot.domain.rules import Rule
from bot.domain.verbs import Verb
from bot.slack.messages.approvers import approvers
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.escape import code, mention
from bot.slack.messages.phrases import app_word, at, command
from bot.slack.messages.ramp_phrases import ramp_command
from bot.slack.messages.translator import Translator

# Slack's words for what no repetition helps with.
_NO_GROUPS: Final = frozenset({"plan_upgrade_required", "paid_teams_only"})
_NO_SCOPE: Final = "missing_scope"


def press_refused(t: Translator, refused: PressRefused) -> Message:
    """Explain to the presser why a rule refuses, who can, and what is open to them."""
    refusal, request = refused.refusal, refused.request
    why = _why(t, refused)
    if isinstance(refusal, AloneReasonNeeded):
        return note(why)
    halt = t.gettext(
        "A halt is open to you all the same: {command}.",
        command=command(Verb.HALT, app_word(request)),
    )
    sentences = [why, halt]
    if not isinstance(refusal, Disqualified):
        sentences.insert(1, _whose(t, refused, refusal.rule))
    return note(" ".join(sentences))


def approved(t: Translator, stored: Approved) -> Message:
    """Return that more are needed, and whose approval does not count any more."""
    more = t.gettext("Your approval is stored; one more person must approve this.")
    return note(" ".join((more, *(_no_longer(t, one) for one in stored.uncounted))))


def reason_required(t: Translator, answer: ReasonRequired) -> Message:
    """Ask for the reason that the rule wants, with the command that has it."""
    return note(
        t.gettext(
            "The rule wants a reason for this, so no card was made. Type it with one: "
            "{command}. A halt needs no reason.",
            command=_with_reason(answer.change, answer.terms, answer.chosen.word),
        )
    )


def _why(t: Translator, refused: PressRefused) -> str:
    refusal, request = refused.refusal, refused.request
    match refusal:
        case Disqualified():
            return _nobody(t, refusal.why)
        case NotListed():
            return t.gettext(
                "Nothing was done: you are not among those who may confirm this. They "
                "are {who}.",
                who=approvers(t, refusal.rule),
            )
        case TooEarly():
            return _too_early(t, request, refusal)
        case AloneReasonNeeded():
            return t.gettext(
                "Slack did not open the form for your reason in time, so nothing was "
                "done. Please press again."
            )
        case ReasonMissing():
            return t.gettext(
                "Nothing was done: this was asked for without a reason, and one is "
                "wanted by now. Ask again with one: {command}.",
                command=_with_reason(request.change, request.terms, app_word(request)),
            )
        case LookupRefused():
            return _not_known(t, refusal.code)
    assert_never(refusal)


def _nobody(t: Translator, why: Disqualification) -> str:
    match why:
        case Disqualification.BOT:
            return t.gettext("Nothing was done: a bot cannot confirm anything.")
        case Disqualification.DEACTIVATED:
            return t.gettext(
                "Nothing was done: Slack says that this account is deactivated."
            )
        case Disqualification.NO_COLLEAGUE:
            return t.gettext(
                "Nothing was done: only members of this channel's own organisation "
                "can confirm this."
            )
        case Disqualification.LEFT_CHANNEL:
            return t.gettext("Nothing was done: you are not in this channel any more.")
    assert_never(why)


def _too_early(t: Translator, request: Request, early: TooEarly) -> str:
    if early.rule.everybody:
        others = t.gettext(
            "Nothing was done: you have asked for this yourself, so somebody else in "
            "this channel has to approve it."
        )
    else:
        others = t.gettext(
            "Nothing was done: you have asked for this yourself, so somebody else has "
            "to approve it: {who}.",
            who=approvers(t, early.rule, but=request.asked_by),
        )
    if early.alone_from is None:
        return others
    alone = t.gettext(
        "You can do it alone from {time}, with a reason.", time=at(early.alone_from)
    )
    return f"{others} {alone}"


def _not_known(t: Translator, reason: str) -> str:
    if reason in _NO_GROUPS:
        return t.gettext(
            "Nothing was done: the rule names user groups, and this workspace's Slack "
            "plan has none any more, so I cannot know who is in them. People whom the "
            "rule names by themselves can confirm this."
        )
    if reason == _NO_SCOPE:
        return t.gettext(
            "Nothing was done: Slack does not let me look up who may confirm this, "
            "since my Slack app lacks a scope. Whoever manages the app can see with "
            "{command} which one.",
            command=code("python -m bot doctor"),
        )
    return t.gettext(
        "Nothing was done: Slack did not tell me just now whether you may confirm this "
        "({reason}). Please press again in a minute.",
        reason=code(reason),
    )


def _whose(t: Translator, refused: PressRefused, rule: Rule) -> str:
    """Return which rule it is, in a sentence of its own."""
    now, shown = refused.in_force, command("rules", app_word(refused.request))
    if rule != now.rule:
        return t.gettext(
            "This is by the rule that held when it was asked for; it still counts for "
            "this card."
        )
    if now.target is None:
        return t.gettext(
            "This is by the default rule of the workspace: {command}.", command=shown
        )
    if now.target.flight_id is not None:
        return t.gettext(
            "This is by the rule of this flight: {command}.", command=shown
        )
    return t.gettext("This is by the rule of this app: {command}.", command=shown)


def _no_longer(t: Translator, one: Uncounted) -> str:
    who = mention(t, one.user_id)
    match one.why:
        case Disqualified(why=Disqualification.BOT):
            return t.gettext("The approval of {who}, a bot, does not count.", who=who)
        case Disqualified(why=Disqualification.DEACTIVATED):
            return t.gettext(
                "The approval of {who} does not count any more: the account is "
                "deactivated.",
                who=who,
            )
        case Disqualified(why=Disqualification.NO_COLLEAGUE):
            return t.gettext(
                "The approval of {who} does not count any more: they do not belong to "
                "this channel's own organisation.",
                who=who,
            )
        case Disqualified(why=Disqualification.LEFT_CHANNEL):
            return t.gettext(
                "The approval of {who} does not count any more: they have left this "
                "channel.",
                who=who,
            )
        case NotListed():
            return t.gettext(
                "The approval of {who} does not count any more: they are not among "
                "those who may confirm this.",
                who=who,
            )
        case TooEarly() | AloneReasonNeeded():
            return t.gettext(
                "The approval of {who} does not count any more: they have asked for "
                "this themselves.",
                who=who,
            )
        case ReasonMissing() | LookupRefused() | Disqualified():
            return t.gettext("The approval of {who} does not count any more.", who=who)
    assert_never(one.why)


def _with_reason(change: Change, terms: PlanTerms | None, word: str) -> str:
    """Show the command that asks for a change, or a ramp, with a reason."""
    if terms is not None:
        return ramp_command(word, terms_text(terms), "REASON")
    percentage = change.percentage
    number = () if percentage is None else (f"{format_percentage(percentage)}%",)
    return command(change.verb, word, *number, "REASON")
