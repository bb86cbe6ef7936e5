"""Listeners that Bolt calls for commands, actions and events."""
