"""What is meant by a free sentence: numbers, title words, completion, links and days, in Dutch and English. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from bot.messages import spoken
from monitor.lint import privacy
from monitor.models import Completion, ReportKind

PERCENTAGE = re.compile(r"(?<!\d)\d{1,2}(?:[.,]\d+)? ?(?:%|procent|percent)", re.IGNORECASE)
NUMBER = re.compile(r"(?<![\w.,:/-])(\d{1,2}\.\d{1,2})(?![\w/-]|[.,]\d)")
ISO_DAY = re.compile(r"(?<![\w-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\w-])")
SHORT_DAY = re.compile(r"(?<![\w-])(\d{1,2})[-/](\d{1,2})[-/](\d{4})(?![\w-])")
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
PLURAL = re.compile(r"(?<=\w{3})(?:en|es|'s|s|n|e)$")
SHORTEST_WORD = 4
ENOUGH_WORDS = 3
COMPLETIONS = (Completion.NOT_STARTED, Completion.SUBSTANTIAL, Completion.LIMITED, Completion.COMPLETE)


@dataclass(frozen=True)
class Heard:
    """What a sentence holds; ``text`` is what may stand in public, empty where there is too little."""

    milestone: str | None = None
    commitment: int | None = None
    completion: Completion | None = None
    unchanged: bool = False
    obstacle: str | None = None
    link: str | None = None
    day: date | None = None
    text: str = ""

    @property
    def is_report(self) -> bool:
        """Tell whether a sentence tells of progress, whatever it is about."""
        return self.completion is not None or self.obstacle is not None or self.unchanged


def hear(sentence: str, *, today: date, titles: Mapping[str, str]) -> Heard:
    """Understand a sentence; ``titles`` gives the title of each milestone number that may be meant."""
    link = find_link(sentence)
    bare = without_link(sentence)
    milestone = next((number for number in NUMBER.findall(bare) if number in titles), None)
    commitment = _numbered(bare, spoken("commitment"))
    milestone = milestone or _spoken_milestone(bare, titles) or (None if commitment else by_title(bare, titles))
    text = _public_text(bare, milestone, linked=link is not None, least=ENOUGH_WORDS)
    unchanged = says_unchanged(bare) and not says_more(bare)
    return Heard(
        milestone=milestone,
        commitment=commitment,
        completion=None if unchanged else find_completion(bare),
        unchanged=unchanged,
        obstacle=_obstacle(bare),
        link=link,
        day=find_day(bare, today),
        text="" if unchanged else text,
    )


def milestone_hint(sentence: str, titles: Mapping[str, str]) -> str:
    """Give the number that "milestone 3" names where several commitments have one, else an empty text."""
    number = _numbered(privacy.LINK.sub(" ", sentence), spoken("milestone"))
    return str(number) if number and any(known.endswith(f".{number}") for known in titles) else ""


def listed_milestones(sentence: str) -> list[str]:
    """Give the numbers that a sentence names in one breath, as "1.1, 1.2 and 2.1" does."""
    bare = privacy.LINK.sub(" ", sentence)
    number, joint = NUMBER.pattern, "|".join(re.escape(word) for word in spoken("and"))
    run = re.search(
        rf"{number}(?:\s*(?:,|&|\+|(?<!\w)(?:{joint})(?!\w))\s*)+{number}.*", bare, re.IGNORECASE | re.DOTALL
    )
    return list(dict.fromkeys(NUMBER.findall(run[0]))) if run else []


def sentences(text: str) -> list[str]:
    """Split a text into its sentences."""
    return [part for part in re.split(r"(?<=[.!?])\s+(?=[^\W\d_a-z]|\d)", text.strip()) if part]


def find_link(sentence: str) -> str | None:
    """Give the first web address of a sentence, without the punctuation after it; whole where only www was typed."""
    match = privacy.LINK.search(sentence)
    if match is None:
        return None
    link = match[0].rstrip(".,;:!?)]}'’")
    return f"https://{link}" if link.lower().startswith("www.") else link


def without_link(sentence: str) -> str:
    """Leave web addresses out of a sentence, with the "see" before each."""
    words = "|".join(re.escape(word) for word in spoken("see"))
    bare = re.sub(rf"[\s,;:(]*(?<!\w)(?:{words})\s*:?\s*{privacy.LINK.pattern}\)?", ". ", sentence, flags=re.IGNORECASE)
    return re.sub(r"\s*\.(?:\s*\.)+", ".", re.sub(r"\s+\.", ".", privacy.LINK.sub(" ", bare)))


def is_whole_address(link: str) -> bool:
    """Tell whether a link has a scheme and a full host name."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and re.fullmatch(r"(?:[\w-]+\.)+[^\W\d][\w-]*", host) is not None


