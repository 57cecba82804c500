"""Following the plan, a commitment, an organisation or a theme: what, how often, and how it stops. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot import people
from bot.dialogue import subjects, understanding, wording
from bot.dialogue.drafts import SENT_BY_ITSELF, Step
from bot.dialogue.effects import Follow, Unfollow
from bot.dialogue.picking import plain
from bot.dialogue.shapes import Move, Place, Reply, Talk, Wrong
from bot.messages import spoken
from monitor import agenda, models, words
from monitor.models import Cadence, FollowKind, Phase
from monitor.pages import addresses

MOST = 40
SHORTEST = 3
LISTED_ORGANISATIONS = 15
Target = tuple[FollowKind, str]


def start(talk: Talk, about: str = "") -> Move | Wrong:
    """Begin to follow the record that a page named, else ask what."""
    target = _named(talk, about) if about else None
    return _how(talk, target) if target else Move(place=Place(step=Step.FOLLOW))


def from_sentence(talk: Talk) -> Move | None:
    """Take a sentence that begins with the word for following and names something; None for any other."""
    word, _, rest = talk.message.text.partition(" ")
    target = _named(talk, rest) if rest and plain(word) in spoken("follow") else None
    themed = bool(rest and talk.world.network.themes) and not _without_theme(rest)
    if themed and plain(word) in spoken("follow"):
        return Move(place=Place(step=Step.FOLLOW_THEME))
    return _how(talk, target) if target else None


def ask_what(talk: Talk) -> Reply:
    """Say what is followed already, and ask what to follow."""
    extra = [("plan", talk.say("follow.plan")), ("organisation", talk.say("follow.organisation"))]
    extra += [("theme", talk.say("follow.theme"))] if talk.world.network.themes else []
    extra += [("stop", talk.say("follow.stop"))] if talk.world.following else []
    return Reply(
        text="\n".join(_followed(talk)),
        question=talk.say("follow.ask"),
        choices=wording.commitment_choices(talk.world.folder.commitments, extra, talk.language),
    )


def choose_what(talk: Talk) -> Move | Wrong:
    """Answer what to follow: by number, or by words of a title or name; the word for signing off stops it."""
    if plain(talk.message.text) in spoken("sign-off"):
        said, effect = stop_by_word(talk, "")
        return Move(place=Place(), said=(said,), effects=(effect,) if effect else (), forget=True)
    if theme := _theme(talk, talk.message.text, whole=True):
        return _how(talk, (FollowKind.THEME, theme))
    match talk.action:
        case "commitment":
            return _how(talk, (FollowKind.COMMITMENT, models.commitment_id(talk.world.plan.id, int(talk.value))))
        case "plan":
            return _how(talk, (FollowKind.PLAN, talk.world.plan.id))
        case "organisation":
            return Move(place=Place(step=Step.FOLLOW_ORGANISATION))
        case "theme":
            return Move(place=Place(step=Step.FOLLOW_THEME))
        case "stop":
            return Move(place=Place(step=Step.UNFOLLOW))
    return _take(talk)


def ask_organisation(talk: Talk) -> Reply:
    """Ask which organisation; those that lead a commitment are listed, any other can be typed."""
    leading = [o for o in talk.world.folder.organisations if people.led_by(talk.world.folder, o.id)]
    listed = [(f"named {o.id}", wording.text_of(o.name, talk.language)) for o in leading[:LISTED_ORGANISATIONS]]
    return Reply(question=talk.say("follow.which-organisation"), choices=wording.choices(listed))


def ask_theme(talk: Talk) -> Reply:
    """Ask which theme of the network."""
    listed = [(f"named {theme.id}", wording.text_of(theme.title, talk.language)) for theme in talk.world.network.themes]
    return Reply(question=talk.say("follow.which-theme"), choices=wording.choices(listed))


def choose_named(talk: Talk) -> Move | Wrong:
    """Answer which organisation or theme."""
    return _take(talk, talk.value if talk.action == "named" else talk.message.text)


def ask_how(talk: Talk) -> Reply:
    """Ask how often somebody wants to hear of it."""
    target = _target(talk)
    choices = wording.choices([(str(cadence), talk.say(f"follow.{cadence}")) for cadence in Cadence])
    return Reply(heading=name_of(talk, *target), question=talk.say("follow.how"), choices=choices)


def choose_how(talk: Talk) -> Move | Wrong:
    """Answer how often; from now on it is followed."""
    if talk.action not in list(Cadence):
        return Wrong(help=talk.say("choice.none"))
    kind, about = _target(talk)
    known = any((sub.kind, sub.about) == (kind, about) for sub in talk.world.following)
    if len(talk.world.following) >= MOST and not known:
        return Move(place=Place(), said=(Reply(text=talk.say("follow.many", most=MOST)),), forget=True)
    cadence = Cadence(talk.action)
    sent = talk.world.person.channel in SENT_BY_ITSELF
    done = talk.say(f"follow.{'done' if sent else 'here'}-{cadence}")
    closed = [talk.say("follow.closed")] if talk.world.phase is Phase.CLOSED else []
    lines = [done, *closed, *_waits(talk, kind, about), talk.say("follow.how-to-stop")]
    said = Reply(heading=name_of(talk, kind, about), text="\n".join(lines))
    return Move(place=Place(), said=(said,), effects=(Follow(kind=kind, about=about, cadence=cadence),), forget=True)


def ask_stop(talk: Talk) -> Reply:
    """Ask what to stop following."""
    if not talk.world.following:
        return Reply(text=talk.say("follow.nothing"), question=talk.say("anything"))
    listed = [(f"unfollow {sub.id}", _line(talk, sub)) for sub in talk.world.following]
    everything = [("unfollow-all", talk.say("follow.all"))] if len(listed) > 1 else []
    keep = ("keep-following", talk.say("follow.keep"))
    return Reply(question=talk.say("follow.which-stop"), choices=wording.choices([*listed, *everything, keep]))


def choose_stop(talk: Talk) -> Move | Wrong:
    """Answer what to stop following."""
    if talk.action == "keep-following" or not talk.world.following:
        return Move(place=Place(), forget=True)
    if talk.action == "unfollow-all":
        return _stopped(talk, talk.world.following)
    chosen = [s for s in talk.world.following if talk.action == "unfollow" and s.id == talk.value]
    return _stopped(talk, chosen) if chosen else Wrong(help=talk.say("choice.none"))


def enter_stop(talk: Talk) -> Move | Wrong:
    """Stop what the button below a message names; the button of several asks which."""
    known = [sub for sub in talk.world.following if sub.id == talk.value]
    if known:
        return _stopped(talk, known)
    if talk.value or not talk.world.following:
        return Move(place=Place(), said=(Reply(text=talk.say("follow.gone")),))
    return Move(place=Place(step=Step.UNFOLLOW))


def stop_by_word(talk: Talk, rest: str) -> tuple[Reply, Unfollow | None]:
    """Stop everything at one word, or the one thing that is typed behind it; give what is said and done."""
    following = talk.world.following
    if not following:
        return Reply(text=talk.say("follow.nothing")), None
    target = _named(talk, rest) if rest else None
    chosen = [sub for sub in following if not rest or (sub.kind, sub.about) == target]
    if not chosen:
        return Reply(text="\n".join([talk.say("follow.not-this", given=rest), *_followed(talk)])), None
    move = _stopped(talk, chosen)
    return move.said[0], Unfollow(subscriptions=tuple(sub.id for sub in chosen))


def name_of(talk: Talk, kind: FollowKind, about: str) -> str:
    """Name what is followed."""
    match kind:
        case FollowKind.PLAN:
            return wording.plan_title(talk.world, talk.language)
        case FollowKind.COMMITMENT:
            return wording.titled(talk.world.folder, about, talk.language) or about
        case FollowKind.ORGANISATION:
            return wording.organisation(talk.world, about, talk.language)
    theme = next((known for known in talk.world.network.themes if known.id == about), None)
    return wording.text_of(theme.title, talk.language) if theme else about


def listed(talk: Talk) -> list[str]:
    """Name each thing that is followed, and how often."""
    return [_line(talk, sub) for sub in talk.world.following]


def _line(talk: Talk, sub: models.Subscription) -> str:
    return talk.say("follow.line", name=name_of(talk, sub.kind, sub.about), cadence=talk.say(f"cadence.{sub.cadence}"))


def _followed(talk: Talk) -> list[str]:
    return [talk.say("follow.following"), *listed(talk)] if talk.world.following else []


def _take(talk: Talk, given: str | None = None) -> Move | Wrong:
    target = _named(talk, talk.message.text if given is None else given)
    return _how(talk, target) if target else Wrong(help=talk.say("follow.none"))


def _how(talk: Talk, target: Target) -> Move:
    return Move(place=Place(step=Step.FOLLOW_HOW, about=" ".join(target)))


def _target(talk: Talk) -> Target:
    kind, _, about = (talk.place.about or "").partition(" ")
    return FollowKind(kind), about


def _stopped(talk: Talk, chosen: Sequence[models.Subscription]) -> Move:
    names = "; ".join(name_of(talk, sub.kind, sub.about) for sub in chosen)
    effect = Unfollow(subscriptions=tuple(sub.id for sub in chosen))
    return Move(
        place=Place(), said=(Reply(text=talk.say("follow.stopped", names=names)),), effects=(effect,), forget=True
    )


def _named(talk: Talk, given: str) -> Target | None:
    """Find what words name: an id, a number, or words of a title or of an organisation's name."""
    world = talk.world
    said = " ".join(given.split())
    if said in world.organisations:
        return FollowKind.ORGANISATION, said
    if any(theme.id == said for theme in world.network.themes):
        return FollowKind.THEME, said
    if theme := _theme(talk, said, whole=not _says_theme(talk, said)):
        return FollowKind.THEME, theme
    if plain(said) in ("plan", plain(wording.plan_title(world, talk.language)), talk.say("follow.plan").casefold()):
        return FollowKind.PLAN, world.plan.id
    subject = subjects.search(world.folder, said)
    if subject and subject.commitment:
        return FollowKind.COMMITMENT, subject.commitment.id
    if subject and subject.about == world.plan.id:
        return FollowKind.PLAN, world.plan.id
    names = {o.id: " ".join(o.name.values()) for o in world.folder.organisations}
    if found := understanding.by_title(said, names):
        return FollowKind.ORGANISATION, found
    theme = _theme(talk, said, whole=False)
    return (FollowKind.THEME, theme) if theme else None


