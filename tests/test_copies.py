"""Kept copies in the conversation: seen by who may decide, in a form that does no harm, and decided about once."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import audit_log, copies, dialogue
from bot.desk import Desk
from bot.dialogue import Copy, DecideCopy, Reply, Step
from bot.extension import Bot
from bot.files import store, viewing
from bot.messages import say
from bot.private import Private
from monitor import documents, evidence, models, released
from monitor.evidence import Archive
from monitor.fetch import Answer
from monitor.models import CopyDecision, CopyState, Evidence, Role
from monitor.settings import Settings
from monitor.storage import Storage
from tests.bot_api import TOKEN
from tests.conversation_fixtures import (
    COURT,
    MINISTRY,
    NOW,
    SITE,
    TOWN,
    PureWorld,
    Section,
    hidden,
    make_settings,
    plan_with_copies,
)
from tests.telegram_emulator import Emulator, emulator, wait_until
from tests.test_dialogue import talk
from tests.test_review import desk, person
from tests.test_telegram_emulator import Talk, in_telegram

__all__ = ["desk", "emulator"]

READ = {"nl": "Nagelezen.", "en": "Read."}
REVIEWER = Section(f"reviewer:{COURT}", "nl", "")
UNSEEN = {"nl": "Niet gezien."}


@pytest.fixture
def folder_settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, plan_with_copies())


@pytest.fixture
def client(folder_settings: Settings) -> TestClient:
    return TestClient(Starlette(routes=list(Bot().routes(folder_settings))))


def of(desk: Desk, organisation: str) -> Copy:
    """Give the copy that an organisation cites."""
    return next(copy for copy in copies.of_plan(desk) if copy.citing == {organisation})


def decision(copy: Copy, state: CopyState) -> DecideCopy:
    return DecideCopy(sha256=copy.sha256, state=state, before=copy.state, ground=READ)


def decide(desk: Desk, effect: DecideCopy, role: Role = Role.REVIEWER, organisation: str = COURT) -> str:
    return copies.decide(desk, effect, by=person(desk, role, organisation), language="nl").text


def keep(desk: Desk, body: bytes, kind: str) -> Copy:
    """Let the town's evidence be these bytes."""
    row = next(row for row in desk.storage.all(Evidence) if row.sha256 == of(desk, TOWN).sha256)
    answer = Answer(row.address or "", row.address or "", 200, NOW, {"content-type": kind}, body)
    Archive(desk.data).keep(answer)
    desk.storage.put(row.model_copy(update={"sha256": answer.sha256}))
    return of(desk, TOWN)


def logged(desk: Desk) -> list[tuple[str, str]]:
    return [(row.action, row.about) for row in desk.private.all(models.AuditEntry) if row.action.startswith("copy-")]


def states(desk: Desk) -> list[tuple[CopyState, str, models.Text]]:
    return [(row.state, row.role, row.ground) for row in desk.storage.all(CopyDecision)]


# What a decision does


def test_release_hold_and_take_down_are_recorded_and_logged_as_the_commands_do(desk: Desk) -> None:
    copy = of(desk, TOWN)
    page = f"{SITE}/bestanden/{copy.sha256}.html"
    assert decide(desk, decision(copy, CopyState.HELD)) == say("nl", "copies.done-held", page="")
    assert decide(desk, decision(of(desk, TOWN), CopyState.RELEASED)) == say("nl", "copies.done-released", page=page)
    assert released.path_of(desk.data, f"{copy.sha256}.html")
    down = decision(of(desk, TOWN), CopyState.TAKEN_DOWN)
    assert decide(desk, down, Role.COORDINATOR, MINISTRY) == say("nl", "copies.done-taken-down", page="")
    assert [state for state, *_ in states(desk)] == [CopyState.HELD, CopyState.RELEASED, CopyState.TAKEN_DOWN]
    assert states(desk)[-1] == (CopyState.TAKEN_DOWN, "coordinator", READ)
    assert logged(desk) == [
        (f"copy-{state}", copy.sha256) for state in (CopyState.HELD, CopyState.RELEASED, CopyState.TAKEN_DOWN)
    ]
    assert audit_log.verify(desk.private.audit_rows(), desk.private.audit_end()).wrong == ""
    assert Archive(desk.data).read(copy.sha256) is None
    assert [row.kind for row in desk.storage.all(models.Tombstone)] == ["copy"]
    assert copy.sha256 not in {kept.sha256 for kept in copies.of_plan(desk)}


@pytest.mark.parametrize("state", list(CopyState))
def test_nobody_decides_about_evidence_of_their_own_organisation(desk: Desk, state: CopyState) -> None:
    own = of(desk, MINISTRY)
    with pytest.raises(PermissionError, match="nobody decides for their own organisation"):
        decide(desk, decision(own, state), Role.COORDINATOR, MINISTRY)
    with pytest.raises(PermissionError):
        decide(desk, decision(own, state), Role.LEAD, TOWN)
    assert (states(desk), logged(desk)) == ([], [])


