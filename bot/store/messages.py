"""What people read when the Store, or the sign-in to it, fails."""

from enum import StrEnum


class Words(StrEnum):
    """Every sentence that a failure can carry; `{}` takes what the other side said."""

    # The network, and the Store's own troubles.
    NO_CONNECTION = (
        "The bot cannot reach the Microsoft Store. Whoever runs the bot can check its"
        " network and STORE_API_URL."
    )
    TIMEOUT = "The Microsoft Store did not answer in time."
    CUT_OFF = "The connection to the Microsoft Store broke off before its answer came."
    BROKEN = "The Microsoft Store has a problem of its own at the moment ({})."
    PROXY = (
        "A proxy between the bot and the Microsoft Store asks for a sign-in. Whoever"
        " runs the bot can set it up."
    )
    RATE_LIMITED = "The Microsoft Store has had too many requests from this account."
    UNREADABLE = (
        "The Microsoft Store answered in a form that the bot does not know ({})."
    )
    ASKS_TO_WAIT = "It asks to wait {} seconds."
    # What the Store says no to.
    NOT_FOUND = (
        "The Microsoft Store knows no such app, flight or submission in this account."
        " Check the Store ID."
    )
    REFUSED = "The Microsoft Store refused this as things stand."
    BAD_REQUEST = "The Microsoft Store did not accept the request ({})."
    QUOTED = " It says: “{}”"
    # The sign-in, as the Store sees it.
    ONBOARDING = (
        "This Partner Center account is not allowed to use the submission API. The"
        " account's owner can ask Partner Center support to enable it."
    )
    ROLE = (
        "The Microsoft Store gives the bot no access. Either the Entra application"
        " lacks the Manager role in Partner Center, or the app belongs to another"
        " account. A Partner Center administrator can check both."
    )
    TURNED_DOWN = (
        "The Microsoft Store does not accept the bot's sign-in. A Partner Center"
        " administrator can check that the Entra application of AZURE_CLIENT_ID is"
        " added to this account."
    )
    # The sign-in, as Microsoft Entra sees it.
    TENANT = (
        "AZURE_TENANT_ID is wrong: Microsoft Entra knows no such directory. Copy the"
        " directory (tenant) ID from the Entra application's overview."
    )
    NO_STORE = (
        "The directory of AZURE_TENANT_ID is not linked to Partner Center. A Partner"
        " Center administrator can link it, or AZURE_TENANT_ID must name another one."
    )
    CLIENT = (
        "AZURE_CLIENT_ID is wrong: the directory of AZURE_TENANT_ID has no such"
        " application. Copy the application (client) ID from its overview."
    )
    CLIENT_DISABLED = (
        "The Entra application of AZURE_CLIENT_ID is disabled. An administrator of"
        " the directory can enable it."
    )
    WRONG_KEY = (
        "AZURE_CLIENT_SECRET is wrong. Copy the secret's value, not its ID, from the"
        " Entra application's certificates and secrets."
    )
    EXPIRED_KEY = (
        "AZURE_CLIENT_SECRET has expired. The owner of the Entra application can make"
        " a new secret; its value goes into AZURE_CLIENT_SECRET."
    )
    POLICY = (
        "A Conditional Access policy blocks the bot's sign-in. An administrator of"
        " the directory can make an exception for the Entra application."
    )
    SIGN_IN_REFUSED = (
        "Microsoft Entra refused the bot's sign-in ({}). The owner of the Entra"
        " application can look this code up at https://login.microsoftonline.com/error."
    )
    SIGN_IN_BUSY = "Microsoft Entra has had too many sign-ins from the bot."
    SIGN_IN_SLOW = "The sign-in to the Microsoft Store took too long."
    SIGN_IN_BROKEN = "Microsoft Entra, the sign-in service, does not work at present."
    SIGN_IN_UNREACHABLE = (
        "The bot cannot reach Microsoft Entra, the sign-in service. Whoever runs the"
        " bot can check its network and AZURE_AUTHORITY_HOST."
    )
    SIGN_IN_UNTRUSTED = (
        "The bot does not trust the certificate of the sign-in service. Whoever runs"
        " the bot can check AZURE_AUTHORITY_HOST and the file of certificates in"
        " REQUESTS_CA_BUNDLE."
    )
    SIGN_IN_UNREADABLE = (
        "The sign-in service answered in a form that the bot does not know. Whoever"
        " runs the bot can check AZURE_AUTHORITY_HOST."
    )
