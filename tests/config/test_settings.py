"""The settings: every name, every default, and every problem reported at once."""

from datetime import timedelta

import pytest
from sqlalchemy.engine import make_url

from bot.config import BadSettings, Settings, migration_settings

SOCKET = {
    "SLACK_BOT_TOKEN": "xoxb-not-a-real-token",
    "SLACK_APP_TOKEN": "xapp-not-a-real-token",
    "AZURE_TENANT_ID": "contoso.onmicrosoft.com",
    "AZURE_CLIENT_ID": "00000000-0000-0000-0000-000000000001",
    "AZURE_CLIENT_SECRET": "not-a-real-client-secret",
}
HTTP = {
    **{name: value for name, value in SOCKET.items() if name != "SLACK_APP_TOKEN"},
    "SLACK_SIGNING_SECRET": "not-a-real-signing-secret",
}

# A connection that is cut without a word is noticed within about ten seconds.
KEEPALIVE = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}


def problems(**changes: str) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        Settings.from_env({**SOCKET, **changes})
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def test_the_defaults_are_those_of_the_manual() -> None:
    settings = Settings.from_env(SOCKET)

    assert settings.slack_app_token == SOCKET["SLACK_APP_TOKEN"]
    assert settings.slack_signing_secret is None
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.azure_authority_host == "https://login.microsoftonline.com"
    assert settings.store_api_url == "https://manage.devcenter.microsoft.com"
    assert settings.store_requests_per_minute == 20
    assert settings.database_url == "sqlite:///rollout.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.confirm_for == timedelta(minutes=15)
    assert settings.keep_for == timedelta(days=400)
    assert settings.keep_events_for is None
    assert (settings.log_level, settings.log_format) == ("INFO", "text")


def test_without_an_app_token_slack_must_reach_us() -> None:
    settings = Settings.from_env(HTTP)

    assert settings.slack_app_token is None
    assert settings.slack_signing_secret == HTTP["SLACK_SIGNING_SECRET"]
    assert settings.host == "0.0.0.0"


def test_every_setting_can_be_given() -> None:
    settings = Settings.from_env(
        {
            **HTTP,
            "SLACK_API_URL": " http://127.0.0.1:8001/api ",
            "AZURE_AUTHORITY_HOST": "https://127.0.0.1:8002/",
            "STORE_API_URL": "http://127.0.0.1:8003/",
            "STORE_REQUESTS_PER_MINUTE": "60",
            "DATABASE_URL": "postgres://bot:not-real@db.example/rollout?sslmode=require",
            "HOST": "127.0.0.2",
            "PORT": "8080",
            "CONFIRM_MINUTES": "1440",
            "RETENTION_DAYS": "30",
            "EVENT_RETENTION_DAYS": "730",
            "RELEASE_CHANNELS": "C024BE91L, G0SECRET C0MAIL",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "JSON",
        }
    )

    assert settings.slack_bot_token == HTTP["SLACK_BOT_TOKEN"]
    assert settings.azure_tenant_id == HTTP["AZURE_TENANT_ID"]
    assert settings.azure_client_id == HTTP["AZURE_CLIENT_ID"]
    assert settings.azure_client_secret == HTTP["AZURE_CLIENT_SECRET"]
    assert settings.slack_api_url == "http://127.0.0.1:8001/api/"
    assert settings.azure_authority_host == "https://127.0.0.1:8002"
    assert settings.store_api_url == "http://127.0.0.1:8003"
    assert settings.store_requests_per_minute == 60
    database = make_url(settings.database_url)
    assert database.query == {**KEEPALIVE, "sslmode": "require"}
    assert database.set(query={}).render_as_string(hide_password=False) == (
        "postgresql+psycopg://bot:not-real@db.example/rollout"
    )
    assert (settings.host, settings.port) == ("127.0.0.2", 8080)
    assert settings.confirm_for == timedelta(days=1)
    assert settings.keep_for == timedelta(days=30)
    assert settings.keep_events_for == timedelta(days=730)
    assert settings.release_channels == {"C024BE91L", "G0SECRET", "C0MAIL"}
    assert (settings.log_level, settings.log_format) == ("DEBUG", "json")


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///data/rollout.db", "sqlite:///data/rollout.db"),
        ("sqlite+aiosqlite:////data/r.db", "sqlite:////data/r.db"),
        ("postgresql://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("postgres://u:p%40ss@h:5433/d", "postgresql+psycopg://u:p%40ss@h:5433/d"),
    ],
)
def test_a_database_address_gets_the_async_driver(given: str, driver: str) -> None:
    settings = Settings.from_env({**SOCKET, "DATABASE_URL": given})

    database = make_url(settings.database_url)
    assert database.set(query={}).render_as_string(hide_password=False) == driver
    postgres = driver.startswith("postgresql")
    assert database.query == (KEEPALIVE if postgres else {})


