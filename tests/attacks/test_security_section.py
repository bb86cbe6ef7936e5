"""SECURITY.md names the limits that the HTTP server has, and the README names it."""

from pathlib import Path

from bot.web import connections, server

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECURITY = (ROOT / ".github" / "SECURITY.md").read_text(encoding="utf-8")


def test_the_security_section_names_the_limits_of_the_http_server() -> None:
    """Weakness 3: who runs the bot has to know what the proxy must do."""
    section = SECURITY.split("## Limits of the HTTP server")[1].split("\n## ")[0]
    text = " ".join(section.split())

    for words in (
        f"within {connections.READ_SECONDS:.0f} seconds for its headers",
        f"{connections.READ_SECONDS:.0f} for its body",
        f"{server.MOST_BODY_BYTES // 2**20} MB",
        f"at most {server.MOST_CONNECTIONS} connections",
        f"closes it after {connections.IDLE_SECONDS:.0f}",
        "put a proxy in front of it",
    ):
        assert words in text
    assert ".github/SECURITY.md#limits-of-the-http-server" in README
    assert server.SHARE_OF_FILES == 4
    assert "a quarter of the file limit" in text
