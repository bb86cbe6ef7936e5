"""Every setting, wrong in every way: what the bot and the doctor say of each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.sandbox.server import Sandbox

MISSING: Final = "(missing)"
FOREIGN_ID: Final = "11111111-1111-4111-8111-111111111111"
CLOSED: Final = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class WrongSetting:
    """One setting with a wrong value.

    `bot` is a part of what the bot says before it ends or in its log, `doctor` of the
    doctor's report; None where the value is as good as another. `runs` is whether the
    bot goes on all the same, since what is wrong may be mended elsewhere.
    """

    name: str
    value: str
    bot: str | None
    doctor: str | None
    runs: bool = False


def wrong_settings(sandbox: Sandbox, folder: Path) -> list[WrongSetting]:
    """Return the settings of .env.example, one after the other, wrong in each way."""
    return [
        *_of_slack(),
        *_of_microsoft(sandbox),
        *_of_the_database(folder),
        *_of_the_process(sandbox),
    ]


def _required(name: str) -> list[WrongSetting]:
    sentence = f"{name} is missing"
    return [WrongSetting(name, empty, sentence, sentence) for empty in (MISSING, "")]


def _malformed(name: str, sentence: str, *values: str) -> list[WrongSetting]:
    return [WrongSetting(name, value, sentence, sentence) for value in values]


def _of_slack() -> list[WrongSetting]:
    address = "SLACK_API_URL must be an address with https://"
    return [
        *_required("SLACK_BOT_TOKEN"),
        *_malformed("SLACK_BOT_TOKEN", "must start with xoxb-", "xoxp-1"),
        WrongSetting(
            *("SLACK_BOT_TOKEN", "xoxb-other"),
            "SLACK_BOT_TOKEN is refused (invalid_auth): copy the bot token from",
            "SLACK_BOT_TOKEN is wrong: copy it from OAuth & Permissions.",
            runs=True,
        ),
        *_malformed("SLACK_APP_TOKEN", "must start with xapp-", "app-1"),
        WrongSetting(
            *("SLACK_APP_TOKEN", "xapp-other"),
            "SLACK_APP_TOKEN is refused (invalid_auth): make an app-level token",
            "Make an app-level token with the scope connections:write",
            runs=True,
        ),
        # Without an app token, so that it is needed.
        *_required("SLACK_SIGNING_SECRET"),
        WrongSetting(
            *("SLACK_SIGNING_SECRET", "another"),
            "SLACK_SIGNING_SECRET or the clock is wrong",
            "only Slack's own signed requests can test that",
            runs=True,
        ),
        WrongSetting("SLACK_API_URL", "slack.example", address, address),
        WrongSetting(
            *("SLACK_API_URL", f"{CLOSED}/"),
            "check the network, HTTPS_PROXY and SLACK_API_URL",
            "Check the network of this machine, HTTPS_PROXY and SLACK_API_URL",
            runs=True,
        ),
    ]


def _of_microsoft(sandbox: Sandbox) -> list[WrongSetting]:
    store = sandbox.settings["STORE_API_URL"]
    prefix = "STORE_API_URL must be without /v1.0/my"
    address = "STORE_API_URL must be an address with https://"
    authority = "AZURE_AUTHORITY_HOST must be an address with https://"
    budget = "STORE_REQUESTS_PER_MINUTE must be a whole number from 1 to 10000."
    found_wrong = [
        ("AZURE_TENANT_ID", FOREIGN_ID, "AZURE_TENANT_ID is wrong"),
        ("AZURE_CLIENT_ID", "an-id", "AZURE_CLIENT_ID is wrong"),
        ("AZURE_CLIENT_ID", FOREIGN_ID, "AZURE_CLIENT_ID is wrong"),
        # As if the id of the key was copied and not its value.
        ("AZURE_CLIENT_SECRET", FOREIGN_ID, "AZURE_CLIENT_SECRET is wrong"),
        (
            *("AZURE_AUTHORITY_HOST", "https://127.0.0.1:9"),
            "check its network and AZURE_AUTHORITY_HOST",
        ),
        ("STORE_API_URL", CLOSED, "check its network and STORE_API_URL"),
        ("REQUESTS_CA_BUNDLE", MISSING, "REQUESTS_CA_BUNDLE"),
    ]
    return [
        *_required("AZURE_TENANT_ID"),
        *_malformed("AZURE_TENANT_ID", "must be a tenant id or a domain", "my tenant"),
        *_required("AZURE_CLIENT_ID"),
        *_required("AZURE_CLIENT_SECRET"),
        WrongSetting(
            "AZURE_AUTHORITY_HOST", "http://login.example", authority, authority
        ),
        WrongSetting("STORE_API_URL", "ftp://store.example", address, address),
        WrongSetting("STORE_API_URL", f"{store}/v1.0/my", prefix, prefix),
        WrongSetting(
            *("STORE_API_URL", f"{store}/elsewhere"),
            None,
            "An address in STORE_API_URL that is not the Store's looks like this, too.",
            runs=True,
        ),
        *_malformed("STORE_REQUESTS_PER_MINUTE", budget, "many", "0"),
        *(
            WrongSetting(name, value, sentence, sentence, runs=True)
            for name, value, sentence in found_wrong
        ),
    ]


def _of_the_database(folder: Path) -> list[WrongSetting]:
    away = f"sqlite:///{folder}/no/such/rollout.db"
    no_folder = f"the folder {folder}/no/such of DATABASE_URL does not exist"
    text = folder / "text.db"
    text.write_text("This is no database, and long enough to be seen as none. " * 20)
    cases = [
        (f"sqlite:///{text}", "file is not a database", "the bot may write in its"),
        (
            "postgresql://127.0.0.1:9/x",
            "Connection refused",
            "the database server runs",
        ),
        (
            *("postgresql://no-such-host.invalid/x", "failed to resolve host"),
            "the database server runs",
        ),
        (
            *("postgresql://127.0.0.1:9/x?sslmode=odd", "invalid sslmode value"),
            "Check DATABASE_URL",
        ),
        (
            *("postgresql://127.0.0.1:9/x?odd=1", 'invalid connection option "odd"'),
            "Check DATABASE_URL",
        ),
    ]
    return [
        *_malformed(
            "DATABASE_URL",
            "DATABASE_URL must be an address such as sqlite:///rollout.db",
            "rollout.db",
            "postgresql://host:port/name",
        ),
        *_malformed("DATABASE_URL", "must start with sqlite:///", "mysql://host/name"),
        *_malformed("DATABASE_URL", "must name a SQLite file", "sqlite://"),
        WrongSetting("DATABASE_URL", away, no_folder, no_folder),
        *(WrongSetting("DATABASE_URL", *each) for each in cases),
    ]


def _of_the_process(sandbox: Sandbox) -> list[WrongSetting]:
    taken = sandbox.address.rstrip("/").rpartition(":")[2]
    host = "HOST names no address of this machine"
    cases = [
        ("PORT", "PORT must be a whole number from 0 to 65535.", ("http", "70000")),
        (
            *("CONFIRM_MINUTES", "must be a whole number from 1 to 1440."),
            ("soon", "0"),
        ),
        (
            *("RETENTION_DAYS", "must be a whole number from 30 to 36500."),
            ("for ever", "1"),
        ),
        (
            *("EVENT_RETENTION_DAYS", "must be a whole number from 30 to 36500."),
            ("for ever", "29"),
        ),
        (
            *("RELEASE_CHANNELS", "RELEASE_CHANNELS must be ids of channels, such as"),
            ("#releases", "C024BE91L,general"),
        ),
        ("LOG_LEVEL", "must be one of DEBUG, INFO, WARNING, ERROR.", ("LOUD",)),
        ("LOG_FORMAT", "must be one of text, json.", ("xml",)),
        ("HOST", host, ("no-such-host.invalid", "192.0.2.1", "http://127.0.0.1")),
    ]
    in_use = f"Port {taken} on 127.0.0.1 is taken by another program"
    return [
        *(
            wrong
            for name, sentence, values in cases
            for wrong in _malformed(name, sentence, *values)
        ),
        # It may be the bot itself that has the port while the doctor looks.
        WrongSetting("PORT", taken, in_use, None),
    ]
