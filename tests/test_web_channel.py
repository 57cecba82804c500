"""The conversation as plain forms: the same reports, no cookie, nothing changed by looking, everything escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import admission, web_forms
from bot.conversation import open_desk
from bot.dialogue import Reply
from bot.extension import Bot
from bot.people import Identity
from bot.private import Private
from bot.web_bodies import MOST_BYTES
from bot.web_forms import Form
from monitor import models, publish, sync
from monitor.models import Role
from monitor.settings import FolderKind, Settings, write_folder
from monitor.storage import Storage, StorageError
from tests.conversation_fixtures import (
    COURT,
    NOW,
    TODAY,
    TOWN,
    PureWorld,
    example_plan,
    hidden,
    in_web,
    make_settings,
    plan_named,
    read_transcript,
    stored,
    transcripts,
)

LIVE = {"controller": "Ministerie", "legal_basis": "wet", "dpo_contact": "fg", "notice": "1"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, example_plan())


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=list(Bot().routes(settings)))) as made:
        yield made


def begin(client: TestClient, role: str = f"lead:{TOWN}") -> dict[str, str]:
    return fields(client.post("/melden", data={"role": role, "language": "nl"}).text)


def fields(page: str) -> dict[str, str]:
    return {name: hidden(page, name) for name in ("secret", "revision", "language")}


@pytest.mark.parametrize("path", transcripts(), ids=lambda path: path.stem)
def test_transcript_stores_the_same_reports(
    path: Path, tmp_path: Path, shipped: models.PlanFolder, shipped_updates: list[models.Update]
) -> None:
    transcript = read_transcript(path)
    folder = plan_named(transcript.plan, shipped)
    own = make_settings(tmp_path / "own", folder)
    for page in in_web(transcript, own):
        Checker().feed(page)
    assert stored(own) == PureWorld(folder, shipped_updates).run(transcript)


class Checker(HTMLParser):
    """Checks that tags nest, ids are single, and each field that is seen has a label."""

    VOID = frozenset({"meta", "input", "br", "link"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag not in {"script", "iframe", "style"}
        assert not any(name.startswith("on") or name == "style" for name in given)
        if identity := given.get("id"):
            assert identity not in self.ids
            self.ids.add(identity)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_page_says_where_to_begin_in_both_languages(client: TestClient) -> None:
    dutch, english = client.get("/melden").text, client.get("/melden?lang=en").text
    assert "een actiehouder, Gemeente Voorbeeldstad" in dutch
    assert '<a href="/melden?lang=en" lang="en">English</a>' in dutch
    assert "a lead, Municipality of Exampletown" in english
    assert '<html lang="en">' in english


def test_from_a_page_somebody_comes_to_follow_it(client: TestClient, settings: Settings) -> None:
    begin = client.get("/melden?about=follow:2025-2027/01").text
    assert "<h2>Volgen</h2><p><strong>Over: actiepunt 1, Openbare agenda&#39;s</strong></p>" in begin
    assert hidden(begin, "about") == "follow:2025-2027/01"
    page = client.post("/melden", data={"role": "visitor", "about": "follow:2025-2027/01"}).text
    assert "Hoe vaak wilt u bericht?" in page
    fields = {name: hidden(page, name) for name in ("secret", "revision", "language")}
    page = client.post("/melden", data={**fields, "action": "weekly"}).text
    assert "Deze site kan u niets sturen." in page
    assert 'href="https://monitor.example/2025-2027/01/volgen.atom"' in page
    with Private(settings.private_database) as private:
        assert [(sub.kind, sub.about) for sub in private.all(models.Subscription)] == [("commitment", "2025-2027/01")]
    gone = client.get("/melden?about=follow:2025-2027/99").text
    assert ("<h2>Volgen</h2>" in gone, hidden(gone, "about")) == (True, "follow:")
    assert "Wat wilt u volgen?" in client.post("/melden", data={"role": "visitor", "about": "follow:"}).text


def test_looking_changes_nothing_and_sets_no_cookie(client: TestClient, settings: Settings) -> None:
    for address in ("/melden", "/melden?lang=en", "/melden?secret=x&action=send"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    with Private(settings.private_database) as private:
        assert private.count(models.Person) == 0
    assert client.put("/melden").status_code == 405


def test_headers_keep_the_page_closed(client: TestClient) -> None:
    for answer in (client.get("/melden"), client.post("/melden", data={"role": f"lead:{TOWN}"})):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "set-cookie" not in answer.headers


def test_buttons_do_what_words_do(client: TestClient, settings: Settings) -> None:
    known = begin(client)
    page = client.post("/melden", data={**known, "action": "milestone 1.2"}).text
    page = client.post("/melden", data={**fields(page), "action": "unchanged"}).text
    assert "Zo ziet iedereen dit" in page
    page = client.post("/melden", data={**fields(page), "word": "terug"}).text
    page = client.post("/melden", data={**fields(page), "text": "niets veranderd"}).text
    client.post("/melden", data={**fields(page), "action": "send"})
    [report] = stored(settings).reports
    assert (report["unchanged"], report["state"]) == (True, "waiting")


def test_what_somebody_may_not_do_any_more_is_answered_on_the_page(client: TestClient, settings: Settings) -> None:
    known = begin(client, "coordinator")
    for action in ("invite", "invite pioneer"):
        known = fields(client.post("/melden", data={**known, "action": action}).text)
    folder = example_plan()
    plan = folder.plan.model_copy(update={"coordinator": COURT})
    with Storage(settings.database) as storage:
        sync.sync(storage, folder.model_copy(update={"plan": plan}), sync.Moment(NOW, TODAY))
    answered = client.post("/melden", data={**known, "action": f"for {TOWN}"})
    assert answered.status_code == 200
    assert "Dat kunt u nu niet doen: het hoort bij anderen, of het plan is net veranderd." in answered.text
    assert fields(answered.text) == known


def test_sending_a_page_twice_makes_one_report(client: TestClient, settings: Settings) -> None:
    known = begin(client)
    page = client.post("/melden", data={**known, "text": "1.2 niets veranderd"}).text
    for _ in range(2):
        last = client.post("/melden", data={**fields(page), "action": "send"}).text
    assert "Deze knop hoort bij een oudere vraag." in last
    assert len(stored(settings).reports) == 1


def test_what_is_typed_is_escaped(client: TestClient) -> None:
    text = "1.1 De <script>alert(1)</script> & \"lijst\" is '<b>vet</b>' gemaakt, beperkt"
    page = client.post("/melden", data={**begin(client), "text": text}).text
    page = client.post("/melden", data={**fields(page), "text": "<img src=x onerror=alert(1)> kost tijd"}).text
    Checker().feed(page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    answer = client.post("/melden", data={"text": "x" * MOST_BYTES})
    assert (answer.status_code, "te veel in één keer" in answer.text) == (413, True)


def test_a_strange_secret_or_role_begins_again(client: TestClient) -> None:
    for data in ({"secret": "geraden", "text": "1"}, {"role": "king"}, {}):
        answer = client.post("/melden", data=data)
        assert answer.status_code == 200
        assert "Wie bent u?" in answer.text


def test_the_secret_is_kept_only_as_a_hash(client: TestClient, settings: Settings) -> None:
    secret = begin(client)["secret"]
    for path in settings.data.glob("private.db*"):
        assert secret.encode() not in path.read_bytes()


def test_the_site_lends_its_look(client: TestClient, settings: Settings) -> None:
    release = settings.data / "releases" / "1"
    for folder, title in (("melden-shell", "nl"), ("en/melden-shell", "en")):
        (release / folder).mkdir(parents=True)
        shell = f"<title><!-- monitor:title --> {title}</title><main><!-- monitor:content --></main>"
        (release / folder / "index.html").write_text(shell)
    publish.Folders(settings.data).pointer.symlink_to(release.relative_to(settings.data))
    assert "<title>Melden nl</title>" in client.get("/melden").text
    assert "<title>Report en</title>" in client.get("/melden?lang=en").text


def test_live_folder_takes_an_invitation_once_and_a_key_after_that(settings: Settings, client: TestClient) -> None:
    write_folder(settings, FolderKind.LIVE, LIVE)
    with open_desk(settings) as desk:
        secret = admission.invite(desk, Identity(Role.LEAD, TOWN))
    assert "Uw uitnodiging of sleutel" in client.get("/melden").text
    assert "Wie bent u?" not in client.post("/melden", data={"role": f"lead:{TOWN}"}).text

    notice = client.post("/melden", data={"invitation": secret, "language": "nl"}).text
    assert "Ministerie verwerkt wat u hier typt" in notice
    with Private(settings.private_database) as private:
        assert private.count(models.Person) == 0
    welcome = client.post("/melden", data={"invitation": secret, "language": "nl", "action": "agree"}).text
    assert "Welkom. U meldt namens Gemeente Voorbeeldstad" in welcome
    key = hidden(welcome, "secret")

    again = client.post("/melden", data={"invitation": secret, "language": "nl", "action": "agree"})
    assert (again.status_code, "Deze code werkt niet" in again.text) == (403, True)
    assert "Welkom" in client.post("/melden", data={"invitation": key, "language": "nl"}).text


def test_every_button_belongs_to_a_form_of_its_own_page(client: TestClient) -> None:
    page = client.post("/melden", data={"role": "visitor", "language": "en"}).text
    assert len(re.findall("<form ", page)) == page.count('name="secret"')


def test_a_notice_has_a_button_that_leads_to_the_report(client: TestClient) -> None:
    court, lead = begin(client, "reviewer:rekenkamer-voorbeeld"), begin(client)
    page = client.post("/melden", data={**lead, "text": "1.2 niets veranderd"}).text
    client.post("/melden", data={**fields(page), "text": "ja"})
    page = client.post("/melden", data={"invitation": court["secret"], "language": "nl"}).text
    action = re.search(r'value="(door-review [^"]+)">Nu controleren', page)
    assert action
    page = client.post("/melden", data={**fields(page), "action": action[1]}).text
    assert "Klopt de vorm?" in page


def test_a_door_of_an_older_tab_opens(client: TestClient) -> None:
    court, lead = begin(client, "reviewer:rekenkamer-voorbeeld"), begin(client)
    page = client.post("/melden", data={**lead, "text": "1.2 niets veranderd"}).text
    client.post("/melden", data={**fields(page), "text": "ja"})
    page = client.post("/melden", data={"invitation": court["secret"], "language": "nl"}).text
    [door] = [form for form in re.findall(r"<form .*?</form>", page, re.DOTALL) if "door-review" in form]
    assert 'name="revision"' not in door
    client.post("/melden", data={**fields(page), "text": "hulp"})
    action = re.search(r'value="(door-review [^"]+)"', door)
    assert action
    page = client.post("/melden", data={"secret": court["secret"], "language": "nl", "action": action[1]}).text
    assert "Klopt de vorm?" in page


def test_a_message_counts_as_read_only_when_the_page_with_it_is_made(
    client: TestClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = begin(client)["secret"]
    with Private(settings.private_database) as private:
        [person] = private.all(models.Person)
        private.queue(person.id, Reply(text="Uw bericht is geplaatst."), key="1", revision=1, now=NOW)

    def broken(*args: object, **known: object) -> None:
        raise StorageError("locked")

    with monkeypatch.context() as failing:
        failing.setattr("bot.web_channel.converse", broken)
        answer = client.post("/melden", data={"invitation": secret, "language": "nl"})
    assert (answer.status_code, "Uw bericht is geplaatst." in answer.text) == (503, False)
    assert "Uw bericht is geplaatst." in client.post("/melden", data={"invitation": secret, "language": "nl"}).text
    assert "Uw bericht is geplaatst." not in client.post("/melden", data={"invitation": secret}).text


def test_an_invitation_works_in_a_folder_for_trying_out_and_a_wrong_code_says_so(
    client: TestClient, settings: Settings
) -> None:
    with open_desk(settings) as desk:
        secret = admission.invite(desk, Identity(Role.LEAD, TOWN))
    wrong = client.post("/melden", data={"invitation": "geraden", "language": "nl"})
    assert (wrong.status_code, "Deze code werkt niet" in wrong.text) == (403, True)
    page = client.post("/melden", data={"invitation": secret, "language": "nl"}).text
    assert "U meldt namens Gemeente Voorbeeldstad" in page
    again = client.post("/melden", data={"invitation": secret, "language": "nl"})
    assert again.status_code == 403


def test_addresses_in_an_answer_are_links_and_the_rest_is_escaped() -> None:
    form = Form("nl", replies=(Reply(text='Meer op https://a.example/?x=1&y=2. <b>"x"</b>', question="Verder?"),))
    html = str(web_forms.page(form, path="/melden"))
    assert (
        '<a href="https://a.example/?x=1&amp;y=2" rel="noreferrer">https://a.example/?x=1&amp;y=2</a>. &lt;b&gt;'
        in html
    )
