"""The exchanges that docs/PROTOCOL.md shows, played on a private server and written down as they went over the wire.

A match of a person (alice) and a bot, with a spectator (carol). Each example is a list of stanzas, with the sent ones as
they were sent. What differs from run to run (hashes, times, luck, session ids) is replaced by fixed values, and the test
domains by those that the page uses. `docs/PROTOCOL.md` holds the result: test_protocol_doc.py compares, or rewrites it.

Begin reading with `exchanges`.
"""

import re
import time
import xml.etree.ElementTree as ElementTree

import people
import rig

STREAM = "<s xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
EVENT = "{urn:x-referee:event:0}event"
COMMANDS = "http://jabber.org/protocol/commands"
# Longest line on which an element and its children stand together.
WIDTH = 110
# What servers add on the way, and what says nothing about the protocol.
NOISE = {"{urn:xmpp:sid:0}stanza-id", "{http://www.xmpp.org/extensions/inbox#}mam", "{urn:xmpp:delay}delay"}


class Talker:
    """A logged-in account that sends text and sees whole stanzas."""

    def __init__(self, raw):
        self._raw, self._read = raw, len(raw.heard)
        self._parser = ElementTree.XMLPullParser(("start", "end"))
        self._parser.feed(STREAM)
        self._depth, self.heard, self.jid = 0, [], raw.jid

    @classmethod
    async def login(cls, server, name):
        """Logs in, says it is available and begins to listen."""
        talker = cls(await people.RawClient.login(server, name, "home"))
        # Servers tell of subscriptions only those sessions that asked for the contact list.
        await talker.ask("get", f"{name}@localhost", "roster", "<query xmlns='jabber:iq:roster'/>")
        return talker

    def _stanzas(self):
        fresh, self._read = self._raw.heard[self._read:], len(self._raw.heard)
        self._parser.feed(fresh)
        for what, element in self._parser.read_events():
            self._depth += 1 if what == "start" else -1
            if what == "end" and self._depth == 1:
                self.heard.append(element)
        return self.heard

    async def say(self, text):
        """Sends a stanza; returns it as the page shows it."""
        await self._raw.send(text)
        return shown(ElementTree.fromstring(STREAM + text + "</s>")[0], arrow="→")

    async def hear(self, fits, what):
        """Waits for the first stanza that fits and was not given out before; returns the element."""

        def found():
            # A list, because an element without children counts as false.
            return [stanza for stanza in self._stanzas() if fits(stanza)][:1]

        try:
            [stanza] = await rig.until(found, f"{self.jid} to hear {what}")
        except TimeoutError as late:
            heard = "\n".join(shown(stanza) for stanza in self.heard)
            raise TimeoutError(f"{late}; heard\n{heard}") from None
        self.heard.remove(stanza)
        return stanza

    async def ask(self, kind, to, name, inside):
        """One IQ and its answer; returns both as the page shows them."""
        sent = await self.say(f"<iq type='{kind}' id='{name}' to='{to}'>{inside}</iq>")
        answer = await self.hear(lambda stanza: stanza.get("id") == name and stanza.tag.endswith("}iq"), f"an answer to {name}")
        return [sent, shown(answer)]

    async def run(self, to, node, name, **fields):
        """One ad-hoc command with its form submitted in the same IQ."""
        form = "".join(f"<field var='{var}'><value>{value}</value></field>" for var, value in fields.items())
        return await self.step(to, node, name, "execute", f"<x xmlns='jabber:x:data' type='submit'>{form}</x>")

    async def step(self, to, node, name, action="execute", inside="", session=None):
        """One step of an ad-hoc command, without a form unless one is given."""
        session = f" sessionid='{session}'" if session else ""
        command = f"<command xmlns='{COMMANDS}' node='{node}' action='{action}'{session}>{inside}</command>"
        return await self.ask("set", to, name, command)

    async def event(self, kind, match):
        """The next message with an <event/> of this kind."""

        def fits(stanza):
            event = stanza.find(EVENT)
            return event is not None and event.get("kind") == kind and event.get("match") == match

        return shown(await self.hear(fits, f"the event {kind} of {match}"))

    async def reply(self, pattern):
        """The next message whose text matches."""

        def fits(stanza):
            body = stanza.findtext("{jabber:client}body")
            return body is not None and re.search(pattern, body)

        return shown(await self.hear(fits, f"/{pattern}/"))

    def close(self):
        """Hangs up."""
        self._raw.close()


