"""Results: how an operation can end, and the JSON form in which that is stored."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, assert_never

from bot.domain.failures import FailureDetail
from bot.domain.rollout import RefusalReason, Rollout
from bot.domain.verbs import Phase


@dataclass(frozen=True, slots=True)
class Done:
    """The Store has shown the wanted state after our request.

    `before` is the last state that is known; of a change that does not read first it
    is the card's, or what was seen after that, at `before_at`.
    """

    before: Rollout
    after: Rollout
    correlation_id: str | None = None
    before_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """The Store already was in the wanted state; nothing was changed by us."""

    now: Rollout
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The rollout is no longer what the card showed; nothing more was sent."""

    before: Rollout
    now: Rollout
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The Store said no, for a reason found by reading again.

    `known` lists what there is instead (a channel's flights, say).
    """

    reason: RefusalReason
    now: Rollout | None = None
    detail: FailureDetail | None = None
    correlation_id: str | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The Store could not be asked, or did nothing: nothing was changed.

    `now` is what the Store showed after the last attempt, if anything.
    """

    detail: FailureDetail
    correlation_id: str | None = None
    now: Rollout | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been changed; `last` is what the Store last showed, if anything."""

    last: Rollout | None
    detail: FailureDetail
    correlation_id: str | None = None


Result = Done | AlreadyDone | Moved | Refused | Unavailable | Unknown

# The reason codes stand in logs and in the history: they never change.
CODES: Final[dict[type[Result], str]] = {
    Done: "done",
    AlreadyDone: "already_done",
    Moved: "moved",
    Refused: "refused",
    Unavailable: "unavailable",
    Unknown: "unknown",
}
TYPES: Final = {code: kind for kind, code in CODES.items()}
_ROLLOUTS: Final = ("before", "after", "now", "last")


def final_rollout(result: Result) -> Rollout | None:
    """Return the rollout that a result has shown to be over; None where it is not."""
    match result:
        case Done(after=shown):
            pass
        case AlreadyDone(now=shown) | Moved(now=shown) | Refused(now=shown):
            pass
        case _:
            return None
    over = shown is not None and shown.phase in {Phase.STOPPED, Phase.COMPLETE}
    return shown if over else None


def shown_rollout(result: Result) -> Rollout | None:
    """Return what the Store showed last by a result; None where it showed nothing."""
    match result:
        case Done(after=shown):
            return shown
        case Unknown(last=shown):
            return shown
        case AlreadyDone() | Moved() | Refused() | Unavailable():
            return result.now
    assert_never(result)


def result_code(result: Result) -> str:
    """Return the stable code of a result: `done`, `refused.stopped` and the like."""
    code = CODES[type(result)]
    return f"{code}.{result.reason}" if isinstance(result, Refused) else code


def result_to_json(result: Result) -> dict[str, Any]:
    """Write a result as plain JSON values."""
    data = {"code": CODES[type(result)], **asdict(result)}
    if isinstance(result, Refused | Unavailable | Unknown) and result.detail:
        data["detail"] = result.detail.to_json()
    if isinstance(result, Done):
        # A version before this one reads a result without the field.
        del data["before_at"]
        if result.before_at is not None:
            data["before_at"] = result.before_at.isoformat()
    if isinstance(result, Unavailable) and result.now is None:
        del data["now"]
    return data


def result_from_json(data: dict[str, Any]) -> Result:
    """Read what `result_to_json` wrote.

    Raises KeyError, TypeError or ValueError for other data.
    """
    fields = dict(data)
    kind = TYPES[fields.pop("code")]
    for name in _ROLLOUTS:
        if fields.get(name) is not None:
            fields[name] = Rollout(**fields[name])
    if fields.get("detail") is not None:
        fields["detail"] = FailureDetail.from_json(fields["detail"])
    if "before_at" in fields:
        fields["before_at"] = datetime.fromisoformat(fields["before_at"])
    if kind is Refused:
        fields["reason"] = RefusalReason(fields["reason"])
        fields["known"] = tuple(fields["known"])
    return kind(**fields)
