"""Why a call to the Store brought no answer, split by who must act.

StoreError
├── NotAuthenticated   the owner of the Entra application, or of the account
├── NotFound           whoever named the app, flight or submission
├── Refused            nobody: the Store says no in this state (409, 400)
├── RateLimited        nobody: wait
├── Unavailable        Microsoft, or the network
└── Unreadable         us: the answer is in no form that we know
"""

from enum import StrEnum


class AuthCause(StrEnum):
    """What exactly is wrong with the sign-in."""

    TENANT = "tenant"
    CLIENT = "client"
    SECRET = "secret"  # noqa: S105 - a cause, not a credential
    SECRET_EXPIRED = "secret_expired"  # noqa: S105 - a cause, not a credential
    POLICY = "policy"
    ONBOARDING = "onboarding"
    ROLE = "role"
    TOKEN = "token"  # noqa: S105 - a cause, not a credential
    OTHER = "other"


class StoreError(Exception):
    """A call to the Store that brought no usable answer.

    `words` is a sentence for a person: what is wrong and who can mend it.
    `may_have_acted` is True where the Store may have carried out a write although
    no answer came; it is False where the request surely had no effect.
    """

    def __init__(
        self,
        words: str,
        *,
        status: int | None = None,
        correlation_id: str | None = None,
        may_have_acted: bool = False,
    ) -> None:
        super().__init__(words)
        self.words = words
        self.status = status
        self.correlation_id = correlation_id
        self.may_have_acted = may_have_acted

    @property
    def transient(self) -> bool:
        """Whether the same call may succeed a little later."""
        return False

    @property
    def code(self) -> str:
        """The stable word for logs and the history."""
        return "store"


class AuthenticationError(StoreError):
    """Microsoft does not let us in; `cause` says which part of the sign-in is wrong."""

    def __init__(
        self,
        words: str,
        cause: AuthCause,
        *,
        status: int | None = None,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(words, status=status, correlation_id=correlation_id)
        self.cause = cause

    @property
    def code(self) -> str:
        """`not_authenticated.secret` and its like."""
        return f"not_authenticated.{self.cause}"


class NotFoundError(StoreError):
    """The Store knows no such app, flight or submission in this account."""

    @property
    def code(self) -> str:
        """The stable word for logs and the history."""
        return "not_found"


class RefusedError(StoreError):
    """The Store says no to this request as things stand (409, or another 4xx)."""

    @property
    def code(self) -> str:
        """The stable word for logs and the history."""
        return "refused"


class RateLimitedError(StoreError):
    """Too many calls; `retry_after` is in seconds where the Store named a time."""

    def __init__(
        self,
        words: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        correlation_id: str | None = None,
    ) -> None:
        super().__init__(words, status=status, correlation_id=correlation_id)
        self.retry_after = retry_after

    @property
    def transient(self) -> bool:
        """The limit ends by itself."""
        return True

    @property
    def code(self) -> str:
        """The stable word for logs and the history."""
        return "rate_limited"


class UnavailableError(StoreError):
    """The Store or the sign-in service failed, did not answer in time, or hung up."""

    @property
    def transient(self) -> bool:
        """Outages end."""
        return True

    @property
    def code(self) -> str:
        """The stable word for logs and the history."""
        return "unavailable"


class UnreadableError(StoreError):
    """The Store answered in a form that we do not know."""

    @property
    def code(self) -> str:
        """The stable word for logs and the history."""
        return "unreadable"
