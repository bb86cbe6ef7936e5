"""Texts of failures: one for every code, and more detailed ones with arguments."""

from collections.abc import Mapping
from typing import Final

from bot.domain.failures import FailureCode
from bot.slack.messages.translator import N_

# Every code has a text that needs no argument.
TEXTS: Final[Mapping[FailureCode, str]] = {
    FailureCode.NO_CONNECTION: N_(
        "The bot cannot reach the Microsoft Store. Whoever runs the bot can check its"
        " network and STORE_API_URL."
    ),
    FailureCode.TIMEOUT: N_("The Microsoft Store did not answer in time."),
    FailureCode.CONNECTION_LOST: N_(
        "The connection to the Microsoft Store broke off before its answer came."
    ),
    FailureCode.STORE_OUTAGE: N_("The Microsoft Store is failing at the moment."),
    FailureCode.PROXY_SIGN_IN: N_(
        "A proxy between the bot and the Microsoft Store asks for a sign-in. Whoever"
        " runs the bot can set it up."
    ),
    FailureCode.RATE_LIMITED: N_(
        "The Microsoft Store has had too many requests from this account."
    ),
    FailureCode.REQUEST_BUDGET: N_(
        "Not read yet, to stay inside the Store's limit of requests a minute."
    ),
    FailureCode.UNREADABLE: N_(
        "The Microsoft Store answered in a form that the bot does not know."
    ),
    FailureCode.NOT_FOUND: N_(
        "The Microsoft Store knows no such app, flight or submission in this account."
        " Check the Store ID."
    ),
    FailureCode.CONFLICT: N_("The Microsoft Store refused this."),
    FailureCode.BAD_REQUEST: N_("The Microsoft Store did not accept the request."),
    FailureCode.ACCOUNT_NOT_ENABLED: N_(
        "This Partner Center account is not allowed to use the submission API. The"
        " account's owner can ask Partner Center support to enable it."
    ),
    FailureCode.NO_ACCESS: N_(
        "The Microsoft Store gives the bot no access. Either the Entra application"
        " lacks the Manager role in Partner Center, or the app belongs to another"
        " account. A Partner Center administrator can check both."
    ),
    FailureCode.TOKEN_REJECTED: N_(
        "The Microsoft Store does not accept the bot's sign-in. A Partner Center"
        " administrator can check that the Entra application of AZURE_CLIENT_ID is"
        " added to this account."
    ),
    FailureCode.TENANT_UNKNOWN: N_(
        "AZURE_TENANT_ID is wrong: Microsoft Entra knows no such directory. Copy the"
        " directory (tenant) ID from the Entra application's overview."
    ),
    FailureCode.TENANT_NOT_LINKED: N_(
        "The directory of AZURE_TENANT_ID is not linked to Partner Center. A Partner"
        " Center administrator can link it, or AZURE_TENANT_ID must name another one."
    ),
    FailureCode.CLIENT_UNKNOWN: N_(
        "AZURE_CLIENT_ID is wrong: the directory of AZURE_TENANT_ID has no such"
        " application. Copy the application (client) ID from its overview."
    ),
    FailureCode.CLIENT_DISABLED: N_(
        "The Entra application of AZURE_CLIENT_ID is disabled. An administrator of"
        " the directory can enable it."
    ),
    FailureCode.SECRET_WRONG: N_(
        "AZURE_CLIENT_SECRET is wrong. Copy the secret's value, not its ID, from the"
        " Entra application's certificates and secrets."
    ),
    FailureCode.SECRET_EXPIRED: N_(
        "AZURE_CLIENT_SECRET has expired. The owner of the Entra application can make"
        " a new secret; its value goes into AZURE_CLIENT_SECRET."
    ),
    FailureCode.SIGN_IN_BLOCKED: N_(
        "A Conditional Access policy blocks the bot's sign-in. An administrator of"
        " the directory can make an exception for the Entra application."
    ),
    FailureCode.SIGN_IN_REFUSED: N_(
        "Microsoft Entra refused the bot's sign-in without naming a code. The owner of"
        " the Entra application can look it up in its sign-in logs."
    ),
    FailureCode.SIGN_IN_RATE_LIMITED: N_(
        "Microsoft Entra has had too many sign-ins from the bot."
    ),
    FailureCode.SIGN_IN_SLOW: N_("The sign-in to the Microsoft Store took too long."),
    FailureCode.SIGN_IN_OUTAGE: N_(
        "Microsoft Entra, the sign-in service, does not work at present."
    ),
    FailureCode.SIGN_IN_UNREACHABLE: N_(
        "The bot cannot reach Microsoft Entra, the sign-in service. Whoever runs the"
        " bot can check its network and AZURE_AUTHORITY_HOST."
    ),
    FailureCode.SIGN_IN_UNTRUSTED: N_(
        "The bot does not trust the certificate of the sign-in service. Whoever runs"
        " the bot can check AZURE_AUTHORITY_HOST and the file of certificates in"
        " REQUESTS_CA_BUNDLE."
    ),
    FailureCode.SIGN_IN_UNREADABLE: N_(
        "The sign-in service answered in a form that the bot does not know. Whoever"
        " runs the bot can check AZURE_AUTHORITY_HOST."
    ),
    FailureCode.TOO_OLD: N_(
        "The bot was not running for more than an hour after this was confirmed."
    ),
    FailureCode.STEP_LATE: N_("The bot stopped before it had sent this step."),
    FailureCode.OUTDATED: N_(
        "What the bot knows is older than this thread, as after a restore from a"
        " backup."
    ),
    FailureCode.OVERTAKEN: N_("Another copy of the bot is working on this."),
    FailureCode.NO_EFFECT: N_(
        "The Store answers again, and shows the rollout as it was before."
    ),
    FailureCode.NOT_SHOWN: N_(
        "The Store took the request, but does not show its effect yet."
    ),
    FailureCode.INTERNAL: N_("The bot itself failed; its log has the details."),
    FailureCode.UNKNOWN: N_(
        "The reason was noted by a newer version of the bot, and this version has no"
        " text for it."
    ),
}

