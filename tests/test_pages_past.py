"""The pages that look back against the database: each quarter's figures, what moved, and that later is not then."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor import catalogue, cli, commitments, models, pages, status, sync, words
from monitor.models import Completion
from monitor.pages import moments
from monitor.pages.moments import Moment, Past, Place
from monitor.pages.moved import move_views
from monitor.pages.past import past_page, state_of, state_word
from monitor.pages.quarter import quarter_pages
from monitor.pages.rendering import Pen, render_page
from monitor.pages.site import Site, read_plan
from monitor.periods import Period, day_of, quarter_of
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW, ROOT, TODAY
from tests.test_pages import CONTEXT, PREPARATION, body, head, write
from tests.test_storage import an_update
from tests.test_versions import lived, plans

__all__ = ["lived", "plans"]
SHIPPED, SECOND = ROOT / "commitments" / "2018-2020", ROOT / "tests" / "data" / "plans" / "2026-2028"
LATER = date(2027, 2, 20)
MARK = re.compile(r'href="#m-([a-z-]+)"')


@dataclass(frozen=True)
class Kept:
    """A database with one plan, the day of its pages, the plan looked back at, and its pages in English."""

    storage: Storage
    settings: Settings
    plan: str
    today: date
    past: Past
    folder: Path


@pytest.fixture(scope="module", params=["shipped", "running"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Give the closed plan and the running one, each in a database of its own; to read only."""
    folder, today = (SHIPPED, TODAY) if request.param == "shipped" else (SECOND, LATER)
    settings = Settings(data=tmp_path_factory.mktemp("past"), commitments=folder.parent, today=today)
    with Storage(settings.database) as storage:
        sync.sync(storage, commitments.load(folder), sync.Moment(NOW, TODAY))
        target = tmp_path_factory.mktemp("pages")
        past = past_of(storage, folder.name, today)
        pages.write(storage, today=today, language="en", target=target, context=context(folder.name, today))
        yield Kept(storage, settings, folder.name, today, past, target / folder.name / "past")


@pytest.fixture(scope="module")
def dutch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the pages of the shipped plan that look back, in Dutch; to read only."""
    with Storage(tmp_path_factory.mktemp("past") / "monitor.db") as storage:
        sync.sync(storage, commitments.load(SHIPPED), sync.Moment(NOW, TODAY))
        return write(storage, tmp_path_factory.mktemp("pages")) / "2018-2020" / "terugblik"


@pytest.fixture
def second(storage: Storage) -> Storage:
    """Give a database that holds the invented plan."""
    sync.sync(storage, commitments.load(SECOND), sync.Moment(NOW, TODAY))
    return storage


def past_of(storage: Storage, plan: str, until: date) -> Past:
    known = status.load(storage, plan)
    assert known
    rows = storage.all(models.MeasurementRow, plan=plan)
    found = moments.past(known, until=until, readings=[row.published_on for row in rows])
    assert found
    return found


def context(plan: str, today: date = TODAY) -> pages.SiteContext:
    return pages.SiteContext(
        example=False, url="https://monitor.example/", version="0.1.0", data_as_of=today, plan=plan
    )


def asked(kept: Kept, question: str, day: date) -> list[dict[str, object]]:
    """Ask one of the ready questions, as Datasette does."""
    asking = {"plan": kept.plan, "commitment": "", "day": day.isoformat()}
    return kept.storage.ask(catalogue.QUESTIONS[question]["sql"], asking)


def cells(folder: Path, moment: Moment) -> list[tuple[str, str]]:
    """Read each milestone's number and mark from the page of a quarter."""
    stand = body(folder, moment.name).split("{: #stand }")[1].split("{: #andere-dag }")[0]
    rows = re.findall(r'class="num">([0-9.]+)</td>(.*?)</tr>', stand, re.DOTALL)
    return [(number, MARK.findall(rest)[-1]) for number, rest in rows]


def test_page_of_each_quarter_says_what_the_status_of_its_last_day_says(kept: Kept) -> None:
    folder = kept.folder
    for moment in kept.past.moments:
        found = status.read(kept.storage, kept.plan, as_of=moment.day)
        assert found
        expected = [(s.milestone.number, state_of(s, found.phase)) for line in found.lines for s in line.standings]
        assert cells(folder, moment) == expected
        late = [s.late_days for line in found.lines for s in line.standings if s.late_days]
        assert [int(n) for n in re.findall(r'tag-late">(\d+) days? late', body(folder, moment.name))] == late


