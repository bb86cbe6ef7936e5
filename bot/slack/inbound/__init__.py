"""Payloads from Slack: signed HTTP, Socket Mode, and their typed form."""
