"""Who talks to the referee: a slixmpp client, a raw client that may send any bytes, and a raw component.

Every wait has a deadline and says what it waited for. Begin reading with Person.
"""

import asyncio
import base64
import hashlib
import re
import socket
import time
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import slixmpp
from slixmpp.exceptions import IqError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

from rig import PASSWORD, SECONDS, SECRET

EVENT = "urn:x-referee:event:0"


@dataclass
class Answer:
    """What an ad-hoc command gave back."""

    status: str
    session: str
    actions: list
    notes: list
    values: dict
    options: dict
    rows: list
    iq: object = field(repr=False)

    @property
    def refused(self):
        """The refusal's code, if it was refused."""
        return self.values.get("code")


class Person(slixmpp.ClientXMPP):
    """A person's client: logged in, available, keeping every message that arrives."""

    def __init__(self, server, name, resource="rig", plugins=()):
        plugin_config = {"feature_mechanisms": {"unencrypted_plain": True, "unencrypted_scram": True}}
        super().__init__(f"{name}@{server.host}/{resource}", PASSWORD, plugin_config=plugin_config)
        self._address = server.c2s
        self.enable_direct_tls = self.enable_starttls = False
        self.enable_plaintext = True
        for plugin in ("0004", "0030", "0045", "0050", "0059", "0060", "0184", "0199", *plugins):
            self.register_plugin(f"xep_{plugin}")
        self.inbox = []
        # The library's own `message` event leaves out messages without a body: feeds and events to bots.
        self.register_handler(Callback("rig inbox", StanzaPath("message"), self.inbox.append))

    async def login(self, seconds=SECONDS, available=True):
        """Connects, authenticates and, unless told otherwise, says it is available."""
        started = asyncio.get_running_loop().create_future()
        self.add_event_handler("session_start", lambda _: started.done() or started.set_result(None))
        self.connect(*self._address)
        await asyncio.wait_for(started, seconds)
        if available:
            self.send_presence()
            await self.get_roster()
        return self

    async def logout(self):
        """Ends the session in order."""
        if self.is_connected():
            await self.disconnect(wait=2.0)

    async def say(self, to, body, kind="chat"):
        """Sends a chat message; returns its id."""
        message = self.make_message(mto=to, mbody=body, mtype=kind)
        message["id"] = self.new_id()
        message.send()
        return message["id"]

    async def hear(self, matches, what, start=0, seconds=SECONDS):
        """Waits for a message that `matches`, looking from the inbox position `start` on."""
        end = time.monotonic() + seconds
        seen = start
        while True:
            for message in self.inbox[seen:]:
                if matches(message):
                    return message
            seen = len(self.inbox)
            if time.monotonic() > end:
                heard = [f"{m['from']}: {m['body']!r}" for m in self.inbox[start:]]
                raise TimeoutError(f"{self.boundjid} waited {seconds} s for {what}; heard {heard}")
            await asyncio.sleep(0.01)

    async def ask(self, to, body, pattern="", seconds=SECONDS):
        """Says something and waits for a reply from there whose text matches the pattern; returns the text."""
        start = len(self.inbox)
        await self.say(to, body)
        here = slixmpp.JID(to).bare

        def reply(message):
            return message["from"].bare == here and message["body"] and re.search(pattern, message["body"])

        return (await self.hear(reply, f"/{pattern}/ from {here} after {body!r}", start, seconds))["body"]

    def events(self, start=0):
        """The attributes of every <event/> received in a message, oldest first."""
        found = [message.xml.find(f"{{{EVENT}}}event") for message in self.inbox[start:]]
        return [event.attrib for event in found if event is not None]

    async def command(self, to, node, values=None, action="execute", session=None, seconds=SECONDS):
        """Runs an ad-hoc command, or one stage of it; with `values` the form is submitted in the same IQ."""
        payload = None
        if values is not None:
            payload = self.plugin["xep_0004"].make_form(ftype="submit")
            for name, value in values.items():
                payload.add_field(var=name, value=value)
        send = self.plugin["xep_0050"].send_command
        iq = await send(to, node, action=action, payload=payload, sessionid=session, timeout=seconds)
        return _answer(iq)

    async def refusal(self, to, node, values=None, **more):
        """The condition of the IQ error with which a command is turned down."""
        try:
            answer = await self.command(to, node, values, **more)
        except IqError as error:
            return error.condition
        raise AssertionError(f"{node} was not refused but answered {answer}")

    async def join_room(self, room, nick, seconds=SECONDS):
        """Enters a room and returns when the own presence is back."""
        return await self.plugin["xep_0045"].join_muc_wait(slixmpp.JID(room), nick, maxstanzas=0, timeout=seconds)

    async def items(self, service, node, seconds=SECONDS):
        """The items that a pubsub node holds now, as (id, payload)."""
        iq = await self.plugin["xep_0060"].get_items(service, node, timeout=seconds)
        return [(item["id"], item["payload"]) for item in iq["pubsub"]["items"]]

    def published(self, node, start=0):
        """The ids of the items that this node has notified us of, oldest first."""
        namespace = "{http://jabber.org/protocol/pubsub#event}"
        ids = []
        for message in self.inbox[start:]:
            items = message.xml.find(f"{namespace}event/{namespace}items")
            if items is not None and items.get("node") == node:
                ids += [item.get("id") for item in items.findall(f"{namespace}item")]
        return ids