def is_public_address(link: str) -> bool:
    """Tell whether a link holds no password and no internal host."""
    parts = urlsplit(link)
    host = (parts.hostname or "").lower()
    return "@" not in parts.netloc and not host.endswith((".local", ".internal", ".intranet", ".lan", ".localhost"))


def find_completion(sentence: str) -> Completion | None:
    """Give the completion that a sentence names; "not done" names none."""
    text = _plain(sentence)
    if _position(text, spoken("not-started")) is not None:
        return Completion.NOT_STARTED
    for completion in COMPLETIONS[1:]:
        at = _position(text, spoken(completion))
        if at is not None and not _negated(text, at):
            return None if completion is Completion.COMPLETE and _doubted(text) else completion
    return None


def says_unchanged(sentence: str) -> bool:
    """Tell whether a sentence says that nothing changed."""
    return _position(_plain(sentence), spoken("unchanged")) is not None


def says_more(sentence: str) -> bool:
    """Tell whether a sentence that says nothing changed says more than that."""
    text = _plain(sentence)
    for words in spoken("unchanged"):
        text = text.replace(words, " ")
    return len(_content(text)) >= ENOUGH_WORDS


def clean(sentence: str) -> str:
    """Give what may stand in public of what somebody says happened: no link; empty where it is too little."""
    return _public_text(without_link(sentence), None, linked=find_link(sentence) is not None, least=1)


def as_sentence(text: str) -> str:
    """Write a text as a sentence: a capital first, a full stop last."""
    text = text[:1].upper() + text[1:].rstrip(" ,;:(")
    return text if text.endswith((".", "!", "?")) else f"{text}."


def find_day(sentence: str, today: date) -> date | None:
    """Give the day that a sentence names."""
    text = _plain(sentence)
    if _position(text, spoken("yesterday")) is not None:
        return today - timedelta(days=1)
    if match := ISO_DAY.search(text):
        return _day(match[1], match[2], match[3])
    if match := SHORT_DAY.search(text):
        return _day(match[3], match[2], match[1])
    if named := _named_day(text):
        return named
    return today if _position(text, spoken("today")) is not None else None


def names_person(sentence: str) -> bool:
    """Tell whether a sentence holds an e-mail address, in a link too, or a telephone number."""
    return privacy.names_person(sentence)


def named_person(sentence: str) -> str:
    """Give what looks like the name of a person behind a title; empty where there is none."""
    return privacy.title_and_surname(sentence) or ""


def remark_kind(sentence: str) -> ReportKind | None:
    """Tell whether a sentence speaks of an idea, or of something that is wrong, old or missing."""
    text = _plain(sentence)
    if _position(text, spoken("idea")) is not None:
        return ReportKind.IDEA
    return ReportKind.CORRECTION if _position(text, spoken("wrong")) is not None else None


def may_be_correction(sentence: str) -> bool:
    """Tell whether words of progress may be a correction: they speak of a mistake, or of what is missing and no more.

    "Almost done, two are missing" tells how far it is, and is none.
    """
    text = _plain(sentence)
    tells = find_completion(sentence) is not None or _obstacle(sentence) is not None
    return _position(text, spoken("mistake")) is not None or (
        not tells and remark_kind(sentence) is ReportKind.CORRECTION
    )