def _says_theme(talk: Talk, said: str) -> bool:
    return talk.place.step is Step.FOLLOW_THEME or _without_theme(said) != plain(said)


def _without_theme(said: str) -> str:
    """Leave out the word for a theme with which a text begins."""
    opens = "|".join(re.escape(words) for words in sorted(spoken("theme"), key=len, reverse=True))
    return re.sub(rf"^(?:{opens})(?: |$)", "", plain(said))


def _theme(talk: Talk, given: str, *, whole: bool) -> str | None:
    """Give the one theme whose title words name, singular or plural; ``whole`` where they are all its words."""
    said = understanding.stems(_without_theme(given))
    if not any(len(word) >= SHORTEST for word in said):
        return None
    found = set()
    for theme in talk.world.network.themes:
        for title in map(understanding.stems, theme.title.values()):
            if said == title if whole else said <= title:
                found.add(theme.id)
    return found.pop() if len(found) == 1 else None


def _waits(talk: Talk, kind: FollowKind, about: str) -> list[str]:
    """Say where nothing can be sent that it waits, and what comes by itself without an account."""
    channel = talk.world.person.channel
    if channel in SENT_BY_ITSELF:
        return []
    lines = [talk.say(f"follow.waits-{'web' if channel == 'web' else 'here'}")]
    page = _page(talk, kind, about)
    if page is None:
        return lines
    feed = addresses.feed(words.of(talk.language), page)
    lines.append(talk.say("follow.feed", feed=feed))
    if kind in (FollowKind.PLAN, FollowKind.COMMITMENT) and _has_days(talk, kind, about):
        lines.append(talk.say("follow.calendar", calendar=addresses.calendar(page)))
    return lines


