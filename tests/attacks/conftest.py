"""Fixtures of the attacks on the Slack side: a local Slack, and a bot beside it."""

from tests.slack.posted_cards import memory, messenger
from tests.slack.slack_harness import (
    bot,
    client,
    clients,
    connection,
    identity,
    languages_of,
    session,
    slack,
    slack_url,
)

__all__ = [
    "bot",
    "client",
    "clients",
    "connection",
    "identity",
    "languages_of",
    "memory",
    "messenger",
    "session",
    "slack",
    "slack_url",
]
