"""How a meeting and what was agreed read, on every page that speaks of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from monitor import agenda, models, network
from monitor.models import AgreementState, Phase
from monitor.pages import addresses
from monitor.pages.parts import fact_list
from monitor.pages.rendering import Pen, is_derived
from monitor.pages.site import Site
from monitor.pages.slots import slots_anchor

Facts = list[tuple[Markup, list[Markup]]]


@dataclass(frozen=True)
class AgreementView:
    """An agreement as it reads on a page: what, who, until when, agreed where, and how it stands."""

    anchor: str
    text: Markup
    organisation: Markup
    due: Markup
    meeting: Markup
    states: tuple[Markup, ...]
    lines: tuple[Markup, ...]


def next_meeting(site: Site) -> models.Meeting | None:
    """Give the meeting that comes next; a closed plan has none."""
    return next(iter(coming(site)), None)


def coming(site: Site) -> list[models.Meeting]:
    """List the meetings still to come, the next one first; a closed plan has none."""
    return [] if site.phase is Phase.CLOSED else network.coming(site.data.folder.meetings, site.today)


def agreement_views(pen: Pen, standings: Iterable[network.Standing]) -> list[AgreementView]:
    """Say of agreements all that is known of them."""
    return [
        AgreementView(
            anchor=f"a-{standing.meeting.slug}-{standing.agreement.id}",
            text=pen.say(standing.agreement.text),
            organisation=pen.organisation(standing.agreement.organisation),
            due=pen.period(standing.agreement.due) if standing.agreement.due else Markup(""),
            meeting=meeting_link(pen, standing.meeting),
            states=tuple(state_words(pen, state) for state in standing.states),
            lines=tuple(_lines(pen, standing)),
        )
        for standing in standings
    ]


def state_words(pen: Pen, state: AgreementState) -> Markup:
    """Give the words for a state; in a closed plan nothing is open, it was not reported as done."""
    unsettled = pen.site.phase is Phase.CLOSED and state is AgreementState.OPEN
    return pen.t("agreement-state.unsettled" if unsettled else f"agreement-state.{state}")


def _lines(pen: Pen, standing: network.Standing) -> Iterator[Markup]:
    if len(standing.states) > 1:
        yield pen.t("agreement.contradicted")
    for said in standing.statements:
        line = _said(pen, said)
        yield pen.t("agreement.with_text", line=line, text=pen.say(said.text)) if said.text else line


def _said(pen: Pen, said: network.Statement) -> Markup:
    state = pen.t(f"agreement-state.{said.state}").capitalize()
    if said.from_file:
        return pen.t("agreement.said_in_notes", state=state)
    name = "agreement.said_by" if said.organisation else "agreement.said"
    return pen.t(name, state=state, day=pen.day(said.on), organisation=pen.name(said.organisation))


def meeting_link(pen: Pen, meeting: models.Meeting) -> Markup:
    """Link to the page of a meeting by its title."""
    return pen.link(addresses.meeting(pen.words, meeting.id), pen.say(meeting.title))


def calendar_link(pen: Pen, meeting: models.Meeting) -> Markup | None:
    """Link to the calendar file beside the page of a meeting; there is one where its day is known."""
    if all(occasion.meeting != meeting for occasion in agenda.occasions(pen.site.data.folder, pen.site.today)):
        return None
    name = "meeting.add_to_calendar" if meeting in coming(pen.site) else "meeting.calendar_file"
    return pen.link(addresses.calendar(addresses.meeting(pen.words, meeting.id)), pen.t(name))


def signed_up(site: Site, meeting: models.Meeting) -> dict[str, int]:
    """Tell how many people each organisation brings to a meeting."""
    return network.signed_up(site.data.sign_ups.get(meeting.id, ()), site.today)


def people(pen: Pen, number: int) -> Markup:
    """Say how many people come."""
    return pen.n("count.people", number)


def sign_up_words(pen: Pen, meeting: models.Meeting) -> Markup:
    """Say how many organisations signed up, and how many people they bring."""
    found = signed_up(pen.site, meeting)
    if not found:
        return pen.t("sign-up.none")
    organisations = pen.n("count.organisations", len(found))
    return pen.t("sign-up.sum", organisations=organisations, people=people(pen, sum(found.values())))


def agenda_of(site: Site, meeting: models.Meeting | None) -> list[models.AgendaItem]:
    """List what was proposed for a meeting; without one, what was proposed for no meeting in particular."""
    return [item for item in site.data.agenda_items if item.meeting == (meeting.id if meeting else None)]


def meeting_facts(pen: Pen, meeting: models.Meeting) -> Facts:
    """Say when and where a meeting is, who receives it, who signed up and how it is kept in a calendar."""
    rows = [(pen.t("meeting.when"), _when(pen, meeting)), (pen.t("meeting.place"), [_place(pen, meeting)])]
    if meeting.host:
        derived = [_tag(pen.t("meeting.derived"))] if is_derived(meeting.sources.get("host", ())) else []
        rows.append((pen.t("meeting.host"), [pen.organisation(meeting.host), *derived]))
    if meeting in coming(pen.site):
        rows.append((pen.t("sign-up.title"), [sign_up_words(pen, meeting)]))
    if calendar := calendar_link(pen, meeting):
        rows.append((pen.t("meeting.keep"), [calendar]))
    return rows


def belongs(pen: Pen, meeting: models.Meeting) -> Facts:
    """Lead to the milestone whose period a meeting fills, and to its periods."""
    if not meeting.milestone:
        return []
    number = int(meeting.milestone.partition(".")[0])
    page = addresses.commitment(meeting.plan, number)
    words = pen.t("meeting.of_milestone", commitment=number, milestone=meeting.milestone)
    links = [pen.link(f"{page}#{addresses.step(meeting.milestone)}", words)]
    if meeting.slot:
        links.append(pen.link(f"{page}#{slots_anchor(meeting.milestone)}", pen.words.period(meeting.slot)))
    return [(pen.t("meeting.belongs"), links)]


def theme_words(pen: Pen, meeting: models.Meeting) -> Markup:
    """Say what a meeting is about, or that we do not know."""
    if meeting.theme:
        return pen.t("meeting.statement", theme=pen.say(meeting.theme))
    return pen.t("meeting.no_theme_yet" if meeting in coming(pen.site) else "meeting.no_theme")


def next_view(pen: Pen) -> dict[str, Any]:
    """Say all that home and the list of meetings say of the next meeting and of what was agreed last."""
    site = pen.site
    meeting, last = next_meeting(site), network.agreed_last(site.data.folder.meetings, site.today)
    return {
        "meeting": meeting,
        "link": meeting_link(pen, meeting) if meeting else None,
        "theme": theme_words(pen, meeting) if meeting else None,
        "facts": fact_list(pen, [*meeting_facts(pen, meeting), *_agenda_fact(pen, meeting)]) if meeting else None,
        "last": last,
        "last_link": meeting_link(pen, last) if last else None,
        "agreements": agreement_views(pen, [s for s in site.agreements if s.meeting == last]),
    }


def is_date_derived(meeting: models.Meeting) -> bool:
    """Tell whether the day of a meeting is our reading of its source."""
    return is_derived(meeting.sources.get("date", ()))


def _agenda_fact(pen: Pen, meeting: models.Meeting) -> Facts:
    items = agenda_of(pen.site, meeting)
    address = addresses.meeting(pen.words, meeting.id) + "#agenda"
    return [(pen.t("proposal.title"), [pen.link(address, pen.n("proposal.count", len(items)))])] if items else []


def _when(pen: Pen, meeting: models.Meeting) -> list[Markup]:
    when = [pen.period(meeting.date)]
    if meeting.time:
        when.append(escape(meeting.time))
    return [*when, _tag(pen.t("meeting.date_derived"))] if is_date_derived(meeting) else when


def _place(pen: Pen, meeting: models.Meeting) -> Markup:
    if meeting.online:
        return pen.t("meeting.online")
    if meeting.place:
        return escape(meeting.place)
    return pen.t("meeting.no_place_yet" if meeting in coming(pen.site) else "meeting.no_place")


def _tag(words: Markup) -> Markup:
    return Markup('<span class="tag tag-ours">{}</span>').format(words)