def name_of(tag):
    """Namespace and name of an ElementTree tag."""
    namespace, _, name = tag.rpartition("}")
    return namespace[1:], name


def escaped(text):
    """Text as XML writes it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shown(element, arrow="←", around="jabber:client", depth=0):
    """The lines of an element, two spaces a level; the first says which way it went."""
    pad = "  " * depth
    if element.tag in NOISE:
        return ""
    namespace, name = name_of(element.tag)
    words = [name] + ([f"xmlns='{namespace}'"] if namespace != around else [])
    for key, value in element.attrib.items():
        if not key.endswith("}lang"):
            words.append(f"{key}='{escaped(value)}'")
    inside = [shown(child, "", namespace, depth + 1) for child in element]
    inside = [text for text in inside if text]
    text = escaped(element.text or "")
    head = f"<!-- {arrow} -->\n" if arrow else ""
    opened = f"{pad}<{' '.join(words)}"
    flat = opened + ">" + "".join(line.strip() for line in inside) + f"</{name}>"
    if inside and not any(len(child) for child in element) and "\n" not in flat and len(flat) <= WIDTH:
        return head + flat
    if inside:
        return head + "\n".join([opened + ">", *inside, f"{pad}</{name}>"])
    return head + (f"{opened}>{text}</{name}>" if text else f"{opened}/>")


def masked(text, domain):
    """The text with fixed values for what differs from run to run."""
    for old, new in ((domain, "referee.example.org"), ("localhost", "example.org")):
        text = text.replace(old, new)
    text = re.sub(r"\b[0-9a-f]{64}\b", "9f86d081…", text)
    # A word's edge would not do: base64 may begin with a sign.
    text = re.sub(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==", "Ws1FpZ0c…==", text)
    text = re.sub(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", text)
    text = re.sub(r"\b8639\d{4}\b", "86399950", text)
    text = re.sub(r"(?<=key=')[0-9a-f]{16}(?=')|(?<=id=')[0-9a-f]{16}(?=')|(?<=<value>)[0-9a-f]{16}(?=</value>)", "21fe31dfa154a261", text)
    text = re.sub(r"(sealed as )[0-9a-f]{16}…", r"\g<1>9f86d081884c7d65…", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "2026-03-14T15:09:26.535Z", text)
    text = re.sub(r"tag:referee\.example\.org,\d{4}-\d\d-\d\d:", "tag:referee.example.org,2026-03-14:", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-03-14 15:09 UTC", text)
    # Milliseconds on clocks of 5 and 3 minutes, in events, lists and status texts.
    text = re.sub(r"\b(29\d{4}|30\d{4})\b", "299500", text)
    text = re.sub(r"\b(4:5\d|5:0\d)\b", "4:59", text)
    text = re.sub(r"\b(m\d+)-[a-z2-7]{4}@", r"\1-k7f3@", text)
    text = re.sub(r"sessionid='(?!show|my|move|bot|accept|record|challenge)[^']+'", "sessionid='b5f0c1d2'", text)
    # Which comes first, the room or the feed, is up to the server's services; so the invitation may be either record.
    text = re.sub(r"(id='m1/)[34](/\d+')", r"\g<1>3\2", text)
    text = re.sub(r"\bid='a[0-9a-f]{16}-\d+'", "id='a09cb68535084e421-5'", text)
    text = re.sub(r"\bsubid='[^']+'", "subid='7032BD3CD7E39'", text)
    text = re.sub(r"(<card [^>]*>)\d", r"\g<1>2", text)
    return re.sub(r"cards=[JQK]\?", "cards=K?", text)


async def exchanges(server, domain):
    """Plays everything and returns the examples by name, each a text of stanzas."""
    players = {name: await Talker.login(server, name) for name in ("alice", "bot1", "carol")}
    examples = {}
    try:
        for part in (bot_plays, discovery, presence, confirm_and_errors, hidden_things):
            examples.update(await part(domain, **players))
    finally:
        for player in players.values():
            player.close()
    return {name: masked("\n".join(stanzas), domain) for name, stanzas in examples.items()}


async def chat(person, to, name, text):
    """Says something in chat; returns the stanza as the page shows it."""
    return await person.say(f"<message type='chat' id='{name}' to='{to}'><body>{text}</body></message>")


async def bot_plays(domain, alice, bot1, carol):
    """The bot's page: challenged by a person, it accepts and plays to the end; the spectator has the room and the feed."""
    here, contact = domain, f"referee@{domain}"
    examples = {"bot": await bot1.run(here, "bot", "bot1", mode="on")}
    examples["chat"] = [await chat(alice, contact, "say1", "challenge bot1@localhost tic-tac-toe 5+3 x"), await alice.reply("Challenge sent")]
    examples["challenged"] = [await bot1.event("challenged", "m1")]
    examples["my"] = await bot1.step(here, "my", "my1")
    examples["accept"] = await bot1.run(here, "accept", "accept1", match="m1")
    examples["your-turn"] = [await alice.event("started", "m1")]
    examples["started"] = [await bot1.event("started", "m1")]
    examples["told-of-the-room"] = [await alice.reply("in the match's room")]
    room, items = await place(carol, f"m1@{domain}")
    examples["match-items"] = items
    pubsub = "pubsub.localhost"
    subscribe = f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><subscribe node='{domain}/match/m1' jid='carol@localhost'/></pubsub>"
    examples["subscribe"] = await carol.ask("set", pubsub, "sub1", subscribe)
    await carol.say(f"<presence to='{room}/carol'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>")
    await carol.hear(lambda stanza: stanza.get("from") == f"{room}/carol", "her own presence in the room")
    await chat(alice, contact, "say2", "b2")
    await alice.reply("You played b2")
    examples["turn"] = [await bot1.event("turn", "m1")]
    examples["room"] = [await carol.reply("alice plays b2")]
    examples["feed"] = [await carol.hear(lambda stanza: stanza.find(f".//{EVENT}[@kind='moved']") is not None, "the move in the feed")]
    examples["feed"] = [shown(examples["feed"][0])]
    examples["show"] = await bot1.run(here, "show", "show1", match="m1")
    examples["refused"] = await bot1.run(here, "move", "move0", match="m1", move="a1", expect="0")
    examples["move"] = await bot1.run(here, "move", "move1", match="m1", move="a1", expect="1")
    for number, (mine, theirs) in enumerate((("b1", "a2"), ("b3", None)), 3):
        await chat(alice, contact, f"say{number}", mine)
        if theirs:
            await bot1.event("turn", "m1")
            await bot1.run(here, "move", f"move{number}", match="m1", move=theirs)
    examples["over"] = [await bot1.event("over", "m1")]
    return examples


