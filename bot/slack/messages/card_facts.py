"""What a card says: the target, the change, the reason, what people get wrong."""

from typing import Final, assert_never

from slack_sdk.models.blocks import Block

from bot.domain.requests import Request, RequestState
from bot.domain.rollout import Change
from bot.domain.verbs import Verb
from bot.slack.messages.blocks import plain_section
from bot.slack.messages.escape import code, escape, mention, plain
from bot.slack.messages.phrases import percent, state, wanted

REASON_LENGTH: Final = 400
_MOST_VERSIONS: Final = 5
_MOST_PERCENT: Final = 100

_HALT_FACTS: Final = (
    "A halt *cannot be undone*.",
    "Customers who already have these packages keep them; nobody else gets them.",
    "The next submission will be a clone of the *halted* one, with its packages in it.",
)
_FINALIZE_FACTS: Final = (
    "A finalize *cannot be undone*, and there is nothing left to halt after it.",
    "It ends the distribution of the older packages: all customers get these.",
)
_OPEN_FACT: Final = (
    "The rollout stays open, and an open rollout *blocks the next submission* "
    "until it is finalized or halted."
)
_FULL_FACT: Final = (
    "100 % is *not finalized*: customers whose Windows knows no gradual rollout "
    "stay on the older packages until it is."
)
_LOWER_FACT: Final = (
    "Lowering the percentage takes no packages back from customers who have them."
)
_DRAFT_FACT: Final = "The draft {draft} beside it is not touched."


def card_facts(request: Request) -> tuple[str, ...]:
    """Return what a card says of its target and of the change, for two columns."""
    snapshot, target = request.snapshot, request.snapshot.ref.target
    app = escape(snapshot.app_name or target.app_id)
    # Once it is decided, "now" would be wrong, and "after" may never have come.
    label = "Now → after" if request.state is RequestState.PENDING else "Asked for"
    facts = [f"*App:* {app}\n{code(target.app_id)}"]
    if target.flight_id is not None:
        flight = escape(snapshot.flight_name or target.flight_id, 40)
        facts.append(f"*Flight:* {flight}\n{code(target.flight_id)}")
    change = f"{state(snapshot.rollout)} → *{_after(request.change)}*"
    status = f" ({escape(snapshot.status, 30)})" if snapshot.status else ""
    facts += [
        f"*{label}:*\n{_unbroken(change)}",
        f"*Packages:* {versions(snapshot.versions)}",
        f"*Submission:*\n{code(snapshot.ref.submission_id)}{status}",
        f"*Asked by:* {mention(request.asked_by)}",
    ]
    return tuple(facts)


def versions(known: tuple[str, ...]) -> str:
    """List package versions; says so where they could not be read in time."""
    if not known:
        return "not read in time, see Partner Center"
    shown = ", ".join(escape(version, 30) for version in known[:_MOST_VERSIONS])
    hidden = len(known) - _MOST_VERSIONS
    return f"{shown} and {hidden} more" if hidden > 0 else shown


def reason_block(request: Request) -> tuple[Block, ...]:
    """Return the reason as plain text, cut to a length that a phone shows."""
    reason = plain(request.reason, REASON_LENGTH)
    return (plain_section(f"Why: {reason}"),) if reason else ()


def warnings(request: Request) -> tuple[str, ...]:
    """Return the facts that people get wrong, each only where it applies."""
    draft = request.snapshot.pending_id
    about = _warnings_of(request.change, request.snapshot.rollout.percentage)
    return (*about, _DRAFT_FACT.format(draft=code(draft))) if draft else about


def _after(change: Change) -> str:
    # "in progress at 10 % → 40 %": the figure that differs is all that is read.
    if change.percentage is not None:
        return percent(change.percentage)
    return wanted(change)


def _unbroken(text: str) -> str:
    """Keep a figure and its % on one line of a narrow column."""
    return text.replace(" %", "\u00a0%")


def _warnings_of(change: Change, now: float) -> tuple[str, ...]:
    match change.verb:
        case Verb.HALT:
            return _HALT_FACTS
        case Verb.FINALIZE:
            return _FINALIZE_FACTS
        case Verb.SET:
            wanted_percentage = change.percentage or 0
            lower = (_LOWER_FACT,) if wanted_percentage < now else ()
            full = (_FULL_FACT,) if wanted_percentage >= _MOST_PERCENT else ()
            return (*lower, *full, _OPEN_FACT)
    assert_never(change.verb)