def _page(talk: Talk, kind: FollowKind, about: str) -> str | None:
    """Give the address of the page that has a feed of this; a theme has none."""
    root, plan = talk.world.pages.get("site", ""), talk.world.plan.id
    match kind:
        case FollowKind.PLAN:
            return root + addresses.home(plan)
        case FollowKind.COMMITMENT:
            return talk.world.pages.get(about, "")
        case FollowKind.ORGANISATION:
            return root + addresses.of_plan(words.of(talk.language), plan, "organisations", about)
    return None


def _has_days(talk: Talk, kind: FollowKind, about: str) -> bool:
    found = agenda.occasions(talk.world.folder, talk.world.today)
    commitment = talk.world.commitments.get(about)
    return bool(agenda.of_commitment(found, commitment) if commitment else found)


ASK = {
    Step.FOLLOW: ask_what,
    Step.FOLLOW_ORGANISATION: ask_organisation,
    Step.FOLLOW_THEME: ask_theme,
    Step.FOLLOW_HOW: ask_how,
    Step.UNFOLLOW: ask_stop,
}
ANSWER = {
    Step.FOLLOW: choose_what,
    Step.FOLLOW_ORGANISATION: choose_named,
    Step.FOLLOW_THEME: choose_named,
    Step.FOLLOW_HOW: choose_how,
    Step.UNFOLLOW: choose_stop,
}
