"""Why something could not be shown in Slack, split by whether a retry helps.

Exception
├── RetryableNotificationError  Slack cannot be reached, or is busy
└── PermanentNotificationError  the message or its channel is gone, or closed to us
"""


class RetryableNotificationError(Exception):
    """Slack did not take it now; `retry_after` is in seconds where Slack named a time.

    `may_be_there` is True where Slack may have taken it although its answer was lost.
    `code` is Slack's own word, where it said one, or names the status of HTTP.
    """

    def __init__(
        self,
        words: str,
        *,
        retry_after: float | None = None,
        may_have_arrived: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(words)
        self.words = words
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived
        self.code = code


class PermanentNotificationError(Exception):
    """Slack will not take it however often it is asked; `code` is Slack's own word.

    `needed` is the scope that the bot's token lacks, where Slack named one.
    """

    def __init__(self, code: str, needed: str = "") -> None:
        super().__init__(f"Slack says {code}" + (f" (needed: {needed})" * bool(needed)))
        self.code = code
        self.needed = needed