def remark(sentence: str) -> str:
    """Give a correction, idea or answer as it may stand in public, links included; empty where it is too short."""
    text = " ".join(sentence.split())
    if len(WORD.findall(privacy.LINK.sub(" ", text))) < ENOUGH_WORDS:
        return ""
    return text[:1].upper() + text[1:] if text.endswith(find_link(text.split()[-1]) or "\n") else as_sentence(text)


def says_what(sentence: str) -> bool:
    """Tell whether a remark says more than that something is wrong, or that there is an idea, and where."""
    text = _plain(privacy.LINK.sub(" link ", sentence))
    for words in sorted((*spoken("wrong"), *spoken("idea")), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(words)}(?!\w)", " ", text)
    empty = spoken("remark-fillers")
    return any(word not in empty and not word.isdigit() for word in WORD.findall(text))


def is_question(sentence: str) -> bool:
    """Tell whether a sentence asks something: by its mark, or by the word it begins with."""
    words = WORD.findall(_plain(sentence))
    return len(words) >= ENOUGH_WORDS and (sentence.rstrip().endswith("?") or words[0] in spoken("question-words"))


def asks_next_meeting(sentence: str) -> bool:
    """Tell whether a sentence asks when or where the network meets next, and nothing else."""
    words = frozenset(WORD.findall(_plain(sentence)))
    asked, met = words.intersection(spoken("when")), words.intersection(spoken("meetings"))
    return bool(asked and met) and words <= {*asked, *met, *spoken("when-fillers")}


def question(sentence: str) -> str:
    """Give a question as it may stand in public, with its mark; empty where it is too short."""
    text = remark(sentence)
    return f"{text[:-1]}?" if text.endswith(".") and is_question(sentence) else text


def lesson(sentence: str) -> str:
    """Give a lesson as it may stand in public, without its link; empty where it is too short."""
    return remark(without_link(sentence))


def theme(sentence: str) -> str:
    """Give the title of a theme: a capital first, no full stop; empty where no word is in it."""
    text = " ".join(sentence.split()).strip(' .,;:“”"')
    return text[:1].upper() + text[1:] if any(len(word) >= SHORTEST_WORD for word in WORD.findall(text)) else ""


def commitment_number(sentence: str) -> int | None:
    """Give the number of the commitment that a sentence names, as "commitment 3"."""
    return _numbered(sentence, spoken("commitment"))


def says_not_public(sentence: str) -> bool:
    """Tell whether a sentence says that the evidence is not public yet."""
    return _position(_plain(sentence), spoken("not-public")) is not None


def find_obstacle(sentence: str) -> str | None:
    """Give what a sentence names as the cause, without the link or the words that there is none."""
    bare = privacy.LINK.sub(" ", sentence)
    for words in sorted(spoken("not-public"), key=len, reverse=True):
        bare = re.sub(rf"(?<!\w){re.escape(words)}(?!\w)", " ", bare, flags=re.IGNORECASE)
    bare = re.sub(rf"(?<!\w)(?:{'|'.join(spoken('see'))})\W*$", "", bare, flags=re.IGNORECASE)
    cause = _cause(bare)
    return as_sentence(cause) if cause else None


def by_title(sentence: str, titles: Mapping[str, str]) -> str | None:
    """Give the key of the one title that shares the most words with a sentence, at least two, or its only word."""
    said = _words(sentence)
    hits = {number: len(said & _words(title)) for number, title in titles.items()}
    most = max(hits.values(), default=0)
    best = [number for number, count in hits.items() if count == most]
    enough = most >= min(2, max(1, len(said)))
    return best[0] if most and enough and len(best) == 1 else None


def stems(text: str) -> frozenset[str]:
    """Give the words of a text that say something, singular and plural alike."""
    empty = spoken("fillers")
    words = (word for word in WORD.findall(text.casefold()) if word not in empty)
    return frozenset(re.sub(r"(.)\1", r"\1", PLURAL.sub("", word)) for word in words)


