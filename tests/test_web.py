from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from monitor import catalogue, migrations, publish, releases, web
from monitor.settings import Settings
from monitor.storage import Storage
from tests.conftest import NOW
from tests.test_storage import an_update


def release(settings: Settings, name: str, **pages: str) -> Path:
    folder = settings.data / "releases" / name
    for path, text in {"index.html": "<h1>Plan</h1>", "404.html": "<h1>Niet gevonden</h1>", **pages}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    fresh = settings.data / "site.next"
    fresh.symlink_to(folder.relative_to(settings.data))
    fresh.replace(settings.data / "site")
    return folder


@pytest.fixture
def client(settings: Settings, synced: Storage) -> Iterator[TestClient]:
    """Give a client of the whole app, with one release of the site."""
    release(settings, "1", **{"en/index.html": "<h1>Plan en</h1>", "en/404.html": "<h1>Not found</h1>"})
    with TestClient(web.make_app(settings, []), base_url="http://127.0.0.1", follow_redirects=False) as opened:
        yield opened


def test_site_is_served_with_a_strict_policy(client: TestClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.text) == (200, "<h1>Plan</h1>")
    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_script_that_stands_in_a_page_gets_no_leave_to_run(client: TestClient, settings: Settings) -> None:
    released(settings, **{"index.html": "<script>alert(1)</script>"})
    [told] = [part for part in client.get("/").headers["content-security-policy"].split("; ") if "script-src" in part]
    assert told == "script-src 'self'"


def test_folder_without_a_slash_is_sent_on(client: TestClient) -> None:
    answer = client.get("/en")
    assert (answer.status_code, answer.headers["location"]) == (308, "/en/")


