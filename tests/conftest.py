"""Names the fixtures that every test room shares."""

pytest_plugins = ["tests.databases"]
