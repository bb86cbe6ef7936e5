"""Delivery of messages to Slack: cards, results and ephemeral replies."""
