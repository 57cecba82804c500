"""The HTML of the conversation: one question, its choices as buttons, the public text beside it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup, escape

from bot.dialogue import Reply, noting
from bot.messages import TABLES, say, spoken

FALLBACK = "nl"
FILE = "bestand"
OPENERS = {"pdf": "web.open.pdf", "copy": "web.open.copy"}


@dataclass(frozen=True)
class Form:
    """What a page shows: a place to begin, or the replies and the question that stands open.

    ``about`` is the record of the page somebody came from, empty where they report on something yet to be said;
    ``follows`` tells that they came to follow it, ``joins`` that they came to sign up for that meeting.
    """

    language: str
    replies: tuple[Reply, ...] = ()
    secret: str = ""
    revision: int | None = None
    organisation: str = ""
    roles: tuple[tuple[str, str], ...] = ()
    entry: bool = False
    about: str | None = None
    about_words: str = ""
    follows: bool = False
    joins: bool = False
    carried: str = ""
    carried_role: str = ""
    text: str = ""
    error: str = ""
    stopped: bool = False

    def say(self, name: str, /, **values: object) -> str:
        """Give words of the bot in the language of the form."""
        return say(self.language or FALLBACK, name, **values)


def page(form: Form, *, path: str) -> Markup:
    """Write head and body of the page."""
    head = Markup(
        '<div class="head bare"><div class="wrap">{}<h1>{}</h1><p class="statement">{}</p></div></div>'
    ).format(_kicker(form), form.say("web.title"), form.say("web.intro"))
    return head + Markup('<div class="wrap main">{}</div>').format(_body(form, path))


def _kicker(form: Form) -> Markup:
    if not form.organisation:
        return Markup("")
    return Markup('<p class="kicker">{}</p>').format(form.say("web.as", organisation=form.organisation))


def _body(form: Form, path: str) -> Markup:
    if form.text:
        return Markup('<p role="alert">{}</p>').format(form.text) + _start_again(form, path)
    if form.entry:
        return _entries(form, path) + _other_language(form, path)
    said, question = form.replies[:-1], form.replies[-1:]
    told = Markup("").join(_told(form, reply, path) for reply in said)
    if form.stopped or not question:
        last = Markup("").join(_told(form, reply, path) for reply in question)
        return told + last + _start_again(form, path) + _key(form)
    return told + _question(form, question[0], path) + _key(form)


def _told(form: Form, reply: Reply, path: str) -> Markup:
    heading = Markup("<h2>{}</h2>").format(reply.heading) if reply.heading else Markup("")
    opened = _opener(form, reply, path) + _papers(form, reply, path)
    told = heading + _lines(reply.text) + _preview_lines(reply) + opened + _doors(form, reply, path)
    return Markup('<section class="told">{}</section>').format(told)


def _doors(form: Form, reply: Reply, path: str) -> Markup:
    if not reply.doors:
        return Markup("")
    button = Markup('<button class="button-second" type="submit" name="action" value="{}">{}</button>')
    listed = Markup("").join(button.format(door.action, door.words) for door in reply.doors)
    # Opens at any time, so it belongs to no question.
    return _post(replace(form, revision=None), path, Markup('<p class="buttons">{}</p>').format(listed))


def _question(form: Form, reply: Reply, path: str) -> Markup:
    heading = Markup("<h2>{}</h2>").format(reply.heading) if reply.heading else Markup("")
    # What everyone will read comes first in the page, and stands beside the question on a wide screen.
    asked = Markup('<div class="talk">{}<div>{}{}{}{}</div></div>')
    opener = _opener(form, reply, path) + _papers(form, reply, path)
    # The public text stands in a frame of its own here, with its own heading.
    told = reply.text.replace(form.say("readback.title"), "") if reply.preview else reply.text
    return asked.format(_preview(form, reply), heading, _lines(told), opener, _answer_form(form, reply, path))


def _answer_form(form: Form, reply: Reply, path: str) -> Markup:
    if reply.preview:
        asked = Markup("<p><strong>{}</strong></p>").format(_breaks(reply.question))
        # Each choice, and each word that works everywhere, can be typed here as in the other channels.
        label, button = ("web.add", "web.add.button") if reply.files else ("web.type", "web.next")
        typed = _typed(form, reply, path, form.say(label), button)
        return asked + _choices(form, reply, path, "") + typed + _post(form, path, _words(form))
    label = _breaks(reply.question or form.say("web.answer"))
    return Markup("{}{}{}").format(
        _typed(form, reply, path, label, "web.next") if reply.question else Markup(""),
        _choices(form, reply, path, form.say("web.choices") if reply.question else ""),
        _post(form, path, _words(form)),
    )


def _typed(form: Form, reply: Reply, path: str, label: str, button: str) -> Markup:
    field = Markup(
        '<div class="field"><label for="answer">{}</label>'
        '<textarea id="answer" name="text" rows="{}" maxlength="{}"></textarea></div>'
    ).format(label, *((12, noting.MOST_CHARACTERS) if reply.documents else (3, 1000)))
    buttons = Markup('<p class="buttons"><button type="submit">{}</button></p>').format(form.say(button))
    files = _document_field(form) if reply.documents else _file_field(form) if reply.files else Markup("")
    return _post(form, path, field + files + buttons, files=reply.files or reply.documents)


def _document_field(form: Form) -> Markup:
    return Markup(
        '<div class="field"><label for="file">{}</label><p class="hint" id="file-help">{}</p><input type="file" '
        'id="file" name="file" accept=".docx,.odt,.pdf,.txt,.md" aria-describedby="file-help"></div>'
    ).format(form.say("web.document"), form.say("web.document.help"))


def _file_field(form: Form) -> Markup:
    # What a browser is asked to offer; what counts is what the file holds.
    return Markup(
        '<div class="field"><label for="file">{}</label><p class="hint" id="file-help">{}</p><input type="file" '
        'id="file" name="file" accept="image/jpeg,image/png,image/webp,application/pdf" aria-describedby="file-help">'
        "</div>"
    ).format(form.say("web.file"), form.say("web.file.help"))


def _opener(form: Form, reply: Reply, path: str) -> Markup:
    """Write the button that opens a file which waits; its reader is known by the secret, as everywhere here."""
    if not reply.file:
        return Markup("")
    ending = reply.file.rpartition(".")[2]
    word = OPENERS.get(ending, "web.open")
    return Markup(
        '<form method="post" action="{}"{}><input type="hidden" name="secret" value="{}"><input type="hidden" '
        'name="file" value="{}"><p class="buttons"><button class="button-second" type="submit">{}</button></p></form>'
    ).format(
        f"{path}/{FILE}",
        Markup("") if ending == "pdf" else Markup(' target="_blank"'),
        form.secret,
        reply.file,
        form.say(word),
    )


def _papers(form: Form, reply: Reply, path: str) -> Markup:
    """Write the buttons for files that were made for a reader; a calendar file has its address in the text."""
    button = Markup(
        '<form method="post" action="{}"{}><input type="hidden" name="secret" value="{}"><input type="hidden" '
        'name="language" value="{}"><input type="hidden" name="paper" value="{}"><p class="buttons">'
        '<button class="button-second" type="submit">{}</button></p></form>'
    )
    listed = []
    for paper in reply.papers:
        is_page = paper.name.endswith(".html")
        if is_page or paper.name.endswith(".md"):
            words = form.say("web.paper.page") if is_page else form.say("web.paper", name=paper.name)
            target = Markup(' target="_blank"') if is_page else Markup("")
            listed.append(button.format(f"{path}/{FILE}", target, form.secret, form.language, paper.name, words))
    return Markup("").join(listed)


def _choices(form: Form, reply: Reply, path: str, intro: str) -> Markup:
    if not reply.choices:
        return Markup("")
    button = Markup('<li><button class="button-second" type="submit" name="action" value="{}">{} {}</button></li>')
    listed = Markup("").join(button.format(c.action, c.number, c.words) for c in reply.choices)
    words = Markup("<p>{}</p>").format(intro) if intro else Markup("")
    return _post(form, path, words + Markup('<ul class="answers">{}</ul>').format(listed))


def _words(form: Form) -> Markup:
    button = Markup('<button class="button-second" type="submit" name="word" value="{}">{}</button>')
    language = form.language or FALLBACK
    other = next(code for code in TABLES if code != language)
    listed = [button.format(spoken(name)[0], form.say(f"web.{name}")) for name in ("back", "help", "stop")]
    listed.append(button.format(spoken(other)[0], form.say("web.language")))
    return Markup('<p class="buttons">{}</p>').format(Markup("").join(listed))


def _entries(form: Form, path: str) -> Markup:
    roles = [_entry(form, path, form.say("web.role.title"), _role_fields(form))] if form.roles else []
    invited = _entry(form, path, form.say("web.invitation.title"), _invitation_fields(form))
    if not form.joins:
        return Markup("").join([_report_entry(form, path), *roles, invited])
    joining = Markup("<section><h2>{}</h2><p><strong>{}</strong></p><p>{}</p></section>").format(
        form.say("web.join"), form.say("web.about", about=form.about_words), form.say("web.join.help")
    )
    look = Markup(
        '<input type="hidden" name="role" value="visitor"><p class="buttons">'
        '<button class="button-second" type="submit">{}</button></p>'
    ).format(form.say("web.join.look"))
    seen = Markup("<section><h2>{}</h2>{}</section>").format(form.say("web.join.look"), _post(form, path, look))
    return Markup("").join([joining, *roles, invited, seen])


def _report_entry(form: Form, path: str) -> Markup:
    title = form.say("web.follow" if form.follows else "web.report" if form.about else "web.report.any")
    told = form.say("web.follow.help" if form.follows else "web.report.help")
    about = Markup("<p><strong>{}</strong></p>").format(form.say("web.about", about=form.about_words))
    fields = Markup(
        '<input type="hidden" name="role" value="visitor">{}<p class="buttons"><button type="submit">{}</button></p>'
    ).format(Markup("") if form.about else Markup('<input type="hidden" name="about" value="">'), title)
    return Markup("<section><h2>{}</h2>{}<p>{}</p>{}</section>").format(
        title, about if form.about else Markup(""), told, _post(form, path, fields)
    )


def _entry(form: Form, path: str, title: str, fields: Markup) -> Markup:
    begin = Markup('<p class="buttons"><button class="button-second" type="submit">{}</button></p>')
    written = _post(form, path, fields + begin.format(form.say("web.begin")))
    return Markup("<section><h2>{}</h2>{}</section>").format(title, written)


def _role_fields(form: Form) -> Markup:
    option = Markup('<option value="{}">{}</option>')
    options = Markup("").join(option.format(role, words) for role, words in form.roles)
    return Markup(
        '<div class="field"><label for="role">{}</label><p class="hint" id="role-help">{}</p>'
        '<select id="role" name="role" aria-describedby="role-help">{}</select></div>'
    ).format(form.say("web.role"), form.say("web.role.help"), options)


def _invitation_fields(form: Form) -> Markup:
    error = Markup('<p class="error" id="wrong" role="alert">{}</p>').format(form.error) if form.error else Markup("")
    return Markup(
        '<div class="field{}"><label for="invitation">{}</label><p class="hint" id="invitation-help">{}</p>{}'
        '<input type="text" id="invitation" name="invitation" autocomplete="off" aria-describedby="invitation-help{}">'
        "</div>"
    ).format(
        " has-error" if form.error else "",
        form.say("web.invitation"),
        form.say("web.invitation.help"),
        error,
        " wrong" if form.error else "",
    )


def _start_again(form: Form, path: str) -> Markup:
    again = Markup('<p class="buttons"><button type="submit" name="word" value="{}">{}</button></p>')
    return _post(form, path, again.format(spoken("begin")[0], form.say("web.begin")))


def _other_language(form: Form, path: str) -> Markup:
    other = next(code for code in TABLES if code != (form.language or FALLBACK))
    query = urlencode({"lang": other} | ({"about": form.about} if form.about else {}), safe="/")
    return Markup('<p><a href="{}?{}" lang="{}">{}</a></p>').format(path, query, other, form.say("web.language"))


def _key(form: Form) -> Markup:
    if not form.secret:
        return Markup("")
    return Markup("<p>{} <code>{}</code></p>").format(form.say("web.key"), form.secret)


def _post(form: Form, path: str, fields: Markup, *, files: bool = False) -> Markup:
    hidden = Markup('<input type="hidden" name="{}" value="{}">')
    carried = {"secret": form.secret, "language": form.language, "invitation": form.carried}
    carried |= {"role": form.carried_role}
    carried |= {"revision": str(form.revision)} if form.revision is not None else {}
    given = {name: value for name, value in carried.items() if value}
    given |= {"about": form.about} if form.about is not None else {}
    kept = Markup("").join(hidden.format(name, value) for name, value in given.items())
    kind = Markup(' enctype="multipart/form-data"') if files else Markup("")
    return Markup('<form method="post" action="{}"{}>{}{}</form>').format(path, kind, kept, fields)


def _preview(form: Form, reply: Reply) -> Markup:
    if not reply.preview:
        return Markup("")
    return Markup('<section class="preview"><h2>{}</h2><div>{}</div></section>').format(
        form.say("web.preview"), _preview_lines(reply)
    )


def _preview_lines(reply: Reply) -> Markup:
    return Markup("").join(Markup("<p>{}</p>").format(line) for line in reply.preview)


def _lines(text: str) -> Markup:
    if any(line.startswith(("- ", " ")) for line in text.splitlines()):
        return Markup("<pre>{}</pre>").format(text)
    return Markup("").join(Markup("<p>{}</p>").format(_linked(line)) for line in text.splitlines())


def _linked(line: str) -> Markup:
    """Make the whole web addresses of a line links; the rest is escaped."""
    parts = re.split(r"(https?://[^\s<>\"“”]*[^\s<>\"“”.,;:!?)])", line)
    link = Markup('<a href="{}" rel="noreferrer">{}</a>')
    return Markup("").join(link.format(part, part) if number % 2 else escape(part) for number, part in enumerate(parts))


def _breaks(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in text.splitlines())
