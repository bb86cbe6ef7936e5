"""Who may confirm a request: on its card, in its thread, and in a refusal."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.approval import alone_from
from bot.domain.requests import Request
from bot.domain.rules import Rule
from bot.slack.messages.blocks import Message, context, note, section
from bot.slack.messages.card_texts import asked_for
from bot.slack.messages.escape import escape, group, mention
from bot.slack.messages.phrases import at, name, some_of
from bot.slack.messages.translator import Translator

# The names of people and user groups, by Slack's ids: naming them notifies nobody.
Names = Mapping[str, str]
NO_NAMES: Final[Names] = MappingProxyType({})
# As many as a rule may list.
_MOST: Final = 10


def approver_blocks(t: Translator, request: Request, names: Names) -> tuple[Block, ...]:
    """Return what a card says of who may confirm it; nothing where everybody may."""
    if request.needs_another:
        needs = t.gettext(
            "*Needs one more person, not {who}* · until {until}",
            who=mention(t, request.asked_by),
            until=at(request.expires_at),
        )
        return (section(f"{needs}\n{_who_can_approve(t, request, names)}"),)
    if request.rule.everybody:
        return ()
    who = approvers(t, request.rule, names=names)
    return (section(t.gettext("Can be confirmed by: {who}", who=who)),)


def alone_block(t: Translator, request: Request) -> tuple[Block, ...]:
    """Return from when the asker may do without another person; nothing where never."""
    rule, asker = request.rule, request.asked_by
    from_then = alone_from(request, rule)
    in_a_group = bool(rule.groups) and asker not in rule.people
    if from_then is None or not (rule.everybody or asker in rule.people or in_a_group):
        return ()
    who, time = mention(t, asker), at(from_then)
    if in_a_group:
        return (
            context(
                t.gettext(
                    "{who}, if among those who can approve, can do it alone from "
                    "{time} with a reason.",
                    who=who,
                    time=time,
                )
            ),
        )
    return (
        context(
            t.gettext(
                "{who} can do it alone from {time} with a reason.", who=who, time=time
            )
        ),
    )


def approvers(
    t: Translator, rule: Rule, *, but: str | None = None, names: Names = NO_NAMES
) -> str:
    """List the people and the user groups that a rule names, without one person.

    Who has no name here is mentioned: Slack notifies them where a message is posted.
    """
    people = [one for one in rule.people if one != but]
    shown = [
        *(escape(names[one]) if one in names else mention(t, one) for one in people),
        *(escape(names[one]) if one in names else group(one) for one in rule.groups),
    ]
    return some_of(t, shown, _MOST)


def approval_reminder(t: Translator, request: Request) -> Message:
    """Draw what the card's thread is reminded of; the first time it mentions people."""
    change = f"*{asked_for(t, request)}: {name(t, request.snapshot)}*"
    text = t.gettext(
        "⏳ {change} still needs one more person, until {until}. The card above has "
        "the buttons.",
        change=change,
        until=at(request.expires_at),
    )
    if request.reminders or request.rule.everybody:
        return note(text)
    who = approvers(t, request.rule, but=request.asked_by)
    can = t.gettext("Can approve: {who}", who=who)
    return note(f"{text} {can}")


def _who_can_approve(t: Translator, request: Request, names: Names) -> str:
    if request.rule.everybody:
        return t.gettext(
            "Can approve: everybody in this channel but {who}",
            who=mention(t, request.asked_by),
        )
    who = approvers(t, request.rule, but=request.asked_by, names=names)
    return t.gettext("Can approve: {who}", who=who)
