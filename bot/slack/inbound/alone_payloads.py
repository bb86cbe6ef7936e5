"""Payload of the form in which an asker says why they do without a second person."""

from dataclasses import dataclass

from bot.domain.requests import Person, Place
from bot.slack.ids import REASON_BLOCK, TYPED, press_subject_of
from bot.slack.inbound.fields import object_in, text_in
from bot.slack.inbound.shapes import Payload


@dataclass(frozen=True, slots=True)
class AloneSubmission:
    """What somebody has typed into the form, for which card; it may be nothing."""

    request_id: str
    card: str
    place: Place
    person: Person
    reason: str


def read_alone_submission(body: Payload, workspace: str) -> AloneSubmission | None:
    """Read a submitted form; None where it does not say who, where or for what."""
    user, view = object_in(body, "user"), object_in(body, "view")
    subject, user_id = (
        press_subject_of(view.get("private_metadata")),
        text_in(user, "id"),
    )
    if subject is None or not user_id:
        return None
    values = object_in(object_in(view, "state"), "values")
    typed = text_in(object_in(object_in(values, REASON_BLOCK), TYPED), "value")
    return AloneSubmission(
        subject.request_id,
        subject.card,
        Place(workspace, subject.channel, subject.thread),
        Person(user_id, text_in(user, "team_id")),
        " ".join(typed.split()),
    )
