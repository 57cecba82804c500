"""A small invented plan that runs, and transcripts that run through the pure dialogue, the terminal and the web."""

from __future__ import annotations

import atexit
import hashlib
import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import copies, dialogue, people, posts, retention, rounds, seeking
from bot.conversation import report_of
from bot.desk import agenda_page, page_of, pages
from bot.dialogue import (
    Attend,
    Close,
    Copy,
    Decide,
    DecideCopy,
    Draft,
    Follow,
    Forget,
    Gathered,
    GiveCalendar,
    Hits,
    Invite,
    JudgeMention,
    Kept,
    Message,
    Network,
    Reason,
    Refusal,
    Reply,
    Respond,
    Settle,
    ShowPage,
    State,
    Step,
    Submit,
    Suggested,
    Unfollow,
    Withdraw,
    World,
    meetings,
    noting,
)
from bot.dialogue.copies import told
from bot.extension import Bot, chat
from bot.files.checking import check, read_text
from bot.gathering import AboutMeeting
from bot.messages import say
from bot.private import Private
from bot.terminal_files import heard
from bot.tickets import MODELS
from monitor import models, network, progress, search, sync
from monitor.evidence import Archive
from monitor.fetch import Answer
from monitor.models import (
    Completion,
    CopyState,
    DueBasis,
    MentionState,
    Origin,
    ReportKind,
    ReportState,
    TicketState,
    Way,
)
from monitor.periods import Period
from monitor.settings import Settings
from monitor.storage import Storage

NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 10, 20)
SITE = "https://monitor.example"
TRANSCRIPTS = Path(__file__).parent / "data" / "transcripts"
TOWN, MINISTRY, COURT = "gemeente-voorbeeldstad", "ministerie-voorbeeldzaken", "rekenkamer-voorbeeld"


def milestone(number: str, nl: str, en: str, **known: object) -> models.Milestone:
    """Make a milestone that is due at the end of 2026."""
    facts: dict[str, object] = {"origin": Origin.OFFICIAL, "due": "2026-12-31", "due_basis": DueBasis.STATED} | known
    return models.Milestone.model_validate({"number": number, "title": {"nl": nl, "en": en}, **facts})


def commitment(number: int, nl: str, en: str, lead: str, *milestones: models.Milestone) -> models.Commitment:
    """Make a commitment of the invented plan."""
    return models.Commitment(
        plan="2025-2027",
        number=number,
        title={"nl": nl, "en": en},
        summary={"nl": nl, "en": en},
        period=Period.parse("2025-07-01/2027-06-30"),
        leads=(models.Lead(organisation=lead),),
        milestones=milestones,
    )


def organisation(name: str, nl: str, en: str) -> models.Organisation:
    """Make an organisation of the invented plan."""
    return models.Organisation(id=name, name={"nl": nl, "en": en}, kind="example")


def example_plan(*, reviewers: tuple[str, ...] = (COURT,), rounds: bool = True) -> models.PlanFolder:
    """Make the invented plan, which runs from July 2025 to June 2027."""
    plan = models.Plan(
        id="2025-2027",
        country="NL",
        languages=("nl", "en"),
        title={"nl": "Voorbeeldplan 2025-2027", "en": "Example Plan 2025-2027"},
        kicker={"nl": "Voorbeeld", "en": "Example"},
        summary={"nl": "Een verzonnen plan.", "en": "An invented plan."},
        period=Period.parse("2025-07-01/2027-06-30"),
        cycle_end=date(2027, 8, 31),
        coordinator=MINISTRY,
        reviewers=reviewers,
        rounds=models.Rounds(period=Period.parse("2025-07-01/2027-08-31")) if rounds else None,
        monitored_from=date(2025, 7, 1),
    )
    return models.PlanFolder(
        plan=plan,
        organisations=(
            organisation(MINISTRY, "Ministerie van Voorbeeldzaken", "Ministry of Examples"),
            organisation(TOWN, "Gemeente Voorbeeldstad", "Municipality of Exampletown"),
            organisation(COURT, "Rekenkamer Voorbeeld", "Example Court of Audit"),
        ),
        sources=(),
        commitments=(
            commitment(
                1,
                "Openbare agenda's",
                "Open diaries",
                TOWN,
                milestone("1.1", "Een lijst van alle overleggen", "A list of all meetings"),
                milestone("1.2", "Plan van aanpak voor openbare agenda's", "Approach for open diaries"),
            ),
            commitment(
                2,
                "Register van lobbycontacten",
                "Lobby register",
                MINISTRY,
                milestone("2.1", "Test met vijf afdelingen", "Test with five departments"),
                milestone("2.2", "Het register staat online", "The register is online"),
            ),
        ),
        meetings=(
            models.Meeting(
                plan="2025-2027",
                slug="2026-03-12-voorbeeldstad",
                kind=models.MeetingKind.NETWORK,
                title={"nl": "Bijeenkomst in Voorbeeldstad", "en": "Meeting in Exampletown"},
                date=Period.parse("2026-03-12"),
            ),
        ),
    )


def asked_plan() -> models.PlanFolder:
    """Make the invented plan with leads that confirmed, who were asked about the third quarter of 2026."""
    plan = example_plan()
    third = commitment(
        3,
        "Besluiten op één plek",
        "Decisions in one place",
        TOWN,
        milestone("3.1", "Alle besluiten staan online", "All decisions are online"),
    )
    shared = plan.commitments[1].model_copy(update={"leads": (*plan.commitments[1].leads, *third.leads)})
    listed = [_confirmed(one) for one in (plan.commitments[0], shared, third)]
    return plan.model_copy(update={"commitments": tuple(listed)})


