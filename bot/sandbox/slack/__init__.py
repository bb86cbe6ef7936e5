"""The local Slack, as strict as the real one."""

from bot.sandbox.slack.local import LocalSlack

__all__ = ["LocalSlack"]
