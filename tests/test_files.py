"""Photos and documents: taken by what they hold, nothing left of who made them, kept privately until accepted."""

from __future__ import annotations

import os
import stat
import zlib
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from PIL import Image

from bot.dialogue import Draft, Place, Refusal, State, Step
from bot.files import checking, cleaning, pieces, store
from bot.files.checking import Checked, check
from bot.files.cleaning import LIMIT, clean
from bot.files.pictures import LONG_SIDE
from bot.files.refusing import RefusedError
from bot.files.store import Taken
from bot.private import Private
from monitor import models, released
from monitor.models import ReportState, Role
from monitor.periods import Period
from monitor.storage import StorageError
from tests.conversation_fixtures import COURT, NOW, TODAY, TOWN
from tests.make_files import FOLDER, OWNER, files, photo

PDF = FOLDER / "plan.pdf"
OF_THE_TABLE = {"/DecodeParms", "/Filter", "/Index", "/Length", "/Type", "/W"}
PLAN_ID = "2025-2027"
WORD = OWNER.split()[1].encode()
DRAWN_NAME = "a" * 64 + ".jpg"


def cleaned(name: str) -> bytes:
    return clean((FOLDER / name).read_bytes())[1]


def test_the_files_are_those_the_script_makes_and_hold_what_it_says() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(files())
    with Image.open(FOLDER / "foto.jpg") as shown:
        assert shown.getexif()[0x013B] == OWNER
    with pikepdf.open(PDF) as pdf:
        assert pdf.docinfo["/Author"] == OWNER
        assert len(pdf.attachments) == 1
    assert PDF.read_bytes().count(b"%%EOF") == 2
    assert (FOLDER / "bom.png").stat().st_size < 1_000_000


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("foto.jpg", "jpg"),
        ("schermafbeelding.png", "png"),
        ("plaatje.webp", "jpg"),
        ("plan.pdf", "pdf"),
        ("plan-met-verkeerde-naam.jpg", "pdf"),
    ],
)
def test_a_file_is_taken_for_what_it_holds_and_names_nobody(name: str, kind: str) -> None:
    data = (FOLDER / name).read_bytes()
    taken = check(data)
    assert isinstance(taken, Checked)
    assert released.NAME.fullmatch(taken.name)
    assert taken.name.endswith(f".{kind}")
    assert WORD not in taken.data
    assert WORD in data or name == "schermafbeelding.png"
    assert check(data) == taken


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("op-slot.pdf", Refusal.LOCKED),
        ("alleen-lezen.pdf", Refusal.LOCKED),
        ("plan.docx", Refusal.OFFICE),
        ("afgebroken.jpg", Refusal.BROKEN),
        ("bom.png", Refusal.LARGE),
        ("leeg.pdf", Refusal.EMPTY),
        ("foto.heic", Refusal.KIND),
    ],
)
def test_another_file_is_refused_with_its_reason(name: str, reason: Refusal) -> None:
    assert check((FOLDER / name).read_bytes()) is reason


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x" * (LIMIT + 1), Refusal.LARGE),
        (b"{\\rtf1 Gemeente", Refusal.OFFICE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 oud", Refusal.OFFICE),
        (b"PK\x03\x04....mimetypeapplication/vnd.oasis.opendocument.text", Refusal.OFFICE),
        (b"PK\x03\x04 zomaar", Refusal.KIND),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", Refusal.KIND),
        (b"<html>%PDF-1.7</html>", Refusal.BROKEN),
        (PDF.read_bytes()[:3000], Refusal.BROKEN),
        (b"%PDF-1.7\ntrailer <</Root <</Type/Catalog/Pages<</Type/Pages/Kids[]/Count 0>>>>>>", Refusal.BROKEN),
    ],
)
def test_what_is_made_to_look_like_a_file_is_refused(data: bytes, reason: Refusal) -> None:
    outcome = check(data)
    assert outcome is reason


def test_nothing_of_camera_place_and_owner_is_left_of_a_photo() -> None:
    with Image.open(BytesIO(cleaned("foto.jpg"))) as shown:
        assert (dict(shown.getexif()), sorted(shown.info)) == ({}, ["jfif", "jfif_density", "jfif_unit", "jfif_version",
                                                                  "progression", "progressive"])  # fmt: skip
        assert shown.size == (200, 320), "upright, as the camera was held"
    with Image.open(BytesIO(cleaned("schermafbeelding.png"))) as shown:
        assert (shown.info, shown.size) == ({}, (320, 200))
        assert shown.convert("RGB").getpixel((10, 190)) == (0x3F, 0x6B, 0x3F)


