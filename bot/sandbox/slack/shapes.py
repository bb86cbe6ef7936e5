"""Small checks from which the rules of Block Kit are put together.

A check takes a value and where it stands, and gives one sentence for each fault, worded
as Slack words them in `response_metadata.messages`.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[object, str], Iterator[str]]


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """An object: what it must have, what it may have, and of what it needs one."""

    required: dict[str, Check]
    optional: dict[str, Check] = dataclasses.field(default_factory=dict)
    one_of: tuple[str, ...] = ()

    def __call__(self, value: object, at: str) -> Iterator[str]:
        """Check an object against this shape; unknown properties are faults."""
        if not isinstance(value, dict):
            yield fault("must be an object", at)
            return
        known = {**self.required, **self.optional}
        for name in self.required:
            if value.get(name) is None:
                yield fault(f"missing required field: {name}", at)
        if self.one_of and not any(value.get(name) for name in self.one_of):
            yield fault(f"missing one of: {', '.join(self.one_of)}", at)
        for name, inner in value.items():
            if name == "type":
                continue
            if name not in known:
                yield fault(f"no additional property allowed: {name}", at)
            elif inner is not None:
                yield from known[name](inner, f"{at}/{name}")


def fault(what: str, at: str) -> str:
    """Word one fault."""
    return f"[ERROR] {what} [json-pointer:{at}]"


def string(most: int, least: int = 0) -> Check:
    """Check for a string of `least` to `most` characters."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield fault("must be a string", at)
        elif len(value) < least:
            yield fault(f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            yield fault(f"must be less than {most + 1} characters", at)

    return check


def choice(*values: str) -> Check:
    """Check for one of these strings."""

    def check(value: object, at: str) -> Iterator[str]:
        if value not in values:
            yield fault(f"must be a valid enum value: {', '.join(values)}", at)

    return check


def boolean(value: object, at: str) -> Iterator[str]:
    """Check for true or false."""
    if not isinstance(value, bool):
        yield fault("must be a boolean", at)


def anything(value: object, at: str) -> Iterator[str]:
    """Let everything pass: a property that has no rule known to the sandbox."""
    del value, at
    yield from ()


def items(check: Check, most: int, least: int = 1) -> Check:
    """Check for a list of `least` to `most` items that each pass `check`."""

    def check_list(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield fault("must be an array", at)
            return
        if len(value) > most:
            yield fault(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield fault(f"no fewer than {least} items allowed", at)
        for index, item in enumerate(value):
            yield from check(item, f"{at}/{index}")

    return check_list


def typed(table: dict[str, Check]) -> Check:
    """Check an object by the rule that belongs to its `type`."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield fault("must be an object", at)
            return
        kind: Any = value.get("type")
        if not isinstance(kind, str):
            yield fault("missing required field: type", at)
        elif kind not in table:
            yield fault(f"unsupported type: {kind}", f"{at}/type")
        else:
            yield from table[kind](value, at)

    return check


def unique(name: str, check: Check) -> Check:
    """Check a list as `check` does, and that no two items share a `name`."""

    def check_list(value: object, at: str) -> Iterator[str]:
        yield from check(value, at)
        seen: set[str] = set()
        for index, item in enumerate(value if isinstance(value, list) else ()):
            key = item.get(name) if isinstance(item, dict) else None
            if isinstance(key, str) and key in seen:
                yield fault(f"`{name}` already exists: {key}", f"{at}/{index}/{name}")
            elif isinstance(key, str):
                seen.add(key)

    return check_list
