"""Clans in contact lists and in discovery: who sees what beside `clan-wolves@R`, pages of clans, and mates who are offered.

ejabberd says here that the referee may change contact lists (mod_privilege), Prosody does not.
"""

import asyncio

import slixmpp

import people
import rig
from test_discovery import error, info, items

ROSTERX = "http://jabber.org/protocol/rosterx"
NICK = "{http://jabber.org/protocol/nick}nick"
FORM = "urn:x-referee:clan:0"


class Watcher:
    """What a person's client is shown beside one contact."""

    def __init__(self, person, contact):
        self.person, self.contact = person, contact
        self.seen = []
        for kind in ("presence_available", "presence_unavailable", "presence_subscribed", "presence_unsubscribed"):
            person.add_event_handler(kind, self._note)

    def _note(self, presence):
        if presence["from"].bare == self.contact:
            self.seen.append(presence)

    def _statuses(self, kinds=("available", "away")):
        return [p["status"] for p in self.seen if p["type"] in kinds]

    async def status(self, text):
        """Waits until the last status has this in it; returns that presence."""
        await rig.until(lambda: text in (self._statuses() or [""])[-1], f"{text!r} beside {self.contact}: {self._statuses()}", 30)
        return [p for p in self.seen if p["type"] == "available"][-1]

    async def kind(self, kind):
        """Waits for a presence of this type."""
        await rig.until(lambda: any(p["type"] == kind for p in self.seen), f"{kind} from {self.contact}")


async def clan(referee, owner, tag, name, *members):
    """A clan that anybody may join, with these members; returns its address."""
    await owner.command(referee.domain, "clan-create", {"tag": tag, "name": name, "joining": "open"})
    for member in members:
        joined = await member.command(referee.domain, "clan-join", {"clan": tag})
        assert not joined.refused, joined.values
    return f"clan-{tag}@{referee.domain}"


async def test_a_clan_as_a_contact(referee, login):
    alice, bob, eve = await login("alice"), await login("bob"), await login("eve")
    wolves = await clan(referee, alice, "wolves", "Wolves", bob)
    for person in (alice, bob):
        # Whoever has the referee as a contact, and lets it see them, is known to be on.
        person.auto_authorize = person.auto_subscribe = True
        person.send_presence_subscription(referee.jid)
    outside, inside = Watcher(eve, wolves), Watcher(alice, wolves)
    eve.send_presence_subscription(wolves)
    shown = await outside.status("Wolves: 2 members, recruiting")
    assert shown.xml.findtext(NICK) == "Wolves" and shown.xml.find("{vcard-temp:x:update}x") is not None
    await outside.kind("subscribed")
    alice.send_presence_subscription(wolves)
    await inside.status("Wolves: 2 of 2 on")
    bob.send_presence(pshow="away")
    await inside.status("Wolves: 1 of 2 on")
    told = await alice.ask(wolves, "who", r"\[wolves\] Wolves: 1 of 2 on")
    assert "on: alice (owner)." in told and "away: bob." in told
    refused = await eve.command(wolves, "clan-who")
    assert refused.refused == "clan/not-allowed", refused.values
    # A member who is put out sees what everybody sees; a clan that nobody founded is no contact.
    await alice.command(wolves, "clan-set", {"what": "joining", "value": "invite"})
    seen_by_bob = Watcher(bob, wolves)
    bob.send_presence_subscription(wolves)
    await seen_by_bob.status("of 2 on")
    await alice.command(wolves, "clan-kick", {"who": "bob", "reason": "never there"})
    await seen_by_bob.status("Wolves: 1 member")
    bears = f"clan-bears@{referee.domain}"
    nothing = Watcher(eve, bears)
    eve.send_presence_subscription(bears)
    await nothing.kind("unsubscribed")
    # After a restart it is found out anew who is on.
    assert referee.stop() == 0
    await inside.kind("unavailable")
    inside.seen.clear()
    await referee.restart()
    await inside.status("Wolves: 1 of 1 on")