def _confirmed(known: models.Commitment) -> models.Commitment:
    leads = tuple(lead.model_copy(update={"confirmed_on": date(2026, 1, 5)}) for lead in known.leads)
    return known.model_copy(update={"leads": leads})


def asked_rows(folder: models.PlanFolder) -> tuple[list[models.Round], list[models.Reminder]]:
    """Give the round that was opened in the plan whose leads confirmed, and that each was asked; else nothing."""
    confirmed = {lead.organisation for c in folder.commitments for lead in c.leads if lead.confirmed_on}
    at, plan, quarter = datetime(2026, 10, 12, 7, 0, tzinfo=UTC), folder.plan.id, "2026-Q3"
    asked = [
        models.Reminder(
            id=f"{plan}/round:{quarter}:{name}", plan=plan, round=quarter, organisation=name, kind="round", sent_at=at
        )
        for name in sorted(confirmed)
    ]
    opened = models.Round(id=f"{plan}/{quarter}", plan=plan, quarter=Period.parse(quarter), opened_at=at)
    return [opened] if asked else [], asked


TOWNSHIP, LAST, NEXT = "gemeente-modeldam", "2026-09-10-modeldam", "2026-11-12-voorbeeldstad"


def network_plan() -> models.PlanFolder:
    """Make the invented plan with a network that met in September and meets again in November."""
    folder = example_plan()
    last = models.Meeting.model_validate(
        {
            "plan": folder.plan.id,
            "slug": LAST,
            "kind": "network",
            "title": {"nl": "Bijeenkomst in Modeldam", "en": "Meeting in Modeldam"},
            "date": "2026-09-10",
            "place": "Modeldam",
            "host": TOWNSHIP,
            "notes": {"nl": "Wij bespraken het register.", "en": "We discussed the register."},
            "decisions": [{"nl": "Het volgende thema is algoritmen.", "en": "The next theme is algorithms."}],
            "agreements": [
                {
                    "id": "handreiking",
                    "text": {"nl": "Deelt de handreiking agenda's.", "en": "Shares the guide to diaries."},
                    "organisation": TOWN,
                    "due": "2026-11-01",
                },
                {"id": "lijst", "text": {"nl": "Maakt een lijst van registers.", "en": "Lists registers."},
                 "organisation": TOWNSHIP},
            ],
        }
    )  # fmt: skip
    before = folder.meetings[0].model_copy(
        update={
            "host": TOWN,
            "agreements": (
                models.Agreement(
                    id="proef",
                    text={"nl": "Zoekt drie gemeenten voor een proef.", "en": "Finds three towns for a trial."},
                    organisation=MINISTRY,
                ),
            ),
        }
    )
    coming = models.Meeting.model_validate(
        {
            "plan": folder.plan.id,
            "slug": NEXT,
            "kind": "network",
            "title": {"nl": "Bijeenkomst over algoritmen", "en": "Meeting on algorithms"},
            "date": "2026-11-12",
            "time": "13:00-16:00",
            "place": "Voorbeeldstad",
            "host": TOWN,
            "theme": {"nl": "Algoritmen publiceren", "en": "Publishing algorithms"},
        }
    )
    members = (*folder.organisations, organisation(TOWNSHIP, "Gemeente Modeldam", "Municipality of Modeldam"))
    return folder.model_copy(update={"organisations": members, "meetings": (before, last, coming)})


def earlier_update(folder: models.PlanFolder) -> models.Update:
    """Make the update about 1.2 that was public before a transcript begins."""
    return models.Update(
        id=f"{folder.plan.id}/01/earlier",
        plan=folder.plan.id,
        commitment=f"{folder.plan.id}/01",
        milestone=f"{folder.plan.id}/1.2",
        organisation=TOWN,
        text={"nl": "Het plan van aanpak ligt bij de raad.", "en": "The approach is before the council."},
        completion=Completion.SUBSTANTIAL,
        speaks_of=Period.parse("2026-07-07"),
        published=Period.parse("2026-07-08"),
        published_on=date(2026, 7, 8),
        recorded_at=datetime(2026, 7, 8, tzinfo=UTC),
        way=Way.PULL_REQUEST,
        reviewed_by_other=True,
    )


def shared_before(folder: models.PlanFolder) -> list[models.Model]:
    """Make what members of the invented plan's network shared before a transcript begins."""
    plan = folder.plan.id
    known = {"plan": plan, "published_on": date(2026, 5, 4), "recorded_at": datetime(2026, 5, 4, tzinfo=UTC)}
    theme = models.Theme(
        id=f"{plan}/algoritmes",
        plan=plan,
        title={"nl": "Algoritmes", "en": "Algorithms"},
        recorded_at=datetime(2026, 5, 1, tzinfo=UTC),
    )
    question = models.Question(
        id=f"{plan}/wie-algoritmes",
        organisation=MINISTRY,
        theme=theme.id,
        text={"nl": "Wie heeft al een register van algoritmes?", "en": "Who has a register of algorithms already?"},
        **known,
    )
    answer = models.Answer(
        id=f"{plan}/rekenkamer-algoritmes",
        question=question.id,
        organisation=COURT,
        text={
            "nl": "Wij publiceerden in 2025 twaalf algoritmes, met een uitleg in gewone taal.",
            "en": "We published twelve algorithms in 2025, each explained in plain language.",
        },
        **known,
    )
    return [theme, question, answer]


