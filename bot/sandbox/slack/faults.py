"""Faults that can be armed per method, to try the bot against a failing Slack."""

import dataclasses
from typing import Any, Final

FAULT_CHOICES: Final = {
    "ratelimited": "Slack answers 429 and asks to come back after some seconds.",
    "internal_error": "Slack answers 500 and does nothing.",
    "lost_answer": "Slack does it, but the connection breaks before the answer.",
    "slow": "Slack does it, but takes its time before it starts.",
    "downtime": "Slack answers 503 to everything until the faults are cleared.",
}
# Not Web API methods, but they can fail in the same way.
SOCKET: Final = "socket"
RESPONSE_URL: Final = "response_url"
ANY_METHOD: Final = "*"


@dataclasses.dataclass(slots=True)
class ArmedFault:
    """A fault for the next `times` calls; `seconds` is a delay or a Retry-After."""

    kind: str
    times: int
    seconds: float


class Faults:
    """The armed faults, by method; one armed for ``*`` applies to any method."""

    def __init__(self) -> None:
        self._armed: dict[str, list[ArmedFault]] = {}
        self.downtime = False

    def arm(
        self, method: str, kind: str, *, times: int = 1, seconds: float = 1.0
    ) -> None:
        """Arm a fault; raises ValueError for a kind that does not exist."""
        if kind not in FAULT_CHOICES:
            raise ValueError(kind)
        if kind == "downtime":
            self.downtime = True
            return
        self._armed.setdefault(method, []).append(ArmedFault(kind, times, seconds))

    def clear(self) -> None:
        """Disarm everything, downtime too."""
        self._armed.clear()
        self.downtime = False

    def take(self, method: str) -> ArmedFault | None:
        """Return the fault of this call and count it; None if none is armed."""
        if self.downtime:
            return ArmedFault("downtime", 1, 0)
        for name in (method, ANY_METHOD):
            armed = self._armed.get(name)
            if not armed:
                continue
            fault = armed[0]
            fault.times -= 1
            if fault.times <= 0:
                armed.pop(0)
            return fault
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the armed faults, in the form that `restore` takes."""
        armed: dict[str, list[dict[str, Any]]] = {
            method: [
                {"fault": f.kind, "times": f.times, "seconds": f.seconds} for f in each
            ]
            for method, each in self._armed.items()
            if each
        }
        if self.downtime:
            lasting = {"fault": "downtime", "times": 1, "seconds": 1.0}
            armed.setdefault(ANY_METHOD, []).append(lasting)
        return {"downtime": self.downtime, "armed": armed}

    def restore(self, saved: dict[str, Any]) -> None:
        """Restore the armed faults from `to_json`."""
        self.clear()
        for method, each in saved["armed"].items():
            for one in each:
                self.arm(
                    method, one["fault"], times=one["times"], seconds=one["seconds"]
                )
