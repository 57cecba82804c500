"""The conversation in a terminal, or as a transcript on standard input: one line a message."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator

import click

from bot import admission, following, overdue, people, receiving, terminal_files
from bot.conversation import Answer, Incoming, converse, open_desk
from bot.desk import Desk
from bot.dialogue import Reply
from bot.files import store, viewing
from bot.files.checking import CheckError
from bot.files.cleaning import LIMIT
from bot.messages import FALLBACK, SPOKEN, say, spoken
from bot.people import Identity, RoleError
from monitor import models, words
from monitor.models import Role
from monitor.settings import FolderKind, Settings
from monitor.storage import StorageError

CHANNEL = "terminal"
WIDTH = 88
PROMPT = "> "
# The button that a terminal cannot show; a word does the same.
ANSWER = "door-answer"
# Which files made for a person are shown in full, and which are laid down to be opened.
PRINTED, OPENED = ".md", ".html"


def chat(settings: Settings, *, role: str | None, language: str | None, about: str | None = None) -> None:
    """Talk until the person stops; a terminal is asked line by line, anything else is read as a transcript.

    ``about`` is a record of the plan to report on at once.
    """
    interactive = sys.stdin.isatty()
    lines = _typed() if interactive else _transcript()
    try:
        entered = _enter(settings, role, language, lines, interactive=interactive)
        if entered:
            _talk(settings, entered[0], entered[1], lines, about)
    except (RoleError, StorageError, CheckError) as error:
        raise click.ClickException(str(error)) from error


def render(reply: Reply) -> str:
    """Write a reply as lines: heading, text, preview with a bar before it, question, numbered choices."""
    lines = [reply.heading] if reply.heading else []
    lines += _wrapped(reply.text)
    lines += [f"  | {part}" for line in reply.preview for part in _wrapped(line, WIDTH - 4)]
    lines += _wrapped(reply.question)
    lines += [f"  {choice.number:>2}  {choice.words}" for choice in reply.choices]
    for paper in reply.papers:
        lines += ["", f"--- {paper.name}", paper.text.rstrip()] if paper.name.endswith(PRINTED) else []
    return "\n".join(lines)


def _enter(
    settings: Settings, role: str | None, language: str | None, lines: Iterator[str], *, interactive: bool
) -> tuple[models.Person, str] | None:
    with open_desk(settings) as desk:
        if settings.kind is FolderKind.LIVE:
            return _visit(desk, settings, role, language, lines)
        if role is None and interactive:
            role = _choose_role(desk.folder, lines)
        identity = people.parse_identity(role or str(Role.VISITOR), desk.folder)
        person = admission.play(desk, settings, CHANNEL, str(identity), identity)
        spoken = language or person.language or desk.folder.plan.languages[0]
        if language and language != person.language:
            person = person.model_copy(update={"language": language})
            desk.private.change_person(person)
        told = "terminal.example" if settings.is_example else "terminal.try"
        played = say(spoken, told, role=_role(desk.folder, identity, spoken))
        click.echo("\n".join([*_wrapped(played), ""]))
        _show_news(desk, settings, person, spoken)
    return person, spoken


def _visit(
    desk: Desk, settings: Settings, role: str | None, language: str | None, lines: Iterator[str]
) -> tuple[models.Person, str] | None:
    """Let a visitor in to a live folder, once they have read what is kept."""
    if role:
        raise RoleError(f"{settings.data} is a live folder: roles come by invitation, so leave --as out")
    told = language or desk.folder.plan.languages[0]
    person = desk.private.person(CHANNEL, str(Role.VISITOR))
    if person is None or not admission.has_read(person, settings):
        click.echo(render(admission.notice(settings, told, CHANNEL)) + "\n")
        if not _agree(lines, told):
            return None
        person = admission.take_in(desk, settings, CHANNEL, str(Role.VISITOR))
    _show_news(desk, settings, person, told)
    return person, told


def _show_news(desk: Desk, settings: Settings, person: models.Person, language: str) -> None:
    """Show what waited for somebody who comes back."""
    following.bring(desk, person)
    for news in overdue.collect(desk, person, language):
        click.echo(say(language, "terminal.news"))
        _show(settings, news, language)
        if any(door.action.startswith(ANSWER) for door in news.doors):
            heard = SPOKEN.get(language, SPOKEN[FALLBACK])
            word = heard["network" if people.is_reviewer(person) else "tickets"][0]
            click.echo(say(language, "terminal.answer", word=word) + "\n")


def _agree(lines: Iterator[str], language: str) -> bool:
    """Wait for the answer to the notice; anything else gets a line that says how it is answered."""
    for line in lines:
        if admission.agrees(line, None, language):
            return True
        if line.strip().casefold().lstrip("/") in spoken("stop"):
            return False
        click.echo("\n".join([*_wrapped(say(language, "notice.first")), ""]))
    return False


def _talk(settings: Settings, person: models.Person, language: str, lines: Iterable[str], about: str | None) -> None:
    answer = _tell(settings, person, Incoming(opening=True, about=about), language)
    try:
        for line in lines:
            incoming = _incoming(settings, person, line, answer.language)
            if incoming is None:
                continue
            answer = _tell(settings, person, incoming, language)
            if answer.stopped:
                return
    except KeyboardInterrupt:
        click.echo()
    click.echo(say(answer.language, "terminal.bye"))


def _incoming(settings: Settings, person: models.Person, line: str, language: str) -> Incoming | None:
    """Take a line as a message; None where it names a file that cannot be read, which is said."""
    sent = terminal_files.heard(line)
    if sent is None:
        return Incoming(text=line)
    data = sent.read(LIMIT)
    if data is None:
        click.echo("\n".join([*_wrapped(say(language, "terminal.no-file", path=sent.path)), ""]))
        return None
    with open_desk(settings) as desk:
        taken = receiving.take(desk, person, data)
    return Incoming(text=taken.text or sent.text, file=taken.file, refused=taken.refused)


def _tell(settings: Settings, person: models.Person, incoming: Incoming, language: str) -> Answer:
    with open_desk(settings) as desk:
        known = desk.private.get(models.Person, id=person.id) or person
        answer = converse(desk, known, incoming, language=language)
    for reply in answer.replies:
        _show(settings, reply, answer.language)
    return answer


def _show(settings: Settings, reply: Reply, language: str) -> None:
    """Show a reply, and where the file it speaks of can be opened on this machine."""
    click.echo(render(reply) + "\n")
    if reply.file and (path := viewing.path_of(settings.data, reply.file)):
        click.echo(say(language, "terminal.file", path=path) + "\n")
    for paper in reply.papers:
        if paper.name.endswith(OPENED):
            click.echo(say(language, "terminal.file", path=store.lay_down(settings.data, paper.text)) + "\n")


def _typed() -> Iterator[str]:
    import readline  # noqa: F401, PLC0415 - makes input() a line editor; missing on some systems

    while True:
        try:
            yield input(PROMPT)
        except EOFError:
            click.echo()
            return


def _transcript() -> Iterator[str]:
    for line in sys.stdin:
        text = line.rstrip("\n")
        if text.strip():
            click.echo(f"{PROMPT}{text}\n")
            yield text


def _choose_role(folder: models.PlanFolder, lines: Iterator[str]) -> str:
    listed = people.playable(folder)
    language = folder.plan.languages[0]
    click.echo(say(language, "web.role"))
    for number, identity in enumerate(listed, start=1):
        click.echo(f"  {number:>2}  {_role(folder, identity, language)} ({identity})")
    for line in lines:
        given = line.strip()
        if given.isdecimal() and 0 < int(given) <= len(listed):
            return str(listed[int(given) - 1])
        if given in {str(identity) for identity in listed}:
            return given
        click.echo(say(language, "choice.none"))
    return str(Role.VISITOR)


def _role(folder: models.PlanFolder, identity: Identity, language: str) -> str:
    known = next((o for o in folder.organisations if o.id == identity.organisation), None)
    name = words.choose(known.name, language).words if known else ""
    return say(language, f"role.{identity.role}", organisation=name)


def _wrapped(text: str, width: int = WIDTH) -> list[str]:
    """Wrap prose at a width; lines that are indented or listed are data to copy and stay as they are."""
    found: list[str] = []
    for line in text.splitlines():
        is_data = line.startswith((" ", "- "))
        parts = [line] if is_data else textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
        found += parts or [""]
    return found