def test_ready_question_and_command_give_the_same_figures_for_each_quarter(kept: Kept) -> None:
    for moment in kept.past.moments:
        rows = {str(row["number"]): row for row in asked(kept, "state_on_a_day", moment.day)}
        steps = [standing for line in moment.stand.lines for standing in line.standings]
        expected = {s.milestone.number: (str(s.completion), len(s.updates), s.milestone.counted) for s in steps}
        assert {n: (r["completion"], r["updates"], bool(r["counted"])) for n, r in rows.items()} == expected
        overdue = [(row["number"], row["days_late"]) for row in asked(kept, "overdue", moment.day)]
        assert overdue == [(s.milestone.number, s.late_days) for s in moment.stand.overdue]
        options = ["--data", str(kept.settings.data), "--plan", kept.plan, "--as-of", str(moment.day)]
        told = CliRunner().invoke(cli.main, ["status", *options, "--format", "json"])
        assert json.loads(told.stdout) == status.as_data(moment.stand)


def test_index_counts_what_was_public(kept: Kept) -> None:
    folder = kept.folder
    rows = re.findall(
        r'<tr role="row"><th role="rowheader" scope="row"><a href="(.*?)/">(.*?)</tr>', body(folder, ""), re.DOTALL
    )
    rows = [(name, row) for name, row in rows if not name.startswith("..")]
    assert [name for name, _ in rows] == [moment.name for moment in kept.past.moments]
    said = words.of("en")
    for (_, row), moment in zip(rows, kept.past.moments, strict=True):
        counted = [s for line in moment.stand.lines for s in line.ratings.derived.standings]
        states = Counter(state_of(standing, moment.stand.phase) for standing in counted)
        assert Counter(MARK.findall(row)) == states
        commitment, milestones = len(moment.stand.lines), len(counted)
        assert f"{commitment} commitments with {milestones} milestones: " in row
        pen = Pen(site_of(kept), "")
        for state, number in states.items():
            assert f"<strong>{number}</strong> {state_word(pen, state, moment.stand.phase)}" in row
        public = [
            u
            for u in kept.storage.all(models.Update, plan=kept.plan)
            if u.published_on <= moment.day and not (u.withdrawn_at and day_of(u.withdrawn_at) <= moment.day)
        ]
        assert (said.count("past.said", len(public)) if public else said.text("past.said_none")) in row
        late = len(moment.stand.overdue)
        assert (f" {said.count('past.late', late)}" in row) is bool(late)


def site_of(kept: Kept, language: str = "en") -> Site:
    data = read_plan(kept.storage, kept.plan, kept.today)
    about = context(kept.plan, kept.today)
    return Site(kept.storage, about, data, tuple(kept.storage.plans()), kept.today, words.of(language))


def test_every_update_finding_number_and_change_is_on_the_page_of_one_quarter(kept: Kept) -> None:
    folder = kept.folder
    updates = [u.id for moment in kept.past.moments for u in moment.updates]
    assert sorted(updates) == sorted(u.id for u in kept.storage.all(models.Update, plan=kept.plan))
    data = read_plan(kept.storage, kept.plan, kept.today)
    findings = len(data.plan.assessments) + sum(len(c.assessments) for c in data.folder.commitments)
    assert sum(len(moment.findings) for moment in kept.past.moments) == findings
    for moment in kept.past.moments:
        text, index = body(folder, moment.name), body(folder, "")
        row = index.split(f'<a href="{moment.name}/">')[1].split("</tr>")[0]
        assert text.count('<article class="update') == len(moment.updates)
        numbers = [m for rows in data.measurements.values() for m in rows if moment.holds(m.published_on)]
        brought = {
            "updates": moment.updates,
            "findings": moment.findings,
            "numbers": numbers,
            "changes": moment.changes,
        }
        for name, found in brought.items():
            if found:
                assert words.of("en").count(f"past-brought.{name}", len(found)) in row
        assert [u.id for u in moment.updates if quarter_of(u.published_on) != moment.quarter] == []