def _plain(sentence: str) -> str:
    return " ".join(sentence.casefold().split())


def _position(text: str, words: Iterable[str]) -> int | None:
    found = (re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in words)
    return min((match.start() for match in found if match), default=None)


def _negated(text: str, at: int) -> bool:
    before = " ".join(text[:at].split()[-2:])
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", before) for word in spoken("not"))


def _doubted(text: str) -> bool:
    """Tell whether a sentence that says done takes it back: a part of a hundred, a question, a no."""
    done = "|".join(re.escape(word) for word in spoken(Completion.COMPLETE))
    asked = re.search(rf"(?<!\w)(?:{done})\s*\?", text) is not None
    return asked or PERCENTAGE.search(text) is not None or _position(text, spoken("no")) is not None


def _numbered(sentence: str, words: Iterable[str]) -> int | None:
    match = re.search(rf"(?<!\w)(?:{'|'.join(words)})\s+(\d{{1,2}})(?![.\w]*\d)", _plain(sentence))
    return int(match[1]) if match else None


def _spoken_milestone(sentence: str, titles: Mapping[str, str]) -> str | None:
    number = _numbered(sentence, spoken("milestone"))
    fitting = [known for known in titles if number is not None and known.endswith(f".{number}")]
    return fitting[0] if len(fitting) == 1 else None


def _obstacle(sentence: str) -> str | None:
    if _position(_plain(sentence), spoken("delay")) is None:
        return None
    cause = _cause(sentence)
    return as_sentence(cause) if cause else None


def _cause(sentence: str) -> str:
    words = "|".join(re.escape(word) for word in spoken("because"))
    match = re.search(rf"(?<!\w)(?:(?:{words})\s+)+(.+)", sentence, re.IGNORECASE | re.DOTALL)
    return " ".join(match[1].split()).strip(" .,;:") if match else ""


def _public_text(bare: str, milestone: str | None, *, linked: bool, least: int) -> str:
    text = " ".join(bare.split())
    if milestone and not _is_subject(text, milestone):
        text = re.sub(rf"^\W*(?:\w+\s+)?{re.escape(milestone)}\W*", "", text)
    if linked:
        text = re.sub(rf"[\s,;:(]*\b(?:{'|'.join(spoken('see'))})\W*$", "", text, flags=re.IGNORECASE)
    levels = [re.escape(word) for completion in COMPLETIONS for word in spoken(completion)]
    text = re.sub(rf",\s*(?:{'|'.join(levels)})\W*$", "", text, flags=re.IGNORECASE)
    words = WORD.findall(text.casefold())
    if len(words) < ENOUGH_WORDS or len(_content(text)) < least or (linked and words[-1] in spoken("dangling")):
        return ""
    return as_sentence(text)


def _is_subject(text: str, milestone: str) -> bool:
    words = "|".join(spoken("verbs"))
    return re.match(rf"\W*{re.escape(milestone)}\s+(?:{words})\b", text, re.IGNORECASE) is not None


def _content(text: str) -> list[str]:
    known = {
        word
        for name in ("fillers", "not", "not-public", *COMPLETIONS)
        for said in spoken(name)
        for word in said.split()
    }
    return [word for word in WORD.findall(text.casefold()) if word not in known and not word.isdigit()]


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in WORD.findall(text.casefold()) if len(word) >= SHORTEST_WORD)


def _named_day(text: str) -> date | None:
    months = spoken("months")
    for position, name in enumerate(months):
        match = re.search(rf"(?<!\w)(\d{{1,2}}) {name} (\d{{4}})", text)
        if match:
            return _day(match[2], str(position % 12 + 1), match[1])
        match = re.search(rf"(?<!\w){name} (\d{{1,2}}),? (\d{{4}})", text)
        if match:
            return _day(match[2], str(position % 12 + 1), match[1])
    return None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
