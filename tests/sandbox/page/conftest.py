"""Fixtures for the tests of the sandbox page."""

from tests.browser_fixtures import browser, free_pages, open_page, sandbox
from tests.sandbox.page.small_app import app, web

__all__ = ["app", "browser", "free_pages", "open_page", "sandbox", "web"]
