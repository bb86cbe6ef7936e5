"""Try Rollout Bot without accounts: a local Store, a local Slack and a page."""
