"""The facts of a card: the target, the change, the reason, what people get wrong."""

from collections.abc import Callable
from typing import Final

from slack_sdk.models.blocks import Block

from bot.domain.requests import Request
from bot.domain.rollout import Change
from bot.domain.submissions import Snapshot
from bot.domain.verbs import VERBS, Phase
from bot.slack.messages.blocks import plain_section
from bot.slack.messages.card_texts import card_text, card_texts, last_change
from bot.slack.messages.escape import code, escape, mention, plain
from bot.slack.messages.phrases import at, name, some_of, state, why_asked
from bot.slack.messages.ramp_cards import ramp_warnings
from bot.slack.messages.translator import Translator
from bot.slack.messages.verb_texts import facts, verb_text
from bot.slack.messages.verbs import texts_of

REASON_LENGTH: Final = 400
_MOST_VERSIONS: Final = 5
_FEW_VERSIONS: Final = 2


def card_facts(t: Translator, request: Request, *, decided: bool) -> tuple[str, ...]:
    """Return what a card says of its target and of the change, for two columns.

    `decided`: nothing can be pressed on it any more.
    """
    snapshot, target = request.snapshot, request.snapshot.ref.target
    app = escape(snapshot.app_name or target.app_id)
    label = t.gettext("*App:* {app}", app=app)
    shown = [f"{label}\n{code(target.app_id)}"]
    if target.flight_id is not None:
        flight = escape(snapshot.flight_name or target.flight_id, 40)
        label = t.gettext("*Flight:* {flight}", flight=flight)
        shown.append(f"{label}\n{code(target.flight_id)}")
    status = f" ({escape(snapshot.status, 30)})" if snapshot.status else ""
    submission = t.gettext("*Submission:*")
    who = mention(t, request.asked_by)
    shown += [
        _change(t, request, decided=decided),
        t.gettext("*Packages:* {versions}", versions=versions(t, snapshot.versions)),
        f"{submission}\n{code(snapshot.ref.submission_id)}{status}",
        t.gettext("*Asked by:* {who}", who=who),
    ]
    return tuple(shown)


def versions(t: Translator, known: tuple[str, ...]) -> str:
    """List package versions, or say that they could not be read in time."""
    if not known:
        return t.gettext("not read in time, see Partner Center")
    return some_of(t, [escape(version, 30) for version in known], _MOST_VERSIONS)


def shown_now(
    t: Translator, snapshot: Snapshot, clean: Callable[[str, int], str] = escape
) -> str:
    """Return in a few words what is rolled out, and how far."""
    rollout = snapshot.rollout
    if rollout.phase is not Phase.IN_PROGRESS or not snapshot.versions:
        return _unbroken(state(t, rollout))
    known = [clean(version, 30) for version in snapshot.versions]
    return _unbroken(
        t.gettext(
            "{versions} at {percentage}",
            versions=some_of(t, known, _FEW_VERSIONS),
            percentage=t.percent(rollout.percentage),
        )
    )


def press_line(t: Translator, request: Request) -> str:
    """Return what the button next to it does, to which app, as mrkdwn."""
    snapshot = request.snapshot
    now = shown_now(t, snapshot)
    if snapshot.as_of is not None:
        now = t.gettext("{state}, as of {time}", state=now, time=at(snapshot.as_of))
    press = card_texts(request).press
    return card_text(t, press, request, app=name(t, snapshot), now=now)


def reason_block(t: Translator, request: Request) -> tuple[Block, ...]:
    """Return the reason as plain text, cut to a length that a phone shows."""
    reason = plain(request.reason, REASON_LENGTH)
    if not reason:
        return ()
    return (plain_section(why_asked(t, request, reason)),)


def warnings(t: Translator, request: Request) -> tuple[str, ...]:
    """Return the facts that people get wrong, each only where it applies."""
    snapshot, change = request.snapshot, last_change(request)
    about = (
        *_last_seen(t, snapshot),
        *_tiny(t, request.change),
        *ramp_warnings(t, request),
        *facts(t, texts_of(change).warnings, change, snapshot),
    )
    if not snapshot.pending_id or not VERBS[change.verb].irreversible:
        return about
    draft = code(snapshot.pending_id)
    return (
        *about,
        t.gettext("The pending draft {draft} is not touched.", draft=draft),
    )


def _tiny(t: Translator, change: Change) -> tuple[str, ...]:
    """Ask whether a share was meant: 0.4 is 0.4 %, and not 40 %."""
    if change.percentage is None or change.percentage >= 1:
        return ()
    meant = t.percent(change.percentage * 100)
    return (
        t.gettext(
            "*This is less than 1 %.* Did you mean {percentage}?", percentage=meant
        ),
    )


def _last_seen(t: Translator, snapshot: Snapshot) -> tuple[str, ...]:
    if snapshot.as_of is None:
        return ()
    return (
        t.gettext(
            "*The Store could not be read just now: this is what it showed {time}.* "
            "If the submission is no longer in progress, the Store refuses the halt, "
            "and nothing is changed.",
            time=at(snapshot.as_of),
        ),
    )


def _change(t: Translator, request: Request, *, decided: bool) -> str:
    # Once it is decided, "now" would be wrong, and "after" may never have come. A
    # request that waits in the database may be decided on a card that is newer.
    label = t.gettext("*Requested:*") if decided else t.gettext("*Now → after:*")
    now, after = state(t, request.snapshot.rollout), _after(t, last_change(request))
    return f"{label}\n{_unbroken(f'{now} → *{after}*')}"


def _after(t: Translator, change: Change) -> str:
    # "in progress at 10 % → 40 %": the figure that differs is all that is read.
    if change.percentage is not None:
        return t.percent(change.percentage)
    return verb_text(t, texts_of(change).state, change)


def _unbroken(text: str) -> str:
    """Keep a figure and its % on one line of a narrow column."""
    return text.replace(" %", "\u00a0%")
