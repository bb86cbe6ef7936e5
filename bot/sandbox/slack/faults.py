"""Faults that can be armed per method, to try the bot against a failing Slack."""

import dataclasses
from typing import Any, Final

# Of each fault: its name, what happens, what to expect of the bot, and for how many
# seconds, where that is not one.
FAULT_CHOICES: Final[dict[str, dict[str, Any]]] = {
    "ratelimited": {
        "title": "too many requests (429), come back in 5 seconds",
        "about": "Slack answers 429 and asks to come back after some seconds.",
        "expect": (
            "The bot waits for so long and tries again: what it says comes later. What"
            " was confirmed is sent to the Store without waiting."
        ),
        "seconds": 5,
    },
    "internal_error": {
        "title": "internal error (500)",
        "about": "Slack answers 500 and does nothing.",
        "expect": (
            "The bot tries again, with a card's result until Slack takes it. An answer"
            " to one person is tried another way; if that fails too, the log says so."
        ),
    },
    "lost_answer": {
        "title": "it is done, but the connection breaks before the answer",
        "about": "Slack does it, but the connection breaks before the answer.",
        "expect": (
            "Before the bot posts a card or a result again it looks for it: neither"
            " comes twice. An answer to one person may come twice."
        ),
    },
    "slow": {
        "title": "the answer takes 8 seconds",
        "about": "Slack does it, but takes its time before it starts.",
        "expect": "What the bot says comes later; a confirmed halt does not wait.",
        "seconds": 8,
    },
    "downtime": {
        "title": "Slack is down (503)",
        "about": "Slack answers 503 to everything until the faults are cleared.",
        "expect": (
            "Nothing that the bot says comes through. What was confirmed is carried out"
            " all the same; clear the faults, and the results are posted."
        ),
        "lasting": True,
    },
}
# Not Web API methods, but they can fail in the same way.
SOCKET: Final = "socket"
RESPONSE_URL: Final = "response_url"
ANY_METHOD: Final = "*"
ALL_METHODS_ONLY: Final = (
    "The fault “downtime” is one of all methods: leave the method out."
)
# What the page offers, in words. The bot's answers to commands and clicks go to their
# response_url.
METHOD_TEXTS: Final = {
    ANY_METHOD: "for anything",
    "chat.postMessage": "to post a card or a result",
    "chat.update": "to change a card",
    RESPONSE_URL: "to answer a command or a click",
    "chat.postEphemeral": "to answer a mention",
    "conversations.replies": "for the messages of a thread",
}


def describe_methods() -> list[dict[str, Any]]:
    """Return the methods that the page offers, with the faults that occur at each."""
    lasting = [name for name, each in FAULT_CHOICES.items() if each.get("lasting")]
    return [
        {
            "name": method,
            "title": title,
            "faults": [
                fault
                for fault in FAULT_CHOICES
                if method == ANY_METHOD or fault not in lasting
            ],
        }
        for method, title in METHOD_TEXTS.items()
    ]


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
