"""How a confirmed request ended, in sentences."""

from dataclasses import dataclass
from typing import Final, assert_never

from bot.domain.failures import FailureKind
from bot.domain.requests import Request
from bot.domain.results import (
    AlreadyDone,
    Done,
    Moved,
    Refused,
    Result,
    Unavailable,
    Unknown,
)
from bot.domain.rollout import RefusalReason, Rollout
from bot.domain.verbs import Phase
from bot.slack.messages.escape import code
from bot.slack.messages.failures import failure_text
from bot.slack.messages.next_steps import after
from bot.slack.messages.phrases import (
    app_word,
    ask_again,
    command,
    done,
    name,
    partner_center,
    percent,
    plain_name,
    state,
    wanted,
)
from bot.slack.messages.refusals import next_step, refused_facts, support_id

_MAY_BE: Final = (
    "The request may have reached the Store, but its effect could not be seen: "
    "the rollout *may or may not* have been changed."
)


@dataclass(frozen=True, slots=True)
class ResultText:
    """How a request ended: one headline, what is true now, and what to do next.

    `headline` is plain text; all else is safe mrkdwn. `proof` is the rollout as the
    Store returned it, `support` what Microsoft's support needs, where something failed.
    """

    mark: str
    headline: str
    text: str
    facts: tuple[str, ...]
    proof: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    support: tuple[str, ...] = ()


def result_text(request: Request, result: Result) -> ResultText:
    """Put the result of a request into words."""
    match result:
        case Done():
            return _done(request, result)
        case AlreadyDone():
            return _already(request, result)
        case Moved():
            return _moved(request, result)
        case Refused():
            return _refused(request, result)
        case Unavailable():
            return _unavailable(request, result)
        case Unknown():
            return _unknown(request, result)
    assert_never(result)


def rollout_facts(now: Rollout) -> tuple[str, ...]:
    """Return a rollout as the Store returned it, one line each."""
    fallback = now.fallback_submission_id
    return (
        f"*Percentage:* {percent(now.percentage)}",
        f"*Status:* {code(now.status)}",
        f"*Fallback submission:* {code(fallback) if fallback else 'none'}",
    )


def _done(request: Request, result: Done) -> ResultText:
    change, target = request.change, name(request.snapshot)
    now, before = state(result.after), state(result.before)
    return ResultText(
        "✅",
        f"{done(change)}: {plain_name(request.snapshot)}",
        f"{done(change)}: {target}. It was {before}, and is now {now}.",
        (f"It was {before}, and is now *{now}*.",),
        rollout_facts(result.after),
        after(request),
    )


def _already(request: Request, result: AlreadyDone) -> ResultText:
    target, now = name(request.snapshot), state(result.now)
    fact = f"It already was *{now}*; this request changed nothing."
    return ResultText(
        "ℹ️",
        f"Nothing to do, already {wanted(request.change)}: "
        f"{plain_name(request.snapshot)}",
        f"Nothing to do: {target} already was {now}.",
        (fact,),
        rollout_facts(result.now),
        after(request),
    )


def _moved(request: Request, result: Moved) -> ResultText:
    before, now = state(result.before), state(result.now)
    target = name(request.snapshot)
    return ResultText(
        "⚠️",
        f"Not {_done_word(request)}, it has changed: {plain_name(request.snapshot)}",
        f"{target} was not {wanted(request.change)} by this request: it has changed "
        f"since the card was shown, from {before} to {now}.",
        (f"The card showed *{before}*; now it is *{now}*. Nothing more was sent.",),
        rollout_facts(result.now),
        (_after_move(request, result.now),),
        support_id(result.correlation_id),
    )


def _refused(request: Request, result: Refused) -> ResultText:
    facts = refused_facts(result)
    return ResultText(
        "⛔",
        f"Not {_done_word(request)}, refused: {plain_name(request.snapshot)}",
        f"The Store refused, {name(request.snapshot)} was not changed. {facts[0]}",
        ("The Store refused; nothing was changed.", *facts),
        (),
        (next_step(result.reason),),
        support_id(result.correlation_id),
    )


def _unavailable(request: Request, result: Unavailable) -> ResultText:
    return ResultText(
        "⛔",
        f"Not {_done_word(request)}: {plain_name(request.snapshot)}",
        f"{name(request.snapshot)} was not changed: {failure_text(result.detail)}",
        ("*Nothing was changed.*", failure_text(result.detail)),
        (),
        _next_tries(request, result),
        support_id(result.correlation_id),
    )


def _next_tries(request: Request, result: Unavailable) -> tuple[str, ...]:
    """Say what to do now; trying again helps only where nobody must act first."""
    again, link = ask_again(request), _link(request)
    if result.detail.kind is FailureKind.ACTION_NEEDED:
        return (
            f"If it cannot wait, use {link} now.",
            f"Once that is mended, try again with {again}.",
        )
    return (f"Try again with {again}.", f"If it cannot wait, use {link}.")


def _unknown(request: Request, result: Unknown) -> ResultText:
    last = "The Store showed nothing that could be read."
    if result.last is not None:
        last = (
            f"The last state seen was *{state(result.last)}*, which may be from before "
            "the request."
        )
    look = command("status", app_word(request))
    return ResultText(
        "❓",
        f"Not known whether {_done_word(request)}: {plain_name(request.snapshot)}",
        f"It is not known whether {name(request.snapshot)} is "
        f"{wanted(request.change)}. {failure_text(result.detail)}",
        (
            _MAY_BE,
            failure_text(result.detail),
            last,
        ),
        (),
        (
            "I go on looking for up to an hour, and correct this when I know.",
            f"To look yourself: {look}, or {_link(request)}.",
        ),
        support_id(result.correlation_id),
    )


def _after_move(request: Request, now: Rollout) -> str:
    """Say what to do after a move: there is no asking again once it has ended."""
    match now.phase:
        case Phase.STOPPED:
            return next_step(RefusalReason.STOPPED)
        case Phase.COMPLETE:
            return next_step(RefusalReason.COMPLETE)
        case _:
            return (
                "Look at the new state; if it is still wanted, ask again with "
                f"{ask_again(request)}."
            )


def _done_word(request: Request) -> str:
    word = done(request.change)
    return word[0].lower() + word[1:]


def _link(request: Request) -> str:
    return partner_center(request.snapshot.ref, "Partner Center")