# Texts with arguments, the most detailed first.
DETAILED_TEXTS: Final[Mapping[FailureCode, tuple[str, ...]]] = {
    FailureCode.STORE_OUTAGE: (
        N_("The Microsoft Store is failing at the moment ({status})."),
    ),
    FailureCode.RATE_LIMITED: (
        N_(
            "The Microsoft Store has had too many requests from this account. It asks"
            " to wait {seconds} s."
        ),
    ),
    FailureCode.REQUEST_BUDGET: (
        N_("Not read yet: the Store's limit of {limit} requests a minute."),
    ),
    FailureCode.UNREADABLE: (
        N_(
            "The Microsoft Store answered in a form that the bot does not know"
            " ({status})."
        ),
    ),
    FailureCode.CONFLICT: (N_("The Store refused: “{store_message}”"),),
    FailureCode.BAD_REQUEST: (
        N_(
            "The Microsoft Store did not accept the request ({status}). It says:"
            " “{store_message}”"
        ),
        N_("The Microsoft Store did not accept the request ({status})."),
    ),
    FailureCode.SIGN_IN_REFUSED: (
        N_(
            "Microsoft Entra refused the bot's sign-in ({aadsts}). The owner of the"
            " Entra application can look this code up at"
            " https://login.microsoftonline.com/error."
        ),
    ),
    FailureCode.SIGN_IN_RATE_LIMITED: (
        N_(
            "Microsoft Entra has had too many sign-ins from the bot. It asks to wait"
            " {seconds} s."
        ),
    ),
    FailureCode.INTERNAL: (
        N_("The bot itself failed; its log has the details under {reference}."),
    ),
    FailureCode.UNKNOWN: (
        N_(
            "The reason was noted by a newer version of the bot, and this version has"
            " no text for it: {code}."
        ),
    ),
}
