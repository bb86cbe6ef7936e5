"""Rules in messages: who may confirm, what needs a second person, and since when."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from slack_sdk.models.blocks import ButtonElement, SectionBlock

from bot.domain.requests import Alias
from bot.domain.rule_outcomes import Rules, TargetRule
from bot.domain.rules import Rule, SecondPerson
from bot.slack.ids import CHANGE_RULE, rule_value
from bot.slack.messages.blocks import Message, button_label, listing, section
from bot.slack.messages.escape import code, group, mention
from bot.slack.messages.phrases import alias_name, at, command
from bot.slack.messages.translator import N_, Translator

_ID_LENGTH: Final = 40

_FINALIZE: Final[Mapping[SecondPerson, str]] = MappingProxyType(
    {
        SecondPerson.NO: N_("Finalize needs no second person."),
        SecondPerson.YES: N_("Finalize needs a second person."),
        SecondPerson.ALONE_AFTER_10_MINUTES: N_(
            "Finalize needs a second person; after 10 minutes the asker may do it "
            "alone, with a reason."
        ),
        SecondPerson.ALONE_AFTER_1_HOUR: N_(
            "Finalize needs a second person; after 1 hour the asker may do it alone, "
            "with a reason."
        ),
    }
)
_SET: Final[Mapping[SecondPerson, str]] = MappingProxyType(
    {
        SecondPerson.NO: N_("Set needs no second person."),
        SecondPerson.YES: N_("Set needs a second person."),
        SecondPerson.ALONE_AFTER_10_MINUTES: N_(
            "Set needs a second person; after 10 minutes the asker may do it alone, "
            "with a reason."
        ),
        SecondPerson.ALONE_AFTER_1_HOUR: N_(
            "Set needs a second person; after 1 hour the asker may do it alone, with a "
            "reason."
        ),
    }
)


def rules(t: Translator, answer: Rules) -> Message:
    """Show the rule of one target, or those of the channel and the default."""
    if not answer.of_channel:
        [one] = answer.rules
        sentences = " ".join((*in_words(t, one.in_force.rule), source(t, one)))
        text = t.gettext("The rule of {app}. {rule}", app=named(t, one), rule=sentences)
        return Message(text, (_entry(t, one), section(_halt(t))))
    return listing(
        t.gettext("Who may confirm, and what needs a second person"),
        t.gettext(
            "The rules of this channel's apps, and the default. The rule of one: "
            "{command}.",
            command=command("rules", "APP"),
        ),
        [_entry(t, one) for one in _default_first(answer)],
        lambda hidden: t.ngettext(
            "… and {count} more app: {command}",
            "… and {count} more apps: {command}",
            hidden,
            command=command("rules", "APP"),
        ),
        above=(section(_halt(t)),),
    )


def in_words(t: Translator, rule: Rule) -> tuple[str, ...]:
    """Return a rule in whole sentences, without those that it says nothing about."""
    finalize, set_to = _FINALIZE[rule.finalize], _SET[rule.set]
    return (
        t.gettext("Everybody in a channel that has the app may confirm.")
        if rule.everybody
        else t.gettext(
            "Only these may confirm: {approvers}.", approvers=approvers(t, rule)
        ),
        t.gettext(finalize),
        t.gettext(set_to),
        t.gettext("A reason is required.")
        if rule.reason_required
        else t.gettext("A reason may be left out."),
    )


def approvers(t: Translator, rule: Rule) -> str:
    """Name the people and groups that may confirm."""
    people = (mention(t, one) for one in rule.people)
    return t.listed((*people, *(group(one) for one in rule.groups)))


def source(t: Translator, one: TargetRule) -> str:
    """Return where a rule comes from: who proposed it, who agreed, and when."""
    found = one.in_force
    if found.changed_at is None:
        if found.version == 0:
            return t.gettext("Nobody has agreed on a rule.")
        return t.gettext(
            "Its own rule was dropped, and nobody has agreed on a default of the "
            "workspace."
        )
    proposer, time = mention(t, found.proposed_by), at(found.changed_at)
    if found.proposed_by == found.agreed_by:
        who = t.gettext(
            "Decided by {who} as an admin, {time}.", who=proposer, time=time
        )
    else:
        who = t.gettext(
            "Proposed by {who}, agreed to by {second}, {time}.",
            who=proposer,
            second=mention(t, found.agreed_by),
            time=time,
        )
    if one.target is None:
        return who
    if found.target is None:
        whose = t.gettext("This is the default of the workspace.")
    elif one.is_own:
        whose = t.gettext("This is its own rule.")
    else:
        whose = t.gettext("This is the rule of its app.")
    return f"{whose} {who}"


def named(t: Translator, one: TargetRule) -> str:
    """Name what a rule is for, by its alias and as the Store does; not the default."""
    if one.target is None:
        return ""
    name = alias_name(t, Alias("", one.target, one.app_name or "", one.flight_name))
    return name if one.alias is None else f"{code(one.alias, _ID_LENGTH)} ({name})"


def _default_first(answer: Rules) -> tuple[TargetRule, ...]:
    """Put the default first: of many apps only so many are shown."""
    return tuple(sorted(answer.rules, key=lambda one: one.target is not None))


def _entry(t: Translator, one: TargetRule) -> SectionBlock:
    if one.target is None:
        title = t.gettext("*The default of the workspace*")
    else:
        title = f"*{named(t, one)}*"
    lines = (title, *in_words(t, one.in_force.rule), source(t, one))
    entry = section("\n".join(lines))
    entry.accessory = ButtonElement(
        text=button_label(t.gettext("Change…")),
        action_id=CHANGE_RULE,
        value=rule_value(one.target),
    )
    return entry


def _halt(t: Translator) -> str:
    halt = t.gettext("No rule holds a halt: everybody in the channel may halt.")
    ramp = t.gettext(
        "A ramp needs what set needs, and what finalize needs where that is its end."
    )
    return f"{halt} {ramp}"
