"""Why a rule is not proposed, in a reply and at a field of its form."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, assert_never

from bot.domain.directory import NO_GROUPS
from bot.domain.rule_outcomes import (
    CannotConfirm,
    NotLookedUp,
    RuleProblem,
    TooFewApprovers,
    TooManyApprovers,
)
from bot.domain.rules import MOST_APPROVERS, Ineligible
from bot.slack.ids import GROUPS_BLOCK, PEOPLE_BLOCK
from bot.slack.messages.blocks import Message, note
from bot.slack.messages.escape import as_plain, code, mention, plain
from bot.slack.messages.translator import N_, Translator

_WHY: Final[Mapping[Ineligible, str]] = MappingProxyType(
    {
        Ineligible.BOT: N_("{who} is an app, and can confirm nothing."),
        Ineligible.DEACTIVATED: N_(
            "The account of {who} is deactivated, so they can confirm nothing."
        ),
        Ineligible.OTHER_COMPANY: N_(
            "{who} belongs to another company, and can confirm nothing."
        ),
    }
)


def rule_problem(t: Translator, problem: RuleProblem) -> str:
    """Return why a rule is not proposed, in mrkdwn that is safe."""
    match problem:
        case TooManyApprovers():
            return t.gettext(
                "A rule names up to {most} people and groups together; these are "
                "{count}. Choose a group that has them all.",
                most=str(MOST_APPROVERS),
                count=str(problem.named),
            )
        case CannotConfirm():
            why = _WHY[problem.why]
            return t.gettext(why, who=mention(t, problem.user_id))
        case TooFewApprovers(able=0):
            return t.gettext(
                "Nobody could fulfil this rule: the groups have no member who can "
                "confirm. Choose somebody else."
            )
        case TooFewApprovers():
            return t.gettext(
                "Only one person could fulfil this rule, who would be alone with their "
                "own changes. Choose a second one, or let the asker do it alone after "
                "a while."
            )
        case NotLookedUp():
            return _not_looked_up(t, problem)
    assert_never(problem)


def not_proposed(t: Translator, problem: RuleProblem) -> Message:
    """Explain that a rule is not proposed, and why."""
    why = rule_problem(t, problem)
    nothing = t.gettext("Nothing was proposed.")
    return note(f"{why} {nothing}")


def problem_at_field(t: Translator, problem: RuleProblem) -> tuple[str, str]:
    """Return the field that a problem is about, and its text without marks."""
    about_groups = isinstance(problem, TooFewApprovers) or (
        isinstance(problem, NotLookedUp) and problem.group
    )
    block_id = GROUPS_BLOCK if about_groups else PEOPLE_BLOCK
    if isinstance(problem, CannotConfirm):
        why = _WHY[problem.why]
        return block_id, t.gettext(why, who=plain(problem.name or problem.user_id))
    return block_id, as_plain(rule_problem(t, problem))


def no_user_groups(t: Translator) -> str:
    """Return that the workspace has no user groups, and what to do without."""
    return t.gettext(
        "Slack has no user groups in the plan of this workspace, so a rule can name "
        "people alone."
    )


def _not_looked_up(t: Translator, problem: NotLookedUp) -> str:
    if problem.code == NO_GROUPS:
        return no_user_groups(t)
    if problem.group:
        return t.gettext(
            "Slack did not tell me who is in these user groups ({code}), and a rule "
            "that nobody could fulfil would hold every change. Please try again in a "
            "minute.",
            code=code(problem.code),
        )
    return t.gettext(
        "Slack did not tell me who these people are ({code}), and a rule that nobody "
        "could fulfil would hold every change. Please try again in a minute.",
        code=code(problem.code),
    )
