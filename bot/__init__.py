"""Rollout Bot: control Microsoft Store package rollouts from Slack."""

from typing import Final

__version__: Final = "0.2.0"