async def test_clans_in_discovery_and_search(referee, login):
    alice, bob = await login("alice"), await login("bob")
    for number in range(3):
        await clan(referee, alice, f"pack-{number}", f"Pack {number}")
    for number in range(3, 5):
        await bob.command(referee.domain, "clan-create", {"tag": f"pack-{number}", "name": f"Pack {number}", "joining": "invite"})
    domain = referee.domain
    page, told = await items(alice, domain, "clans", max=2)
    assert [(jid, name) for jid, _, name in page] == [(f"clan-pack-{n}@{domain}", f"Pack {n}") for n in (0, 1)]
    assert told["count"] == "5" and told["index"] == "0"
    page, told = await items(alice, domain, "clans", max=2, after=told["last"])
    assert [name for _, _, name in page] == ["Pack 2", "Pack 3"] and told["index"] == "2"
    page, told = await items(alice, domain, "clans", max=2, before="")
    assert [name for _, _, name in page] == ["Pack 3", "Pack 4"] and told["index"] == "3"
    pack = f"clan-pack-0@{domain}"
    await alice.command(pack, "clan-set", {"what": "description", "value": "We run at night."})
    identities, features, forms = await info(bob, pack)
    assert identities == {("directory", "group"): "Pack 0"} and "vcard-temp" in features
    form = forms[FORM]
    assert (form["tag"], form["members"], form["joining"], form["recruiting"]) == ("pack-0", "1", "open", "1")
    assert form["description"] == "We run at night." and form["record"] == "0 0 0"
    for _ in range(100):
        places = {(jid, node) for jid, node, _ in (await items(bob, pack))[0]}
        if len(places) == 2:
            break
        await asyncio.sleep(0.1)
    form = (await info(bob, pack))[2][FORM]
    assert places == {(form["room"], None), ("pubsub.localhost", form["feed"])}, "its public room and its public node"
    nodes = {node for _, node, _ in (await items(bob, pack, "http://jabber.org/protocol/commands"))[0]}
    assert "clan-join" in nodes and not nodes & {"clan-leave", "clan-kick", "clan-who", "challenge"}, nodes
    nodes = {node for _, node, _ in (await items(alice, pack, "http://jabber.org/protocol/commands"))[0]}
    assert {"clan-leave", "clan-kick", "clan-who"} <= nodes and "clan-join" not in nodes, nodes
    missing = await error(bob, f"clan-lions@{domain}", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
    assert "item-not-found" in missing
    found = await search(bob, domain, clan="pack", recruiting="no")
    assert [row["clan"] for row in found] == ["pack-3", "pack-4"]
    assert found[0]["jid"] == f"clan-pack-3@{domain}"
    card = bob.make_iq_get(ito=pack)
    card.append(slixmpp.ET.fromstring("<vCard xmlns='vcard-temp'/>"))
    card = (await card.send(timeout=rig.SECONDS)).xml.find("{vcard-temp}vCard")
    assert card.findtext("{vcard-temp}FN") == "Pack 0" and card.findtext("{vcard-temp}DESC") == "We run at night."


async def search(person, domain, **fields):
    """The rows that a search finds."""
    form = person.plugin["xep_0004"].make_form(ftype="submit")
    for name, value in fields.items():
        form.add_field(var=name, value=value)
    iq = person.make_iq_set(ito=domain)
    query = slixmpp.ET.Element("{jabber:iq:search}query")
    query.append(form.xml)
    iq.append(query)
    found = (await iq.send(timeout=rig.SECONDS)).xml.find("{jabber:iq:search}query/{jabber:x:data}x")
    return [people.fields(row) for row in found.findall("{jabber:x:data}item")]


def offered(person, start, action):
    """The addresses that were offered by message since then, each with its groups."""
    found = {}
    for message in person.inbox[start:]:
        for item in message.xml.findall(f"{{{ROSTERX}}}x/{{{ROSTERX}}}item"):
            if item.get("action") == action:
                found[item.get("jid")] = [group.text for group in item.findall(f"{{{ROSTERX}}}group")]
    return found


async def entry(person, jid):
    """Subscription and groups of an entry in the contact list as the server keeps it."""
    # The library's own question names the version it has, and is answered with nothing when that is still true.
    asked = person.make_iq_get(queryxmlns="jabber:iq:roster")
    roster = (await asked.send(timeout=rig.SECONDS)).xml.find("{jabber:iq:roster}query")
    for item in roster:
        if item.get("jid") == jid:
            return item.get("subscription"), [group.text for group in item.findall("{jabber:iq:roster}group")]
    return None


async def test_mates_who_share_their_addresses(referee, login, server):
    alice, bob, carol = await login("alice"), await login("bob"), await login("carol")
    await clan(referee, alice, "wolves", "Wolves", bob, carol)
    start = {person: len(person.inbox) for person in (alice, bob, carol)}
    for person in (alice, bob):
        answer = await person.command(referee.domain, "clan-contacts", {"clan": "wolves", "share": "on"})
        assert answer.values["share"] == "1", answer.values
    text = await bob.hear(lambda m: "xmpp:alice@localhost" in m["body"], "the mates in words", start[bob])
    assert text["from"].bare == f"clan-wolves@{referee.domain}"
    # ejabberd 23.01 grants it, lets us read, and then fails at each change: what cannot be set is offered as everywhere.
    await rig.until(lambda: offered(alice, start[alice], "add") == {"bob@localhost": ["Wolves"]}, "bob offered to alice")
    await rig.until(lambda: offered(bob, start[bob], "add") == {"alice@localhost": ["Wolves"]}, "alice offered to bob")
    assert ("lets clans keep a group" in referee.log()) == (server.kind == "ejabberd")
    assert await entry(alice, "bob@localhost") is None, "nothing is done without the person's app"
    assert (await bob.command(referee.domain, "clan-leave", {"clan": "wolves"})).refused is None
    if server.kind == "prosody":
        await rig.until(lambda: offered(alice, start[alice], "delete") == {"bob@localhost": ["Wolves"]}, "bob taken off")
    assert not offered(carol, start[carol], "add"), "carol shares nothing and is told nothing"
