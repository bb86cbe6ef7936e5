"""Serialization of the engine's rows: JSON only, and never pickle.

dbos chooses the deserializer by the `serialization` column of each row, whatever is
configured. Whoever can write a row could run code here, if unpickling were possible.
"""

from typing import NoReturn

from dbos._serialization import DefaultSerializer


class PickleRefused(Exception):
    """A row of the engine's tables is pickled: the bot has not written it."""


def forbid_pickle() -> None:
    """Make dbos refuse pickled rows, in this whole process.

    It ends the workflow of such a row with an error, and the sweeper starts the
    operation again.
    """
    # No setting does that: the only way is to replace the one method that unpickles.
    # tests/engine/test_pickled_rows.py is the contract.
    DefaultSerializer.deserialize = _refuse  # type: ignore[assignment,method-assign]


def _refuse(_: DefaultSerializer, serialized_data: str) -> NoReturn:
    raise PickleRefused(f"{len(serialized_data)} characters of pickle are not read")
