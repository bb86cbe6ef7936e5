"""The table of verbs, and what is derived from it."""

from dataclasses import replace
from itertools import product
from types import MappingProxyType

import pytest

from bot.domain import rollout as rollouts
from bot.domain.commands import AskChange
from bot.domain.requests import Alias
from bot.domain.rollout import TRANSITIONS, Change, Rollout, achieved
from bot.domain.submissions import Target
from bot.domain.targets import ResolvedChanges, resolve_changes
from bot.domain.usage import Misuse, Usage
from bot.domain.verbs import VERBS, Phase, Verb, VerbRule

MAIL = Alias("mail", Target("main", "9NBLGGH4R315"), "Mail")
STATES = {
    Phase.DISABLED: Rollout(False, 0.0, "PackageRolloutNotStarted"),
    Phase.NOT_STARTED: Rollout(True, 40.0, "PackageRolloutNotStarted"),
    Phase.IN_PROGRESS: Rollout(True, 40.0, "PackageRolloutInProgress"),
    Phase.STOPPED: Rollout(True, 40.0, "PackageRolloutStopped"),
    Phase.COMPLETE: Rollout(True, 40.0, "PackageRolloutComplete"),
    Phase.UNRECOGNISED: Rollout(True, 40.0, "PackageRolloutPaused"),
}
by_verb = pytest.mark.parametrize("verb", VERBS)


def change_of(verb: Verb) -> Change:
    return Change(verb, 40.0 if VERBS[verb].takes_percentage else None)


def test_the_table_says_everything_of_every_verb() -> None:
    assert dict(VERBS) == {
        Verb.HALT: VerbRule(
            Phase.STOPPED,
            takes_percentage=False,
            reads_first=False,
            irreversible=True,
            asks_twice=False,
            synonyms=("stop", "abort", "kill"),
        ),
        Verb.FINALIZE: VerbRule(
            Phase.COMPLETE,
            takes_percentage=False,
            reads_first=True,
            irreversible=True,
            asks_twice=True,
            synonyms=("finalise",),
        ),
        Verb.SET: VerbRule(
            Phase.IN_PROGRESS,
            takes_percentage=True,
            reads_first=True,
            irreversible=False,
            asks_twice=False,
        ),
    }
    assert set(VERBS) == set(Verb)


def test_every_transition_is_one_of_the_table() -> None:
    assert dict(TRANSITIONS) == {
        (Phase.IN_PROGRESS, verb): rule.wanted for verb, rule in VERBS.items()
    }


def test_what_is_irreversible_ends_in_a_phase_without_a_way_out() -> None:
    ways_out = {phase for phase, _ in TRANSITIONS}

    for verb, rule in VERBS.items():
        assert rule.irreversible == (rule.wanted not in ways_out), verb


@by_verb
def test_a_change_takes_a_percentage_where_its_verb_does(verb: Verb) -> None:
    takes = VERBS[verb].takes_percentage

    assert change_of(verb).percentage == (40.0 if takes else None)
    with pytest.raises(ValueError, match="with percentage"):
        Change(verb, None if takes else 40.0)


@by_verb
def test_the_words_behind_the_app_are_read_as_the_table_says(verb: Verb) -> None:
    asked = resolve_changes(AskChange(verb, ("mail", "40", "slowly")), [MAIL], "main")
    missing = resolve_changes(AskChange(verb, ("mail",)), [MAIL], "main")

    assert isinstance(asked, ResolvedChanges)
    [wanted] = asked.each
    assert wanted.change == change_of(verb)
    if VERBS[verb].takes_percentage:
        assert wanted.reason == "slowly"
        assert missing == Usage(Misuse.NO_PERCENTAGE, "mail")
    else:
        assert wanted.reason == "40 slowly"
        assert isinstance(missing, ResolvedChanges)


@pytest.mark.parametrize(("verb", "phase"), list(product(VERBS, Phase)))
def test_a_change_is_made_in_the_wanted_phase_alone(verb: Verb, phase: Phase) -> None:
    assert STATES[phase].phase is phase
    assert achieved(STATES[phase], change_of(verb)) == (phase is VERBS[verb].wanted)


def test_a_changed_line_changes_what_is_achieved_and_what_a_change_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    halt = replace(VERBS[Verb.HALT], wanted=Phase.COMPLETE, takes_percentage=True)
    table = MappingProxyType({**VERBS, Verb.HALT: halt})
    monkeypatch.setattr(rollouts, "VERBS", table)

    assert achieved(STATES[Phase.COMPLETE], Change(Verb.HALT, 40.0))
    assert not achieved(STATES[Phase.STOPPED], Change(Verb.HALT, 40.0))
