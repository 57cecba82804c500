"""Somebody who talks by the forms of ``/melden`` in a browser: picks, types, presses and sends files."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from bot.dialogue import Choice
from bot.dialogue.picking import pick, pick_loosely
from bot.messages import spoken
from bot.people import parse_identity
from bot.terminal_files import heard
from monitor import models
from tests.conversation_fixtures import Section, Transcript

EVERYWHERE = ("back", "help", "stop", "language", "nl", "en")


class WebPerson:
    """One browser; each role keeps the key it was given."""

    def __init__(self, page: Page, address: str, folder: models.PlanFolder) -> None:
        self.page = page
        page.set_default_timeout(15_000)
        self.address = address
        self.folder = folder
        self.buttons = page.locator(".answers button[name=action]")
        self.keys: dict[str, str] = {}

    def run(self, transcript: Transcript) -> None:
        """Say each line of a transcript; a number that is offered is pressed."""
        for section in transcript.sections:
            self.open(section)
            for line, offered in zip(section.lines, section.offered, strict=True):
                self.say(line, press=line in offered)
            self.keep_key(section.role)

    def open(self, section: Section) -> None:
        """Begin in a role, or go on with its key."""
        about = f"&about={section.about}" if section.about else ""
        self.page.goto(f"{self.address}/melden?lang={section.language}{about}")
        if section.role in self.keys:
            self.page.fill("#invitation", self.keys[section.role])
            self.send(self.page.locator("form", has=self.page.locator("#invitation")).locator("button"))
        elif section.role == "visitor" and section.about:
            self.send(self.page.locator("form", has=self.page.locator("input[name=role]")).locator("button"))
        else:
            self.page.select_option("#role", str(parse_identity(section.role, self.folder)))
            self.send(self.page.locator("form", has=self.page.locator("#role")).locator("button"))

    def keep_key(self, role: str) -> None:
        """Keep the key that the page shows; there is none where the person was forgotten."""
        shown = self.page.locator("input[name=secret]")
        self.keys.pop(role, None)
        if shown.count():
            self.keys[role] = shown.first.get_attribute("value") or ""

    def say(self, line: str, *, press: bool = False) -> None:
        """Say a line: by its button, else in the field, else by the button that the words name."""
        field = self.page.locator("#answer")
        if press:
            self.send(self.choice(line))
        elif field.count():
            self.type(field, line)
        else:
            named = self.named(line)
            assert named, f"{line!r} can be neither typed nor pressed on:\n{self.page.inner_text('main')}"
            self.send(named)

    def type(self, field: Locator, line: str) -> None:
        """Type an answer, with the file that the line sends; where the page takes none, there is nothing to do."""
        form = self.page.locator("form", has=field)
        file, sent = form.locator("input[type=file]"), heard(line)
        if sent and not file.count():
            return
        if sent:
            file.set_input_files(sent.path)
        field.fill(sent.text if sent else line)
        self.send(form.locator("button"))

    def choice(self, number: str) -> Locator:
        """Find the button with a number."""
        return self.buttons.nth([choice.number for choice in self.offered()].index(int(number)))

    def named(self, line: str) -> Locator | None:
        """Find the button that a line names, as the conversation itself would understand it."""
        offered = self.offered()
        if action := pick(line, offered) or pick_loosely(line, offered):
            return self.buttons.nth([choice.action for choice in offered].index(action))
        for name in EVERYWHERE:
            found = self.page.locator(f"button[name=word][value='{spoken(name)[0]}']")
            if line.casefold() in spoken(name) and found.count():
                return found
        return None

    def offered(self) -> list[Choice]:
        """List the buttons with a number, as they read."""
        told = self.buttons.evaluate_all("buttons => buttons.map(button => [button.innerText, button.value])")
        parts = ((*words.partition(" "), action) for words, action in told)
        return [Choice(number=int(number), words=words, action=action) for number, _, words, action in parts]

    def send(self, button: Locator) -> None:
        """Press a button and see that a page comes."""
        with self.page.expect_response(lambda answer: answer.request.is_navigation_request()) as answered:
            button.press("Enter")
        assert answered.value.status == 200
        self.page.wait_for_load_state()
