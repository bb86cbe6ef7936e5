"""The words for rollouts, changes, targets and times that all messages share."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, assert_never
from urllib.parse import quote

from bot.domain.app_names import ResolvedTarget
from bot.domain.percentages import format_percentage
from bot.domain.requests import Alias, EndReason, Request
from bot.domain.rollout import NOT_READ, Rollout
from bot.domain.submissions import Snapshot, SubmissionRef, Target
from bot.domain.verbs import Phase
from bot.slack.ids import COMMAND
from bot.slack.messages.escape import code, escape, mention, plain
from bot.slack.messages.translator import N_, Translator

_LONGEST_ID: Final = 64
_LONGEST_COMMAND: Final = 120
_BAR_LENGTH: Final = 10
_REASON_LENGTH: Final = 400
# The days of the week, from Monday on.
DAY_NAMES: Final = (
    *(N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun")),
)

_END_REASONS: Final[Mapping[EndReason, str]] = MappingProxyType(
    {
        EndReason.HALTED: N_(
            "Halted by {who} with another card, {time}. Nothing is left to confirm "
            "here."
        ),
        EndReason.FINALIZED: N_(
            "Finalized by {who} with another card, {time}. Nothing is left to confirm "
            "here."
        ),
        EndReason.FOUND_HALTED: N_(
            "The Store shows the rollout as halted, {time}. Nothing is left to confirm "
            "here."
        ),
        EndReason.FOUND_FINALIZED: N_(
            "The Store shows the rollout as finalized, {time}. Nothing is left to "
            "confirm here."
        ),
        EndReason.REPLACED: N_(
            "{who} asked again, {time}: the rollout had changed since this card was "
            "made. The newer card counts."
        ),
        EndReason.OVERTAKEN: N_(
            "Overtaken by a halt that {who} has confirmed, {time}. Ask again if it is "
            "still wanted."
        ),
    }
)


def state(t: Translator, rollout: Rollout) -> str:
    """Return the state of a rollout, as a label."""
    match rollout.phase:
        case Phase.IN_PROGRESS:
            now = t.percent(rollout.percentage)
            return t.gettext("in progress at {percentage}", percentage=now)
        case Phase.STOPPED:
            return t.gettext("halted")
        case Phase.COMPLETE:
            return t.gettext("finalized")
        case Phase.NOT_STARTED:
            planned = t.percent(rollout.percentage)
            return t.gettext("not started, {percentage} planned", percentage=planned)
        case Phase.DISABLED:
            return t.gettext("no gradual rollout")
        case Phase.UNRECOGNISED if rollout.status == NOT_READ:
            return t.gettext("not read")
        case Phase.UNRECOGNISED:
            status = code(rollout.status)
            return t.gettext(
                "in a state that is new to this bot, {status}", status=status
            )
    assert_never(rollout.phase)


def bar(rollout: Rollout) -> str:
    """Draw the share of customers; only where a rollout runs does it mean anything."""
    if rollout.phase is not Phase.IN_PROGRESS:
        return ""
    # Rounded down but never empty: a full bar is 100 %, and no less.
    full = max(1, int(min(max(rollout.percentage, 0), 100) / 100 * _BAR_LENGTH))
    return f"{'▰' * full}{'▱' * (_BAR_LENGTH - full)} "


def name(t: Translator, snapshot: Snapshot) -> str:
    """Name the app and its flight, for mrkdwn."""
    return target_name(t, snapshot.ref.target, snapshot.app_name, snapshot.flight_name)


def target_name(
    t: Translator, target: Target, app_name: str | None, flight_name: str | None
) -> str:
    """Name an app and its flight, by their ids where the names are not known."""
    app = escape(app_name or target.app_id)
    flight = flight_name or target.flight_id
    return _with_flight(t, app, escape(flight, 40)) if flight else app


def plain_name(t: Translator, snapshot: Snapshot) -> str:
    """Name the app and its flight, for a headline."""
    app = plain(snapshot.app_name or snapshot.ref.target.app_id, 50)
    flight = snapshot.flight_name or snapshot.ref.target.flight_id
    return _with_flight(t, app, plain(flight, 30)) if flight else app


def alias_name(t: Translator, alias: Alias) -> str:
    """Name what an alias stands for, for mrkdwn."""
    return target_name(t, alias.target, alias.app_name, alias.flight_name)


def some_of(t: Translator, names: Sequence[str], most: int) -> str:
    """List at most so many names, and how many more there are."""
    shown, hidden = t.listed(names[:most]), len(names) - most
    if hidden <= 0:
        return shown
    return t.ngettext(
        "{names} and {count} more", "{names} and {count} more", hidden, names=shown
    )


def app_word(request: Request) -> str:
    """Return the words by which people name the target in a command."""
    return ResolvedTarget(request.snapshot.ref.target, request.alias).word


def command(*words: str, most: int = _LONGEST_COMMAND) -> str:
    """Show a command that can be typed as it stands, in so many characters."""
    return code(" ".join((COMMAND, *words)), most)


def ask_again(request: Request) -> str:
    """Show the command that asks for the same change once more."""
    asked, percentage = request.change, request.change.percentage
    number = () if percentage is None else (f"{format_percentage(percentage)}%",)
    return command(asked.verb, app_word(request), *number)


def confirmed_by(t: Translator, request: Request) -> str:
    """Return by whom a request was confirmed, and when, as a label."""
    who = mention(t, request.decided_by)
    if request.decided_at is None:
        return t.gettext("Confirmed by {who}", who=who)
    time = at(request.decided_at)
    return t.gettext("Confirmed by {who}, {time}", who=who, time=time)


def why_asked(t: Translator, request: Request, reason: str) -> str:
    """Return why a request was asked for, where a reader could think of another's.

    The `reason` is safe to show already.
    """
    if request.decided_by_another:
        return t.gettext("Why it was asked for: {reason}", reason=reason)
    return t.gettext("Why: {reason}", reason=reason)


def done_alone(t: Translator, request: Request) -> tuple[str, ...]:
    """Return that the asker did without another person, and why; nothing elsewhere."""
    if request.alone_reason is None:
        return ()
    return (
        t.gettext(
            "{who} did this *alone*, without a second person: {reason}",
            who=mention(t, request.decided_by),
            reason=escape(request.alone_reason, _REASON_LENGTH),
        ),
    )


def at(moment: datetime) -> str:
    """Show a time in the reader's own zone, in UTC where Slack cannot.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    utc = moment.astimezone(UTC)
    shown = "{date_short_pretty} {time}"
    return f"<!date^{int(utc.timestamp())}^{shown}|{utc:%Y-%m-%d %H:%M} UTC>"


