"""Failures of the Store and of the bot: a kind, a stable code, and its arguments.

A failure carries no sentence: `bot.slack.messages.failures` has the texts.

StoreError
├── AuthenticationError  the bot's sign-in, or its rights, do not suffice
├── NotFoundError        the account has no such app, flight or submission
├── RefusedError         the Store refuses the request in this state (409, 400)
├── RateLimitedError     too many requests: wait
├── BudgetSpentError     not sent: the request budget has nothing left for this
├── UnavailableError     no usable response: an outage, or the network
└── UnreadableError      the response has a form that the bot does not know
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Self


class FailureKind(StrEnum):
    """What helps against a failure."""

    RETRY = "retry"
    """The same request may succeed a little later."""
    ACTION_NEEDED = "action_needed"
    """Somebody must change something first; the text names who and what."""
    NOT_SHOWN = "not_shown"
    """The Store accepted the write and does not show its effect yet."""
    REFUSED = "refused"
    """The Store refuses the request in the present state."""
    INTERNAL = "internal"
    """A fault of the bot itself."""


class FailureCode(StrEnum):
    """Every situation that has a text of its own; logs and history carry the value.

    The kind is for people. Whether the client itself retries is decided by the class
    of the error: an untrusted certificate is retried, and yet somebody must act.
    """

    kind: FailureKind

    def __new__(cls, value: str, kind: FailureKind) -> Self:
        """Return the member for its value, which alone makes its identity."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.kind = kind
        return member

    # The network, and outages of the Store.
    NO_CONNECTION = "no_connection", FailureKind.RETRY
    TIMEOUT = "timeout", FailureKind.RETRY
    CONNECTION_LOST = "connection_lost", FailureKind.RETRY
    STORE_OUTAGE = "store_outage", FailureKind.RETRY
    PROXY_SIGN_IN = "proxy_sign_in", FailureKind.ACTION_NEEDED
    RATE_LIMITED = "rate_limited", FailureKind.RETRY
    REQUEST_BUDGET = "request_budget", FailureKind.RETRY
    UNREADABLE = "unreadable", FailureKind.INTERNAL
    # What the Store refuses.
    NOT_FOUND = "not_found", FailureKind.ACTION_NEEDED
    CONFLICT = "conflict", FailureKind.REFUSED
    BAD_REQUEST = "bad_request", FailureKind.REFUSED
    # The sign-in, as the Store judges it.
    ACCOUNT_NOT_ENABLED = "account_not_enabled", FailureKind.ACTION_NEEDED
    NO_ACCESS = "no_access", FailureKind.ACTION_NEEDED
    TOKEN_REJECTED = "token_rejected", FailureKind.ACTION_NEEDED
    # The sign-in, as Microsoft Entra judges it.
    TENANT_UNKNOWN = "tenant_unknown", FailureKind.ACTION_NEEDED
    TENANT_NOT_LINKED = "tenant_not_linked", FailureKind.ACTION_NEEDED
    CLIENT_UNKNOWN = "client_unknown", FailureKind.ACTION_NEEDED
    CLIENT_DISABLED = "client_disabled", FailureKind.ACTION_NEEDED
    SECRET_WRONG = "secret_wrong", FailureKind.ACTION_NEEDED
    SECRET_EXPIRED = "secret_expired", FailureKind.ACTION_NEEDED
    SIGN_IN_BLOCKED = "sign_in_blocked", FailureKind.ACTION_NEEDED
    SIGN_IN_REFUSED = "sign_in_refused", FailureKind.ACTION_NEEDED
    SIGN_IN_RATE_LIMITED = "sign_in_rate_limited", FailureKind.RETRY
    SIGN_IN_SLOW = "sign_in_slow", FailureKind.RETRY
    SIGN_IN_OUTAGE = "sign_in_outage", FailureKind.RETRY
    SIGN_IN_UNREACHABLE = "sign_in_unreachable", FailureKind.RETRY
    SIGN_IN_UNTRUSTED = "sign_in_untrusted", FailureKind.ACTION_NEEDED
    SIGN_IN_UNREADABLE = "sign_in_unreadable", FailureKind.ACTION_NEEDED
    # The execution of a confirmed change.
    TOO_OLD = "too_old", FailureKind.RETRY
    STEP_LATE = "step_late", FailureKind.RETRY
    OVERTAKEN = "overtaken", FailureKind.RETRY
    NO_EFFECT = "no_effect", FailureKind.RETRY
    NOT_SHOWN = "not_shown", FailureKind.NOT_SHOWN
    OUTDATED = "outdated", FailureKind.INTERNAL
    INTERNAL = "internal", FailureKind.INTERNAL
    # Stored by a newer version of the bot; its own word is the argument `code`.
    UNKNOWN = "unknown", FailureKind.INTERNAL


_CODES: Final[Mapping[str, FailureCode]] = {code.value: code for code in FailureCode}


@dataclass(frozen=True, slots=True)
class FailureDetail:
    """Why a request failed: the code, and what its text needs besides.

    `arguments` has the names that the texts use: `status`, `seconds`, `aadsts`,
    `store_message`, `reference`, `limit`, and `code` for a code of a newer version.
    """

    code: FailureCode
    # A dictionary has no hash; equal details still have equal codes.
    arguments: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def kind(self) -> FailureKind:
        """What helps against it."""
        return self.code.kind

    def to_json(self) -> dict[str, Any]:
        """Return the detail as plain JSON values."""
        return {"code": self.code.value, "arguments": dict(self.arguments)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` returned, by this version of the bot or by a newer one.

        Raises KeyError, TypeError or ValueError for other data.
        """
        word, arguments = data["code"], dict(data["arguments"])
        code = _CODES.get(word)
        if code is None:
            return cls(FailureCode.UNKNOWN, {**arguments, "code": str(word)})
        return cls(code, arguments)

    def __str__(self) -> str:
        """Return the code with its arguments, for logs."""
        shown = (f"{name}={value!r}" for name, value in self.arguments.items())
        return " ".join((self.code.value, *shown))


class StoreError(Exception):
    """A call to the Store that brought no usable response.

    `may_have_acted` is True where the Store may have carried out a write although
    no response came; it is False where the request surely had no effect.
    `retry_after` is in seconds, where the Store named a time.
    """

    transient = False
    """Whether the same call may succeed a little later."""

    def __init__(
        self,
        detail: FailureDetail,
        *,
        status: int | None = None,
        correlation_id: str | None = None,
        may_have_acted: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.correlation_id = correlation_id
        self.may_have_acted = may_have_acted
        self.retry_after = retry_after


class AuthenticationError(StoreError):
    """Microsoft does not let the bot in; the code names what is wrong."""


class NotFoundError(StoreError):
    """The Store knows no such app, flight or submission in this account."""


class RefusedError(StoreError):
    """The Store refuses this request in the present state (409, or another 4xx)."""


class RateLimitedError(StoreError):
    """Too many requests; the limit ends by itself."""

    transient = True


class BudgetSpentError(StoreError):
    """The request was not sent: what the budget has left is kept for the urgent."""


class UnavailableError(StoreError):
    """The Store or the sign-in service failed, was too slow, or closed the connection.

    Outages end by themselves.
    """

    transient = True


class UnreadableError(StoreError):
    """The Store's response has a form that the bot does not know."""
