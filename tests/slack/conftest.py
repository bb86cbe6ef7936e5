"""Names the fixtures of the Slack room's tests."""

from tests.slack.posted_cards import messenger
from tests.slack.slack_harness import bot, client, session, slack, slack_url

__all__ = ["bot", "client", "messenger", "session", "slack", "slack_url"]
