"""Answers to somebody who proposes a rule; the card is the answer to all others."""

from typing import assert_never

from bot.domain.channel_outcomes import LetInAsked
from bot.domain.outcomes import NotAllowed
from bot.domain.rule_changes import ProposedRule
from bot.domain.rule_outcomes import (
    CannotConfirm,
    NotLookedUp,
    RuleOutdated,
    RulePending,
    RuleProposed,
    RuleUnchanged,
    TooFewApprovers,
    TooManyApprovers,
)
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.channel_denials import let_in_asked
from bot.slack.messages.denials import not_allowed
from bot.slack.messages.phrases import command
from bot.slack.messages.rule_problems import not_proposed
from bot.slack.messages.rules import in_words, named
from bot.slack.messages.translator import Translator


def proposed_rule(t: Translator, answer: ProposedRule) -> Message | None:
    """Draw the answer to a proposal; None where the card is the answer."""
    match answer:
        case RuleProposed():
            return None
        case RulePending() if answer.rule.target is None:
            return note(
                t.gettext(
                    "Another default rule of the workspace waits for a second person "
                    "already. Let somebody decide on its card first; nothing was "
                    "proposed."
                )
            )
        case RulePending():
            return note(
                t.gettext(
                    "Another rule for {app} waits for a second person already. Let "
                    "somebody decide on its card first; nothing was proposed.",
                    app=named(t, answer.rule),
                )
            )
        case RuleUnchanged() if answer.rule.target is None:
            return note(
                t.gettext(
                    "This is the default rule of the workspace already, so nothing was "
                    "proposed."
                )
            )
        case RuleUnchanged():
            return note(
                t.gettext(
                    "This is the rule for {app} already, so nothing was proposed.",
                    app=named(t, answer.rule),
                )
            )
        case RuleOutdated():
            return note(_outdated(t, answer))
        case NotAllowed():
            return not_allowed(t, answer)
        case LetInAsked():
            return let_in_asked(t, answer)
        case TooManyApprovers() | CannotConfirm() | TooFewApprovers() | NotLookedUp():
            return not_proposed(t, answer)
    assert_never(answer)


def _outdated(t: Translator, answer: RuleOutdated) -> str:
    now = " ".join(in_words(t, answer.rule.in_force.rule))
    if answer.rule.target is None:
        return t.gettext(
            "The default rule of the workspace has changed since you opened the form, "
            "so nothing was proposed. It is now: {rule} Look at it with {command}.",
            rule=now,
            command=command("rules"),
        )
    return t.gettext(
        "The rule for {app} has changed since you opened the form, so nothing was "
        "proposed. It is now: {rule} Look at it with {command}.",
        app=named(t, answer.rule),
        rule=now,
        command=command("rules"),
    )
