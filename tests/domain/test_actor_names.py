"""The names of people are known while the work goes on that a payload has brought."""

import asyncio

from bot.domain.actor_names import actor_names, name_of, remember_name


async def test_a_name_is_known_to_what_its_payload_has_begun_and_to_nothing_else() -> (
    None
):
    begun = asyncio.Event()

    async def work() -> tuple[str | None, str | None]:
        await begun.wait()
        return name_of("U1"), name_of("U2")

    with actor_names():
        remember_name("U1", "anna")
        first = asyncio.create_task(work())
        # What is looked up later is known to the whole work.
        remember_name("U2", "ben")
    with actor_names():
        second = asyncio.create_task(work())
    begun.set()

    assert await first == ("anna", "ben")
    assert await second == (None, None)
    assert name_of("U1") is None


def test_the_first_name_stays_and_an_empty_one_is_none() -> None:
    remember_name("U1", "outside of every payload")

    with actor_names():
        remember_name("U1", "")
        remember_name("", "nobody")
        assert name_of("U1") is None
        assert name_of("") is None
        remember_name("U1", "anna")
        remember_name("U1", "Anna B.")
        assert name_of("U1") == "anna"
        remember_name("U2", "b" * 10_000)
        assert len(name_of("U2") or "") == 200
