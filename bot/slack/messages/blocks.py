"""A message and its Block Kit blocks, each kept inside Slack's limits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from bot.slack.ids import BOT_NAME, COMMAND
from bot.slack.messages.limits import (
    MOST_BUTTON,
    MOST_FIELD,
    MOST_HEADER,
    MOST_SECTION,
    MOST_TEXT,
    Rendered,
    fit,
    fit_lines,
    fit_message,
    fitting,
)

# https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
CHART: Final = "data_visualization"


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `text` is what notifications and screen readers read."""

    text: str
    blocks: tuple[Block, ...] = ()

    @property
    def plainer(self) -> "Message":
        """The same for where Slack refuses its blocks: without charts, else any."""
        kept = tuple(block for block in self.blocks if block.type != CHART)
        return Message(self.text, kept if len(kept) < len(self.blocks) else ())

    @property
    def has_chart(self) -> bool:
        """Whether it has a block that not all of Slack's clients know."""
        return any(block.type == CHART for block in self.blocks)

    def rendered(self) -> Rendered:
        """Return the blocks as Slack takes them.

        Raises SlackObjectFormationError for a block over Slack's limits.
        """
        return fit_message([block.to_dict() for block in self.blocks])

    def body(self, thread: str | None) -> dict[str, Any]:
        """Return text and blocks as they stand in a thread, or in the channel.

        Slack takes an app's commands in channels only, so in a thread each is shown as
        the mention that does the same.
        https://docs.slack.dev/interactivity/implementing-slash-commands
        """
        text, blocks = fit(self.text, MOST_TEXT), self.rendered()
        if thread is None:
            return {"text": text, "blocks": blocks}
        return {"text": _as_mention(text), "blocks": _in_thread(blocks)}


def header(text: str) -> HeaderBlock:
    """Return a headline of plain text."""
    return HeaderBlock(text=plain_object(text, MOST_HEADER))


def section(text: str) -> SectionBlock:
    """Return a paragraph of mrkdwn that is safe already."""
    return SectionBlock(text=_mrkdwn(fit_lines(text, MOST_SECTION)))


def plain_section(text: str) -> SectionBlock:
    """Return a paragraph in which Slack reads no marks."""
    return SectionBlock(text=plain_object(text, MOST_SECTION))


def fields(texts: Sequence[str]) -> SectionBlock:
    """Return facts in two columns, ten at most."""
    return SectionBlock(fields=[_mrkdwn(fit(text, MOST_FIELD)) for text in texts])


def bullets(texts: Iterable[str]) -> SectionBlock:
    """Return a list of sentences."""
    return section("\n".join(f"• {text}" for text in texts))


def context(text: str) -> ContextBlock:
    """Return a line in small print."""
    return ContextBlock(elements=[_mrkdwn(fit(text, MOST_SECTION))])


def button_label(text: str) -> PlainTextObject:
    """Return the label of a button."""
    return plain_object(text, MOST_BUTTON)


def plain_object(text: str, most: int) -> PlainTextObject:
    """Return plain text of at most `most` characters, Slack's limit for its place.

    A translation may be longer than the source; Slack would refuse the whole message.
    """
    return PlainTextObject(text=fit(text, most), emoji=False)


def note(text: str) -> Message:
    """Return a message of one paragraph; the text must be safe mrkdwn."""
    return Message(text, (section(text),))


def listing(
    title: str,
    text: str,
    entries: Sequence[Block],
    more: Callable[[int], str],
    above: Sequence[Block] = (),
) -> Message:
    """Return a list that fits one message; `more` says how many are not shown.

    What is `above` the entries is always shown.
    """
    head = (header(title), *above)
    kept = fitting(entries, head)
    hidden = len(entries) - len(kept)
    rest = (context(more(hidden)),) if hidden > 0 else ()
    return Message(text, (*head, *kept, *rest))


def line_listing(
    title: str,
    text: str,
    forms: Sequence[Sequence[str]],
    more: Callable[[int], str],
    left_out: int = 0,
) -> Message:
    """Return a list in the first of its forms that fits one message as a whole.

    A form has a text of one or more lines for each entry; `left_out` entries are in
    none. Where even the last form does not fit, its last entries are left out too.
    """
    head = header(title)
    rest = (context(more(left_out)),) if left_out > 0 else ()
    for form in forms:
        blocks = _paragraphs(form)
        if len(fitting(blocks, (head,))) == len(blocks):
            return Message(text, (head, *blocks, *rest))
    entries = [section(entry) for entry in forms[-1]]
    return listing(title, text, entries, lambda hidden: more(hidden + left_out))


def _paragraphs(entries: Sequence[str]) -> list[Block]:
    """Return entries of several lines each by itself, and single lines together."""
    paragraphs: list[str] = []
    for entry in entries:
        joined = f"{paragraphs[-1]}\n{entry}" if paragraphs else entry
        if "\n" in entry or not paragraphs or len(joined) > MOST_SECTION:
            paragraphs.append(entry)
        else:
            paragraphs[-1] = joined
    return [section(paragraph) for paragraph in paragraphs]


def _mrkdwn(text: str) -> MarkdownTextObject:
    # verbatim: Slack must not make links or mentions out of what somebody typed.
    return MarkdownTextObject(text=text, verbatim=True)


def _in_thread(part: Any) -> Any:  # noqa: ANN401 - JSON, of any shape
    """Change the commands in mrkdwn alone: plain text is what people wrote."""
    match part:
        case list():
            return [_in_thread(each) for each in part]
        case {"type": "mrkdwn", "text": str(text)}:
            return {**part, "text": _as_mention(text)}
        case dict():
            return {name: _in_thread(value) for name, value in part.items()}
        case _:
            return part


def _as_mention(mrkdwn: str) -> str:
    # A code span of ours: in text from elsewhere the backtick is shown by a twin.
    return mrkdwn.replace(f"`{COMMAND} ", f"`@{BOT_NAME} ")
