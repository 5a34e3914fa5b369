"""A MUG client: multi-user gaming as the 2009 ProtoXEP describes it, for slixmpp. Written from its text and knows nothing of the referee.

Only `additions` reads what lies beside the ProtoXEP. Begin reading with Game.
"""

import asyncio
import time
from xml.etree import ElementTree as ET

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

MUG = "http://jabber.org/protocol/mug"
USER = MUG + "#user"
OWNER = MUG + "#owner"
TICTACTOE = MUG + "/tictactoe"
ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
FORM = "jabber:x:data"
SECONDS = 15


class MugError(Exception):
    """A stanza error: its type, its condition, and what else stands in it."""

    def __init__(self, error):
        self.kind = error.get("type")
        self.condition = next((child.tag.split("}")[1] for child in error if child.tag.startswith(f"{{{ERRORS}}}") and not child.tag.endswith("}text")), None)
        self.details = [child.tag for child in error if not child.tag.startswith(f"{{{ERRORS}}}")]
        self.text = error.findtext(f"{{{ERRORS}}}text")
        super().__init__(f"{self.kind}/{self.condition}: {self.text}")


def error_of(xml):
    """The error of a stanza."""
    return MugError(xml.find("{jabber:client}error"))


class Game:
    """One client in one room: what it knows of the room, made from what the room sends and from nothing else."""

    def __init__(self, client, room, nick, namespace):
        self.client = client
        self.room = room
        self.nick = nick
        self.namespace = namespace
        self.status = None
        self.state = None
        self.roles = {}
        self.affiliations = {}
        self.turns = []
        self.talk = []
        self.starts = []
        self.errors = []
        self.left = None
        self.everything = []
        self._here = False
        name = f"mug {room} {nick} {id(self)}"
        for kind in ("presence", "message"):
            client.register_handler(Callback(f"{name} {kind}", MatchXPath(f"{{jabber:client}}{kind}"), self._arrived))

    def _arrived(self, stanza):
        xml = stanza.xml
        room, _, nick = xml.get("from", "").partition("/")
        if room != self.room:
            return
        self.everything.append(ET.tostring(xml, encoding="unicode"))
        if xml.get("type") == "error":
            self.errors.append((xml, error_of(xml)))
        elif xml.tag.endswith("}presence"):
            self._presence(xml, nick)
        else:
            self._message(xml, nick)

    def _presence(self, xml, nick):
        if xml.get("type") == "unavailable":
            self.roles.pop(nick, None)
            self.affiliations.pop(nick, None)
            if nick == self.nick:
                self._here = False
                self.left = xml
            return
        game = xml.find(f"{{{MUG}}}game")
        if not nick:
            self.status = game.findtext(f"{{{MUG}}}status")
            state = game.find(f"{{{self.namespace}}}state")
            self.state = self.state if state is None else state
            return
        item = game.find(f"{{{MUG}}}item")
        if item.get("nick"):
            self.roles.pop(nick, None)
            self.affiliations.pop(nick, None)
            if nick == self.nick:
                self.nick = item.get("nick")
            nick = item.get("nick")
        self.roles[nick] = item.get("role", "none")
        self.affiliations[nick] = item.get("affiliation")
        if nick == self.nick:
            # The ProtoXEP: the own presence comes last, and tells that everybody is known.
            self._here = True

    def _message(self, xml, nick):
        for turn in xml.iterfind(f"{{{USER}}}turn"):
            self.turns.append((nick, turn))
        if xml.find(f"{{{USER}}}start") is not None:
            self.starts.append(nick)
        body = xml.findtext("{jabber:client}body")
        if body:
            self.talk.append((xml.get("type"), nick, body))

    async def until(self, check, what, seconds=SECONDS):
        """Waits until `check` is true of this room, and returns what it gave."""
        end = time.monotonic() + seconds
        while True:
            value = check()
            if value:
                return value
            if time.monotonic() > end:
                seen = "\n".join(self.everything[-8:])
                raise TimeoutError(f"{self.client.boundjid} in {self.room} waited for {what}; status {self.status}, roles {self.roles}, last:\n{seen}")
            await asyncio.sleep(0.01)

    async def error(self, seconds=SECONDS):
        """The next error from the room."""
        xml, error = await self.until(lambda: self.errors and self.errors.pop(0), "an error", seconds)
        self.echo = xml
        return error

    def send_presence(self, to, inner="", kind=None):
        """Sends a presence to the room."""
        presence = self.client.make_presence(pto=to, ptype=kind)
        if inner:
            presence.xml.append(ET.fromstring(inner))
        presence.send()

    def send_message(self, inner, to=None, kind="chat"):
        """Sends a message with this child to the room; returns its id."""
        message = self.client.make_message(mto=to or self.room, mtype=kind)
        message["id"] = self.client.new_id()
        message.xml.append(ET.fromstring(inner))
        message.send()
        return message["id"]

    async def join(self, nick=None, seconds=SECONDS):
        """Enters the room and returns once everybody in it is known; raises the error that turned it away."""
        self.nick = nick or self.nick
        self._here, known = False, len(self.errors)
        self.send_presence(f"{self.room}/{self.nick}", f"<game xmlns='{MUG}' var='{self.namespace}'/>")
        await self.until(lambda: self._here or len(self.errors) > known, "its own presence", seconds)
        if len(self.errors) > known:
            raise self.errors.pop()[1]
        return self

    def take(self, role):
        """Asks for a role; `none` gives up."""
        self.send_presence(self.room, f"<game xmlns='{MUG}'><item role='{role}'/></game>")

    def start(self):
        """Says that it is ready."""
        self.send_message(f"<start xmlns='{USER}'/>", kind="normal")

    def turn(self, move):
        """Sends a turn with this element in it."""
        return self.send_message(f"<turn xmlns='{USER}'>{move}</turn>")

    def mark(self, row, col, number):
        """Tic-tac-toe: a mark in a cell."""
        return self.turn(f"<move xmlns='{TICTACTOE}' row='{row}' col='{col}' id='{number}'/>")

    def board(self):
        """Tic-tac-toe: the marks by row and column."""
        fields = self.state.iterfind(f"{{{TICTACTOE}}}board/{{{TICTACTOE}}}field")
        return {(int(field.get("row")), int(field.get("col"))): field.text for field in fields}

    def leave(self):
        """Goes."""
        self.send_presence(f"{self.room}/{self.nick}", kind="unavailable")

    def invite(self, jid, reason):
        """Invites somebody by way of the room."""
        self.send_message(f"<game xmlns='{USER}'><invite to='{jid}'><reason>{reason}</reason></invite></game>", kind="normal")

    async def iq(self, kind, inner, seconds=SECONDS):
        """Asks the room; the child of the result, or the error raised."""
        iq = self.client.make_iq(ito=self.room, itype=kind)
        iq.xml.append(ET.fromstring(inner))
        done = asyncio.get_running_loop().create_future()
        iq.send(callback=lambda answer: done.done() or done.set_result(answer), timeout=seconds)
        answer = await asyncio.wait_for(done, seconds)
        if answer["type"] == "error":
            raise error_of(answer.xml)
        return next(iter(answer.xml), None)

    async def form(self):
        """The configuration form: the fields of the room and those of the game, with their values."""
        query = await self.iq("get", f"<query xmlns='{OWNER}'><options/></query>")
        options = query.find(f"{{{OWNER}}}options")
        return [fields(part) for part in (options, options.find(f"{{{self.namespace}}}options")) if part is not None]

    async def configure(self, room=None, game=None):
        """Submits the configuration."""
        def form(values):
            inner = "".join(f"<field var='{name}'><value>{value}</value></field>" for name, value in (values or {}).items())
            return f"<x xmlns='{FORM}' type='submit'>{inner}</x>"

        own = f"<options xmlns='{self.namespace}'>{form(game)}</options>" if game else ""
        await self.iq("set", f"<query xmlns='{OWNER}'><options>{form(room)}{own}</options></query>")

    def additions(self, start=0):
        """What rooms add beside the ProtoXEP's elements, newest last: the `match` elements."""
        added = (ET.fromstring(xml).find("{urn:x-referee:mug:0}match") for xml in self.everything[start:])
        return [match for match in added if match is not None]


def fields(part):
    """The fields of the data form in an element: name to value."""
    form = part.find(f"{{{FORM}}}x")
    found = form.iterfind(f"{{{FORM}}}field") if form is not None else ()
    return {field.get("var"): field.findtext(f"{{{FORM}}}value") for field in found}
