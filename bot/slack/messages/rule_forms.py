"""The form of a rule: who may confirm, and what needs a second person."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from slack_sdk.models.blocks import (
    Block,
    ExternalDataMultiSelectElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    RadioButtonsElement,
    UserMultiSelectElement,
)
from slack_sdk.models.views import View

from bot.domain.directory import UserGroup
from bot.domain.rule_outcomes import RuleForm, TargetRule
from bot.domain.rules import MOST_APPROVERS, Rule, SecondPerson
from bot.slack.ids import (
    CHOSEN,
    DROP_OWN_RULE,
    FINALIZE_BLOCK,
    GROUPS_BLOCK,
    KEEP_OWN_RULE,
    OWN_RULE_BLOCK,
    PEOPLE_BLOCK,
    REASONS_BLOCK,
    REASONS_OPTIONAL,
    REASONS_REQUIRED,
    RULE_FORM,
    RULE_GROUPS,
    SET_BLOCK,
    rule_form_subject,
)
from bot.slack.messages.blocks import Message, note, plain_object, section
from bot.slack.messages.escape import as_plain, plain
from bot.slack.messages.phrases import command
from bot.slack.messages.rule_problems import no_user_groups
from bot.slack.messages.rules import named
from bot.slack.messages.translator import N_, Translator

# https://docs.slack.dev/reference/views/modal-views
_MOST_TITLE: Final = 24
_MOST_LABEL: Final = 2000
# https://docs.slack.dev/reference/block-kit/composition-objects/option-object
_MOST_OPTION: Final = 75
_MOST_OPTIONS: Final = 100

SECOND_PERSON: Final[Mapping[SecondPerson, str]] = MappingProxyType(
    {
        SecondPerson.NO: N_("No"),
        SecondPerson.YES: N_("Yes"),
        SecondPerson.ALONE_AFTER_10_MINUTES: N_(
            "Yes; the asker alone after 10 minutes, with a reason"
        ),
        SecondPerson.ALONE_AFTER_1_HOUR: N_(
            "Yes; the asker alone after 1 hour, with a reason"
        ),
    }
)
REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        REASONS_OPTIONAL: N_("May be left out"),
        REASONS_REQUIRED: N_("Required"),
    }
)
OWN_RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        KEEP_OWN_RULE: N_("It has a rule of its own, as below"),
        DROP_OWN_RULE: N_("Drop it: follow the app or the workspace"),
    }
)


def _about(t: Translator, found: TargetRule) -> str:
    if found.target is None:
        return t.gettext(
            "This proposes another default rule of the workspace. Nothing changes "
            "before a second person agrees, who may confirm by the rule now and by the "
            "new one."
        )
    return t.gettext(
        "This proposes another rule for {app}. Nothing changes before a second person "
        "agrees, who may confirm by the rule now and by the new one.",
        app=named(t, found),
    )


def rule_form(t: Translator, where: str, form: RuleForm) -> dict[str, Any]:
    """Draw the form that proposes another rule, with the rule in force filled in."""
    rule, found = form.rule.in_force.rule, form.rule
    about = _about(t, found)
    people = UserMultiSelectElement(
        action_id=CHOSEN,
        initial_users=list(rule.people) or None,
        max_selected_items=MOST_APPROVERS,
    )
    blocks = [
        section(about),
        *_own_rule(t, found),
        _input(
            t.gettext("People who may confirm"),
            PEOPLE_BLOCK,
            people,
            t.gettext(
                "Without any people or groups, everybody in a channel that has the app "
                "may confirm."
            ),
        ),
        _groups(t, form),
        _input(
            t.gettext("Finalize needs a second person"),
            FINALIZE_BLOCK,
            _radio(t, SECOND_PERSON, rule.finalize),
        ),
        _input(
            t.gettext("Set needs a second person"),
            SET_BLOCK,
            _radio(t, SECOND_PERSON, rule.set),
        ),
        _input(
            t.gettext("Reason"), REASONS_BLOCK, _radio(t, REASONS, reasons_of(rule))
        ),
    ]
    return View(
        type="modal",
        callback_id=RULE_FORM,
        private_metadata=rule_form_subject(where, found.target, found.in_force.version),
        title=plain_object(t.gettext("Propose a rule"), _MOST_TITLE),
        submit=plain_object(t.gettext("Propose"), _MOST_TITLE),
        close=plain_object(t.gettext("Cancel"), _MOST_TITLE),
        blocks=blocks,
    ).to_dict()


def reasons_of(rule: Rule) -> str:
    """Return the option that says whether a reason is required."""
    return REASONS_REQUIRED if rule.reason_required else REASONS_OPTIONAL


def group_options(groups: Sequence[UserGroup]) -> list[Option]:
    """Return the options of a select that offers user groups."""
    return [
        Option(text=plain_object(_label(group), _MOST_OPTION), value=group.id)
        for group in groups[:_MOST_OPTIONS]
    ]


def form_not_read(t: Translator) -> str:
    """Return that a form does not say which rule it is about."""
    return as_plain(
        t.gettext(
            "I cannot tell which rule this form is for, so nothing was proposed. "
            "Please close it, and type {command} in the channel.",
            command=command("rules"),
        )
    )


def rule_form_not_opened(t: Translator) -> Message:
    """Draw what to do where Slack did not open the form."""
    return note(t.gettext("Slack did not open the form in time. Please press again."))


def _input(
    label: str,
    block_id: str,
    element: InputInteractiveElement,
    hint: str | None = None,
) -> InputBlock:
    return InputBlock(
        block_id=block_id,
        label=plain_object(label, _MOST_LABEL),
        hint=plain_object(hint, _MOST_LABEL) if hint else None,
        element=element,
        optional=block_id in {PEOPLE_BLOCK, GROUPS_BLOCK},
    )


def _groups(t: Translator, form: RuleForm) -> Block:
    """Draw the select of groups; a workspace may have none, and a rule name some."""
    if not form.has_groups:
        return section(no_user_groups(t))
    select = ExternalDataMultiSelectElement(
        action_id=RULE_GROUPS,
        initial_options=group_options(form.groups) or None,
        min_query_length=0,
        max_selected_items=MOST_APPROVERS,
    )
    label = t.gettext("User groups that may confirm")
    return _input(label, GROUPS_BLOCK, select)


def _own_rule(t: Translator, found: TargetRule) -> tuple[Block, ...]:
    """Draw the choice to drop a target's own rule; the default cannot be dropped."""
    if not found.may_drop:
        return ()
    return (
        _input(
            t.gettext("Own rule"),
            OWN_RULE_BLOCK,
            _radio(t, OWN_RULES, KEEP_OWN_RULE),
            t.gettext(
                "Dropped, the rest of this form does not count: the rule of its app "
                "holds, or the default of the workspace."
            ),
        ),
    )


def _radio(
    t: Translator, labels: Mapping[Any, str], chosen: str
) -> RadioButtonsElement:
    options = {
        value: Option(
            text=plain_object(t.gettext(label), _MOST_OPTION), value=str(value)
        )
        for value, label in labels.items()
    }
    return RadioButtonsElement(
        action_id=CHOSEN,
        options=list(options.values()),
        initial_option=options[chosen],
    )


def _label(group: UserGroup) -> str:
    if not group.handle:
        return group.id
    handle = plain(group.handle, _MOST_OPTION)
    return f"@{handle} – {plain(group.name)}" if group.name else f"@{handle}"
