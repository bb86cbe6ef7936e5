"""The database: repositories of aliases, requests, operations and events."""
