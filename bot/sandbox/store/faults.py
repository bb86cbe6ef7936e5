"""Faults that can be armed per operation, to try the bot against every failure."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

UNKNOWN_OPERATION = "There is no operation named {name!r}. Operations: {names}."
UNKNOWN_FAULT = "There is no fault named {name!r}. Faults: {names}."
NOT_FOR = (
    "The fault {fault!r} does not occur at {operation!r}. It occurs at: {operations}."
)
BAD_TIMES = "`times` is 1 or more, or -1 for until it is cleared."
BAD_SECONDS = "`seconds` is a number from 0 to 3600."
MOST_SECONDS = 3600

_CHANGES = ("halt", "finalize", "set")
_OF_DRAFTS = ("create", "update", "commit", "delete")
_OF_FLIGHTS = ("create_flight", "delete_flight")
WRITES = (*_CHANGES, *_OF_DRAFTS, *_OF_FLIGHTS)
_READS = ("read", "app", "apps", "submission", "status", "flights", "flight")
STORE_OPERATIONS = (*_CHANGES, *_READS, *_OF_DRAFTS, *_OF_FLIGHTS)
TOKEN_OPERATIONS = ("token", "discovery")
OPERATIONS = (*STORE_OPERATIONS, *TOKEN_OPERATIONS)


class Fault(StrEnum):
    """What can go wrong with one call."""

    TIMEOUT_AFTER_EFFECT = "504_after_effect"
    TIMEOUT_WITHOUT_EFFECT = "504_without_effect"
    UNAVAILABLE = "503"
    INTERNAL = "500"
    LIMITED_WITH_RETRY_AFTER = "429_with_retry_after"
    LIMITED = "429_without_retry_after"
    TOKEN_REFUSED = "401_once"  # noqa: S105  # The name of a fault.
    ACCOUNT_REFUSED = "401_not_allowed"
    FORBIDDEN = "403_empty"
    WRONG_STATE = "409_wrong_state"
    NOT_OF_APP = "409_not_of_app"
    UNSUPPORTED = "409_unsupported"
    RESET_AFTER_EFFECT = "reset_after_effect"
    RESET_WITHOUT_EFFECT = "reset_without_effect"
    SLOW = "slow"
    HTML_BODY = "html_body"
    EMPTY_BODY = "empty_body"
    TRUNCATED_BODY = "truncated_body"
    CUT_BODY = "cut_body"
    NO_CONTENT_TYPE = "no_content_type"
    INTEGER_PERCENTAGES = "integer_percentages"
    UNKNOWN_STATUS = "unknown_status"
    EXPIRED_SECRET = "expired_secret"  # noqa: S105  # The name of a fault.


# No new token changes what an account may do, so one refusal alone cannot happen.
LASTING = frozenset({Fault.ACCOUNT_REFUSED})
_OF_SUBMISSIONS = ("read", "submission", "status", *_CHANGES, "update", "commit")
_WITH_PERCENTAGE = ("read", "submission", *_CHANGES, "create", "update")
# Where a fault cannot occur everywhere. A read has no effect to be lost and is refused
# in no state, a list names no submission, and an answer without a percentage cannot
# have an odd one.
_OCCURS_AT: dict[Fault, tuple[str, ...]] = {
    Fault.TIMEOUT_AFTER_EFFECT: WRITES,
    Fault.RESET_AFTER_EFFECT: WRITES,
    Fault.ACCOUNT_REFUSED: STORE_OPERATIONS,
    Fault.FORBIDDEN: STORE_OPERATIONS,
    Fault.UNSUPPORTED: STORE_OPERATIONS,
    Fault.WRONG_STATE: WRITES,
    Fault.NOT_OF_APP: (*_OF_SUBMISSIONS, "delete"),
    Fault.INTEGER_PERCENTAGES: _WITH_PERCENTAGE,
    Fault.UNKNOWN_STATUS: (*_WITH_PERCENTAGE, "status", "commit"),
    Fault.TOKEN_REFUSED: (*STORE_OPERATIONS, "token"),
    Fault.EXPIRED_SECRET: ("token",),
}


def faults_at(operation: str) -> tuple[Fault, ...]:
    """Return the faults that can occur at this operation."""
    return tuple(x for x in Fault if operation in _OCCURS_AT.get(x, OPERATIONS))


@dataclass
class ArmedFault:
    """A fault for the next `times` calls (-1: until cleared).

    `seconds` is how late a slow response is, or the value of Retry-After; None takes
    the fault's own figure.
    """

    fault: Fault
    times: int = 1
    seconds: float | None = None


class Faults:
    """The armed faults of each operation, taken in the order of arming."""

    def __init__(self) -> None:
        self._armed: dict[str, list[ArmedFault]] = {}

    def arm(
        self,
        operation: str,
        fault: str,
        times: int = 1,
        seconds: float | None = None,
    ) -> None:
        """Arm a fault; raises ValueError with a sentence for one that cannot be."""
        if operation not in OPERATIONS:
            names = ", ".join(OPERATIONS)
            raise ValueError(UNKNOWN_OPERATION.format(name=operation, names=names))
        if fault not in tuple(Fault):
            names = ", ".join(Fault)
            raise ValueError(UNKNOWN_FAULT.format(name=fault, names=names))
        known = Fault(fault)
        places = _OCCURS_AT.get(known, OPERATIONS)
        if operation not in places:
            text, names = NOT_FOR, ", ".join(places)
            raise ValueError(
                text.format(fault=fault, operation=operation, operations=names)
            )
        if times < 1 and times != -1:
            raise ValueError(BAD_TIMES)
        if seconds is not None and not 0 <= seconds <= MOST_SECONDS:
            raise ValueError(BAD_SECONDS)
        if known in LASTING:
            times = -1
        self._armed.setdefault(operation, []).append(ArmedFault(known, times, seconds))

    def take(self, operation: str) -> ArmedFault | None:
        """Return the fault of this call and count it; None if none is armed."""
        queue = self._armed.get(operation)
        if not queue:
            return None
        first = queue[0]
        if first.times > 0:
            first.times -= 1
        if first.times == 0:
            queue.pop(0)
            if not queue:
                del self._armed[operation]
        return first

    def clear(self) -> None:
        """Disarm everything."""
        self._armed.clear()

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """Return the armed faults; `seconds` only where it was given."""
        return {name: [_json(x) for x in queue] for name, queue in self._armed.items()}

    def restore(self, data: dict[str, list[dict[str, Any]]]) -> None:
        """Restore the armed faults from `to_json`."""
        self.clear()
        for operation, queue in data.items():
            for armed in queue:
                self.arm(operation, **armed)


def _json(armed: ArmedFault) -> dict[str, Any]:
    return {key: value for key, value in asdict(armed).items() if value is not None}
