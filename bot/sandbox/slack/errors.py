"""Errors of the local Slack."""

from typing import Any

from bot.sandbox.slack.sentences import Sentence


class SlackError(Exception):
    """A Web API error: `error` is Slack's code, `details` are sent with it."""

    def __init__(self, error: str, **details: Any) -> None:  # noqa: ANN401 - JSON.
        super().__init__(error)
        self.error = error
        self.details = details

    def body(self) -> dict[str, Any]:
        """Return the JSON that Slack answers, with HTTP status 200."""
        return {"ok": False, "error": self.error, **self.details}


class RateLimitedError(Exception):
    """HTTP 429, with `Retry-After` in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class UserActionError(Exception):
    """A person's action that Slack would not allow; the sentence is for that person."""

    def __init__(self, message: str, /, **values: object) -> None:
        self.sentence = Sentence(message, **values)
        super().__init__(self.sentence)


class DeliveryError(Exception):
    """The app did not acknowledge a payload; Slack shows the code `error`."""

    def __init__(self, error: str, reason: str, *, retry: bool = True) -> None:
        super().__init__(error)
        self.error = error
        self.reason = reason
        self.retry = retry