def test_evidence_of_an_update_stands_with_it(kept: Kept) -> None:
    folder, data = kept.folder, read_plan(kept.storage, kept.plan, kept.today)
    for moment in kept.past.moments:
        shown = body(folder, moment.name).count('<svg class="mark" aria-hidden="true"><use href="#m-document"/>')
        assert shown == sum(len(data.evidence.get(update.id, ())) for update in moment.updates)


def test_a_hash_stands_with_its_evidence(synced: Storage, tmp_path: Path) -> None:
    [evidence] = synced.all(models.Evidence, update_id="2018-2020/11/inspiratiegids")
    synced.put(evidence.model_copy(update={"sha256": "ab" * 32}))
    folder = write(synced, tmp_path) / "2018-2020" / "terugblik"
    assert f'SHA-256 <span class="hash">{"ab" * 32}</span>' in body(folder, "2020-q2")


def test_later_is_not_then(dutch: Path) -> None:
    folder = dutch
    [end, now] = [
        re.search(r'class="num">9.1</td>.*?</tr>', body(folder, q), re.DOTALL) for q in ("2020-q2", "2026-q4")
    ]
    assert end
    assert now
    assert MARK.findall(end[0]) == ["unknown"]
    assert MARK.findall(now[0]) == ["complete"]
    assert "Nederland werd op 28 juni 2018 lid van EITI" not in body(folder, "2020-q2")
    assert "openbaar geworden tussen" in body(folder, "2026-q4")
    assert "Zij kunnen er eerder geweest zijn; daarom tellen zij wel mee." in body(folder, "2026-q4")
    assert '<span lang="en">Limited</span>' not in body(folder, "2021-q4").split("{: #veranderd }")[0]
    assert "geen oordeel over de afronding gevonden</td>" in body(folder, "2021-q4")


def test_quarters_after_the_term_stand_apart_and_only_where_something_became_public(dutch: Path) -> None:
    text = body(dutch, "")
    term, after = text.split("{: #na-afloop }")[0], text.split("{: #na-afloop }")[1].split("{: #hele-looptijd }")[0]
    assert re.findall(r'href="(20.*?)/"', term) == [
        "2018-q3", "2018-q4", "2019-q1", "2019-q2", "2019-q3", "2019-q4", "2020-q1", "2020-q2",
    ]  # fmt: skip
    assert re.findall(r'href="(20.*?)/"', after) == ["2020-q3", "2020-q4", "2021-q4", "2026-q2", "2026-q4"]
    assert "OGP sluit het plan op <time datetime" in after


def test_differences_are_in_words(kept: Kept) -> None:
    folder = kept.folder
    for moment in kept.past.moments:
        moved = body(folder, moment.name).split("{: #veranderd }")[1].split("{: #openbaar }")[0]
        table = moved.split("</thead>")[-1]
        assert not re.search(rf">[^<]*{kept.plan}/", table)
        assert moved.count('role="rowheader"') == len(moment.moves)


def test_a_running_plan_shows_what_moved_and_what_became_late(second: Storage, tmp_path: Path) -> None:
    pages.write(second, today=LATER, language="en", target=tmp_path, context=context("2026-2028", LATER))
    folder = tmp_path / "2026-2028" / "past"
    moved = body(folder, "2026-q4").split("{: #veranderd }")[1].split("{: #openbaar }")[0]
    rows = re.findall(r'<tr role="row"><th role="rowheader".*?</tr>', moved, re.DOTALL)
    assert [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows] == [
        "Commitment 1 : the assessor found Open water levels no judgement of completion found Limited",
        "Milestone 1.2 : completion The archive of ten years is open. not known yet limited",
        "Milestone 1.2 : late The archive of ten years is open. not late late",
    ]
    assert 'On <time datetime="2026-09-30">30 September 2026</time>' in moved
    assert "still running; as of <time" in body(folder, "")
    assert "The quarter is still running." in head(folder, "2027-q1")["facts_html"]
    assert "changed on <time" in body(folder, "2026-q1")
    assert "how it was before is not kept here" in body(folder, "2026-q1")
    assert "how it was before is not kept here" not in body(folder, "2026-q3")
    assert "Libraries said that they would rather have the portal." in body(folder, "2026-q3")


