"""Schema of Slack's blocks: properties and limits of each type, in messages and views.

Limits: https://docs.slack.dev/reference/block-kit/blocks. Which block may be where:
https://docs.slack.dev/reference/block-kit/blocks#availability.
"""

from typing import Final

from bot.sandbox.slack.chart_schema import CHART
from bot.sandbox.slack.element_schema import (
    CONTROLS,
    ID,
    IMAGE,
    URL,
    any_text,
    plain_text,
)
from bot.sandbox.slack.validators import (
    ObjectValidator,
    Validator,
    anything,
    boolean,
    choice,
    items,
    limited,
    string,
    typed,
    unique,
)

MAX_BLOCKS: Final = 50
MAX_CHARTS: Final = 2

_TASK: Final = ObjectValidator(
    {"task_id": string(255, 1), "title": string(255, 1)},
    {
        "status": choice("pending", "in_progress", "complete", "error"),
        "details": anything,
        "output": anything,
        "sources": anything,
        "block_id": ID,
    },
)

EVERYWHERE: Final[dict[str, Validator]] = {
    "section": ObjectValidator(
        {},
        {
            "block_id": ID,
            "text": any_text(3000),
            "fields": items(any_text(2000), 10),
            "accessory": typed({**CONTROLS, "image": IMAGE}),
            "expand": boolean,
        },
        one_of=("text", "fields"),
    ),
    "header": ObjectValidator({"text": plain_text(150)}, {"block_id": ID}),
    "divider": ObjectValidator({}, {"block_id": ID}),
    "context": ObjectValidator(
        {
            "elements": items(
                typed(
                    {
                        "image": IMAGE,
                        "mrkdwn": any_text(3000),
                        "plain_text": any_text(3000),
                    }
                ),
                10,
            )
        },
        {"block_id": ID},
    ),
    "actions": ObjectValidator(
        {"elements": unique("action_id", items(typed(CONTROLS), 25))},
        {"block_id": ID},
    ),
    "image": ObjectValidator(
        {"alt_text": string(2000)},
        {
            "block_id": ID,
            "image_url": URL,
            "slack_file": anything,
            "title": plain_text(2000),
        },
        one_of=("image_url", "slack_file"),
    ),
    "rich_text": ObjectValidator(
        {
            "elements": items(
                typed(
                    {
                        "rich_text_section": anything,
                        "rich_text_list": anything,
                        "rich_text_quote": anything,
                        "rich_text_preformatted": anything,
                    }
                ),
                100,
                0,
            )
        },
        {"block_id": ID},
    ),
}
_ONLY_IN_MESSAGES: Final[dict[str, Validator]] = {
    "data_visualization": CHART,
    "markdown": ObjectValidator({"text": string(12_000, 1)}, {"block_id": ID}),
    "task_card": _TASK,
    "plan": ObjectValidator(
        {"title": string(255, 1)}, {"tasks": items(_TASK, 50), "block_id": ID}
    ),
}
_IN_MESSAGES: Final = items(typed({**EVERYWHERE, **_ONLY_IN_MESSAGES}), MAX_BLOCKS, 0)
validate_blocks: Final = unique(
    "block_id", limited("data_visualization", MAX_CHARTS, _IN_MESSAGES)
)