def test_what_the_owner_says_about_keepalive_stays() -> None:
    own = "postgres://h/d?keepalives_idle=60&connect_timeout=1&options=-c%20a%3Db"

    for url in (
        Settings.from_env({**SOCKET, "DATABASE_URL": own}).database_url,
        migration_settings({"DATABASE_URL": own})[0],
    ):
        assert make_url(url).query == {
            **KEEPALIVE,
            "keepalives_idle": "60",
            "connect_timeout": "1",
            "options": "-c a=b",
        }


def test_a_cut_connection_is_noticed_within_about_ten_seconds() -> None:
    url = Settings.from_env({**SOCKET, "DATABASE_URL": "postgres://h/d"}).database_url
    said = {name: int(str(value)) for name, value in make_url(url).query.items()}

    probes = said["keepalives_interval"] * said["keepalives_count"]
    assert said["keepalives_idle"] + probes <= 11
    assert said["tcp_user_timeout"] <= 10_000


def test_all_missing_settings_are_named_at_once() -> None:
    with pytest.raises(BadSettings) as caught:
        Settings.from_env({"SLACK_BOT_TOKEN": "  "})

    unless = "it is needed unless SLACK_APP_TOKEN is given."
    assert caught.value.problems == [
        "SLACK_BOT_TOKEN is missing.",
        f"SLACK_SIGNING_SECRET is missing; {unless}",
        "AZURE_TENANT_ID is missing.",
        "AZURE_CLIENT_ID is missing.",
        "AZURE_CLIENT_SECRET is missing.",
    ]


def test_all_bad_settings_are_named_at_once() -> None:
    bad = {
        "SLACK_BOT_TOKEN": "xoxp-1",
        "SLACK_APP_TOKEN": "xoxb-1",
        "SLACK_API_URL": "slack.com",
        "AZURE_TENANT_ID": "my tenant",
        "AZURE_AUTHORITY_HOST": "http://login.example",
        "STORE_API_URL": "https://",
        "DATABASE_URL": "mysql://h/d",
        "PORT": "http",
        "STORE_REQUESTS_PER_MINUTE": "many",
        "CONFIRM_MINUTES": "0",
        "RETENTION_DAYS": "-1",
        "EVENT_RETENTION_DAYS": "for good",
        "RELEASE_CHANNELS": "#mail",
        "LOG_LEVEL": "loud",
        "LOG_FORMAT": "xml",
    }

    found = problems(**bad)

    assert {problem.split(maxsplit=1)[0] for problem in found} == set(bad)
    assert len(found) == len(bad)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "8080.0"),
        ("PORT", "٨٠"),
        ("PORT", "9" * 5_000),
        ("STORE_REQUESTS_PER_MINUTE", "0"),
        ("STORE_REQUESTS_PER_MINUTE", "10001"),
        ("CONFIRM_MINUTES", "1441"),
        ("CONFIRM_MINUTES", "0"),
        ("RETENTION_DAYS", "29"),
        ("RETENTION_DAYS", "36501"),
        ("EVENT_RETENTION_DAYS", "0"),
        ("EVENT_RETENTION_DAYS", "29"),
        ("EVENT_RETENTION_DAYS", "36501"),
        ("RELEASE_CHANNELS", "mail-releases"),
        ("RELEASE_CHANNELS", "U024BE91L"),
        ("SLACK_API_URL", "https://[::1"),
        ("SLACK_API_URL", "https://h:0"),
        ("SLACK_API_URL", "https://h:99999"),
        ("STORE_API_URL", "ftp://h"),
        ("STORE_API_URL", "https://manage.devcenter.microsoft.com/v1.0/My/"),
        ("DATABASE_URL", "rollout.db"),
        ("DATABASE_URL", "postgresql://h:port/d"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "postgresql+asyncpg://h/d"),
    ],
)
def test_a_bad_value_is_told_by_its_name(name: str, value: str) -> None:
    found = problems(**{name: value})

    assert len(found) == 1
    assert found[0].startswith(f"{name} ")


def test_no_secret_is_shown() -> None:
    password = {"DATABASE_URL": "postgresql://bot:not-a-real-password@h/d"}
    settings = Settings.from_env({**HTTP, **SOCKET, **password})

    shown = f"{settings} {settings!r}"

    assert "not-a-real" not in shown
    assert "contoso.onmicrosoft.com" in shown
    assert "store_api_url='https://manage.devcenter.microsoft.com'" in shown


def test_no_problem_repeats_a_value() -> None:
    secret = "not-a-real-secret"

    found = problems(
        SLACK_BOT_TOKEN=secret,
        SLACK_APP_TOKEN=secret,
        DATABASE_URL=f"mysql://{secret}",
        STORE_API_URL=f"ftp://{secret}",
    )

    assert secret not in "\n".join(found)


def test_every_secret_is_known_to_the_log() -> None:
    settings = Settings.from_env({**SOCKET, "SLACK_SIGNING_SECRET": "not-real"})

    assert set(settings.secrets) == {
        settings.slack_bot_token,
        settings.slack_app_token,
        "not-real",
        settings.azure_client_secret,
        settings.database_url,
    }