def test_nothing_is_late_before_the_monitor_watched(dutch: Path) -> None:
    folder = dutch
    texts = [path.read_text("utf-8") for path in folder.rglob("*.md")]
    assert len(texts) == 14
    assert not any("tag-late" in text or "te laat</span>" in text or "waren te laat" in text for text in texts)


def test_a_promise_reads_as_it_did_then(lived: Storage, tmp_path: Path) -> None:
    about = pages.SiteContext(False, "https://monitor.example/", "0.1.0", date(2027, 1, 20), "2018-2020")
    pages.write(lived, today=date(2027, 1, 20), language="nl", target=tmp_path, context=about)
    folder = tmp_path / "2018-2020" / "terugblik"
    [then, middle, last] = [
        re.search(r'class="num">3.1</td>(.*?)</tr>', body(folder, name), re.DOTALL)
        for name in ("2020-q2", "2026-q4", "2027-q1")
    ]
    assert then and middle and last  # noqa: PT018 - one statement for the type checker
    assert "tweede kwartaal van 2020" in then[1]
    assert "later gewijzigd" in then[1]
    assert "derde kwartaal van 2020" in middle[1]
    assert "later gewijzigd" in middle[1]
    assert "vierde kwartaal van 2020" in last[1]
    assert "later gewijzigd" not in last[1]
    moved = body(folder, "2026-q4").split("{: #veranderd }")[1].split("{: #openbaar }")[0]
    row = next(row for row in re.findall(r"<tr.*?</tr>", moved, re.DOTALL) if "uiterste datum" in row)
    assert "tweede kwartaal van 2020</td>" in row
    assert "derde kwartaal van 2020</td>" in row
    assert "De belofte werd 1 keer gewijzigd." in body(folder, "").split('href="2026-q4/"')[1].split("</tr>")[0]


def test_what_was_withdrawn_later_was_public_then(synced: Storage, tmp_path: Path) -> None:
    said = an_update(
        id="2018-2020/01/r-1", milestone="2018-2020/1.2", completion="complete", organisation="vng",
        text={"nl": "Vergissing."}, speaks_of="2019-05-01", published="2019-05-02", published_on="2019-05-02",
        withdrawn_at=datetime(2019, 8, 1, 12, tzinfo=UTC), recorded_at=datetime(2019, 5, 2, 12, tzinfo=UTC),
    )  # fmt: skip
    synced.add(said)
    folder = write(synced, tmp_path) / "2018-2020" / "terugblik"
    rows = {q: re.search(r'class="num">1.2</td>(.*?)</tr>', body(folder, q), re.DOTALL) for q in ("2019-q2", "2019-q3")}
    assert {q: MARK.findall(row[1])[-1] for q, row in rows.items() if row} == {
        "2019-q2": "complete", "2019-q3": "unknown",
    }  # fmt: skip
    assert 'ingetrokken op <time datetime="2019-08-01">1 augustus 2019</time>' in body(folder, "2019-q2")
    assert "Ingetrokken in dit kwartaal" in body(folder, "2019-q3")
    assert not any("Vergissing." in path.read_text("utf-8") for path in folder.rglob("*.md"))
    index = body(folder, "")
    assert "1 bericht werd ingetrokken." in index.split('href="2019-q3/"')[1].split("</tr>")[0]
    assert "Wij vonden 4 berichten die toen openbaar waren." in index.split('href="2019-q2/"')[1].split("</tr>")[0]
    assert "Wij vonden 3 berichten die toen openbaar waren." in index.split('href="2019-q3/"')[1].split("</tr>")[0]


def test_before_the_plan_begins_there_is_nothing_to_look_back_on(synced: Storage, tmp_path: Path) -> None:
    written = write(synced, tmp_path, today=PREPARATION)
    assert head(written, "2018-2020/terugblik")["statement_html"] == (
        "Het plan is nog niet begonnen. Er is nog niets om op terug te kijken."
    )
    text = body(written, "2018-2020/terugblik")
    assert 'Het plan begint op <time datetime="2018-07-01">1 juli 2018</time>.' in text
    assert '<a class="button button-second" href="../actiepunten/">Bekijk de actiepunten</a>' in text
    assert list((written / "2018-2020" / "terugblik").glob("20*")) == []
    assert "Wat veranderde sinds vorig kwartaal" not in body(written, "2018-2020/wijzigingen")