def _answer(iq):
    command = iq["command"]
    form = command.xml.find("{jabber:x:data}x")
    values, options, rows = {}, {}, []
    for row in [] if form is None else form.findall("{jabber:x:data}item"):
        rows.append(fields(row))
    if form is not None:
        values = fields(form)
        for entry in form.findall("{jabber:x:data}field"):
            options[entry.get("var")] = [o.findtext("{jabber:x:data}value") for o in entry.findall("{jabber:x:data}option")]
    notes = [note.text for note in command.xml.findall("{http://jabber.org/protocol/commands}note")]
    actions = [child.tag.rpartition("}")[2] for child in command.xml.find("{http://jabber.org/protocol/commands}actions") or []]
    return Answer(command["status"], command["sessionid"], actions, notes, values, options, rows, iq)


def fields(form):
    """Field values of a form by name: a text, or a list when the field may hold several."""
    values = {}
    for entry in form.findall("{jabber:x:data}field"):
        texts = [value.text or "" for value in entry.findall("{jabber:x:data}value")]
        several = entry.get("type") in ("text-multi", "list-multi", "jid-multi") or len(texts) > 1
        values[entry.get("var")] = texts if several else (texts[0] if texts else "")
    return values


class Raw:
    """A byte stream to the server that reads what comes into `heard`; the base of the two raw ends."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.heard = ""
        self.closed = False
        self._listener = None

    @classmethod
    async def connect(cls, address):
        """Opens the TCP connection and starts listening."""
        raw = cls(*await asyncio.open_connection(*address))
        raw._listener = asyncio.ensure_future(raw._listen())
        return raw

    async def _listen(self):
        try:
            while data := await self.reader.read(65536):
                self.heard += data.decode(errors="replace")
        except ConnectionError:
            pass
        self.closed = True

    async def send(self, data):
        """Sends text or bytes as they are."""
        self.writer.write(data if isinstance(data, bytes) else data.encode())
        await self.writer.drain()

    async def read_until(self, pattern, start=0, seconds=SECONDS):
        """Waits until what was heard from position `start` on matches; returns the match."""
        end = time.monotonic() + seconds
        size = -1
        while True:
            if len(self.heard) != size:
                size = len(self.heard)
                if match := re.search(pattern, self.heard[start:], re.DOTALL):
                    return match
            if self.closed or time.monotonic() > end:
                state = "the stream ended" if self.closed else f"waited {seconds} s"
                raise TimeoutError(f"{state}: no /{pattern}/ in {self.heard[start:][-500:]!r}")
            await asyncio.sleep(0.005)

    async def ping(self, to, sender="", seconds=SECONDS):
        """Sends an XEP-0199 ping and waits for its answer, a result or an error."""
        start = len(self.heard)
        name = f"ping{time.monotonic_ns()}"
        source = f" from='{sender}'" if sender else ""
        await self.send(f"<iq type='get' id='{name}' to='{to}'{source}><ping xmlns='urn:xmpp:ping'/></iq>")
        await self.read_until(rf"<iq[^>]*\bid=['\"]{name}['\"]", start, seconds)

    def cut(self):
        """Breaks the connection as a power cut would: a reset, and what the kernel still held is thrown away."""
        plug = self.writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()
        self._listener.cancel()

    def close(self):
        """Ends the connection without ceremony."""
        self.writer.close()
        self._listener.cancel()


class RawClient(Raw):
    """A user who is logged in and may then send any bytes, malformed ones too."""

    @classmethod
    async def login(cls, server, name, resource="raw"):
        """Connects, authenticates by SASL PLAIN and binds a resource."""
        raw = await cls.connect(server.c2s)
        header = "<stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
        await raw.send(header)
        await raw.read_until("</stream:features>")
        secret = base64.b64encode(f"\0{name}\0{PASSWORD}".encode()).decode()
        await raw.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>")
        await raw.read_until("<success")
        start = len(raw.heard)
        await raw.send(header)
        await raw.read_until("</stream:features>", start)
        await raw.send(
            f"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{escape(resource)}</resource></bind></iq>"
        )
        await raw.read_until(r"<iq[^>]*\bid=['\"]bind['\"].*?</iq>", start)
        await raw.send("<presence/>")
        raw.jid = f"{name}@localhost/{resource}"
        return raw


class RawComponent(Raw):
    """Another component on the server: an echo of ours for measurements, or a stranger's hostile one."""

    @classmethod
    async def attach(cls, server, domain):
        """Connects and authenticates as this domain."""
        raw = await cls.connect(server.component(domain))
        await raw.send(
            f"<stream:stream to='{domain}' xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        stream = await raw.read_until(r"<stream:stream[^>]*\bid=['\"]([^'\"]+)['\"]")
        digest = hashlib.sha1((stream[1] + SECRET).encode()).hexdigest()
        await raw.send(f"<handshake>{digest}</handshake>")
        await raw.read_until(r"<handshake\s*/>|<handshake></handshake>")
        raw.domain = domain
        return raw
