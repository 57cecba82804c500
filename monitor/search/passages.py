"""What can be found of a plan: a passage for each record that a page shows, in one language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from monitor import models, words
from monitor.pages import addresses
from monitor.pages.backing import quote_language
from monitor.pages.site import PlanData, read_plan
from monitor.pages.tickets import anchor_of, is_answered, kind_of
from monitor.search import folding
from monitor.storage import Storage
from monitor.words import Phrase, Words, choose

Said = models.Text | str | None


@dataclass(frozen=True)
class Writer:
    """What the passages of a plan in one language are written from."""

    data: PlanData
    words: Words
    today: date

    @property
    def plan(self) -> str:
        """Give the plan."""
        return self.data.plan.id

    def passages(
        self, record: str, kind: str, address: str, title: Said, *texts: Said, label: str = "", keys: Sequence[str] = ()
    ) -> Iterator[models.Passage]:
        """Write a record as a passage for each language its texts are in: what no one translated is found too."""
        said: dict[str, list[str]] = {self.words.language: []}
        for phrase in (self._choose(text) for text in texts if text):
            said.setdefault(phrase.language, []).append(phrase.words)
        for language, parts in said.items():
            yield make(
                record=record,
                kind=kind,
                plan=self.plan,
                language=self.words.language,
                address=address,
                label=label or self.words.text(f"search-kind.{kind}"),
                title=self._choose(title),
                text=Phrase(_joined(parts), language),
                keys=keys,
            )

    def page(self, name: str, below: str = "") -> str:
        """Give the address of a page of the plan."""
        return addresses.of_plan(self.words, self.plan, name, below)

    def name(self, organisation: str | None) -> str:
        """Give the name of an organisation of the plan."""
        known = self.data.organisations.get(organisation or "")
        return choose(known.name, self.words.language).words if known else organisation or ""

    def of_commitment(self, commitment: str) -> tuple[str, str]:
        """Give what a commitment is called for short, and its address."""
        number = self.data.commitments[commitment].number
        return self.words.text("commitment.number", number=number), addresses.commitment(self.plan, number)

    def label(self, what: str, commitment: str) -> str:
        """Say what a record is, and of which commitment."""
        known = self.data.commitments[commitment]
        return f"{what} · {self._choose(known.short_title or known.title).words}"

    def _choose(self, text: Said) -> Phrase:
        if isinstance(text, dict):
            return choose(text, self.words.language)
        return Phrase(text or "", self.words.language)


def make(*, title: Phrase, text: Phrase, keys: Sequence[str], **known: str) -> models.Passage:
    """Make a passage, with what is compared worked out."""
    told = {"title": unicodedata.normalize("NFC", title.words), "text": unicodedata.normalize("NFC", text.words)}
    whole = " ".join((known["label"], *told.values()))
    return models.Passage(
        **known,
        **told,
        title_language=title.language,
        text_language=text.language,
        keys=folding.padded([key.casefold() for key in keys]) if keys else "",
        words=folding.padded(folding.tokens(whole)),
        stems=folding.padded(folding.stems(whole, known["language"])),
    )


def writer_of(storage: Storage, plan: str, *, language: str, today: date) -> Writer:
    """Give what writes the passages of a plan in a language, as public on a day."""
    return Writer(read_plan(storage, plan, today), words.of(language), today)


def of_plan(storage: Storage, plan: str, *, language: str, today: date) -> Iterator[models.Passage]:
    """Write the passages of a plan in a language, as public on a day."""
    writer = writer_of(storage, plan, language=language, today=today)
    for part in (_plan, _commitments, _updates, _meetings, _unknowns, _news, _tickets, of_network, _backing):
        yield from part(writer)


def _joined(texts: Iterable[str]) -> str:
    said = (" ".join(text.split()) for text in texts)
    return " ".join(text if text.endswith((".", "!", "?", ":")) else f"{text}." for text in said if text)


def _plan(writer: Writer) -> Iterator[models.Passage]:
    plan = writer.data.plan
    facts = [text for fact in plan.facts for text in (fact.what, fact.value)]
    yield from writer.passages(plan.id, "plan", addresses.home(plan.id), plan.title, plan.summary, plan.motto, *facts)


def _commitments(writer: Writer) -> Iterator[models.Passage]:
    for commitment in writer.data.folder.commitments:
        label, address = writer.of_commitment(commitment.id)
        keys = [str(commitment.number), f"commitment/{commitment.number}", f"{writer.plan}/{commitment.number}"]
        yield from writer.passages(
            commitment.id,
            "commitment",
            address,
            commitment.title,
            *_of_commitment(writer, commitment),
            label=label,
            keys=[*keys, *([commitment.ogp_id] if commitment.ogp_id else [])],
        )
        yield from _milestones(writer, commitment, address)
        for indicator in commitment.indicators:
            about = f"{writer.page('indicators')}#{commitment.number}-{indicator.id}"
            name = f"{commitment.id}/{indicator.id}"
            label_of = writer.label(writer.words.text("search-kind.indicator"), commitment.id)
            yield from writer.passages(name, "indicator", about, indicator.title, indicator.target_note, label=label_of)


def _of_commitment(writer: Writer, commitment: models.Commitment) -> list[Said]:
    closing = commitment.closing
    told: list[Said] = [commitment.summary]
    told += [closing.promised, closing.shown, closing.unknown] if closing else []
    told += [writer.name(lead.organisation) for lead in commitment.leads]
    told += [partner.name or writer.name(partner.organisation) for partner in commitment.partners]
    told += [goal.text for goal in commitment.goals]
    told += [text for fact in commitment.facts for text in (fact.what, fact.value)]
    told += [text for conflict in commitment.conflicts for text in (conflict.about, *_values(conflict))]
    told.append(commitment.official_text)
    return told


def _values(conflict: models.Conflict) -> list[models.Text]:
    return [statement.value for statement in conflict.statements]


def _milestones(writer: Writer, commitment: models.Commitment, address: str) -> Iterator[models.Passage]:
    for step in commitment.milestones:
        yield from writer.passages(
            models.milestone_id(writer.plan, step.number),
            "milestone",
            f"{address}#{addresses.step(step.number)}",
            step.title,
            step.note,
            step.due_note,
            _printed(writer, commitment, step),
            label=writer.label(
                writer.words.text("search.promise" if step.counted else "search.uncounted", number=step.number),
                commitment.id,
            ),
            keys=[step.number, f"milestone/{step.number}", f"{writer.plan}/{step.number}"],
        )


def _printed(writer: Writer, commitment: models.Commitment, step: models.Milestone) -> Said:
    first = writer.data.plan.languages[0]
    return {quote_language(commitment, step, step.quote, first=first): step.quote} if step.quote else None


def _updates(writer: Writer) -> Iterator[models.Passage]:
    for commitment, updates in writer.data.updates.items():
        label, address = writer.of_commitment(commitment)
        for update in updates:
            said_by = writer.name(update.organisation) or update.said_by
            told = [item.title for item in writer.data.evidence.get(update.id, ()) if item.title]
            yield from writer.passages(
                update.id,
                "update",
                f"{address}#{addresses.anchor(update.id)}",
                writer.words.text("search.update", commitment=label, when=writer.words.period(update.speaks_of)),
                update.text,
                update.obstacle,
                said_by,
                *told,
                label=writer.label(writer.words.text("search-kind.update"), commitment),
            )


def _meetings(writer: Writer) -> Iterator[models.Passage]:
    for meeting in writer.data.folder.meetings:
        address = writer.page("meetings", meeting.slug)
        names = [writer.name(name) for name in (meeting.host, *meeting.organisations) if name]
        told = (meeting.theme, meeting.notes, *meeting.decisions, meeting.afterwards, meeting.place, *names)
        when = writer.words.period(meeting.date)
        yield from writer.passages(meeting.id, "meeting", address, meeting.title, when, *told, meeting.also_present)
        for agreement in meeting.agreements:
            name = f"{meeting.id}#{agreement.id}"
            about = [update.text for update in writer.data.agreement_updates if _is_of(update, meeting, agreement)]
            who = writer.name(agreement.organisation)
            yield from writer.passages(
                name, "agreement", f"{address}#a-{meeting.slug}-{agreement.id}", agreement.text, who, *about
            )


def _is_of(update: models.AgreementUpdate, meeting: models.Meeting, agreement: models.Agreement) -> bool:
    return (update.meeting, update.agreement) == (meeting.id, agreement.id)


def _unknowns(writer: Writer) -> Iterator[models.Passage]:
    folder = writer.data.folder
    holders: list[tuple[str, tuple[models.Unknown, ...]]] = [(folder.plan.id, folder.plan.unknowns)]
    holders += [(commitment.id, commitment.unknowns) for commitment in folder.commitments]
    holders += [(meeting.id, meeting.unknowns) for meeting in folder.meetings]
    for record, unknowns in holders:
        for unknown in unknowns:
            address = f"{writer.page('not-found')}#{record.rpartition('/')[2]}-{unknown.id}"
            where = unknown.where
            yield from writer.passages(f"{record}#{unknown.id}", "unknown", address, unknown.what, unknown.note, where)


def _news(writer: Writer) -> Iterator[models.Passage]:
    confirmed = {m.entry: m for m in writer.data.mentions if m.state is models.MentionState.CONFIRMED}
    for entry in (writer.data.entries[name] for name in confirmed):
        label, address = writer.of_commitment(confirmed[entry.id].commitment)
        yield from writer.passages(entry.id, "entry", f"{address}#nieuws", entry.title, label, entry.summary)


def _tickets(writer: Writer) -> Iterator[models.Passage]:
    for ticket in (*writer.data.corrections, *writer.data.ideas):
        kind = kind_of(ticket)
        address = f"{writer.page('tickets')}#{anchor_of(ticket)}"
        name, key = f"{writer.words.text(f'search-kind.{kind}')} {ticket.number}", f"{kind}/{ticket.number}"
        answer = ticket.answer if is_answered(ticket, writer.today) else None
        yield from writer.passages(ticket.id, kind, address, name, ticket.text, answer, keys=[key])


def of_network(writer: Writer) -> Iterator[models.Passage]:
    """Write the passages of what members shared: each question, answer, lesson and proposal."""
    data, page = writer.data, writer.page("knowledge")
    themes = {name: theme.title for name, theme in data.themes.items()}
    for question in data.questions:
        title = themes.get(question.theme or "")
        yield from _shared(writer, question, "question", f"{page}#{addresses.anchor(question.id, 'q')}", title)
        for answer in data.answers.get(question.id, ()):
            # Who answers does not repeat the words that were asked for.
            where = f"{page}#{addresses.anchor(answer.id, 'r')}"
            yield from _shared(writer, answer, "answer", where, question.text)
    for lesson in data.lessons:
        title = themes.get(lesson.theme or "")
        yield from _shared(writer, lesson, "lesson", f"{page}#{addresses.anchor(lesson.id, 'l')}", title)
    for item in data.agenda_items:
        slug = (item.meeting or "").rpartition("/")[2]
        where = f"{writer.page('meetings', slug)}#agenda" if slug else f"{writer.page('meetings')}#voorstellen"
        yield from _shared(writer, item, "agenda", where, None)


def _shared(writer: Writer, row: models.Shared, kind: str, address: str, beside: Said) -> Iterator[models.Passage]:
    title = writer.words.text(f"search-kind.{kind}")
    yield from writer.passages(row.id, kind, address, title, row.text, writer.name(row.organisation), beside)


def _backing(writer: Writer) -> Iterator[models.Passage]:
    for organisation in writer.data.folder.organisations:
        address = writer.page("organisations", organisation.id)
        name = f"{writer.plan}/{organisation.id}"
        yield from writer.passages(
            name, "organisation", address, organisation.name, organisation.short, organisation.note
        )
    for source in writer.data.folder.sources:
        address = f"{writer.page('sources')}#{source.id.lower()}"
        title: Said = {source.language: source.title} if source.language else source.title
        name = f"{writer.plan}/{source.id}"
        yield from writer.passages(name, "source", address, title, source.short, source.publisher, source.note)
    for change in writer.data.changes:
        if change.what:
            about = writer.words.text("search-kind.change")
            yield from writer.passages(change.id, "change", writer.page("changes"), about, change.what, change.reason)