def test_who_cites_the_same_bytes_in_a_withdrawn_message_is_barred_too(desk: Desk) -> None:
    copy, update = of(desk, TOWN), next(iter(desk.storage.all(models.Update, organisation=MINISTRY)))
    row = next(row for row in desk.storage.all(Evidence) if row.update_id == update.id)
    desk.storage.put(row.model_copy(update={"sha256": copy.sha256}))
    desk.storage.put(update.model_copy(update={"withdrawn_at": NOW}))
    [shared] = copies.of_plan(desk)
    assert (shared.citing, shared.about) == ({TOWN, MINISTRY}, ("2025-2027/1.1",))
    with pytest.raises(PermissionError):
        decide(desk, decision(shared, CopyState.RELEASED), Role.COORDINATOR, MINISTRY)
    everywhere = desk.storage.get(models.Update, id="2025-2027/01/2026-09-01")
    assert everywhere
    desk.storage.put(everywhere.model_copy(update={"withdrawn_at": NOW}))
    assert copies.of_plan(desk) == (), "nothing is to be decided where every message was withdrawn"


def test_what_another_decided_meanwhile_stands(desk: Desk) -> None:
    release = decision(of(desk, TOWN), CopyState.RELEASED)
    decide(desk, decision(of(desk, TOWN), CopyState.HELD), Role.COORDINATOR, MINISTRY)
    assert decide(desk, release) == say("nl", "copies.gone")
    assert [state for state, *_ in states(desk)] == [CopyState.HELD]
    assert [action for action, _ in logged(desk)] == ["copy-held"]


def test_a_decision_that_a_crash_kept_from_the_log_is_logged_and_not_taken_twice(desk: Desk) -> None:
    release = decision(of(desk, TOWN), CopyState.RELEASED)
    evidence.release(
        desk.storage, Archive(desk.data), desk.data, release.sha256, ground=READ, role="reviewer", now=desk.now
    )
    assert logged(desk) == []
    page = f"{SITE}/bestanden/{release.sha256}.html"
    assert decide(desk, release) == say("nl", "copies.done-released", page=page)
    assert (len(states(desk)), logged(desk)) == (1, [("copy-released", release.sha256)])


def test_what_cannot_be_shown_is_said_and_left_undecided(desk: Desk) -> None:
    copy = keep(desk, b"<svg/>", "image/svg+xml")
    assert decide(desk, decision(copy, CopyState.RELEASED)) == say("nl", "copies.kind")
    Archive(desk.data).erase(lambda entry: True)
    assert decide(desk, decision(copy, CopyState.RELEASED)) == say("nl", "copies.lost")
    assert (states(desk), logged(desk)) == ([], [])


def test_what_the_plan_no_longer_names_waits_for_a_reviewer(desk: Desk) -> None:
    copy = of(desk, TOWN)
    row = CopyDecision(
        id="x", sha256=copy.sha256, state=CopyState.HELD, role="plan", ground=UNSEEN, recorded_at=desk.now
    )
    desk.storage.add(row)
    assert of(desk, TOWN).state is None
    desk.storage.add(row.model_copy(update={"id": "y", "role": "reviewer"}))
    assert of(desk, TOWN).state is CopyState.HELD


# The conversation


def test_a_reviewer_decides_on_nothing_that_was_not_shown() -> None:
    world = PureWorld(plan_with_copies())
    talk(world, REVIEWER, "kopieën", "2", "vrijgeven")
    coordinator = Section("coordinator", "nl", "")
    talk(world, coordinator, "kopieën", "2", "2", "1")
    turn = world.say(REVIEWER, "1")
    assert (turn.effects, turn.replies[0].text) == ((), say("nl", "copies.changed"))
    assert "Niet openbaar, want: Er staan persoonsgegevens in." in turn.replies[-1].text
    assert [choice.words for choice in turn.replies[-1].choices] == [
        "Vrijgeven",
        "Weghalen, ook uit de bewaarplaats",
        "Later",
    ]
    talk(world, coordinator, "kopieën", "2", "1", "weghalen", "2")
    turn = world.say(REVIEWER, "1")
    assert (turn.effects, turn.replies[0].text) == ((), say("nl", "copies.gone"))


