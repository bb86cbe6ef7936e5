"""A Slack on this machine, as strict as the real one; `LocalSlack` is all of it."""

from bot.sandbox.slack.local import LocalSlack

__all__ = ["LocalSlack"]
