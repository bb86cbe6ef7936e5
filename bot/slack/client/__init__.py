"""The Slack Web API: clients, calls, identity, diagnostics."""