def test_a_copy_is_found_by_the_beginning_of_its_hash_and_a_person_is_not_named_as_ground() -> None:
    world = PureWorld(plan_with_copies())
    copy = next(copy for copy in world.kept_copies() if TOWN in copy.citing)
    turn = talk(world, REVIEWER, "kopieën", copy.sha256[:8].upper(), "2", "Dat zei wethouder Van der Voorbeeld ons.")
    assert turn.state.place.step is Step.HOLD_COPY
    assert turn.replies[-1].text.startswith("Let op: “")
    turn = world.say(REVIEWER, "Er staat een tekening in van een ander.")
    assert turn.effects == (
        DecideCopy(
            sha256=copy.sha256,
            state=CopyState.HELD,
            before=None,
            ground={"nl": "Er staat een tekening in van een ander."},
        ),
    )


def test_where_nothing_is_kept_the_place_says_so(desk: Desk) -> None:
    for row in desk.storage.all(Evidence):
        desk.storage.put(row.model_copy(update={"fetched_at": None}))
    assert copies.of_plan(desk) == ()
    world = PureWorld(plan_with_copies())
    world.cited = []
    turn = talk(world, REVIEWER, "kopieën")
    assert turn.replies[0].text == say("nl", "copies.none")
    assert "copies" not in [choice.action for choice in turn.replies[-1].choices]


def test_a_step_about_a_copy_that_is_gone_or_not_theirs_shows_nothing_of_it() -> None:
    world = PureWorld(plan_with_copies())
    own = next(copy for copy in world.kept_copies() if MINISTRY in copy.citing)
    coordinator = Section("coordinator", "nl", "")
    talk(world, coordinator)
    for step in (Step.COPY, Step.RELEASE_COPY, Step.HOLD_COPY, Step.TAKE_DOWN_COPY):
        place = dialogue.Place(step=step, about=own.sha256)
        state = world.states[coordinator.role].model_copy(update={"place": place})
        turn = dialogue.resume(state, world.world(world.person(coordinator), "nl"))
        assert own.address not in turn.model_dump_json()
        turn = dialogue.respond(
            state, dialogue.Message(text="iets anders"), world.world(world.person(coordinator), "nl")
        )
        assert (turn.effects, turn.replies[0].text) == ((), say("nl", "copies.gone"))


@pytest.mark.parametrize(
    ("known", "line"),
    [
        ({}, "Bewijs bij 1.1 Een lijst van alle overleggen, van Gemeente Voorbeeldstad."),
        (
            {"organisation": None, "said_by": {"nl": "De actiehouder, volgens het verslag.", "en": "The lead."}},
            "Bewijs bij 1.1 Een lijst van alle overleggen.\nWie het zei: De actiehouder, volgens het verslag.",
        ),
        ({"organisation": None}, "Bewijs bij 1.1 Een lijst van alle overleggen."),
    ],
)
def test_it_says_who_said_what_a_copy_stands_behind(known: dict[str, object], line: str) -> None:
    world = PureWorld(plan_with_copies())
    world.updates = [
        update.model_copy(update=known) if update.organisation == TOWN else update for update in world.updates
    ]
    copy = next(copy for copy in world.kept_copies() if copy.about == ("2025-2027/1.1",))
    turn = talk(world, REVIEWER, "kopieën", copy.short)
    assert f"{copy.sha256}\n{line}\nNiet openbaar." in turn.replies[-1].text


def test_a_list_that_does_not_show_all_says_so_and_how_to_find_the_rest() -> None:
    world = PureWorld(plan_with_copies())
    first = world.cited[0]
    several = [
        first.model_copy(update={"id": f"{number}", "sha256": f"{number:064x}"[::-1], "title": f"Stuk {number}"})
        for number in range(11)
    ]
    world.cited = several[:10]
    assert talk(world, REVIEWER, "kopieën").replies[-1].text == ""
    world.cited = several
    turn = talk(world, REVIEWER, "stop", "kopieën")
    assert turn.replies[-1].text == say("nl", "copies.more", shown=10, all=11)
    assert len([choice for choice in turn.replies[-1].choices if choice.words.startswith("Stuk ")]) == 10
    for number in range(11):
        row = models.CopyDecision(
            id=f"{number}", sha256=several[number].sha256, state="held", role="reviewer", ground=READ, recorded_at=NOW
        )
        world.copies.append(row)
    turn = talk(world, REVIEWER, "stop", "kopieën", "1")
    assert turn.replies[-1].text == say("nl", "copies.more", shown=10, all=11)


# Looking at it


def entered(client: TestClient, role: str) -> str:
    return hidden(client.post("/melden", data={"role": role, "language": "nl"}).text, "secret")


