"""Texts of the faults: what the page offers, and what to expect of the bot then."""

from typing import Any, Final

from bot.sandbox.store.faults import LASTING, OPERATIONS, Fault, faults_at

CHANGE: Final = "change"
READ: Final = "read"
SIGN_IN: Final = "sign_in"
# What the bot never asks for.
OTHER: Final = "other"

# Of each operation: what somebody does, and of which kind it is.
OPERATION_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "halt": ("to halt a rollout", CHANGE),
    "finalize": ("to finalize a rollout", CHANGE),
    "set": ("to set a percentage", CHANGE),
    "read": ("for the state of a rollout", READ),
    "app": ("for an app", READ),
    "apps": ("for the list of apps", READ),
    "submission": ("for a submission and its versions", READ),
    "flight": ("for a flight", READ),
    "flights": ("for the flights of an app", READ),
    "token": ("to sign in", SIGN_IN),
    "discovery": ("where to sign in", SIGN_IN),
    "status": ("how far a submission is", OTHER),
    "create": ("to create a submission", OTHER),
    "update": ("to update a submission", OTHER),
    "commit": ("to commit a submission", OTHER),
    "delete": ("to delete a submission", OTHER),
    "create_flight": ("to create a flight", OTHER),
    "delete_flight": ("to delete a flight", OTHER),
}

# Of each fault: its name, and what happens.
FAULT_TEXTS: Final[dict[Fault, tuple[str, str]]] = {
    Fault.TIMEOUT_AFTER_EFFECT: (
        "it is done, but the answer is a gateway timeout (504)",
        "The operation is done, but the gateway answers 504.",
    ),
    Fault.TIMEOUT_WITHOUT_EFFECT: (
        "gateway timeout (504)",
        "The gateway answers 504 and nothing is done.",
    ),
    Fault.UNAVAILABLE: (
        "out of service (503)",
        "The Store answers 503 in plain text; nothing is done.",
    ),
    Fault.INTERNAL: (
        "internal error (500)",
        "The Store answers 500; nothing is done.",
    ),
    Fault.LIMITED_WITH_RETRY_AFTER: (
        "too many requests (429), come back in 14 seconds",
        "The gateway answers 429 and says how long to wait.",
    ),
    Fault.LIMITED: (
        "too many requests (429), without a Retry-After header",
        "The gateway answers 429 without a Retry-After header.",
    ),
    Fault.TOKEN_REFUSED: (
        "the token is refused (401), a new one works",
        "The Store refuses the token (401); a new token works.",
    ),
    Fault.ACCOUNT_REFUSED: (
        "the account may not use the API (401)",
        "No token of the account may use the API until the fault is cleared.",
    ),
    Fault.FORBIDDEN: (
        "no access (403)",
        "The Store answers 403 with an empty body.",
    ),
    Fault.WRONG_STATE: (
        "refused for its state (409)",
        "The Store answers 409 as if the state forbade it.",
    ),
    Fault.NOT_OF_APP: (
        "refused: not a submission of this app (409)",
        "The Store answers 409: not a submission of this app.",
    ),
    Fault.UNSUPPORTED: (
        "refused: the app uses an unsupported feature (409)",
        "The Store answers 409: the app uses an unsupported feature.",
    ),
    Fault.RESET_AFTER_EFFECT: (
        "it is done, but the connection breaks before the answer",
        "The operation is done, but the connection is reset.",
    ),
    Fault.RESET_WITHOUT_EFFECT: (
        "the connection breaks",
        "The connection is reset and nothing is done.",
    ),
    Fault.SLOW: (
        "the answer takes 90 seconds",
        "The operation is done at once, the answer comes late (90 s).",
    ),
    Fault.HTML_BODY: (
        "the answer is a web page",
        "The operation is done, but the answer is a web page.",
    ),
    Fault.EMPTY_BODY: (
        "the answer is empty",
        "The operation is done, but the answer has no body.",
    ),
    Fault.TRUNCATED_BODY: (
        "half of the answer is missing",
        "The operation is done, but only half of the JSON comes.",
    ),
    Fault.CUT_BODY: (
        "the connection breaks within the answer",
        "The operation is done; the connection dies within the answer.",
    ),
    Fault.NO_CONTENT_TYPE: (
        "the answer has no Content-Type",
        "The answer has no Content-Type header.",
    ),
    Fault.INTEGER_PERCENTAGES: (
        "percentages as whole numbers",
        "Percentages come as 25 instead of 25.0.",
    ),
    Fault.UNKNOWN_STATUS: (
        "a status that no document names",
        "The answer holds a status that no document names.",
    ),
    Fault.EXPIRED_SECRET: (
        "the client secret has expired",
        "The sign-in is refused: the client secret has expired.",
    ),
}

# What a fault is called where its usual name would not be true.
_TITLES_ELSEWHERE: Final = {
    (SIGN_IN, Fault.TOKEN_REFUSED): "the client secret is wrong (401)",
}