def test_without_versions_nothing_is_claimed(synced: Storage, tmp_path: Path) -> None:
    for version in synced.all(models.Version):
        synced.delete(models.Version, id=version.id)
    written = write(synced, tmp_path)
    assert head(written, "2018-2020/terugblik")["statement_html"] == (
        "Van eerdere dagen is hier niets van dit plan bewaard."
    )
    assert "Wie deze monitor beheert, kan het plan opnieuw inlezen." in body(written, "2018-2020/terugblik")


def test_a_quarter_without_anything_says_so(dutch: Path) -> None:
    folder = dutch
    text = body(folder, "2019-q2")
    assert "vonden wij geen verandering in de afronding of de belofte.</p>" in text
    assert '<div class="empty">\n<h3>Geen bericht gevonden</h3>' in text
    assert text.count("Wij vonden geen oordeel over de afronding dat toen openbaar was.") == 11
    assert "Wij vonden niets nieuws en geen verandering." in body(folder, "")


def test_any_other_day_is_one_link_away(kept: Kept) -> None:
    folder = kept.folder
    for moment in kept.past.moments:
        text = body(folder, moment.name)
        question = f"data/monitor/state_on_a_day?plan={kept.plan}&amp;day={moment.day}"
        assert f'href="../../../{question}"' in text or f'href="../../../../{question}"' in text
        assert f"monitor status --plan {kept.plan} --as-of {moment.day}" in text
        assert f"monitor status --plan {kept.plan} --between {moment.since} {moment.day}" in text


def test_quarters_are_linked_to_each_other_and_to_the_other_language(kept: Kept) -> None:
    folder, names = kept.folder, [moment.name for moment in kept.past.moments]
    for place, name in enumerate(names):
        beside = [names[i] for i in (place - 1, place + 1) if 0 <= i < len(names)]
        assert re.findall(r'href="\.\./(20..-q.)/"', head(folder, name)["facts_html"]) == beside
        other = next(language for language in kept.past.known.folder.plan.languages if language != "en")
        slug = words.of(other).slug("past")
        assert head(folder, name)["twins"] == {other: f"{kept.plan}/{slug}/{name}/"}


def test_what_changed_since_last_quarter_is_near(second: Storage, tmp_path: Path) -> None:
    pages.write(second, today=LATER, language="en", target=tmp_path, context=context("2026-2028", LATER))
    link = 'past/2027-q1/#veranderd">What changed since last quarter</a>'
    assert f'<a href="2026-2028/{link}' in body(tmp_path, "")
    assert f'href="../{link}' in body(tmp_path, "2026-2028/changes")


def test_no_id_stands_twice_on_a_page(kept: Kept) -> None:
    folder = kept.folder
    for path in folder.rglob("index.md"):
        ids = re.findall(r'(?: id="|\{: #)([^" }]+)', path.read_text("utf-8"))
        assert sorted(ids) == sorted(set(ids))


def test_in_a_closed_plan_the_day_makes_no_difference(synced: Storage, tmp_path: Path) -> None:
    days = {name: tmp_path / name for name in ("one", "two")}
    for late, target in enumerate(days.values()):
        pages.write(synced, today=TODAY + timedelta(days=40 * late), language="nl", target=target, context=CONTEXT)
    one, two = (
        {path.relative_to(folder): path.read_bytes() for path in (folder / "2018-2020" / "terugblik").rglob("*.md")}
        for folder in days.values()
    )
    assert one == two


def moved_plan(second: Storage, **moved: object) -> tuple[status.Status, status.Status]:
    """Give the invented plan, and the same with some of its first commitment moved."""
    before = status.read(second, "2026-2028", as_of=date(2026, 12, 31))
    assert before
    first = before.folder.commitments[0].model_copy(update=moved)
    folder = before.folder.model_copy(update={"commitments": (first, *before.folder.commitments[1:])})
    return before, status.compute(folder, second.all(models.Update), as_of=date(2026, 12, 31))


def english(second: Storage) -> Pen:
    about = context("2026-2028", LATER)
    data = read_plan(second, "2026-2028", LATER)
    return Pen(Site(second, about, data, tuple(second.plans()), LATER, words.of("en")), "")


