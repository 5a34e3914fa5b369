"""A clan's calendar against both servers: a reaction counts as an answer, and the iCalendar text is one that others read."""

import asyncio
import re

PUBSUB = "pubsub.localhost"
EVENT = "urn:x-referee:event:0"
# A moment in UTC or in a named zone (RFC 5545, 3.3.5).
MOMENT = re.compile(r"\d{8}T\d{6}Z?")


def unfold(text):
    """Content lines (RFC 5545, 3.1) as name, parameters and value."""
    lines = []
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        head, value = line.split(":", 1)
        name, *parameters = head.split(";")
        lines.append((name, dict(parameter.split("=", 1) for parameter in parameters), value))
    return lines


def parse(text):
    """Components, strictly: every BEGIN has its END, nothing stands outside. Returns the outermost ones."""
    top, stack = [], []
    for name, parameters, value in unfold(text):
        if name == "BEGIN":
            component = {"name": value, "lines": [], "parts": []}
            (stack[-1]["parts"] if stack else top).append(component)
            stack.append(component)
        elif name == "END":
            assert stack.pop()["name"] == value, f"END:{value} where it does not belong"
        else:
            assert stack, f"{name} outside of any component"
            stack[-1]["lines"].append((name, parameters, value))
    assert not stack, f"{stack[-1]['name']} does not end"
    return top


def properties(component):
    return {name: (parameters, value) for name, parameters, value in component["lines"]}


def check_event(event, zones):
    """What every VEVENT needs (3.6.1), and that its zone is defined."""
    found = properties(event)
    for name in ("UID", "DTSTAMP", "DTSTART", "SEQUENCE", "STATUS"):
        assert name in found, f"{name} is missing in {found}"
    assert found["DTSTAMP"][1].endswith("Z")
    parameters, value = found["DTSTART"]
    assert MOMENT.fullmatch(value)
    assert value.endswith("Z") or parameters["TZID"] in zones
    return found


async def test_a_reaction_answers_and_the_calendar_can_be_read(referee, login):
    alice, bob = await login("alice"), await login("bob", plugins=("0444",))
    contact = f"referee@{referee.domain}"
    await alice.ask(contact, "profile zone=Europe/Vienna", "Europe/Vienna")
    await alice.ask(contact, "clan create wolves joining=open", r"\[wolves\]")
    await bob.ask(contact, "clan join wolves", r"\[wolves\] You are")
    start = len(bob.inbox)
    await alice.ask(contact, "clan event training Aim practice sat 20:00 weekly 4 times at Hall 1, Main St", "members are asked")
    asked = await bob.hear(lambda message: "Do you come?" in message["body"], "the question", start)

    start = len(bob.inbox)
    bob.plugin["xep_0444"].send_reactions(asked["from"], asked["id"], ["👍"])
    await bob.hear(lambda message: "You come to #1" in message["body"], "the answer to a reaction", start)
    assert "Yes (1): bob" in await alice.ask(contact, "clan event 1", "No answer")

    # Whoever has answered says which event they mean; a sign on something else is no answer.
    assert "Nothing waits" in await bob.ask(contact, "no", "yes or no")
    assert "You do not come" in await bob.ask(contact, "clan attend 1 no", "#1")
    quiet = len(bob.inbox)
    bob.plugin["xep_0444"].send_reactions(asked["from"], "no-message-of-ours", ["👍"])
    assert "No (1): bob" in await alice.ask(contact, "clan event 1", "No answer")
    assert not [message for message in bob.inbox[quiet:] if "You come" in message["body"]]

    answer = await alice.command(referee.domain, "clan-ical", {"clan": "wolves"})
    lines = answer.values["ical"]
    [calendar] = parse("\r\n".join(lines if isinstance(lines, list) else lines.split("\n")))
    assert calendar["name"] == "VCALENDAR" and properties(calendar)["VERSION"][1] == "2.0"
    zones = {properties(part)["TZID"][1] for part in calendar["parts"] if part["name"] == "VTIMEZONE"}
    [event] = [part for part in calendar["parts"] if part["name"] == "VEVENT"]
    found = check_event(event, zones)
    assert found["UID"][1] == f"clan-wolves-1@{referee.domain}"
    assert found["RRULE"][1] == "FREQ=WEEKLY;COUNT=4"
    assert found["DTSTART"][0]["TZID"] == "Europe/Vienna" and found["DTSTART"][1].endswith("T200000")
    assert found["LOCATION"][1] == "Hall 1\\, Main St"


async def test_a_public_event_is_in_the_feed_as_icalendar(referee, login):
    alice, carol = await login("alice"), await login("carol")
    contact = f"referee@{referee.domain}"
    await alice.ask(contact, "clan create wolves", r"\[wolves\]")
    node = f"{referee.domain}/clan/wolves"
    for _ in range(200):
        if await is_there(carol, node):
            break
        await asyncio.sleep(0.05)
    await alice.ask(contact, "clan event training Secret drill sat 20:00 UTC", "members are asked")
    await alice.ask(contact, "clan event match Cup sun 18:00 UTC public", "members are asked")

    async def ical():
        for _, payload in await carol.items(PUBSUB, node):
            found = payload.find(f".//{{{EVENT}}}ical")
            if found is not None:
                return found.text
        return None

    for _ in range(200):
        text = await ical()
        if text:
            break
        await asyncio.sleep(0.05)
    [event] = parse(text)
    found = check_event(event, set())
    assert found["SUMMARY"][1] == "Cup" and found["CLASS"][1] == "PUBLIC"
    items = await carol.items(PUBSUB, node)
    everything = " ".join(text for _, payload in items for text in payload.itertext())
    assert "Secret drill" not in everything


async def is_there(person, node):
    """Whether a pubsub node can be read."""
    try:
        await person.items(PUBSUB, node)
        return True
    except Exception:  # noqa: BLE001 - slixmpp raises IqError or IqTimeout, and either means: not yet
        return False
