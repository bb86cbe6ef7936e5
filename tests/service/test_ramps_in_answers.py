"""What a channel is answered about a rollout that a ramp has raised."""

import asyncio
from datetime import datetime

from bot.domain.app_names import ResolvedTarget
from bot.domain.plan_changes import paused
from bot.domain.ramp_history import RampHistory, RampStep
from bot.domain.requests import Alias
from bot.service.channel_history import history_of, read_history, recent_history
from bot.service.queries import read_status
from bot.service.readings import Readings
from tests.fakes.home import ports_of
from tests.fakes.observations import FakeObservations
from tests.fakes.plans import FRIDAY, shown
from tests.fakes.samples import BETA, MAIL, MAIN, PLACE, ref_of
from tests.service.test_ramps import HOUR, MINUTE, Ramping
from tests.service.test_ramps import ramping as ramping_on_a_database

ramping = ramping_on_a_database
APP = ResolvedTarget(MAIL, "mail")


async def test_the_history_has_a_ramp_once_of_the_app_and_of_the_channel(
    ramping: Ramping,
) -> None:
    alias = Alias("mail", MAIL, "Contoso Mail", None, "U1")
    await ramping.repositories.aliases.add_alias(PLACE, alias, FRIDAY)
    await ramping.begin()
    await ramping.go_on()
    await ramping.go_on()

    for chosen in (APP, None):
        found = await read_history(ports_of(ramping.repositories), PLACE, chosen)
        [ramp] = [one for one in found.entries if isinstance(one, RampHistory)]
        [step] = ramp.course
        assert isinstance(step, RampStep)
        assert step.change.percentage == 10
        assert len(history_of(found, [MAIL]).entries) == len(found.entries)
        assert history_of(found, [BETA]).entries == ()
    assert found.entries[0] == ramp


async def test_a_status_says_when_a_step_has_changed_the_rollout(
    ramping: Ramping,
) -> None:
    await ramping.begin()
    await ramping.go_on()
    done_at = ramping.now
    await ramping.go_on()
    # What somebody decides later is no change of the rollout.
    ramping.now += MINUTE
    await ramping.save(lambda plan: paused(plan, "U1", ramping.now))
    stores = {MAIN: ramping.store}
    readings = Readings(stores, stores, FakeObservations(), lambda: ramping.now)

    async def changed_here() -> datetime | None:
        status = await read_status(
            readings,
            (APP,),
            asyncio.Lock(),
            lambda: ramping.now,
            on_reading,
            recent_history(ramping.repositories.events, PLACE),
        )
        return status.targets[0].changed_here

    assert await changed_here() == done_at
    ramping.store.rollouts[ref_of()] = shown(40)
    ramping.now += HOUR
    assert await changed_here() is None


async def on_reading(_: tuple[str, ...]) -> None:
    """Leave the asker waiting."""
