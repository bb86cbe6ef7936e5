"""Nonsense by the thousand: texts and payloads that nobody would ever send."""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from bot.sandbox.store.seed import MAIL

WORDS: Final = (
    *("halt", "finalize", "set", "status", "alias", "add", "remove", "list", "help"),
    *("history", "flight", "mail", MAIL, "9nmail000001", "40", "40%", "12,5", "0"),
    *("-1", "1e309", "nan", "inf", "٤٠%", "100.0000001", "%", "to", "at", "=", "?"),
    *("<!channel>", "<!here>", "<!everyone>", "<@U0BEN>", "<#C0MAIL|x>", "@channel"),
    *("<!subteam^S0|@devs>", "<http://a.example|b>", "<", ">", "&", "&lt;!here&gt;"),
    *("*", "_", "~", "`", "```", "“mail”", "'", '"', "\\", "${x}", "{0}", "%s", "%d"),
    *("מייל", "\u202eliam", "👩‍👩‍👧", "🚀", "é" * 9, "\u200b", "\ufeff", "\u2028", "Ⅷ"),
    *("'; DROP TABLE requests; --", "../../etc/passwd", "null", "None", "\x00", "\x1b"),
    *("\x7f", "\r\n", "\t", "a" * 400, "9" * 300, "payload", "payload=1", "command"),
    *("9NUNKNOWN007", "9NMAPS000004", "mai", "stop", "finalise", "alias.", "-", "..."),
)
LONG: Final = ("x" * 40_000, "halt mail " + "🚀" * 9_000, "<!channel> " * 3_000)
ODD: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "x", [], {}, [[]], [None], {"id": None}),
    *(
        {"id": 7},
        {"id": "U0ANN"},
        [{}],
        {"type": 3},
        "<!channel>",
        "\ud800",
        "a" * 5000,
    ),
)
IDS: Final = (
    "",
    "x",
    "halt mail",
    "finalize",
    "<!channel>",
    "0" * 32,
    "a" * 128,
    "a" * 129,
    "<!here>",
    "../1",
    "\x00",
    "🚀",
)
# A command with the trigger of another one would be taken for its second delivery.
TRIGGERS: Final = itertools.count()
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it would come over signed HTTP, with what it is made of."""

    body: bytes
    content_type: str = FORM
    kind: str = ""


def seeded(seed: int) -> random.Random:
    """Return a source of chance that is the same in every run."""
    return random.Random(seed)  # noqa: S311 - nonsense is no secret


def texts(chance: random.Random, number: int) -> Iterator[str]:
    """Return command texts of words that mean something, in orders that do not."""
    for turn in range(number):
        if turn % 500 == 0:
            yield LONG[turn // 500 % len(LONG)]
            continue
        words = chance.choices(WORDS, k=chance.randint(0, 7))
        if chance.random() < 0.2:
            words.append("".join(map(chr, _points(chance))))
        yield chance.choice((" ", "  ", "\n", "\u00a0")).join(words)


def payloads(chance: random.Random, number: int) -> Iterator[Sent]:
    """Return commands, clicks, forms and events with fields missing, odd, too large."""
    makers = (_command, _click, _form, _event, _raw)
    for _ in range(number):
        yield chance.choices(makers, weights=(3, 4, 3, 4, 1))[0](chance)


def command(text: str) -> dict[str, Any]:
    """Return the fields of a command that Ann typed in #release-mail."""
    return {
        "command": "/rollout",
        "text": text,
        "team_id": "T0CONTOSO",
        "channel_id": "C0MAIL",
        "user_id": "U0ANN",
        "api_app_id": "A0ROLLOUT",
        "trigger_id": f"1.2.{next(TRIGGERS)}",
    }


def form(fields: dict[str, Any]) -> bytes:
    """Write the fields as Slack writes a command."""
    return urlencode(fields, errors="replace").encode()


def _command(chance: random.Random) -> Sent:
    fields = command(" ".join(chance.choices(WORDS, k=3)))
    for name in chance.sample(sorted(fields), k=chance.randint(0, 4)):
        if chance.random() < 0.5:
            del fields[name]
        else:
            fields[name] = chance.choice(WORDS)
    return Sent(form(fields), kind="command")