def plan_with_copies() -> models.PlanFolder:
    """Make the invented plan with two messages that each cite a page of which a copy is kept."""
    folder = example_plan()
    cited = {"https://voorbeeldstad.example/besluit": "Besluit over agenda's", "https://examples.example/test": "Test"}
    sources = tuple(
        models.Source(id=f"s{number}", title=title, publisher="x", address=address, retrieved=TODAY)
        for number, (address, title) in enumerate(cited.items(), start=1)
    )
    commitments = tuple(
        known.model_copy(update={"updates": (_cites(known, source),)})
        for known, source in zip(folder.commitments, sources, strict=True)
    )
    return folder.model_copy(update={"sources": sources, "commitments": commitments})


def _cites(known: models.Commitment, source: models.Source) -> models.PlanUpdate:
    return models.PlanUpdate(
        id="2026-09-01",
        milestone=f"{known.number}.1",
        organisation=known.leads[0].organisation,
        text={"nl": "Het ligt vast.", "en": "It is laid down."},
        speaks_of=Period.parse("2026-09-01"),
        published=Period.parse("2026-09-01"),
        sources=(models.Citation(source=source.id),),
    )


def kept_answer(row: models.Evidence) -> Answer:
    """Give what the address of a piece of evidence held."""
    body = f"<title>{row.title}</title><h1>{row.title}</h1><p>Wij maken het <b>openbaar</b>.</p><script>weg()</script>"
    address = row.address or ""
    return Answer(address, address, 200, NOW, {"content-type": "text/html; charset=utf-8"}, body.encode())


def as_kept(row: models.Evidence) -> models.Evidence:
    """Give evidence as it stands once its address was fetched."""
    return row.model_copy(update={"sha256": kept_answer(row).sha256, "fetched_at": NOW})


def cited_rows(folder: models.PlanFolder) -> tuple[list[models.Update], list[models.Evidence]]:
    """Give the messages and the evidence that a plan becomes when it is synced."""
    with Storage(Path(":memory:")) as storage:
        sync.sync(storage, folder, sync.Moment(NOW, TODAY))
        return storage.all(models.Update), storage.all(models.Evidence)


def make_settings(path: Path, folder: models.PlanFolder) -> Settings:
    """Make a data folder that holds a plan, with the update before it where the plan is the invented one."""
    settings = Settings(data=path / "talk", today=TODAY, url=SITE)
    with Storage(settings.database) as storage:
        sync.sync(storage, folder, sync.Moment(NOW, TODAY))
        if folder.plan.id == "2025-2027":
            storage.add(earlier_update(folder))
            for row in (*(one for rows in asked_rows(folder) for one in rows), *shared_before(folder)):
                storage.add(row)
            for cited in storage.all(models.Evidence):
                Archive(settings.data).keep(kept_answer(cited))
                storage.put(as_kept(cited))
        for known in news(folder):
            storage.add(known.entry)
            storage.add(known.mention)
        search.renew(storage, today=TODAY)
    return settings


def news_plan() -> models.PlanFolder:
    """Make the invented plan with a feed in which news about it appears."""
    feed = models.Feed(
        id="voorbeeldstad", title="Nieuws van Voorbeeldstad", address="https://voorbeeldstad.example/rss"
    )
    return example_plan().model_copy(update={"feeds": (feed,)})


def news(folder: models.PlanFolder) -> list[Suggested]:
    """Give what the feed of the invented plan holds, seen long after anybody came in; nothing in a plan without one."""
    told = (("1", "Raad stelt plan voor openbare agenda's vast", "1.2"), ("2", "Agenda's: eerste lijst klaar", None))
    return [_suggested(folder, *row) for feed in folder.feeds if feed.id == "voorbeeldstad" for row in told]


def _suggested(folder: models.PlanFolder, number: str, title: str, milestone: str | None) -> Suggested:
    plan, seen = folder.plan.id, datetime(2099, 1, int(number), tzinfo=UTC)
    entry = models.Entry(
        id=f"{plan}/voorbeeldstad/{number}",
        plan=plan,
        feed="voorbeeldstad",
        title=title,
        address=f"https://voorbeeldstad.example/nieuws/{number}",
        published_on=date(2026, 10, 12 + int(number)),
        recorded_at=seen,
    )
    mention = models.Mention(
        id=f"{entry.id}/01",
        plan=plan,
        entry=entry.id,
        commitment=f"{plan}/01",
        milestone=f"{plan}/{milestone}" if milestone else None,
        rule="title",
        recorded_at=seen,
    )
    return Suggested(mention, entry, folder.feeds[0].title)


