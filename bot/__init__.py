"""Rollout Bot: control Microsoft Store package rollouts from Slack."""