async def place(person, match):
    """Asks for the room and the feed of a match until both are there; returns the room and the last exchange."""
    end = time.monotonic() + rig.SECONDS
    number = 0
    while True:
        number += 1
        exchange = await person.ask("get", match, "items1", "<query xmlns='http://jabber.org/protocol/disco#items'/>")
        room = re.search(r"jid='([^']+@conference[^']+)'", exchange[1])
        if room and "node=" in exchange[1]:
            return room[1], exchange
        if time.monotonic() > end:
            raise TimeoutError(f"no room and feed after {number} questions: {exchange[1]}")


async def keys(domain, carol):
    """The node where the keys are published."""
    query = f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{domain}/keys'/></pubsub>"
    return await carol.ask("get", "pubsub.localhost", "keys1", query)


async def discovery(domain, alice, bot1, carol):
    """What there is, and who finds it."""
    info, items = ("<query xmlns='http://jabber.org/protocol/disco#%s'%s/>" % (what, "%s") for what in ("info", "items"))
    await bot1.run(domain, "challenge", "again1", opponent="alice", game="chess", clock="5+3", side="white")
    await chat(alice, f"referee@{domain}", "say9", "accept m2")
    await place(carol, f"m2@{domain}")
    paged = "<query xmlns='http://jabber.org/protocol/disco#items' node='matches'><set xmlns='http://jabber.org/protocol/rsm'><max>10</max></set></query>"
    examples = {"service": await carol.ask("get", domain, "info1", info % "")}
    examples["keys"] = await keys(domain, carol)
    examples["matches"] = await carol.ask("get", domain, "page1", paged)
    examples["match"] = await carol.ask("get", f"m2@{domain}", "info2", info % "")
    examples["commands"] = await carol.ask("get", f"m2@{domain}", "cmds1", items % f" node='{COMMANDS}'")
    search = "<query xmlns='jabber:iq:search'>%s</query>"
    examples["search-form"] = await carol.ask("get", domain, "search0", search % "")
    wanted = "<x xmlns='jabber:x:data' type='submit'><field var='game'><value>chess</value></field></x>"
    examples["search"] = await carol.ask("set", domain, "search1", search % wanted)
    return examples