def _click(chance: random.Random) -> Sent:
    body: dict[str, Any] = {
        "type": chance.choice(
            ("block_actions", "block_actions", "view_submission", "x")
        ),
        "team": {"id": "T0CONTOSO", "domain": "contoso"},
        "user": {"id": "U0ANN", "team_id": "T0CONTOSO"},
        "channel": {"id": "C0MAIL"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C0MAIL"},
        "message": {"ts": "1.2", "text": "x"},
        "actions": [
            {
                "type": "button",
                "action_id": chance.choice(
                    (
                        *("rollout_confirm", "rollout_cancel", "rollout_choose_0"),
                        *("board_halt", "board_set", "board_finalize", "x"),
                    )
                ),
                "block_id": "rollout_decision",
                "value": chance.choice((*IDS, f"main/{MAIL}/", "main/x/", "//")),
            }
        ],
    }
    _spoil(chance, body, depth=3)
    return Sent(form({"payload": _dump(body)}), kind="click")


def _form(chance: random.Random) -> Sent:
    def typed(values: tuple[str, ...]) -> dict[str, Any]:
        value = chance.choice(values)
        return {"typed": {"type": "plain_text_input", "value": value}}

    percentages = ("40", "0", "100.5", "12,5 %", *WORDS)
    subjects = (f"C0MAIL main/{MAIL}/", "C0MAIL x", "main/x/", "<!here> main/x/", "")
    body: dict[str, Any] = {
        "type": "view_submission",
        "team": {"id": "T0CONTOSO", "domain": "contoso"},
        "user": {"id": "U0ANN", "team_id": "T0CONTOSO"},
        "trigger_id": f"1.2.{next(TRIGGERS)}",
        "view": {
            "id": f"V{next(TRIGGERS)}",
            "hash": "1.abc",
            "type": "modal",
            "callback_id": chance.choice(("rollout_set", "rollout_set", "x")),
            "private_metadata": chance.choice(subjects),
            "state": {
                "values": {"percentage": typed(percentages), "reason": typed(WORDS)}
            },
            "app_installed_team_id": "T0CONTOSO",
        },
        "response_urls": [],
    }
    _spoil(chance, body, depth=2)
    return Sent(form({"payload": _dump(body)}), kind="form")


def _event(chance: random.Random) -> Sent:
    body: dict[str, Any] = {
        "type": chance.choice(("event_callback", "event_callback", "x")),
        "team_id": "T0CONTOSO",
        "api_app_id": "A0ROLLOUT",
        "event_id": f"Ev{chance.getrandbits(60)}",
        "event_time": 1,
        "authorizations": [{"team_id": "T0CONTOSO", "user_id": "U0ROLLOUT"}],
        "event": {
            "type": chance.choice(
                ("app_mention", "app_mention", "app_home_opened", "message", "x")
            ),
            "tab": chance.choice(("home", "home", "messages", "x")),
            "user": "U0ANN",
            "text": "<@U0ROLLOUT> " + " ".join(chance.choices(WORDS, k=3)),
            "ts": "1.2",
            "channel": "C0MAIL",
        },
    }
    _spoil(chance, body, depth=2)
    return Sent(_dump(body).encode(errors="replace"), JSON, "event")


def _raw(chance: random.Random) -> Sent:
    body = chance.choice(
        (
            b"",
            b"{",
            b"[]",
            b"null",
            b"payload=",
            b"payload=null",
            b"payload=%7B",
            b"payload=[1]",
            b"\xff\xfe",
            b"[" * 5000,
            b'{"a":' * 3000,
            b"command=%2Frollout",
            b"ssl_check=1&token=x",
            b'{"type":"url_verification","challenge":"<!channel>"}',
            b'{"type":"url_verification"}',
            chance.randbytes(200),
        )
    )
    kinds = (FORM, JSON, "text/plain", "")
    return Sent(body, chance.choice(kinds), "raw")


def _spoil(chance: random.Random, part: dict[str, Any], depth: int) -> None:
    """Take fields away, or put something odd in their place, also further down."""
    for name in list(part):
        luck = chance.random()
        if luck < 0.06:
            del part[name]
        elif luck < 0.16:
            part[name] = chance.choice(ODD)
        elif depth and isinstance(part[name], dict):
            _spoil(chance, part[name], depth - 1)
        elif depth and isinstance(part[name], list):
            for inner in part[name]:
                if isinstance(inner, dict):
                    _spoil(chance, inner, depth - 1)
    if chance.random() < 0.1:
        more = ("view", "item", "enterprise", "thread_ts", "bot_id", "response_urls")
        part[chance.choice(more)] = chance.choice(ODD)


def _points(chance: random.Random) -> list[int]:
    """Return code points from all over Unicode, but no surrogates."""
    found = (chance.randint(0, 0x10FFFF) for _ in range(chance.randint(1, 12)))
    return [point for point in found if not 0xD800 <= point <= 0xDFFF]


def _dump(body: dict[str, Any]) -> str:
    return json.dumps(body)