_READ_BACK: Final = (
    "The bot reads the rollout, sees that it is done, and says so. It sends nothing"
    " again."
)
_SENT_AGAIN: Final = (
    "The bot reads the rollout, which has not changed, and sends the request again."
    " 9 times in a row: it gives up after two minutes, and says that nothing was"
    " changed."
)
_REFUSED: Final = (
    "The bot reads the rollout and reports that it was refused. It sends nothing again."
)
_NOT_ALLOWED: Final = (
    "The bot reports that nothing was changed, and which permission is missing."
)
_NOTHING_TO_SEE: Final = "Nothing: the bot reads it all the same."
_READ_AGAIN: Final = (
    "Nothing, if it happens once: the bot reads again. 3 times or more: a status and a"
    " card for finalize or set say that the Store is failing; a card for halt is made"
    " from the last reading where there is one."
)
_READ_FAILS: Final = (
    "A status and a card say what is wrong. What was read within 20 seconds is not read"
    " again; a halt that was confirmed needs no reading."
)
_NO_SIGN_IN: Final = (
    "The bot's token is revoked now, so that it has to sign in with its next request;"
    " a status or a card then says what is wrong."
)
_SIGN_IN_AGAIN: Final = (
    "The bot's token is revoked now, so that it has to sign in with its next request."
    " Once: a read is tried again, and nothing is seen. 3 times or more: the answer"
    " says that the sign-in fails."
)

_SENT: Final = dict.fromkeys(Fault, _READ_BACK) | {
    **dict.fromkeys(
        (
            Fault.TIMEOUT_WITHOUT_EFFECT,
            Fault.UNAVAILABLE,
            Fault.INTERNAL,
            Fault.LIMITED,
            Fault.RESET_WITHOUT_EFFECT,
        ),
        _SENT_AGAIN,
    ),
    **dict.fromkeys((Fault.FORBIDDEN, Fault.ACCOUNT_REFUSED), _NOT_ALLOWED),
    **dict.fromkeys((Fault.WRONG_STATE, Fault.NOT_OF_APP, Fault.UNSUPPORTED), _REFUSED),
    **dict.fromkeys(
        (Fault.NO_CONTENT_TYPE, Fault.INTEGER_PERCENTAGES), _NOTHING_TO_SEE
    ),
    Fault.LIMITED_WITH_RETRY_AFTER: (
        "The card says when the bot tries again; it waits for as long as it was told."
    ),
    Fault.TOKEN_REFUSED: "Nothing: the bot signs in again and sends the request again.",
    Fault.SLOW: (
        "The bot stops waiting after 20 seconds, reads the rollout, sees that it is"
        " done, and says so."
    ),
}
_READS: Final = dict.fromkeys(Fault, _READ_FAILS) | {
    **dict.fromkeys(
        (
            Fault.TIMEOUT_WITHOUT_EFFECT,
            Fault.UNAVAILABLE,
            Fault.INTERNAL,
            Fault.LIMITED,
            Fault.RESET_WITHOUT_EFFECT,
            Fault.CUT_BODY,
        ),
        _READ_AGAIN,
    ),
    **dict.fromkeys(
        (Fault.NO_CONTENT_TYPE, Fault.INTEGER_PERCENTAGES), _NOTHING_TO_SEE
    ),
    Fault.TOKEN_REFUSED: "Nothing: the bot signs in again and reads again.",
    Fault.SLOW: (
        "After a moment the asker is told that the Store is being asked. A card for"
        " halt does not wait: it is made from the last reading where there is one."
    ),
    Fault.UNKNOWN_STATUS: "The state is shown as one that the bot does not know.",
}
_SIGN_INS: Final = dict.fromkeys(Fault, _NO_SIGN_IN) | dict.fromkeys(
    (
        Fault.TIMEOUT_WITHOUT_EFFECT,
        Fault.UNAVAILABLE,
        Fault.INTERNAL,
        Fault.LIMITED,
        Fault.LIMITED_WITH_RETRY_AFTER,
        Fault.RESET_WITHOUT_EFFECT,
    ),
    _SIGN_IN_AGAIN,
)
EXPECTED: Final = {CHANGE: _SENT, READ: _READS, SIGN_IN: _SIGN_INS}


def describe_operations() -> list[dict[str, Any]]:
    """Return each operation in words, with the faults that can occur at it."""
    rows = []
    for name in sorted(OPERATIONS, key=list(OPERATION_TEXTS).index):
        title, kind = OPERATION_TEXTS[name]
        faults = [fault.value for fault in faults_at(name)]
        rows.append({"name": name, "title": title, "kind": kind, "faults": faults})
    return rows


def describe_faults() -> dict[str, Any]:
    """Return each fault in words, with what to expect at each kind of operation."""
    return {
        fault.value: {
            "title": title,
            "titles": {
                kind: other
                for (kind, named), other in _TITLES_ELSEWHERE.items()
                if named is fault
            },
            "about": about,
            "lasting": fault in LASTING,
            "expect": {kind: texts[fault] for kind, texts in EXPECTED.items()},
        }
        for fault, (title, about) in FAULT_TEXTS.items()
    }