def test_moves_of_the_promise_read_as_a_person_would_say_them(second: Storage) -> None:
    step = commitments.load(SECOND).commitments[0].milestones[0]
    new = step.model_copy(update={"number": "1.4", "title": {"en": "A new step.", "fr": "Une étape."}})
    before, after = moved_plan(
        second,
        title={"en": "Water for all", "fr": "L'eau pour tous"},
        leads=(models.Lead(organisation="treasury"),),
        official_text={"en": "Other words."},
        milestones=(step.model_copy(update={"due": Period.parse("2026-06-30")}), new),
    )
    views = move_views(english(second), status.between(before, after), before, after)
    told = [tuple(str(part.striptags()) for part in (v.about, v.title, v.what, v.old, v.new)) for v in views]
    assert told == [
        ("Commitment 1", "Water for all", "lead", "Water Agency", "Treasury"),
        ("Commitment 1", "Water for all", "official text", "the text as it was", "another text"),
        ("Commitment 1", "Water for all", "title", "Open water levels", "Water for all"),
        ("Milestone 1.1", "Fifty gauges are online.", "due date", "31 March 2026", "30 June 2026"),
        ("Milestone 1.2", "The archive of ten years is open.", "stands in the plan", "yes", "no"),
        ("Milestone 1.3", "Warnings go out by message.", "stands in the plan", "yes", "no"),
        ("Milestone 1.4", "A new step.", "stands in the plan", "no", "yes"),
    ]


def test_what_a_closed_plan_no_longer_calls_late_is_not_called_done(second: Storage) -> None:
    known = status.load(second, "2026-2028")
    assert known
    end = known.folder.plan.cycle_end
    before, after = known.on(end), known.on(end + timedelta(days=1))
    views = move_views(english(second), status.between(before, after), before, after)
    late = [(str(v.about.striptags()), str(v.old), str(v.new)) for v in views if str(v.what) == "late"]
    no_more = "no longer: the plan is closed, and then nothing is late"
    assert late == [
        (f"Milestone {s.milestone.number}", "late", no_more)
        for s in sorted(before.overdue, key=lambda standing: standing.milestone.number)
    ]
    assert late


def test_a_plan_that_is_closing_has_the_present_quarter_too(second: Storage) -> None:
    plan = commitments.load(SECOND).plan
    until = plan.period.last_day + timedelta(days=20)
    found = past_of(second, "2026-2028", until)
    assert (found.end, found.until) == (plan.period.last_day, until)
    assert [(m.name, m.day, m.runs) for m in found.of(Place.AFTER)] == [("2028-q1", until, True)]


def test_an_update_from_before_the_term_has_its_quarter(synced: Storage, tmp_path: Path) -> None:
    early = an_update(id="2018-2020/01/early", published="2018-02-01", published_on="2018-02-01", completion=None)
    synced.add(early)
    folder = write(synced, tmp_path) / "2018-2020" / "terugblik"
    text = body(folder, "")
    assert "## Vóór de looptijd {: #vooraf }" in text
    assert 'href="2018-q1/">1e kwartaal 2018</a>' in text.split("{: #kwartalen }")[0]
    assert Completion.UNKNOWN in MARK.findall(body(folder, "2018-q1"))


def test_a_closed_plan_leads_to_all_quarters_only(dutch: Path) -> None:
    text = body(dutch.parent, "wijzigingen")
    assert 'href="../terugblik/">Terug in de tijd: alle kwartalen</a>' in text
    assert "Wat veranderde sinds vorig kwartaal" not in text


def test_who_decided_a_change_is_named(second: Storage, tmp_path: Path) -> None:
    pages.write(second, today=LATER, language="en", target=tmp_path, context=context("2026-2028", LATER))
    assert "rather have the portal. (Treasury)" in body(tmp_path / "2026-2028" / "past", "2026-q3")


def test_the_database_is_read_once_for_all_quarters(kept: Kept) -> None:
    site, asked_for = site_of(kept), list[str]()
    kept.storage.db.conn.set_trace_callback(asked_for.append)
    try:
        written = [render_page(page, site) for page in (past_page(site), *quarter_pages(site))]
    finally:
        kept.storage.db.conn.set_trace_callback(None)
    tables = Counter(re.findall(r"FROM \W?(\w+)", " ".join(asked_for)))
    assert len(written) == 1 + len(kept.past.moments)
    assert tables == {"versions": 1, "updates": 1, "changes": 1, "reminders": 1, "queue": 1}
