"""The text of every failure: what is wrong, who can fix it, nothing of a secret."""

from string import Formatter

import pytest

from bot.domain.failures import FailureCode, FailureDetail, FailureKind
from bot.slack.messages.failure_texts import DETAILED_TEXTS, TEXTS
from bot.slack.messages.failures import failure_text, plain_failure_text
from tests.translators import ENGLISH

# Every argument that the bot gives to a code.
ARGUMENTS = {
    FailureCode.STORE_OUTAGE: {"status": "503"},
    FailureCode.UNREADABLE: {"status": "302"},
    FailureCode.RATE_LIMITED: {"seconds": "14"},
    FailureCode.REQUEST_BUDGET: {"limit": "20"},
    FailureCode.CONFLICT: {"store_message": "Not now."},
    FailureCode.BAD_REQUEST: {"status": "415", "store_message": "Only JSON."},
    FailureCode.SIGN_IN_REFUSED: {"aadsts": "AADSTS70011"},
    FailureCode.SIGN_IN_RATE_LIMITED: {"seconds": "2"},
    FailureCode.INTERNAL: {"reference": "a1b2c3d4"},
    FailureCode.UNKNOWN: {"code": "quota_of_tomorrow"},
}


def text_of(code: FailureCode, /, **arguments: str) -> str:
    return failure_text(ENGLISH, FailureDetail(code, arguments))


@pytest.mark.parametrize("code", FailureCode)
def test_every_code_has_a_text_of_whole_sentences_with_and_without_arguments(
    code: FailureCode,
) -> None:
    arguments = ARGUMENTS.get(code, {})
    bare, full = text_of(code), text_of(code, **arguments)

    for text in (bare, full):
        assert text[0].isupper()
        assert text.endswith((".", "”"))
        assert text.isprintable()
        assert len(text) <= 300
        assert "{" not in text
    assert all(value in full for value in arguments.values())
    assert (bare != full) == bool(arguments)


def test_no_two_codes_share_a_text() -> None:
    assert set(TEXTS) == set(FailureCode)
    assert len(set(TEXTS.values())) == len(FailureCode)


def test_the_texts_use_the_arguments_that_the_bot_gives_and_no_other() -> None:
    used = {
        code: {
            name
            for text in texts
            for _, name, _, _ in Formatter().parse(text)
            if name is not None
        }
        for code, texts in DETAILED_TEXTS.items()
    }

    assert used == {code: set(arguments) for code, arguments in ARGUMENTS.items()}


@pytest.mark.parametrize(
    ("code", "part"),
    [
        (FailureCode.TIMEOUT, "did not answer in time"),
        (FailureCode.NO_CONNECTION, "STORE_API_URL"),
        (FailureCode.NOT_FOUND, "Check the Store ID."),
        (FailureCode.ACCOUNT_NOT_ENABLED, "account's owner"),
        (FailureCode.ACCOUNT_NOT_ENABLED, "not allowed to use the submission API"),
        (FailureCode.NO_ACCESS, "lacks the Manager role"),
        (FailureCode.TOKEN_REJECTED, "AZURE_CLIENT_ID"),
        (FailureCode.UNREADABLE, "in a form that the bot does not know"),
        (FailureCode.SECRET_WRONG, "AZURE_CLIENT_SECRET is wrong"),
        (FailureCode.SECRET_EXPIRED, "AZURE_CLIENT_SECRET has expired"),
        (FailureCode.TENANT_UNKNOWN, "AZURE_TENANT_ID is wrong"),
        (FailureCode.TENANT_NOT_LINKED, "AZURE_TENANT_ID"),
        (FailureCode.CLIENT_UNKNOWN, "AZURE_CLIENT_ID is wrong"),
        (FailureCode.CLIENT_DISABLED, "AZURE_CLIENT_ID"),
        (FailureCode.SIGN_IN_UNREACHABLE, "AZURE_AUTHORITY_HOST"),
        (FailureCode.SIGN_IN_UNREADABLE, "AZURE_AUTHORITY_HOST"),
        (FailureCode.SIGN_IN_UNTRUSTED, "AZURE_AUTHORITY_HOST"),
        (FailureCode.SIGN_IN_UNTRUSTED, "REQUESTS_CA_BUNDLE"),
    ],
)
def test_a_text_names_what_is_wrong(code: FailureCode, part: str) -> None:
    assert part in text_of(code)


@pytest.mark.parametrize(
    "code",
    [
        FailureCode.SECRET_WRONG,
        FailureCode.TENANT_UNKNOWN,
        FailureCode.CLIENT_UNKNOWN,
    ],
)
def test_a_wrong_setting_is_named_first(code: FailureCode) -> None:
    assert text_of(code).split(" ")[0].startswith("AZURE_")
    assert " is wrong" in text_of(code)


def test_an_aadsts_number_comes_with_the_page_to_look_it_up() -> None:
    text = text_of(FailureCode.SIGN_IN_REFUSED, aadsts="AADSTS1234567")

    assert "(AADSTS1234567)" in text
    assert "https://login.microsoftonline.com/error." in text
    assert "without naming a code" in text_of(FailureCode.SIGN_IN_REFUSED)


@pytest.mark.parametrize(
    "code", [FailureCode.RATE_LIMITED, FailureCode.SIGN_IN_RATE_LIMITED]
)
def test_a_limit_says_how_long_to_wait_where_that_is_known(code: FailureCode) -> None:
    assert "wait 14 s." in text_of(code, seconds="14")
    assert "asks to wait" not in text_of(code)


def test_the_status_is_shown_where_the_store_says_nothing_else() -> None:
    text = text_of(FailureCode.BAD_REQUEST, status="415")

    assert text == "The Microsoft Store did not accept the request (415)."


def test_the_stores_message_is_quoted_and_harmless() -> None:
    message = "Not now. See … <!channel> *all* " + "x" * 300
    text = text_of(FailureCode.CONFLICT, store_message=message)

    assert "The Store refused: “Not now. See … &lt;!channel&gt; ∗all∗ x" in text
    assert text.endswith("x…”")
    assert len(text) < 300


def test_a_terminal_shows_the_stores_message_without_the_marks_of_slack() -> None:
    detail = FailureDetail(FailureCode.CONFLICT, {"store_message": "a & b\x1b[2J"})

    assert plain_failure_text(ENGLISH, detail).endswith("The Store refused: “a & b[2J”")


def test_a_reason_of_a_newer_version_is_named_by_its_code() -> None:
    detail = FailureDetail.from_json({"code": "quota_of_tomorrow", "arguments": {}})

    assert "quota_of_tomorrow" in failure_text(ENGLISH, detail)


def test_whoever_must_act_is_named_wherever_somebody_must_act() -> None:
    named = ("Whoever runs", "owner", "dministrator", "Copy the", "Check the")
    texts = [text_of(c) for c in FailureCode if c.kind is FailureKind.ACTION_NEEDED]

    assert [text for text in texts if not any(who in text for who in named)] == []
