"""The ways in which the local Slack says no."""

from typing import Any


class SlackError(Exception):
    """A Web API refusal: `error` is Slack's code, `details` go beside it."""

    def __init__(self, error: str, **details: Any) -> None:  # noqa: ANN401 - JSON.
        super().__init__(error)
        self.error = error
        self.details = details

    def body(self) -> dict[str, Any]:
        """Give the JSON that Slack answers, with HTTP status 200."""
        return {"ok": False, "error": self.error, **self.details}


class RateLimitedError(Exception):
    """Too much, too fast: HTTP 429 with `Retry-After` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class RefusedError(Exception):
    """What a person tried in the sandbox page cannot be done; the text says why."""


class DeliveryError(Exception):
    """The app did not take a payload; `error` is what Slack shows for it."""

    def __init__(self, error: str, reason: str, *, retry: bool = True) -> None:
        super().__init__(error)
        self.error = error
        self.reason = reason
        self.retry = retry