def ago(moment: datetime) -> str:
    """Show how old something is, which Slack counts on; a time where it cannot."""
    utc = moment.astimezone(UTC)
    return f"<!date^{int(utc.timestamp())}^{{ago}}|{utc:%Y-%m-%d %H:%M} UTC>"


def why_ended(t: Translator, request: Request) -> str:
    """Return what ended a request without a press on its card; empty where it is not.

    What somebody has done with another card is told as theirs, and nothing else is.
    """
    if request.end_reason is None or request.decided_at is None:
        return ""
    who, time = mention(t, request.decided_by), at(request.decided_at)
    sentence = _END_REASONS[request.end_reason]
    return t.gettext(sentence, who=who, time=time)


def at_second(moment: datetime) -> str:
    """Return a time of today to the second, in the reader's own zone."""
    utc = moment.astimezone(UTC)
    return f"<!date^{int(utc.timestamp())}^{{time_secs}}|{utc:%H:%M:%S} UTC>"


def log_id(t: Translator, request: Request) -> str:
    """Return the id by which the log tells of a request, for small print."""
    return t.gettext("Log id: {id}", id=code(request.id, _LONGEST_ID))


def partner_center(ref: SubmissionRef, label: str) -> str:
    """Link to the submission in Partner Center."""
    app = quote(ref.target.app_id[:_LONGEST_ID], "")
    submission = quote(ref.submission_id[:_LONGEST_ID], "")
    address = "https://partner.microsoft.com/dashboard/products"
    return f"<{address}/{app}/submissions/{submission}|{label}>"


def _with_flight(t: Translator, app: str, flight: str) -> str:
    return t.gettext("{app}, flight {flight}", app=app, flight=flight)
