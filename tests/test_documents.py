"""Documents of strangers: which character sets they are read in, and that no page takes long to be made harmless."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitor import documents, markup

HEADING = {"nl": "Kopie"}
TABLE = '<table><tbody><tr><td colspan="2">a</td><td>b</td></tr><tr><th>c</th></tr></tbody></table>'
SECONDS = 5.0


def body_of(text: str) -> str:
    """Give what stands below the heading of a harmless page."""
    page = documents.harmless(text, "https://a.example/map/", heading=HEADING).decode()
    return page.partition("<hr>\n")[2].removesuffix("\n</body>\n</html>\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p class=x>Een <b id=a>twee</b></p>", "<p>Een <b>twee</b></p>"),
        ("<p>een<p>twee", "<p>een</p><p>twee</p>"),
        ("<ul><li>een<li>twee<ul><li>drie</ul></ul>", "<ul><li>een</li><li>twee<ul><li>drie</li></ul></li></ul>"),
        ("<b><i>een</b>twee</i>", "<b><i>een</i></b>twee"),
        ("<a title='a>b' HREF=c&amp;d>x</a>", '<a href="https://a.example/map/c&amp;d" rel="REL">x</a>'),
        ("<a href='/&quot;x'>x</a>", '<a href="https://a.example/&quot;x" rel="REL">x</a>'),
        ('<a href=javascript:x()>x</a>', '<a rel="REL">x</a>'),
        ('<a href="mailto:a@b.nl">y</a>', '<a href="mailto:a@b.nl" rel="REL">y</a>'),
        ("<table><tr><td colspan=2 class=x>a<td>b<tr><th>c</table>", TABLE),
        ("<ol start=3 type=a><li>x</ol>", '<ol start="3"><li>x</li></ol>'),
        ("<!-- <p>weg</p> --><?x?><!doctype html>een<script>if (a<b) '<p>'</script>twee<style>p{}</style>", "eentwee"),
        ("<title>weg</title><noscript><p>weg</noscript>een<script>zonder einde <p>x", "een"),
        ("een<!-- zonder einde <p>x", "een"),
        ("1 < 2 &lt; 3 & 4 <3 </ <", "1 &lt; 2 &lt; 3 &amp; 4 &lt;3 &lt;/ &lt;"),
        ("<div a\"b>x</div><div a='b>y</div>", "<div>x</div><div>y</div>"),
        ("<img src=x onerror=y()><form action=x><input>een</form>", "een"),
        ("</p></div>een</b>", "een"),
    ],
)  # fmt: skip
def test_a_page_is_written_again_with_its_words_and_links(text: str, expected: str) -> None:
    assert body_of(text) == expected.replace("REL", "noopener noreferrer nofollow")


def test_words_beyond_the_bounds_of_depth_and_tags_stay() -> None:
    deep = markup.bounded("<div>een" * 150 + "</div>" * 150, {"div"})
    assert (deep.count("<div>"), deep.count("</div>"), deep.count("een")) == (markup.DEPTH, markup.DEPTH, 150)
    many = markup.bounded("<p>een</p>" * (markup.TAGS + 10), {"p"})
    assert (many.count("<p>"), many.count("</p>"), many.count("een")) == (markup.TAGS, markup.TAGS, markup.TAGS + 10)


def test_a_page_that_is_too_long_says_that_it_is_cut() -> None:
    assert markup.words("x" * markup.LONGEST) == "x" * markup.LONGEST
    assert markup.words("x" * (markup.LONGEST + 1)) == "x" * markup.LONGEST + " …"
    assert documents.words_of("a" * markup.LONGEST + "b").endswith("aa …")


LONG = {
    "deep": "<div>" * 100_000,
    "deep and closed in attributes": '<div title="</div>">' * 50_000,
    "deep and closed in comments": "<div><!--</div>-->" * 100_000,
    "left open": "<p>" + "".join(f"<b title=a{n}>" for n in range(20_000)) + "</p>" + "<p>x" * 50_000,
    "left open with links": "<p>" + "".join(f"<b href=a{n}>" for n in range(20_000)) + "</p>" + "<p>x" * 50_000,
    "left open in blocks": "".join(f"<{name}>" * 3 for name in ("p", "b", "i", "u", "code", "em"))
    + "<div>x<p>" * 50_000,
    "in a table": "<table>" + "x<b>" * 100_000,
    "quotes": "<a \"' " * 300_000,
    "spaces": "<a " + " " * 2_000_000,
    "attributes": "<a " + "href = " * 300_000 + ">",
    "comments": "<!--" * 500_000,
    "scripts": "<script>" * 300_000,
    "ends": "</div>" * 300_000,
    "starts": "<" * 500_000,
    "tags": "<p>" * 300_000,
}


@pytest.mark.parametrize("shape", LONG)
def test_no_page_takes_long(shape: str) -> None:
    started = time.process_time()
    documents.harmless(LONG[shape], "https://a.example/", heading=HEADING)
    documents.words_of(LONG[shape])
    assert time.process_time() - started < SECONDS


@hypothesis_settings(deadline=None)
@given(st.text(alphabet="<>/!-abipdivscript=\"' &;", max_size=80))
def test_whatever_is_written_again_is_well_nested(text: str) -> None:
    once = markup.bounded(text, documents.TAGS, documents.DROPPED)
    assert markup.bounded(once, documents.TAGS, documents.DROPPED) == once


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("utf-8", "é".encode(), "é"),
        ("ISO-8859-15", "€".encode("iso-8859-15"), "€"),
        ("windows-1252", "€".encode("cp1252"), "€"),
        ("utf-16", "é".encode("utf-16"), "é"),
        ("shift_jis", "日".encode("shift_jis"), "日"),
        ("hex", b"6162", "6162"),
        ("punycode", b"a-b", "a-b"),
        ("idna", b"xn--a", "xn--a"),
        ("unicode_escape", rb"\x41", r"\x41"),
        ("utf-7", b"+AEE-", "+AEE-"),
        ("undefined", b"x", "x"),
    ],
)
def test_only_character_sets_of_pages_are_obeyed(charset: str, body: bytes, text: str) -> None:
    assert documents.text_of(f"text/html; charset={charset}", body) == text


def test_a_title_in_a_character_set_that_takes_for_ever_is_read_at_once() -> None:
    body = b"<title>Besluit</title>-" + b"a" * 250_000
    assert documents.title_of("text/html; charset=punycode", body) == "Besluit"