def test_only_who_may_decide_opens_a_copy_and_it_is_text_in_which_nothing_runs(client: TestClient, desk: Desk) -> None:
    copy, other = of(desk, TOWN), of(desk, MINISTRY)
    opened = client.post("/melden/bestand", data={"secret": entered(client, f"reviewer:{COURT}"), "file": copy.file})
    assert opened.status_code == 200
    assert {name: opened.headers[name] for name in released.HEADERS} == released.HEADERS
    assert opened.headers["content-type"] == "text/plain; charset=utf-8"
    assert opened.headers["content-disposition"] == f'inline; filename="{copy.short}.txt"'
    assert (opened.headers["cache-control"], opened.headers["x-robots-tag"]) == ("no-store", "noindex")
    kept = Archive(desk.data).read(copy.sha256)
    assert kept
    read, _, source = opened.text.partition(viewing.BELOW)
    assert (read, source) == (
        "Besluit over agenda's\nBesluit over agenda's\nWij maken het openbaar.",
        kept.body.decode(),
    )
    coordinator = entered(client, "coordinator")
    given = {"coordinator": coordinator, "lead": entered(client, f"lead:{TOWN}"), "visitor": entered(client, "visitor")}
    asked = [(coordinator, other.file), (given["lead"], copy.file), (given["visitor"], copy.file), ("", copy.file)]
    asked += [(coordinator, f"{'0' * 64}.copy"), (coordinator, f"../{copy.file}"), (coordinator, f"{copy.sha256}.html")]
    for secret, name in asked:
        assert client.post("/melden/bestand", data={"secret": secret, "file": name}).status_code == 404
    assert client.post("/melden/bestand", data={"secret": coordinator, "file": copy.file}).status_code == 200
    assert released.path_of(desk.data, f"{copy.sha256}.html") is None, "looking releases nothing"


@pytest.mark.parametrize(
    ("kind", "body", "name", "sent", "how"),
    [
        ("text/plain; charset=latin-1", b"caf\xe9", "txt", "text/plain; charset=utf-8", "inline"),
        ("text/html", b"%PDF-1.7", "pdf", "application/pdf", "attachment"),
        ("x", b"\x89PNG\r\n\x1a\n", "png", "image/png", "inline"),
        ("image/svg+xml", b"<svg onload='x()'/>", "bin", "application/octet-stream", "attachment"),
    ],
)
def test_other_kinds_are_shown_where_nothing_runs_or_saved(
    desk: Desk, kind: str, body: bytes, name: str, sent: str, how: str
) -> None:
    copy = keep(desk, body, kind)
    found = viewing.find(desk.data, copy.file)
    assert found
    assert found.name == f"{copy.short}.{name}"
    assert found.body == ("café".encode() if name == "txt" else body)
    assert found.headers["content-type"] == sent
    assert found.headers["content-disposition"].startswith(how)
    assert found.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_the_words_of_a_web_page_stand_apart_and_hold_no_tags() -> None:
    page = "<title>Een &amp; twee</title><style>p{}</style><p>Drie<br>vier</p><li>&lt;b&gt; vijf</li><script>x</script>"
    assert documents.words_of(page) == "Een & twee\nDrie\nvier\n<b> vijf"


def test_in_the_terminal_it_is_laid_out_for_the_owner_until_it_is_decided(desk: Desk) -> None:
    copy = of(desk, TOWN)
    path = viewing.path_of(desk.data, copy.file)
    assert path
    assert path == viewing.path_of(desk.data, copy.file)
    assert (path.name, stat.S_IMODE(path.stat().st_mode)) == (f"copy-{copy.short}.txt", 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    decide(desk, decision(copy, CopyState.HELD))
    assert not path.exists()
    assert viewing.path_of(desk.data, f"{'0' * 64}.copy") is None


def test_what_was_laid_out_goes_after_a_day_where_nobody_decides(desk: Desk) -> None:
    path = viewing.path_of(desk.data, of(desk, TOWN).file)
    assert path
    later = replace(desk, now=store._day(path) + store.KEPT_AT_LEAST * 1.1)
    assert store.forget_unused(desk.private, desk.data, later.now) == 1
    assert not path.exists()


def test_on_telegram_it_comes_as_a_document(folder_settings: Settings, emulator: Emulator) -> None:
    settings = replace(folder_settings, telegram_token=TOKEN, telegram_api=emulator.address)
    with Storage(settings.database) as storage:
        sha256 = next(row.sha256 for row in storage.all(Evidence) if row.sha256)
    someone = emulator.person()

    def story() -> None:
        Talk(settings, emulator).say(someone, f"/start reviewer:{COURT}")
        with Private(settings.private_database) as private:
            known = private.person("telegram", str(someone.chat))
            assert known
            private.queue(known.id, Reply(text="Een", file=f"{'0' * 64}.copy"), key="1", revision=1, now=NOW)
            private.queue(known.id, Reply(text="Twee", file=f"{sha256}.copy"), key="2", revision=1, now=NOW)
        wait_until(lambda: emulator.documents, lambda: emulator.documents)

    in_telegram(settings, story)
    assert emulator.documents == [(someone.chat, f"{(sha256 or '')[:12]}.txt")]
    assert [message.text for message in someone.look()[-2:]] == ["Een", "Twee"]
