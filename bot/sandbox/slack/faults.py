"""Faults that somebody armed, to see how the bot takes a Slack that misbehaves."""

import dataclasses
from typing import Any, Final

FAULT_CHOICES: Final = {
    "ratelimited": "Slack answers 429 and asks to come back after some seconds.",
    "internal_error": "Slack answers 500 and does nothing.",
    "lost_answer": "Slack does it, but the connection breaks before the answer.",
    "slow": "Slack does it, but takes its time before it starts.",
    "downtime": "Slack answers 503 to everything until the faults are cleared.",
}
# What is not a Web API method, but can be made to fail in the same way.
SOCKET: Final = "socket"
RESPONSE_URL: Final = "response_url"
ANY_METHOD: Final = "*"


@dataclasses.dataclass(slots=True)
class Fault:
    """A fault for the next `times` calls; `seconds` is a delay or a Retry-After."""

    kind: str
    times: int
    seconds: float


class Faults:
    """The armed faults, by method; a fault armed for ``*`` is met by any method."""

    def __init__(self) -> None:
        self._armed: dict[str, list[Fault]] = {}
        self.downtime = False

    def arm(
        self, method: str, kind: str, *, times: int = 1, seconds: float = 1.0
    ) -> None:
        """Arm one; raises ValueError for a kind that does not exist."""
        if kind not in FAULT_CHOICES:
            raise ValueError(kind)
        if kind == "downtime":
            self.downtime = True
            return
        self._armed.setdefault(method, []).append(Fault(kind, times, seconds))

    def clear(self) -> None:
        """Disarm everything, downtime too."""
        self._armed.clear()
        self.downtime = False

    def meet(self, method: str) -> Fault | None:
        """Give the fault that this call runs into, and use it up."""
        if self.downtime:
            return Fault("downtime", 1, 0)
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

    def as_json(self) -> dict[str, Any]:
        """Give what is armed, in the form that `restore` takes."""
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
        """Arm what `as_json` gave."""
        self.clear()
        for method, each in saved["armed"].items():
            for one in each:
                self.arm(
                    method, one["fault"], times=one["times"], seconds=one["seconds"]
                )