async def presence(domain, alice, bot1, carol):
    """A match as a contact."""
    match = f"m2@{domain}"
    sent = await carol.say(f"<presence type='subscribe' id='sub2' to='{match}'/>")

    def from_match(kind):
        return lambda stanza: stanza.tag.endswith("}presence") and stanza.get("from") == match and stanza.get("type") == kind

    subscribed = await carol.hear(from_match("subscribed"), "the consent")
    available = await carol.hear(from_match(None), "the status")
    return {"presence": [sent, shown(subscribed), shown(available)]}


async def confirm_and_errors(domain, alice, bot1, carol):
    """What ends something asks first; and what cannot be asked at all."""
    match = f"m2@{domain}"
    asked = await bot1.step(match, "resign", "resign1")
    session = re.search(r"sessionid='([^']+)'", asked[1])[1]
    given_up = await bot1.step(match, "resign", "resign2", "cancel", session=session)
    return {
        "confirm": asked + given_up,
        "unknown": await bot1.step(domain, "castle", "odd1"),
        "forbidden": await bot1.step(domain, "admin-status", "odd2"),
        "expired": await bot1.step(match, "resign", "odd3", "complete", session="gone"),
        "missing": await carol.ask("get", f"m9@{domain}", "odd4", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    }


async def hidden_things(domain, alice, bot1, carol):
    """A sealed choice, and a card that only one seat sees."""
    contact = f"referee@{domain}"
    await bot1.run(domain, "challenge", "again2", opponent="alice", game="rock-paper-scissors", side="second", options="best_of=1", room="0")
    await chat(alice, contact, "say20", "accept m3")
    await bot1.event("started", "m3")
    sealed = await bot1.run(domain, "move", "move20", match="m3", move="rock")
    await chat(alice, contact, "say21", "move m3 scissors")
    over = await bot1.event("over", "m3")
    result = await bot1.run(domain, "result", "result1", match="m3")
    await bot1.run(domain, "challenge", "again3", opponent="alice", game="kuhn-poker", side="first", room="0")
    await chat(alice, contact, "say22", "accept m4")
    card = await bot1.event("started", "m4")
    return {"sealed": sealed, "revealed": [over], "result": result, "card": [card]}