@pytest.mark.parametrize(("path", "text"), [("/weg/", "<h1>Niet gevonden</h1>"), ("/en/gone/", "<h1>Not found</h1>")])
def test_missing_page_answers_in_its_language(client: TestClient, path: str, text: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (404, text)


@pytest.mark.parametrize(
    "path",
    [
        "/../monitor.db",
        "/%2e%2e/%2e%2e/monitor.db",
        "/en/%2e%2e/%2e%2e/%2e%2e/private.db",
        "/%00",
        f"/{'a' * 300}",
        f"/{'a/' * 3000}",
    ],
)
def test_nothing_outside_the_release_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_hidden_files_are_not_served(client: TestClient, settings: Settings) -> None:
    (settings.data / "releases" / "1" / ".hidden.json").write_text("[]", "utf-8")
    assert client.get("/.hidden.json").status_code == 404


def test_asset_of_the_release_before_is_still_found(client: TestClient, settings: Settings) -> None:
    (settings.data / "releases" / "1" / "assets").mkdir()
    (settings.data / "releases" / "1" / "assets" / "old.css").write_text("a{}", "utf-8")
    release(settings, "2")
    assert client.get("/assets/old.css").text == "a{}"
    assert client.get("/en/").status_code == 404


def test_no_request_fails_while_releases_are_swapped(client: TestClient, settings: Settings) -> None:
    statuses = set()
    for number in range(2, 30):
        release(settings, str(number), **{"en/index.html": str(number)})
        statuses |= {client.get(path).status_code for path in ("/", "/en/")}
    assert statuses == {200}


def released(settings: Settings, **pages: str) -> Path:
    """Make a release as publications do: with compressed copies beside the files."""
    built = settings.data / "build" / "x"
    for path, text in {"index.html": "<h1>Plan</h1>", "404.html": "<h1>Weg</h1>", **pages}.items():
        (built / path).parent.mkdir(parents=True, exist_ok=True)
        (built / path).write_text(text, "utf-8")
    name = str(10 + len(list((settings.data / "releases").iterdir())))
    return releases.release(releases.Folders(settings.data), built, name)


@pytest.mark.parametrize(
    ("takes", "encoding"),
    [("gzip, deflate, br", "gzip"), ("br;q=1, GZIP;q=0.5", "gzip"), ("br", None), ("gzip;q=0", None), ("", None)],
)
def test_page_is_compressed_where_the_browser_takes_it(
    client: TestClient, settings: Settings, takes: str, encoding: str | None
) -> None:
    released(settings, **{"index.html": "<h1>Plan</h1>" * 100})
    answer = client.get("/", headers={"accept-encoding": takes})
    assert (answer.headers.get("content-encoding"), answer.headers["vary"]) == (encoding, "accept-encoding")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == "<h1>Plan</h1>" * 100
    assert (int(answer.headers["content-length"]) < 100) == (encoding == "gzip")


def test_a_page_that_did_not_change_is_not_sent_again_not_even_by_the_next_release(
    client: TestClient, settings: Settings
) -> None:
    released(settings, **{"en/index.html": "one"})
    tags = {path: client.get(path).headers["etag"] for path in ("/", "/en/")}
    released(settings, **{"en/index.html": "two"})
    same = client.get("/", headers={"if-none-match": f'"x", W/{tags["/"]}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tags["/"])
    assert same.headers["cache-control"] == "no-cache"
    assert client.get("/en/", headers={"if-none-match": tags["/en/"]}).text == "two"
    plain = client.get("/", headers={"accept-encoding": "identity", "if-none-match": tags["/"]})
    assert (plain.status_code, plain.text) == (200, "<h1>Plan</h1>")


def test_missing_page_is_never_not_modified(client: TestClient, settings: Settings) -> None:
    released(settings)
    home = client.get("/")
    assert client.get("/weg/", headers={"if-none-match": home.headers["etag"]}).status_code == 404


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/", "no-cache"),
        ("/assets/a.css?v=1", "max-age=31536000, immutable"),
        ("/assets/a.css", "max-age=300"),
        ("/assets/a.woff2", "max-age=2592000"),
        ("/?v=1", "no-cache"),
    ],
)
def test_browsers_keep_files_for_as_long_as_they_may(
    client: TestClient, settings: Settings, path: str, caching: str
) -> None:
    released(settings, **{"assets/a.css": "a{}", "assets/a.woff2": "a"})
    assert client.get(path).headers["cache-control"] == caching


def test_compressed_copies_have_no_address(client: TestClient, settings: Settings) -> None:
    assert (released(settings) / "index.html.gz").is_file()
    assert client.get("/index.html.gz").status_code == 404


def test_data_are_compressed_too(client: TestClient) -> None:
    answer = client.get("/data/monitor/commitments")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_before_the_first_release_the_site_says_so(settings: Settings, synced: Storage) -> None:
    with TestClient(web.make_app(settings, [])) as client:
        answer = client.get("/")
    assert (answer.status_code, "first time" in answer.text) == (503, True)


def test_datasette_answers_below_data(client: TestClient) -> None:
    assert client.get("/data").headers["location"] == "/data/"
    page = client.get("/data/monitor/commitments")
    assert page.status_code == 200
    assert "Commitments · actiepunten" in page.text
    assert "/data/data" not in page.text
    rows = client.get("/data/monitor/commitments.json?_shape=array&_size=max").json()
    assert [row["number"] for row in rows] == list(range(1, 12))


@pytest.mark.parametrize("page", ["databases", "databases.json", "%64atabases.json", "threads", "threads.json"])
def test_datasette_tells_nothing_of_the_machine(client: TestClient, page: str) -> None:
    assert client.get(f"/data/-/{page}").status_code == 404
    assert client.get("/data/-/metadata.json").status_code == 200


def test_database_cannot_be_written_through_datasette(client: TestClient) -> None:
    answer = client.get("/data/monitor.json", params={"sql": "DELETE FROM plans"})
    assert (answer.status_code, answer.json()["error"]) == (400, "Statement must be a SELECT")
    assert client.post("/data/monitor", data={"sql": "DELETE FROM plans"}).status_code in (403, 405)


def test_sql_is_bounded_in_rows(client: TestClient) -> None:
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) SELECT i FROM n"
    answer = client.get("/data/monitor.json", params={"sql": sql, "_shape": "array"})
    assert len(answer.json()) == web.ROWS_AT_MOST


def test_every_table_is_titled_and_described() -> None:
    assert set(catalogue.TABLES) == set(migrations.SYNCED | migrations.RECORDED | migrations.ADDED)


