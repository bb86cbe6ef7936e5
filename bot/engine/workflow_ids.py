"""The ids of workflows, made of what they work on and how often it was started."""

from typing import Final

# A bug that breaks a workflow off is given half a day to be mended, in growing pauses.
MOST_STARTS: Final = 20
_MOST_FOLLOW_UPS: Final = 20
_FOLLOW: Final = ":follow:"
CLOSE_CARD: Final = "close"


def workflow_id(subject: str, kind: str, number: int) -> str:
    """Return the id of a workflow; `number` counts its starts from 0."""
    name = f"{subject}:{kind}" if kind else subject
    return f"{name}:again{number}" if number else name


def follow_up_id(operation_id: str, turn: int) -> str:
    """Return the id of the follow-up that is the `turn`th, counted from 0."""
    return f"{operation_id}{_FOLLOW}{turn}"


def follow_up_turn(name: str) -> int:
    """Return which turn a follow-up is, counted from 0."""
    return int(name.rpartition(_FOLLOW)[2])


def subject_of(name: str) -> str:
    """Return the operation or request that a workflow works on."""
    return name.partition(":")[0]


def is_follow_up(name: str) -> bool:
    """Return whether the workflow only follows an Unknown up."""
    return _FOLLOW in name


def all_ids(subject: str) -> list[str]:
    """Return every id that a workflow of this subject can have."""
    names = [
        workflow_id(subject, kind, number)
        for kind in ("", CLOSE_CARD)
        for number in range(MOST_STARTS)
    ]
    return names + [follow_up_id(subject, turn) for turn in range(_MOST_FOLLOW_UPS)]
