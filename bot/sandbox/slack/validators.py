"""Validators from which the rules of Block Kit are composed.

A validator takes a value and its JSON pointer, and yields one message for each error,
worded as Slack words them in `response_metadata.messages`.
"""

import dataclasses
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

Validator = Callable[[object, str], Iterator[str]]


@dataclasses.dataclass(frozen=True, slots=True)
class ObjectValidator:
    """An object: required and optional properties, and those of which it needs one."""

    required: dict[str, Validator]
    optional: dict[str, Validator] = dataclasses.field(default_factory=dict)
    one_of: tuple[str, ...] = ()

    def __call__(self, value: object, at: str) -> Iterator[str]:
        """Validate an object; unknown properties are errors."""
        if not isinstance(value, dict):
            yield error_message("must be an object", at)
            return
        known = {**self.required, **self.optional}
        for name in self.required:
            if value.get(name) is None:
                yield error_message(f"missing required field: {name}", at)
        if self.one_of and not any(value.get(name) for name in self.one_of):
            yield error_message(f"missing one of: {', '.join(self.one_of)}", at)
        for name, inner in value.items():
            if name == "type":
                continue
            if name not in known:
                yield error_message(f"no additional property allowed: {name}", at)
            elif inner is not None:
                yield from known[name](inner, f"{at}/{name}")


def error_message(what: str, at: str) -> str:
    """Return the message of one error."""
    return f"[ERROR] {what} [json-pointer:{at}]"


def string(most: int, least: int = 0) -> Validator:
    """Validate a string of `least` to `most` characters."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield error_message("must be a string", at)
        elif len(value) < least:
            yield error_message(f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            yield error_message(f"must be less than {most + 1} characters", at)

    return check


def pattern(expression: re.Pattern[str], example: str) -> Validator:
    """Validate a string that is as the expression says."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, str) or not expression.fullmatch(value):
            yield error_message(f"must be {example}", at)

    return check


def number(*, above: float = -math.inf) -> Validator:
    """Validate a finite number that is larger than `above`."""

    def check(value: object, at: str) -> Iterator[str]:
        # This comparison holds for no NaN either, and takes integers of any length.
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield error_message("must be a number", at)
        elif not -math.inf < value < math.inf:
            yield error_message("must be a finite number", at)
        elif value <= above:
            yield error_message(f"must be more than {above}", at)

    return check


def choice(*values: str) -> Validator:
    """Validate one of these strings."""

    def check(value: object, at: str) -> Iterator[str]:
        if value not in values:
            yield error_message(f"must be a valid enum value: {', '.join(values)}", at)

    return check


def boolean(value: object, at: str) -> Iterator[str]:
    """Validate true or false."""
    if not isinstance(value, bool):
        yield error_message("must be a boolean", at)


def anything(value: object, at: str) -> Iterator[str]:
    """Accept everything: a property whose rules the sandbox does not know."""
    del value, at
    yield from ()


def items(check: Validator, most: int, least: int = 1) -> Validator:
    """Validate a list of `least` to `most` items with `check`."""

    def check_list(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield error_message("must be an array", at)
            return
        if len(value) > most:
            yield error_message(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield error_message(f"no fewer than {least} items allowed", at)
        for index, item in enumerate(value):
            yield from check(item, f"{at}/{index}")

    return check_list


def typed(table: dict[str, Validator]) -> Validator:
    """Validate an object with the validator of its `type`."""

    def check(value: object, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield error_message("must be an object", at)
            return
        kind: Any = value.get("type")
        if not isinstance(kind, str):
            yield error_message("missing required field: type", at)
        elif kind not in table:
            yield error_message(f"unsupported type: {kind}", f"{at}/type")
        else:
            yield from table[kind](value, at)

    return check


def limited(kind: str, most: int, check: Validator) -> Validator:
    """Validate a list with `check`, and that it has `most` items of one type."""

    def check_list(value: object, at: str) -> Iterator[str]:
        yield from check(value, at)
        found = value if isinstance(value, list) else ()
        same = [
            one for one in found if isinstance(one, dict) and one.get("type") == kind
        ]
        if len(same) > most:
            yield error_message(f"no more than {most} {kind} blocks allowed", at)

    return check_list


def unique(name: str, check: Validator) -> Validator:
    """Validate a list with `check`, and that no two items have the same `name`."""

    def check_list(value: object, at: str) -> Iterator[str]:
        yield from check(value, at)
        seen: set[str] = set()
        for index, item in enumerate(value if isinstance(value, list) else ()):
            key = item.get(name) if isinstance(item, dict) else None
            if isinstance(key, str) and key in seen:
                yield error_message(
                    f"`{name}` already exists: {key}", f"{at}/{index}/{name}"
                )
            elif isinstance(key, str):
                seen.add(key)

    return check_list
