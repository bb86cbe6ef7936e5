"""Identifiers in messages and payloads: commands, actions, blocks, metadata."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.requests import Request
from bot.domain.results import CODES, Result, Unknown
from bot.domain.submissions import SubmissionRef, Target

COMMAND: Final = "/rollout"
BOT_NAME: Final = "Rollout"

CONFIRM: Final = "rollout_confirm"
CANCEL: Final = "rollout_cancel"
DECISION_BLOCK: Final = "rollout_decision"
# The number of the button follows: of two with the same id Slack takes none.
CHOOSE: Final = "rollout_choose_"
CHOICE_BLOCK: Final = "rollout_choice"

# The verb follows, such as `board_halt`; the value of the button names the target.
BOARD_ACTION: Final = "board_"
BOARD_BLOCK: Final = "rollout_board"

# The buttons about a ramp: how a held one goes on, or what is done to it; the value
# names the ramp, and the percentage that was shown.
GO_ON: Final = "ramp_go_on"
RAMP_ACTION: Final = "ramp_"
RAMP_BLOCK: Final = "rollout_ramp"

# Opens the form of a rule; the value names the target, or the workspace's default.
CHANGE_RULE: Final = "rollout_change_rule"
DEFAULT_RULE: Final = "default"

# The form of a rule, and its fields.
RULE_FORM: Final = "rollout_rule"
PEOPLE_BLOCK: Final = "people"
GROUPS_BLOCK: Final = "groups"
FINALIZE_BLOCK: Final = "finalize"
SET_BLOCK: Final = "set"
REASONS_BLOCK: Final = "reasons"
OWN_RULE_BLOCK: Final = "own_rule"
RULE_GROUPS: Final = "rollout_rule_groups"
CHOSEN: Final = "chosen"
REASONS_OPTIONAL: Final = "optional"
REASONS_REQUIRED: Final = "required"
# Whether a target keeps a rule of its own, as option values of the form.
KEEP_OWN_RULE: Final = "keep"
DROP_OWN_RULE: Final = "drop"
# The card of a proposal; the value of its buttons is its id.
AGREE: Final = "proposal_agree"
DECLINE: Final = "proposal_decline"
PROPOSAL_BLOCK: Final = "rollout_proposal"

# The form in which a percentage is typed, its fields, and what of them is read.
SET_FORM: Final = "rollout_set"
PERCENTAGE_BLOCK: Final = "percentage"
REASON_BLOCK: Final = "reason"
TYPED: Final = "typed"

# The form in which an asker says why they do without a second person.
ALONE_FORM: Final = "rollout_alone"

# A code of ours among Slack's: a card may be in the channel, or may not.
LOST_ANSWER: Final = "lost_answer"

# Metadata is a pointer to a request and never an authority: other apps can read it.
# https://docs.slack.dev/messaging/message-metadata
EVENT_TYPE: Final = "rollout_request"
BOARD_TYPE: Final = "rollout_board"
NOTICE_TYPE: Final = "rollout_notice"
PROPOSAL_TYPE: Final = "rollout_proposal"
CARD_PART: Final = "card"
GIVEN_UP_PART: Final = "given_up"
RESULT_PART: Final = "result:"
# The number of the reminder follows.
REMINDER_PART: Final = "reminder:"
UNKNOWN_PART: Final = f"{RESULT_PART}{CODES[Unknown]}"

# Slack's limit for the value of a button.
# https://docs.slack.dev/reference/block-kit/block-elements/button-element
MOST_VALUE: Final = 2000
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_CHANNEL: Final = re.compile(r"[A-Z0-9]{2,32}")
_PRESS: Final = re.compile(
    r"([A-Za-z0-9_-]{1,128}) ([0-9.]{1,32}) ([A-Z0-9]{2,32}) ([0-9.]{0,32})"
)
_RULE_FORM: Final = re.compile(r"([A-Z0-9]{2,32}) (\S+) ([0-9]{1,18})", re.ASCII)
_HELD: Final = re.compile(
    r"([A-Za-z0-9_-]{1,128}) ([0-9]{1,3}(?:\.[0-9]{1,18})?) (\S+)"
)
_TARGET: Final = re.compile(
    r"([\w.-]{1,128})/([\w.-]{1,128})/([\w.-]{0,128})", re.ASCII
)


def request_id_of(value: object) -> str | None:
    """Read the request's id from a button's value; None where it is none of ours."""
    if isinstance(value, str) and _REQUEST_ID.fullmatch(value):
        return value
    return None


def target_value(target: Target) -> str:
    """Return the value of a button that is about a target: `main/9WZDNCRFJ3Q2/`."""
    return f"{target.account}/{target.app_id}/{target.flight_id or ''}"


def target_of(value: object) -> Target | None:
    """Read the target from a button's value; None where it is none of ours."""
    found = _TARGET.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    account, app_id, flight_id = found.groups()
    return Target(account, app_id, flight_id or None)


@dataclass(frozen=True, slots=True)
class HeldRamp:
    """Which ramp a button is about, and the percentage that the person was shown."""

    plan_id: str
    target: Target
    percentage: float


