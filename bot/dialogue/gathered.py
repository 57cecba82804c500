"""What people said of the plan's meetings: who comes, what is proposed, how agreements stand. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from monitor import models, network
from monitor.models import AgreementState

# A row that was not written yet is newer than all that are.
NOW = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Gathered:
    """The recorded rows about meetings; ``since`` tells from when the files say of an agreement what they say now."""

    sign_ups: tuple[models.SignUp, ...] = ()
    agenda: tuple[models.AgendaItem, ...] = ()
    settled: tuple[models.AgreementUpdate, ...] = ()
    since: Mapping[network.Key, datetime] = field(default_factory=dict)

    def signed_up(self, meeting: str, today: date) -> dict[str, int]:
        """Tell how many people each organisation brings to a meeting."""
        return network.signed_up([row for row in self.sign_ups if row.meeting == meeting], today)

    def standings(self, folder: models.PlanFolder, today: date) -> list[network.Standing]:
        """Tell how everything stands that was agreed, the open ones first."""
        return network.standings(folder.meetings, self.settled, since=self.since, today=today)

    def agreements_of(self, meeting: str) -> frozenset[str]:
        """Name the agreements of a meeting that recorded rows speak of, or that its file had in any version."""
        said = {row.agreement for row in self.settled if row.meeting == meeting}
        return frozenset(said | {agreement for known, agreement in self.since if known == meeting})

    def with_people(self, plan: str, meeting: str, organisation: str, people: int) -> Gathered:
        """Give the same with an organisation that brings this many people to a meeting."""
        rows = tuple(r for r in self.sign_ups if (r.meeting, r.organisation) != (meeting, organisation))
        if people:
            row = models.SignUp(
                id="", plan=plan, meeting=meeting, organisation=organisation, people=people, recorded_at=NOW
            )
            rows = (*rows, row)
        return replace(self, sign_ups=rows)

    def with_state(
        self, plan: str, key: network.Key, state: AgreementState, *, organisation: str | None, today: date
    ) -> Gathered:
        """Give the same with one more statement of how an agreement stands."""
        row = models.AgreementUpdate(
            id="",
            plan=plan,
            meeting=key[0],
            agreement=key[1],
            organisation=organisation,
            state=state,
            published_on=today,
            recorded_at=NOW,
        )
        return replace(self, settled=(*self.settled, row))


NOTHING = Gathered()