def test_a_large_photo_becomes_as_long_as_a_screen_shows() -> None:
    with Image.open(BytesIO(clean(photo((5200, 2600)))[1])) as shown:
        assert shown.size == (LONG_SIDE // 2, LONG_SIDE)


def test_colours_of_another_profile_become_those_of_every_screen() -> None:
    from PIL import ImageCms  # noqa: PLC0415

    target = BytesIO()
    Image.new("RGB", (9, 9), "#804020").save(
        target, "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    )
    with Image.open(BytesIO(clean(target.getvalue())[1])) as shown:
        assert "icc_profile" not in shown.info
        assert shown.convert("RGB").getpixel((4, 4)) == (0x80, 0x40, 0x20)


def test_what_was_see_through_stays_so() -> None:
    target = BytesIO()
    Image.new("RGBA", (9, 9), (10, 20, 30, 40)).save(target, "WEBP", lossless=True)
    kind, data = clean(target.getvalue())
    with Image.open(BytesIO(data)) as shown:
        assert (kind, shown.mode, shown.getpixel((4, 4))) == ("png", "RGBA", (10, 20, 30, 40))


def test_nothing_that_hides_behind_the_pages_is_left_of_a_document() -> None:
    data = cleaned("plan.pdf")
    assert data.count(b"%%EOF") == 1
    with pikepdf.open(BytesIO(data)) as pdf:
        assert set(pdf.trailer.keys()) - OF_THE_TABLE == {"/ID", "/Root", "/Size"}
        assert sorted(pdf.Root.keys()) == ["/Pages", "/StructTreeRoot", "/Type"]
        assert len(pdf.attachments) == 0
        [page] = pdf.pages
        assert sorted(page.obj.keys()) == ["/Annots", "/Contents", "/MediaBox", "/Parent", "/Resources", "/Type"]
        assert [sorted(link.keys()) for link in page.obj.Annots] == [["/A", "/Rect", "/Subtype"], ["/Rect", "/Subtype"]]
        assert (
            pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://voorbeeldstad.example/plan"))
            == page.obj.Annots[0].A
        )
        inside = [_readable(held) for held in pdf.objects]
    assert [text for text in inside if WORD in text or b"JavaScript" in text or b"Exif" in text] == []
    drawn = b"".join(inside)
    assert b"Het vastgestelde plan" in drawn
    assert b"(Voorstel)" in drawn, "a remark that was to be seen stays to be seen"
    assert b"Vastgesteld" in drawn, "what was filled in stays to be seen"


def _readable(held: pikepdf.Object) -> bytes:
    if isinstance(held, pikepdf.Stream):
        is_photo = held.get("/Filter") == pikepdf.Name.DCTDecode
        return held.unparse(resolved=True) + (held.read_raw_bytes() if is_photo else held.read_bytes())
    return held.unparse(resolved=True)


@pytest.mark.parametrize("name", ["/Photo", "/Twice"])
def test_a_photo_within_a_document_is_drawn_the_same(name: str) -> None:
    seen = []
    for data in (PDF.read_bytes(), cleaned("plan.pdf")):
        with pikepdf.open(BytesIO(data)) as pdf:
            raw = pdf.pages[0].Resources.XObject[name].read_raw_bytes()
        with Image.open(BytesIO(raw if raw.startswith(b"\xff\xd8") else zlib.decompress(raw))) as shown:
            seen.append((shown.getpixel((10, 190)), len(dict(shown.getexif())) > 0))
    assert seen[0][0] == seen[1][0]
    assert [has_exif for _, has_exif in seen] == [True, False]


def test_a_photo_with_something_hung_behind_it_loses_that() -> None:
    bare = pieces.bare_jpeg(photo())
    assert WORD not in bare
    assert pieces.bare_jpeg(photo() + photo()) == bare
    assert pieces.bare_jpeg(bare) == bare
    with Image.open(BytesIO(bare)) as shown:
        shown.load()


def test_a_jpeg_2000_loses_the_boxes_that_tell() -> None:
    def box(kind: bytes, data: bytes) -> bytes:
        return (len(data) + 8).to_bytes(4, "big") + kind + data

    kept = box(b"jP  ", b"\r\n\x87\n") + box(b"jp2h", b"head") + b"\0\0\0\0jp2c drawn"
    told = box(b"jP  ", b"\r\n\x87\n") + box(b"uuid", b"x" * 16 + WORD) + kept[12:]
    assert pieces.bare_jpeg2000(told) == pieces.bare_jpeg2000(kept) == kept
    assert pieces.bare_jpeg2000(b"\xff\x4f\xff\x51") == b"\xff\x4f\xff\x51"


FEW = bounds(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STARTS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"%PDF-1.7\n", b"PK\x03\x04"]


@FEW
@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_any_bytes_are_taken_or_refused(start: bytes, rest: bytes) -> None:
    try:
        kind, _ = clean(start + rest)
    except RefusedError as refused:
        kind = refused.reason
    assert kind in {*Refusal, *released.TYPES}


@FEW
@given(st.sampled_from(["foto.jpg", "plan.pdf", "schermafbeelding.png", "plaatje.webp"]), st.data())
def test_a_damaged_file_is_taken_or_refused_and_names_nobody(name: str, data: st.DataObject) -> None:
    body = bytearray((FOLDER / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        _, done = clean(bytes(body))
    except RefusedError as refused:
        done = Refusal(refused.reason).encode()
    assert name == "plan.pdf" or WORD not in done


def test_a_file_that_takes_too_much_is_refused_and_the_program_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "import sys; sys.stdin.buffer.read()\nwhile True: pass"
    monkeypatch.setattr(checking, "COMMAND", (checking.COMMAND[0], "-c", endless))
    monkeypatch.setattr(checking, "WAIT_SECONDS", 0.3)
    assert check(b"x") is Refusal.BROKEN
    monkeypatch.setattr(checking, "COMMAND", (checking.COMMAND[0], "-c", "import os; os.abort()"))
    assert check(b"x") is Refusal.BROKEN


def test_where_no_file_can_be_checked_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checking, "COMMAND", (checking.COMMAND[0], "-c", "raise SystemExit(1)"))
    with pytest.raises(checking.CheckError, match="cannot check files: run 'make setup' again"):
        check(b"x")
    monkeypatch.setattr(checking, "COMMAND", (str(tmp_path / "nothing"),))
    with pytest.raises(checking.CheckError, match="cannot be started"):
        check(b"x")


def test_the_process_that_reads_files_has_bounds() -> None:
    asked = (
        "import resource; from bot.files import cleaning; cleaning._bound(); "
        "print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0])"
    )
    done = checking.subprocess.run(
        [checking.COMMAND[0], "-c", asked], capture_output=True, check=True, cwd=checking.HOME
    )
    assert done.stdout.split() == [b"%d" % cleaning.MOST_MEMORY, b"%d" % cleaning.MOST_SECONDS]


def test_a_file_is_kept_once_and_for_its_owner_only(tmp_path: Path) -> None:
    data = (FOLDER / "foto.jpg").read_bytes()
    first = store.take(tmp_path, data)
    assert first.file
    assert store.take(tmp_path, data) == first
    [path] = (tmp_path / store.FOLDER).iterdir()
    assert (path.name, stat.S_IMODE(path.stat().st_mode)) == (first.file, 0o600)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert store.path_of(tmp_path, first.file) == path


def test_a_refused_file_is_not_kept(tmp_path: Path) -> None:
    assert store.take(tmp_path, b"niets") == Taken(refused=Refusal.KIND)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_kept_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / store.FOLDER).write_text("a file where a folder should be")
    with pytest.raises(StorageError, match=r"cannot be kept \(.*\): free space, or make the folder writable$"):
        store.keep(tmp_path, Checked(DRAWN_NAME, b"x"))


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        store.keep(tmp_path, Checked(DRAWN_NAME, b"x"))
    assert list((tmp_path / store.FOLDER).iterdir()) == []


@pytest.mark.parametrize("name", ["../private.db", "foto.jpg", "", "a" * 64 + ".html", "A" * 64 + ".jpg", "x/../y"])
def test_only_the_name_of_a_file_finds_one(name: str, tmp_path: Path) -> None:
    (tmp_path / store.FOLDER).mkdir()
    (tmp_path / "private.db").touch()
    assert store.find(tmp_path, name) is None


def report(person: str, name: str, **known: object) -> models.Report:
    facts: dict[str, object] = {
        "id": "2025-2027/01/0123456789ab",
        "plan": "2025-2027",
        "person": person,
        "organisation": TOWN,
        "commitment": "2025-2027/01",
        "text": "De raad stelde het plan vast.",
        "language": "nl",
        "evidence_file": name,
        "evidence_title": "Het vastgestelde plan",
        "speaks_of": Period.day(TODAY),
        "created_at": NOW,
    }
    return models.Report.model_validate(facts | known)


def drafting(name: str) -> State:
    return State(place=Place(step=Step.READBACK, draft=Draft(key="k", file=name)), language="nl", revision=1)


def test_files_that_nobody_needs_go_after_a_day(tmp_path: Path) -> None:
    names = {letter: f"{letter * 64}.pdf" for letter in "abcdef"}
    for name in names.values():
        store.keep(tmp_path, Checked(name, b"x"))
        os.utime(tmp_path / store.FOLDER / name, (NOW.timestamp(), NOW.timestamp()))
    with Private(tmp_path / "private.db") as private:
        person = private.welcome("web", "x", now=NOW, role=Role.LEAD, organisation=TOWN)
        private.keep_state(person.id, drafting(names["a"]), over=0, now=NOW)
        for letter, state in zip("bcde", ("waiting", "returned", "declined", "withdrawn"), strict=True):
            private.add(report(person.id, names[letter], id=letter, state=state))
        assert store.forget_unused(private, tmp_path, NOW + timedelta(hours=23)) == 0
        store.keep(tmp_path, Checked(names["f"], b"x"))  # sent again, just now by the clock of the disk
        os.utime(tmp_path / store.FOLDER / names["f"], ((NOW + timedelta(hours=20)).timestamp(),) * 2)
        assert store.forget_unused(private, tmp_path, NOW + timedelta(hours=25)) == 2
        left = {path.name for path in (tmp_path / store.FOLDER).iterdir()}
        assert left == {names[letter] for letter in "abcf"}
        assert store.forget_unused(private, tmp_path / "nothing", NOW) == 0


def test_a_waiting_file_is_opened_by_its_own_people_and_by_who_reviews_it(tmp_path: Path) -> None:
    with Private(tmp_path / "private.db") as private:
        people = {
            name: private.welcome("web", name, now=NOW, role=role, organisation=organisation)
            for name, role, organisation in (
                ("reporter", Role.LEAD, TOWN),
                ("colleague", Role.LEAD, TOWN),
                ("reviewer", Role.REVIEWER, COURT),
                ("other", Role.LEAD, COURT),
                ("visitor", Role.VISITOR, None),
            )
        }
        given = report(people["reporter"].id, DRAWN_NAME)
        private.add(given)

        def able(name: str, *, reviews: bool = False) -> bool:
            return store.may_open(private, PLAN_ID, people[name], DRAWN_NAME, reviews=reviews)

        assert [name for name in people if able(name, reviews=name == "reviewer")] == [
            "reporter",
            "colleague",
            "reviewer",
        ]
        private.put(given.model_copy(update={"state": ReportState.DECLINED}))
        assert [name for name in people if able(name, reviews=name == "reviewer")] == ["reporter", "colleague"]
        private.put(given.model_copy(update={"organisation": None}))
        assert [name for name in people if able(name)] == ["reporter"], "strangers share no organisation"
        private.keep_state(people["other"].id, drafting("b" * 64 + ".pdf"), over=0, now=NOW)
        assert not able("other")
        assert store.may_open(private, PLAN_ID, people["other"], "b" * 64 + ".pdf", reviews=False), (
            "a draft of one's own"
        )


def test_a_file_that_finds_no_place_is_refused_for_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "PLACE_SECONDS", 0.01)
    for _ in range(checking.AT_ONCE):
        assert checking._places.acquire(timeout=1)
    try:
        with pytest.raises(checking.CheckError, match="is busy with other files: send the file again in a minute"):
            check(b"x")
    finally:
        for _ in range(checking.AT_ONCE):
            checking._places.release()
    assert check(b"x") is Refusal.KIND