@dataclass(frozen=True)
class Section:
    """One person's part of a transcript: the role, the language, what the terminal shows, the page they came from."""

    role: str
    language: str
    shown: str
    about: str | None = None

    @property
    def answers(self) -> list[str]:
        """List what was shown after each line that was typed."""
        blocks = re.split(r"^> .*$", self.shown, flags=re.MULTILINE)[1:]
        byes = "|".join(re.escape(say(language, "terminal.bye")) for language in ("nl", "en"))
        return [re.sub(rf"\n\n({byes})\Z", "", block.strip()) for block in blocks]

    @property
    def lines(self) -> list[str]:
        """List what the person typed."""
        return [line.removeprefix("> ") for line in self.shown.splitlines() if line.startswith("> ")]

    @property
    def offered(self) -> list[list[str]]:
        """List the numbers that stood before a choice when each line was typed."""
        blocks = re.split(r"^> .*$", self.shown, flags=re.MULTILINE)[:-1]
        return [re.findall(r"^ {1,3}(\d+)  ", block, re.MULTILINE) for block in blocks]


@dataclass(frozen=True)
class Transcript:
    """A transcript file: which plan, and the parts of the people in it."""

    name: str
    plan: str
    sections: tuple[Section, ...]


def read_transcript(path: Path) -> Transcript:
    """Read a transcript: comment lines, ``plan: NAME``, and after each ``== ROLE LANGUAGE`` what the terminal shows.

    A third word ``about=RECORD`` is the page that somebody came from.
    """
    head, *parts = re.split(r"^== ", path.read_text("utf-8"), flags=re.MULTILINE)
    plan = re.search(r"^plan: (\w+)$", head, re.MULTILINE)
    assert plan, f"{path.name}: no line 'plan: …'"
    sections = []
    for part in parts:
        first, _, shown = part.partition("\n")
        role, language, *more = first.split()
        about = more[0].removeprefix("about=") if more else None
        sections.append(Section(role, language, shown.strip(), about))
    return Transcript(path.stem, plan[1], tuple(sections))


def transcripts() -> list[Path]:
    """List the transcript files."""
    return sorted(TRANSCRIPTS.glob("*.txt"))


@dataclass
class Outcome:
    """What a transcript left behind, without what differs from run to run: ids, people, real times."""

    reports: list[dict[str, object]] = field(default_factory=list)
    updates: list[dict[str, object]] = field(default_factory=list)
    tickets: list[dict[str, object]] = field(default_factory=list)
    shared: list[dict[str, object]] = field(default_factory=list)
    copies: list[dict[str, object]] = field(default_factory=list)
    followed: list[tuple[str, str, str]] = field(default_factory=list)
    news: dict[str, MentionState] = field(default_factory=dict)
    sign_ups: list[dict[str, object]] = field(default_factory=list)
    settled: list[dict[str, object]] = field(default_factory=list)


VARYING = {"id", "person", "created_at", "decided_at", "decided_by", "recorded_at", "withdrawn_at", "replaces"}
VARYING |= {"closed_at"}
# Ids of what was shared in the same transcript.
NAMED = {"question", "theme"}


def outcome(
    reports: list[models.Report],
    updates: list[models.Update],
    tickets: Iterable[models.Correction] = (),
    shared: Iterable[models.Model] = (),
    copies: Iterable[models.CopyDecision] = (),
    gathered: Gathered | None = None,
) -> Outcome:
    """Keep what must be the same in every channel."""
    kept = [r.model_dump(mode="json", exclude=VARYING | ({"about"} if r.kind.is_post else set())) for r in reports]
    told = [
        row.model_dump(mode="json", exclude=VARYING | NAMED) | {"gone": getattr(row, "withdrawn_at", None) is not None}
        for row in shared
    ]
    public = [update.model_dump(mode="json", exclude=VARYING) for update in updates if update.way is Way.CHAT]
    asked = [ticket.model_dump(mode="json", exclude=VARYING) for ticket in tickets]
    judged = [decided.model_dump(mode="json", exclude={*VARYING, "file_bytes"}) for decided in copies]
    found = gathered or Gathered()
    come = [{"withdrawn": row.withdrawn_at is not None, **row.model_dump(exclude=VARYING)} for row in found.sign_ups]
    settled = [row.model_dump(mode="json", exclude=VARYING) for row in found.settled]
    rows = (sorted(found, key=str) for found in (kept, public, asked, told))
    return Outcome(*rows, copies=judged, sign_ups=come, settled=settled)


def stored(settings: Settings) -> Outcome:
    """Read what a data folder holds after a transcript."""
    with Private(settings.private_database) as private, Storage(settings.database) as storage:
        tickets = [*storage.all(models.Correction), *storage.all(models.Idea)]
        shared = [row for model in (*posts.ROWS, models.Theme) for row in storage.all(model)]
        decided = storage.all(models.CopyDecision, order="recorded_at, rowid")
        come, settled = storage.all(models.SignUp), storage.all(models.AgreementUpdate)
        gathered = Gathered(sign_ups=tuple(come), settled=tuple(settled))
        found = outcome(private.all(models.Report), storage.all(models.Update), tickets, shared, decided, gathered)
        return replace(
            found,
            followed=followed(private.all(models.Subscription)),
            news={mention.id: mention.state for mention in storage.all(models.Mention)},
        )


def followed(subscriptions: Iterable[models.Subscription]) -> list[tuple[str, str, str]]:
    """Give what is followed, and how often."""
    return sorted((sub.kind, sub.about, sub.cadence) for sub in subscriptions)