def held_value(held: HeldRamp) -> str:
    """Return the value of a button that is about a ramp that waits for a person."""
    percentage = f"{held.percentage:f}"
    return f"{held.plan_id} {percentage} {target_value(held.target)}"


def held_of(value: object) -> HeldRamp | None:
    """Read the ramp from a button's value; None where it is none of ours."""
    found = _HELD.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    plan_id, percentage, about = found.groups()
    target = target_of(about)
    return None if target is None else HeldRamp(plan_id, target, float(percentage))


def form_subject(channel: str, target: Target) -> str:
    """Return what a form is about, for its metadata: a channel and a target."""
    return f"{channel} {target_value(target)}"


def form_subject_of(metadata: object) -> tuple[str, Target] | None:
    """Read the channel and the target of a form; None where it names none."""
    if not isinstance(metadata, str):
        return None
    channel, _, value = metadata.partition(" ")
    target = target_of(value)
    if target is None or not _CHANNEL.fullmatch(channel):
        return None
    return channel, target


@dataclass(frozen=True, slots=True)
class PressSubject:
    """Which button a form was opened by: of which request, on which message."""

    request_id: str
    card: str
    channel: str
    thread: str | None


def press_subject(request: Request, card: str) -> str:
    """Return what a form is about that a press has opened, for its metadata."""
    place = request.place
    return " ".join((request.id, card, place.channel, place.thread or ""))


def press_subject_of(metadata: object) -> PressSubject | None:
    """Read which press has opened a form; None where it is none of ours."""
    found = _PRESS.fullmatch(metadata) if isinstance(metadata, str) else None
    if found is None:
        return None
    request_id, card, channel, thread = found.groups()
    return PressSubject(request_id, card, channel, thread or None)


def rule_value(target: Target | None) -> str:
    """Return the value of a button that is about the rule of a target."""
    return DEFAULT_RULE if target is None else target_value(target)


def rule_form_subject(channel: str, target: Target | None, version: int) -> str:
    """Return what the form of a rule is about, and which version of it it shows."""
    return f"{channel} {rule_value(target)} {version}"


def rule_form_subject_of(metadata: object) -> tuple[str, Target | None, int] | None:
    """Read the channel, the target and the version; None where there is no such."""
    found = _RULE_FORM.fullmatch(metadata) if isinstance(metadata, str) else None
    if found is None:
        return None
    channel, value, version = found.groups()
    target = target_of(value)
    if target is None and value != DEFAULT_RULE:
        return None
    return channel, target, int(version)


def result_part(result: Result) -> str:
    """Return the part of a request that shows this result, such as `result:unknown`.

    An Unknown that is corrected later has two messages, each posted once.
    """
    return f"{RESULT_PART}{CODES[type(result)]}"


def metadata(request_id: str, part: str, state: str | None = None) -> dict[str, Any]:
    """Return the metadata that marks a message as one part of a request.

    `state` is where the request stands that a card shows.
    """
    payload = {"request_id": request_id, "part": part}
    if state is not None:
        payload["state"] = state
    return {"event_type": EVENT_TYPE, "event_payload": payload}


def notice_metadata(key: str) -> dict[str, Any]:
    """Return the metadata that marks a message as the notice of an event.

    Where it tells of several, this is the last of them.
    """
    return {"event_type": NOTICE_TYPE, "event_payload": {"event": key}}


def noticed_event(message: dict[str, Any]) -> str | None:
    """Return the event whose notice a message is, the last of several; None without."""
    match message.get("metadata"):
        case {"event_type": str(kind), "event_payload": {"event": str(key)}}:
            return key if kind == NOTICE_TYPE else None
        case _:
            return None


def board_metadata(ref: SubmissionRef) -> dict[str, Any]:
    """Return the metadata that marks a message as the board of a rollout."""
    rollout = {"target": target_value(ref.target), "submission": ref.submission_id}
    return {"event_type": BOARD_TYPE, "event_payload": rollout}


def is_board(message: dict[str, Any], ref: SubmissionRef) -> bool:
    """Return whether a message is the board of this rollout."""
    return message.get("metadata") == board_metadata(ref)


def proposal_metadata(proposal_id: str) -> dict[str, Any]:
    """Return the metadata that marks a message as the card of a proposal."""
    return {"event_type": PROPOSAL_TYPE, "event_payload": {"proposal": proposal_id}}


def is_card_of(message: dict[str, Any], proposal_id: str) -> bool:
    """Return whether a message is the card of this proposal."""
    return message.get("metadata") == proposal_metadata(proposal_id)


def part_of(message: dict[str, Any], request_id: str) -> str | None:
    """Return which part of this request a message is; None where it is none."""
    match message.get("metadata"):
        case {
            "event_type": str(kind),
            "event_payload": {"request_id": str(found), "part": str(part)},
        } if (kind, found) == (EVENT_TYPE, request_id):
            return part
    return None


def state_of(message: dict[str, Any]) -> str | None:
    """Return the state of the request that a card shows; None where it says none."""
    match message.get("metadata"):
        case {"event_payload": {"state": str(state)}}:
            return state
        case _:
            return None


def is_settled(parts: Iterable[str]) -> bool:
    """Return whether one of the parts is a result that no other can follow."""
    return any(part.startswith(RESULT_PART) and part != UNKNOWN_PART for part in parts)