def ask(client: TestClient, question: str, **values: str) -> list[dict[str, object]]:
    answer = client.get(f"/data/monitor/{question}.json", params={"_shape": "array", **values})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


@pytest.mark.parametrize("question", catalogue.QUESTIONS)
def test_ready_question_answers_without_values(client: TestClient, question: str) -> None:
    ask(client, question)
    assert client.get(f"/data/monitor/{question}").status_code == 200


def test_state_on_a_day_knows_what_was_public_then(client: TestClient) -> None:
    def complete(day: str) -> list[object]:
        rows = ask(client, "state_on_a_day", plan="2018-2020", day=day)
        return [row["number"] for row in rows if row["completion"] == "complete"]

    assert (complete("2018-01-01"), complete("2026-11-23")) == ([], ["9.1"])


def test_overdue_has_ground(client: TestClient, synced: Storage) -> None:
    def late(day: str) -> dict[object, object]:
        return {row["number"]: row["days_late"] for row in ask(client, "overdue", plan="2018-2020", day=day)}

    assert late("2019-03-21") == {}
    synced.db.conn.execute("UPDATE plans SET monitored_from = '2018-07-01'")
    assert late("2019-03-21")["1.4"] == 2
    assert "5.2" not in late("2020-08-31")
    assert late("2026-11-23") == {}


def test_freshness_knows_only_what_lies_in_one_quarter(client: TestClient, synced: Storage) -> None:
    synced.add(an_update(id="lang", commitment="2018-2020/06", speaks_of="2019"))
    synced.add(an_update(id="kort", commitment="2018-2020/06", speaks_of="2019-02"))
    rows = [row for row in ask(client, "freshness") if row["commitment"] == "2018-2020/06"]
    assert [(row["quarter"], row["freshness"], row["updates"]) for row in rows] == [("2019-Q1", "updated", 1)]


def test_claims_without_evidence(client: TestClient, synced: Storage) -> None:
    synced.add(an_update(id="zonder", completion="limited"))
    assert [row["id"] for row in ask(client, "claims_without_evidence")] == ["zonder"]


def test_changes_tell_the_adoption(client: TestClient) -> None:
    kinds = {row["kind"] for row in ask(client, "changes_between", day="2026-11-23")}
    assert "adoption" in kinds
    assert "promise" not in kinds


def test_health_is_told_with_reasons(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["publication: nothing was published yet"])


def test_health_is_well_after_a_publication(client: TestClient, settings: Settings) -> None:
    told = {"at": NOW.isoformat(), "release": "1", "fingerprint": "x", "error": ""}
    (settings.data / publish.PUBLISHED).write_text(json.dumps(told), "utf-8")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["ok"], answer.json()["plans"]) == (200, True, ["2018-2020"])


class Failing:
    """An extension that fails whenever it can."""

    def jobs(self, settings: Settings) -> list[object]:
        return []

    def routes(self, settings: Settings) -> list[object]:
        return []

    async def start(self, settings: Settings, say: object) -> None:
        raise RuntimeError("geen verbinding")

    async def stop(self) -> None:
        raise RuntimeError("nog steeds niet")

    def health(self, settings: Settings) -> dict[str, object]:
        return {"problems": ["geen verbinding"]}


def test_failing_extension_leaves_the_rest_working_and_shows_in_health(settings: Settings, synced: Storage) -> None:
    release(settings, "1")
    said: list[str] = []
    with TestClient(web.make_app(settings, [Failing()], say=said.append)) as opened:
        assert opened.get("/").status_code == 200
        assert "geen verbinding" in opened.get("/healthz").json()["notes"]
    assert said == [
        "An extension failed, the rest goes on: geen verbinding",
        "An extension failed, the rest goes on: nog steeds niet",
    ]


def test_no_value_of_an_answer_grows_past_its_bound(client: TestClient) -> None:
    asked = {"sql": "select randomblob(100000000) as much", "_shape": "array"}
    answer = client.get("/data/monitor.json", params=asked)
    assert answer.status_code == 400
    assert "too big" in answer.text