def in_terminal(transcript: Transcript, settings: Settings) -> list[str]:
    """Run a transcript through the command; give what each section showed."""
    shown = []
    options = ["--data", str(settings.data), "--today", str(TODAY), "--url", SITE]
    for section in transcript.sections:
        typed = "".join(f"{line}\n" for line in section.lines)
        asked = [*options, "--as", section.role, "--language", section.language]
        asked += ["--about", section.about] if section.about else []
        result = CliRunner().invoke(chat, asked, input=typed, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        shown.append(without_ids(result.output.strip()))
    return shown


def in_web(transcript: Transcript, settings: Settings) -> Iterator[str]:
    """Run a transcript through the forms of the web channel; give each page."""
    client = TestClient(Starlette(routes=list(Bot().routes(settings))))
    keys: dict[str, str] = {}
    for section in transcript.sections:
        known = {"invitation": keys[section.role]} if section.role in keys else {"role": section.role}
        known |= {"about": section.about} if section.about else {}
        page = client.post("/melden", data={**known, "language": section.language}).text
        yield page
        for line in section.lines:
            fields = {name: hidden(page, name) for name in ("secret", "revision", "language")}
            sent = heard(line)
            files = {"file": (sent.path.name, sent.path.read_bytes())} if sent else None
            page = client.post("/melden", data={**fields, "text": sent.text if sent else line}, files=files).text
            yield page
        keys.pop(section.role, None)
        if 'name="secret"' in page:  # not where the person was forgotten
            keys[section.role] = hidden(page, "secret")


def hidden(page: str, name: str) -> str:
    """Give the value of a hidden field of a page."""
    match = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert match, f"no field {name} in:\n{page}"
    return unescape(match[1])


def without_ids(text: str) -> str:
    """Put an ellipsis where an id differs from run to run."""
    text = re.sub(r"(:\s)[\w-]{24}(\s+(?:Geef|Give))", r"\1…\2", text)
    text = re.sub(r"\S+/private-files/", "…/private-files/", text)
    text = re.sub(r"\b[0-9a-f]{64}\.(jpg|png|pdf)", r"….\1", text)
    text = re.sub(r"(?<=…/private-files/)[0-9a-f]{64}(?=\.html)", "…", text)
    text = re.sub(r"(Wij kennen u sinds|We have known you since) .+", r"\1 …", text)
    return re.sub(r"(#[uqrlt]-|monitor-|- id: \")[0-9a-f]{12}", r"\1…", text)


def message(line: str, step: Step) -> Message:
    """Read a line of a transcript as the terminal does; a file is named but kept nowhere."""
    sent = heard(line)
    if sent is None:
        return Message(text=line)
    if step is Step.NOTES:
        read = read_text(sent.path.read_bytes())
        return Message(text=sent.text, refused=read) if isinstance(read, Refusal) else Message(text=read)
    outcome = check(sent.path.read_bytes())
    if isinstance(outcome, Refusal):
        return Message(text=sent.text, refused=outcome)
    return Message(text=sent.text, file=outcome.name)


class PureWorld:
    """A world in memory around the pure dialogue."""

    def __init__(self, folder: models.PlanFolder, updates: Iterable[models.Update] = ()) -> None:
        self.folder = folder
        self.states: dict[str, State] = {}
        self.drafts: dict[str, dict[str, Draft]] = {}
        self.begun = 0
        self.reports: dict[str, models.Report] = {}
        self.tickets: dict[str, models.Correction] = {}
        self.entries: Counter[str] = Counter()
        invented = folder.plan.id == "2025-2027"
        self.following: dict[str, dict[str, models.Subscription]] = {}
        self.mentions = {known.mention.id: known for known in news(folder)}
        self.gathered = Gathered()
        self.updates = [earlier_update(folder)] if invented else list(updates)
        self.shared = {row.id: row for row in shared_before(folder)} if invented else {}
        self.copies: list[models.CopyDecision] = []
        self.cited: list[models.Evidence] = []
        if folder.plan.id == "2025-2027" and folder.sources:
            synced, rows = cited_rows(folder)
            self.updates += synced
            self.cited = [as_kept(row) for row in rows]

    def run(self, transcript: Transcript) -> Outcome:
        """Run a transcript and give what it left behind."""
        for section in transcript.sections:
            self.say(section, None)
            for line in section.lines:
                self.say(section, line)
        told = (self.tickets.values(), self.shared.values(), self.copies, self.gathered)
        found = outcome(list(self.reports.values()), self.updates, *told)
        subscriptions = (sub for own in self.following.values() for sub in own.values())
        news_ = {name: known.mention.state for name, known in self.mentions.items()}
        return replace(found, followed=followed(subscriptions), news=news_)

    def say(self, section: Section, line: str | None) -> dialogue.Turn:
        """Answer one line of a section; None opens the conversation."""
        person = self.person(section)
        drafts = self.drafts.setdefault(person.organisation or person.id, {})
        known = self.states.get(section.role, State(language=section.language))
        state, overtaken = dialogue.with_shared(known, list(reversed(drafts.values())))
        world = self.world(person, state.language)
        if overtaken:
            turn = dialogue.overtaken(state, world, overtaken)
        elif line is None:
            turn = dialogue.resume(state, world, section.about)
        else:
            turn = dialogue.respond(state, message(line, state.place.step), world)
        if not any(isinstance(effect, Forget) for effect in turn.effects):
            self.keep(drafts, state, turn.state)
        self.states[section.role] = turn.state
        told = [said for effect in turn.effects if (said := self.carry_out(effect, person))]
        return turn.model_copy(update={"replies": (*turn.replies[:-1], *told, *turn.replies[-1:])})

    def keep(self, drafts: dict[str, Draft], before: State, after: State) -> None:
        """Keep the drafts of an organisation, the last changed one last."""
        changed, gone = dialogue.moved(dialogue.held(before), dialogue.held(after))
        for key in [*gone, *(draft.key for draft in changed)]:
            drafts.pop(key, None)
        drafts.update({draft.key: draft for draft in changed})

    def person(self, section: Section) -> models.Person:
        """Give the person who plays a section."""
        identity = people.parse_identity(section.role, self.folder)
        return models.Person(
            id=section.role,
            channel="terminal",
            address=section.role,
            role=identity.role,
            organisation=identity.organisation,
            language=section.language,
            created_at=NOW,
        )

    def world(self, person: models.Person, language: str) -> World:
        """Give what the conversation may know."""
        plan = self.folder.plan
        updates = progress.as_of(self.updates, TODAY)
        waiting = [r for r in self.reports.values() if r.state is ReportState.WAITING]
        own = [
            r
            for r in reversed(self.reports.values())
            if r.organisation == person.organisation and (r.organisation or r.person == person.id)
        ]
        derived = {c.id: progress.derive(c, plan=plan, updates=updates, today=TODAY) for c in self.folder.commitments}
        self.begun += 1
        return World(
            folder=self.folder,
            today=TODAY,
            person=person,
            phase=progress.phase(plan, TODAY),
            updates=tuple(updates),
            waiting=tuple(waiting if people.is_reviewer(person) else ()),
            own=tuple(own),
            tickets=tuple(self.tickets.values()),
            standing={name: (d.completion, d.known, d.counted) for name, d in derived.items()},
            pages=self.pages(language, person.organisation),
            key=f"draft-{self.begun}",
            kept=self.kept(person),
            following=tuple(self.following.get(person.id, {}).values()),
            suggested=self.suggested(person),
            network=self.network(),
            find=lambda query, start: self.find(query, start, language),
            copies=self.kept_copies() if people.is_reviewer(person) else (),
            asked=self.asked(person.organisation, updates),
            gathered=self.gathered,
        )

    def asked(self, organisation: str | None, updates: Sequence[models.Update]) -> tuple[tuple[str, Period], ...]:
        """Give what an organisation was asked and did not answer."""
        opened, sent = asked_rows(self.folder)
        known = {"updates": updates, "reports": list(self.reports.values()), "rounds": opened, "reminders": sent}
        return rounds.open_questions(rounds.Facts(self.folder, TODAY, **known), organisation)

    def network(self) -> Network:
        """Give what members share."""
        rows = [row for row in self.shared.values() if isinstance(row, models.Shared)]
        themes = tuple(row for row in self.shared.values() if isinstance(row, models.Theme))
        undecided = [r for r in self.reports.values() if r.kind.is_post and r.state in models.UNDECIDED]
        return Network(rows=tuple(network.shared(rows, TODAY)), themes=themes, waiting=tuple(undecided))

    def find(self, query: str, start: int, language: str) -> Hits:
        """Find what is public by now, in an index of just that."""
        rows = (*self.updates, *self.tickets.values(), *self.shared.values())
        storage = indexed(self.folder, rows)
        return seeking.finder(storage, self.pages(language, None)["site"], language)(query, start)

    def kept_copies(self) -> tuple[Copy, ...]:
        """Give the copies as they stand."""
        updates = {update.id: update for update in self.updates}
        decided = {row.sha256: row for row in self.copies}
        return copies.listed(self.cited, updates, decided, plan=self.folder.plan.id)

    def kept(self, person: models.Person) -> Kept:
        """Give what is kept of a person; in memory no message waits for anybody."""
        mine = tuple(report for report in reversed(self.reports.values()) if report.person == person.id)
        drafts = tuple(reversed(self.drafts.get(person.organisation or person.id, {}).values()))
        return Kept(days=retention.DEFAULTS, reports=mine, drafts=drafts, entries=self.entries[person.id])

    def pages(self, language: str, organisation: str | None) -> dict[str, str]:
        """Give where pages, reports and the dates of an organisation stand."""
        found = pages(self.folder, SITE, language)
        dates = agenda_page(self.folder, SITE, language, organisation=organisation, today=TODAY)
        found |= {"agenda": dates} if dates else {}
        return found | {r.id: page_of(r, found) for r in self.reports.values()}

    def carry_out(self, effect: dialogue.Effect, person: models.Person) -> Reply | None:
        """Do in memory what an effect asks; give what is said of it beside the answer."""
        if isinstance(effect, Attend | GiveCalendar | Settle | ShowPage):
            return self.gather(effect, person)
        self.entries[person.id] += isinstance(
            effect, Submit | Withdraw | Decide | Respond | Invite | Close | DecideCopy
        )
        if isinstance(effect, Submit):
            report = report_of(effect.draft, person=person, plan=self.folder.plan.id, now=NOW, today=TODAY)
            known = self.reports.get(report.id)
            self.reports[report.id] = report.model_copy(update={"thread": known.thread}) if known else report
            if effect.alone:
                self.accept(report, by_other=False)
        elif isinstance(effect, Forget):
            self.forget(person)
        elif isinstance(effect, Withdraw):
            self.retract(effect.report, effect.reason)
            self.change(effect.report, state=ReportState.WITHDRAWN)
            self.settle_gone(effect.report)
        elif isinstance(effect, Respond):
            thread = self.reports[effect.report].thread
            answered = (*thread[:-1], thread[-1].model_copy(update={"answer": effect.answer}))
            self.change(effect.report, state=ReportState.WAITING, thread=answered)
        elif isinstance(effect, Invite):
            language = self.states[person.id].language
            invited = next(o for o in self.folder.organisations if o.id == effect.organisation)
            who = say(language, f"role.{effect.role}", organisation=invited.name[language])
            return Reply(text=say(language, "invite.made", who=who, secret="x" * 24, page=f"{SITE}/melden"))
        elif isinstance(effect, Decide):
            self.decide(effect, person)
        elif isinstance(effect, Close):
            closed = {"state": TicketState.CLOSED, "closed_on": TODAY, "answered_by": person.organisation}
            answer = {"answer": {effect.language: effect.text}, "outcome": effect.outcome, "closed_at": NOW}
            self.tickets[effect.ticket] = self.tickets[effect.ticket].model_copy(update=closed | answer)
        elif isinstance(effect, DecideCopy):
            return self.decide_copy(effect, person)
        else:
            self.carry_out_following(effect, person)
        return None

    def decide(self, effect: Decide, person: models.Person) -> None:
        """Decide about a report."""
        assert people.may_review(person, self.reports[effect.report], self.folder)
        asked = (models.Exchange(question=effect.question),) if effect.question else ()
        thread = (*self.reports[effect.report].thread, *asked)
        self.change(effect.report, state=effect.state, ground=effect.ground, thread=thread)
        if effect.state is ReportState.ACCEPTED:
            self.accept(self.reports[effect.report], by_other=True)
        elif effect.state is ReportState.DECLINED:
            self.settle_gone(effect.report)

    def carry_out_following(self, effect: dialogue.Effect, person: models.Person) -> None:
        """Do in memory what an effect asks that changes no report."""
        if isinstance(effect, Follow):
            self.follow(effect, person)
        elif isinstance(effect, Unfollow):
            for name in effect.subscriptions:
                del self.following[person.id][name]
        elif isinstance(effect, JudgeMention):
            known = self.mentions[effect.mention]
            judged = known.mention.model_copy(update={"state": effect.state})
            self.mentions[effect.mention] = replace(known, mention=judged)
            self.entries[person.id] += 1

    def follow(self, effect: Follow, person: models.Person) -> None:
        """Follow something, or change how often."""
        name = f"{effect.kind}-{effect.about}"
        made = models.Subscription(id=name, person=person.id, plan=self.folder.plan.id, created_at=NOW, **dict(effect))
        self.following.setdefault(person.id, {})[name] = made

    def suggested(self, person: models.Person) -> tuple[Suggested, ...]:
        """Give the news that waits for the leads of an organisation."""
        led = {commitment.id for commitment in people.led_by(self.folder, person.organisation)}
        waiting = (known for known in self.mentions.values() if known.mention.state is MentionState.SUGGESTED)
        return tuple(known for known in waiting if known.mention.commitment in led)

    def gather(self, effect: AboutMeeting, person: models.Person) -> Reply | None:
        """Do in memory what an effect asks of a meeting; rows are only ever added, and the last one withdrawn."""
        language, plan = self.states[person.id].language, self.folder.plan.id
        if isinstance(effect, ShowPage):
            return noting.page_reply(language)
        meeting = next(m for m in self.folder.meetings if m.id == effect.meeting)
        if isinstance(effect, Settle):
            why = {c: say(c, f"excuse.{effect.excuse}") for c in ("nl", "en")} if effect.excuse else None
            known = {"plan": plan, "meeting": effect.meeting, "agreement": effect.agreement, "state": effect.state}
            known |= {"organisation": person.organisation, "text": why, "published_on": TODAY}
            known |= {"recorded_at": NOW + timedelta(seconds=len(self.gathered.settled))}
            row = models.AgreementUpdate.model_validate({"id": str(len(self.gathered.settled)), **known})
            self.gathered = replace(self.gathered, settled=(*self.gathered.settled, row))
            self.entries[person.id] += 1
            return None
        if isinstance(effect, Attend):
            before = self.gathered.signed_up(effect.meeting, TODAY).get(person.organisation or "")
            self.attend(effect, person)
            if before or not effect.people:
                return None
        return meetings.calendar_reply(
            meeting, self.pages(language, person.organisation)[f"{meeting.id}.ics"], language
        )

    def attend(self, effect: Attend, person: models.Person) -> None:
        """Sign up or off in memory; what stands already is not written again."""
        rows, own = list(self.gathered.sign_ups), person.organisation or ""
        if self.gathered.signed_up(effect.meeting, TODAY).get(own, 0) == effect.people:
            return
        self.entries[person.id] += 1
        if effect.people:
            known = {"plan": self.folder.plan.id, "meeting": effect.meeting, "people": effect.people}
            rows.append(models.SignUp(id=str(len(rows)), organisation=own, recorded_at=NOW, **known))
        else:
            at = max(n for n, row in enumerate(rows) if (row.meeting, row.organisation) == (effect.meeting, own))
            rows.append(rows.pop(at).model_copy(update={"withdrawn_at": NOW}))
        self.gathered = replace(self.gathered, sign_ups=tuple(rows))

    def decide_copy(self, effect: DecideCopy, person: models.Person) -> Reply:
        """Decide about a copy."""
        known = next(copy for copy in self.kept_copies() if copy.sha256 == effect.sha256)
        assert people.may_decide_copy(person, known.citing)
        file = f"{effect.sha256}.html" if effect.state is CopyState.RELEASED else None
        shown = {"sha256": effect.sha256, "state": effect.state, "ground": effect.ground, "file": file}
        self.copies.append(
            models.CopyDecision(id=str(len(self.copies)), role=str(person.role), recorded_at=NOW, **shown)
        )
        return told(effect, self.states[person.id].language, page=f"{SITE}/bestanden/{file}")

    def retract(self, name: str, reason: Reason | None) -> None:
        """Mark what became public of a report as withdrawn."""
        for number, update in enumerate(self.updates):
            if reason and update.id == name:
                why = {code: say(code, f"withdrawn.{reason}") for code in self.folder.plan.languages}
                self.updates[number] = update.model_copy(update={"withdrawn_at": NOW, "withdrawn": why})

    def settle_gone(self, name: str) -> None:
        """Take a post off the site, and withdraw the answers that wait for a question which is gone."""
        if isinstance(row := self.shared.get(name), models.Shared):
            self.shared[name] = row.model_copy(update={"withdrawn_at": NOW})
        for report in list(self.reports.values()):
            if report.kind is ReportKind.ANSWER and report.about == name and report.state in models.UNDECIDED:
                self.change(report.id, state=ReportState.WITHDRAWN)

    def forget(self, person: models.Person) -> None:
        """Forget a person: their state, the reports of a visitor that were not accepted, and who sent the others."""
        del self.states[person.id]
        if not any(self.shares(other, person) for other in self.states):
            self.drafts.pop(person.organisation or person.id, None)
        self.entries.pop(person.id, None)
        self.following.pop(person.id, None)
        for report in [report for report in self.reports.values() if report.person == person.id]:
            if report.organisation is None and report.state is not ReportState.ACCEPTED:
                del self.reports[report.id]
            else:
                self.change(report.id, person="")

    def shares(self, role: str, person: models.Person) -> bool:
        """Tell whether somebody who was heard of may go on with the drafts of a person."""
        other = people.parse_identity(role, self.folder).organisation
        return person.organisation is not None and other == person.organisation

    def change(self, report: str, **values: object) -> None:
        """Change a report that is there."""
        self.reports[report] = self.reports[report].model_copy(update=values)

    def accept(self, report: models.Report, *, by_other: bool) -> None:
        """Publish a report."""
        self.change(report.id, state=ReportState.ACCEPTED)
        if report.kind.is_post:
            self.shared[report.id] = posts.as_public(report, today=TODAY, now=NOW, by_other=by_other)
            return
        if report.kind is not ReportKind.PROGRESS:
            self.publish(report, by_other=by_other)
            return
        if report.replaces:
            self.retract(report.replaces, Reason.REPLACED)
        shared = {"id", "plan", "commitment", "milestone", "organisation", "completion", "unchanged", "speaks_of"}
        shared |= {"replaces"}
        self.updates.append(
            models.Update(
                **report.model_dump(include=shared),
                text={report.language: report.text},
                obstacle={report.language: report.obstacle} if report.obstacle else None,
                published=Period.day(TODAY),
                published_on=TODAY,
                recorded_at=NOW,
                way=Way.CHAT,
                reviewed_on=TODAY if by_other else None,
                reviewed_by_other=by_other,
                after_plan=progress.is_after_plan(self.folder.plan, TODAY),
            )
        )

    def publish(self, report: models.Report, *, by_other: bool) -> None:
        """Publish a correction or idea under the next number."""
        model = MODELS[report.kind]
        self.tickets[report.id] = model(
            **report.model_dump(include={"id", "plan", "commitment", "about", "organisation"}),
            number=1 + sum(type(ticket) is model for ticket in self.tickets.values()),
            text={report.language: report.text},
            reviewed_by_other=by_other,
            published_on=TODAY,
            recorded_at=NOW,
        )


INDEXES: OrderedDict[str, Storage] = OrderedDict()
MOST_INDEXES = 20


def indexed(folder: models.PlanFolder, rows: Iterable[models.Model]) -> Storage:
    """Give a database in memory that holds a plan and these rows, with an index; the last few are kept."""
    told = list(rows)
    key = hashlib.sha256(
        repr([folder.model_dump(mode="json"), [row.model_dump_json() for row in told]]).encode()
    ).hexdigest()
    INDEXES[key] = INDEXES.pop(key, None) or _index(folder, told)
    while len(INDEXES) > MOST_INDEXES:
        INDEXES.popitem(last=False)[1].close()
    return INDEXES[key]


def _index(folder: models.PlanFolder, rows: Iterable[models.Model]) -> Storage:
    storage = Storage(Path(":memory:"))
    sync.sync(storage, folder, sync.Moment(NOW, TODAY))
    for row in rows:
        storage.put(row)
    search.renew(storage, today=TODAY)
    return storage


@atexit.register
def _forget_indexes() -> None:
    for storage in INDEXES.values():
        storage.close()


def plan_named(name: str, shipped: models.PlanFolder) -> models.PlanFolder:
    """Give the plan that a transcript names."""
    known = {
        "example": example_plan(),
        "asked": asked_plan(),
        "network": network_plan(),
        "alone": example_plan(reviewers=()),
        "news": news_plan(),
        "shipped": shipped,
    }
    return plan_with_copies() if name == "copies" else known[name]
