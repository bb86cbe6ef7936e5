"""The words for rollouts, changes, targets and times that all messages share."""

from datetime import UTC, datetime
from typing import Final, assert_never
from urllib.parse import quote

from bot.domain.percentages import format_percentage
from bot.domain.requests import Alias, Request
from bot.domain.rollout import Change, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef
from bot.domain.verbs import Phase, Verb
from bot.slack.ids import COMMAND
from bot.slack.messages.escape import code, escape, plain

_MOST_PERCENT: Final = 100
_LONGEST_ID: Final = 64


def percent(percentage: float) -> str:
    """Write a percentage for people: `12.5 %`; odd figures of the Store stay short."""
    if not 0 <= percentage <= _MOST_PERCENT:
        return f"{percentage:.3g} %"
    return f"{format_percentage(percentage)} %"


def state(rollout: Rollout) -> str:
    """Say how a rollout stands."""
    match rollout.phase:
        case Phase.IN_PROGRESS:
            return f"in progress at {percent(rollout.percentage)}"
        case Phase.STOPPED:
            return "halted"
        case Phase.COMPLETE:
            return "finalized"
        case Phase.NOT_STARTED:
            return f"not started, {percent(rollout.percentage)} planned"
        case Phase.DISABLED:
            return "no gradual rollout"
        case Phase.UNRECOGNISED:
            return f"in a state that is new to this bot, {code(rollout.status)}"
    assert_never(rollout.phase)


def wanted(change: Change) -> str:
    """Say how the rollout stands once the change is made."""
    match change.verb:
        case Verb.HALT:
            return "halted"
        case Verb.FINALIZE:
            return "finalized"
        case Verb.SET:
            return f"in progress at {percent(change.percentage or 0)}"
    assert_never(change.verb)


def done(change: Change) -> str:
    """Say in one or three words what was done: `Halted`, `Set to 40 %`."""
    match change.verb:
        case Verb.HALT:
            return "Halted"
        case Verb.FINALIZE:
            return "Finalized"
        case Verb.SET:
            return f"Set to {percent(change.percentage or 0)}"
    assert_never(change.verb)


def doing(change: Change) -> str:
    """Say what is going on: `Halting`, `Setting to 40 %`."""
    match change.verb:
        case Verb.HALT:
            return "Halting"
        case Verb.FINALIZE:
            return "Finalizing"
        case Verb.SET:
            return f"Setting to {percent(change.percentage or 0)}"
    assert_never(change.verb)


def to_do(change: Change) -> str:
    """Name what is asked for, as the button does: `Halt rollout`, `Set to 40 %`."""
    match change.verb:
        case Verb.HALT:
            return "Halt rollout"
        case Verb.FINALIZE:
            return "Finalize rollout"
        case Verb.SET:
            return f"Set to {percent(change.percentage or 0)}"
    assert_never(change.verb)


def name(snapshot: Snapshot) -> str:
    """Name the app and its flight, for mrkdwn."""
    app = escape(snapshot.app_name or snapshot.ref.target.app_id)
    flight = snapshot.flight_name or snapshot.ref.target.flight_id
    return f"{app}, flight {escape(flight, 40)}" if flight else app


def plain_name(snapshot: Snapshot) -> str:
    """Name the app and its flight, for a headline."""
    app = plain(snapshot.app_name or snapshot.ref.target.app_id, 50)
    flight = snapshot.flight_name or snapshot.ref.target.flight_id
    return f"{app}, flight {plain(flight, 30)}" if flight else app


def alias_name(alias: Alias) -> str:
    """Name what an alias stands for, for mrkdwn."""
    app = escape(alias.app_name or alias.target.app_id)
    flight = alias.flight_name or alias.target.flight_id
    return f"{app}, flight {escape(flight, 40)}" if flight else app


def app_word(request: Request) -> str:
    """Return the word by which people name the target in a command."""
    return request.alias or request.snapshot.ref.target.app_id


def command(*words: str) -> str:
    """Show a command that can be typed as it stands."""
    return code(" ".join((COMMAND, *words)), 120)


def ask_again(request: Request) -> str:
    """Show the command that asks for the same change once more."""
    asked, percentage = request.change, request.change.percentage
    number = () if percentage is None else (percent(percentage).replace(" ", ""),)
    return command(asked.verb, app_word(request), *number)


def at(moment: datetime) -> str:
    """Show a time in the reader's own zone, in UTC where Slack cannot.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    utc = moment.astimezone(UTC)
    shown = "{date_short_pretty} {time}"
    return f"<!date^{int(utc.timestamp())}^{shown}|{utc:%Y-%m-%d %H:%M} UTC>"


def partner_center(ref: SubmissionRef, label: str = "Open in Partner Center") -> str:
    """Link to the submission in Partner Center."""
    app = quote(ref.target.app_id[:_LONGEST_ID], "")
    submission = quote(ref.submission_id[:_LONGEST_ID], "")
    address = "https://partner.microsoft.com/dashboard/products"
    return f"<{address}/{app}/submissions/{submission}|{label}>"
