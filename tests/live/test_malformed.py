"""What any stranger can send: no shape of stanza ends the component's stream, and every move made meanwhile counts."""

import re

import people
import rig
import tables

# More than the 8 KiB that the stream's parser takes for one name or one value.
LONG = "x" * 9000
STANZAS = 1_000
# Between two moves.
VOLLEY = 50
ERROR = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"
DATA = "xmlns='jabber:x:data'"
COMMAND = "xmlns='http://jabber.org/protocol/commands'"

# `{to}` is an address of the referee's, `{id}` a name for the answer. Measured in notes: which server passes what on.
SHAPES = {
    "an unknown show": "<presence to='{to}'><show>busy</show></presence>",
    "an empty show": "<presence to='{to}'><show/></presence>",
    "two shows": "<presence to='{to}'><show>away</show><show>dnd</show></presence>",
    "a priority out of range": "<presence to='{to}'><priority>300</priority></presence>",
    "a presence of no known type": "<presence to='{to}' type='dance'/>",
    "a message of no known type": "<message to='{to}' type='bogus'><body>show</body></message>",
    "two threads": "<message to='{to}' type='chat'><thread>a</thread><thread>b</thread></message>",
    "text in a message": "<message to='{to}' type='chat'>loose text</message>",
    "a body in a body": "<message to='{to}' type='chat'><body><body>x</body></body></message>",
    "an error of no known type": f"<iq to='{{to}}' type='error' id='{{id}}'><error type='zzz'><forbidden {ERROR}/></error></iq>",
    "an error without a condition": "<iq to='{to}' type='error' id='{id}'><error type='cancel'/></iq>",
    "an error without an error": "<iq to='{to}' type='error' id='{id}'/>",
    "a get without a child": "<iq to='{to}' type='get' id='{id}'/>",
    "a set with two children": "<iq to='{to}' type='set' id='{id}'><a xmlns='u'/><b xmlns='u'/></iq>",
    "a form of no known type": f"<iq to='{{to}}' type='set' id='{{id}}'><command {COMMAND} node='my'><x {DATA} type='dance'/></command></iq>",
    "a command without a node": f"<iq to='{{to}}' type='set' id='{{id}}'><command {COMMAND}/></iq>",
    "a forged answer": "<iq to='{to}' type='result' id='{id}'/>",
    "a page of no size": "<iq to='{to}' type='get' id='{id}'><query xmlns='http://jabber.org/protocol/disco#items'>"
    "<set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set></query></iq>",
    "an emoji in the address": "<iq to='\U0001f3b2@{domain}/\U0001f3b2' type='get' id='{id}'><ping xmlns='urn:xmpp:ping'/></iq>",
    "a long attribute": f"<iq to='{{to}}' type='get' id='{{id}}'><ping xmlns='urn:xmpp:ping' x='{LONG}'/></iq>",
    "a long attribute within": f"<message to='{{to}}' type='chat'><body>show</body><x xmlns='u' y='{LONG}'/></message>",
    "a long name of an attribute": f"<message to='{{to}}' type='chat'><body>show</body><x xmlns='u' {LONG}='1'/></message>",
    "a long name of an element": f"<presence to='{{to}}'><{LONG} xmlns='u'/></presence>",
    "a long namespace": f"<iq to='{{to}}' type='get' id='{{id}}'><query xmlns='{LONG}'/></iq>",
    "a long id": f"<iq to='{{to}}' type='get' id='{{id}}{LONG}'><ping xmlns='urn:xmpp:ping'/></iq>",
    "a prefix never declared": "<message to='{to}' type='chat' foo:bar='x'><body>show</body></message>",
    # ejabberd drops what it does not know of a stanza's own tag, the declaration with it, and passes on the rest.
    "an attribute's prefix declared outside": "<message to='{to}' type='chat' xmlns:foo='u'><body>show</body><x xmlns='u' foo:bar='x'/></message>",
    "an element's prefix declared outside": "<iq to='{to}' type='get' id='{id}' xmlns:foo='u'><x xmlns='u'><foo:bar/></x></iq>",
    "a prefix declared outside of a ping": "<iq to='{to}' type='get' id='{id}' xmlns:foo='u'><ping xmlns='urn:xmpp:ping' foo:bar='x'/></iq>",
    "a deep nest": "<message to='{to}' type='chat'><body>show</body>" + "<a>" * 500 + "</a>" * 500 + "</message>",
    "a vast body": "<message to='{to}' type='chat'><body>" + "b" * 200_000 + "</body></message>",
}
# Whatever else a server holds back, these reach the referee on both.
REACHES = {"a long attribute", "a long attribute within", "a long name of an attribute", "a long name of an element", "a priority out of range",
           "an attribute's prefix declared outside", "an element's prefix declared outside"}  # fmt: skip


def stanza(shape, referee, match, number):
    """A shape, sent to one address of the referee after the other."""
    places = [referee.jid, referee.domain, f"{match}@{referee.domain}", f"{referee.jid}/referee", f"nobody@{referee.domain}"]
    return SHAPES[shape].format(to=places[number % len(places)], domain=referee.domain, id=f"odd{number}")


async def passed_on(server, referee, match):
    """The shapes that do not end the sender's own stream."""
    raw, kept = await people.RawClient.login(server, "mallory"), []
    for number, shape in enumerate(SHAPES):
        try:
            await raw.send(stanza(shape, referee, match, number))
            await raw.ping(referee.domain)
            kept.append(shape)
        except (TimeoutError, ConnectionError):
            assert raw.closed, f"neither an answer nor an end after {shape}"
            raw.close()
            raw = await people.RawClient.login(server, "mallory")
    raw.close()
    return kept


async def test_no_stanza_of_a_stranger_breaks_the_stream(server, referee, login):
    alice, bob = await login(), await login()
    match = await tables.begin(alice, bob, referee, options="rows=7 cols=7 strike=7")
    shapes = await passed_on(server, referee, match)
    assert set(shapes) >= REACHES
    raw = await people.RawClient.login(server, "mallory")
    played = []
    for first in range(0, STANZAS, VOLLEY):
        volley = [stanza(shapes[n % len(shapes)], referee, match, n) for n in range(first, first + VOLLEY)]
        await raw.send("".join(volley))
        mover = (alice, bob)[len(played) % 2]
        legal = (await tables.show(mover, referee, match))["legal"]
        played.append((await tables.play(mover, referee, match, legal[0], expect=str(len(played))))["move"])
        await raw.ping(referee.domain)
    raw.close()
    assert (await tables.show(alice, referee, match))["moves"] == played and len(played) == STANZAS // VOLLEY
    log = referee.log()
    assert log.count("connected") == 1 and "the connection is gone" not in log and "no stream" not in log, log[-2000:]
    assert "panic" not in log


async def test_a_broken_request_is_answered(server, common):
    raw = await people.RawClient.login(server, "mallory")
    broken = ["a long attribute", "a long namespace", "a set with two children", "a command without a node", "a form of no known type"]
    broken += ["a prefix declared outside of a ping", "a get without a child"] if server.kind == "ejabberd" else []
    for number, shape in enumerate(broken):
        await raw.send(SHAPES[shape].format(to=common.domain, domain=common.domain, id=f"odd{number}"))
        answer = await raw.read_until(rf"<iq[^>]*\bid=['\"]odd{number}['\"][^>]*>.*?</iq>")
        assert re.search(r"type=['\"]error['\"]", answer[0]) and "<bad-request" in answer[0], (shape, answer[0][:500])
    raw.close()


async def test_errors_are_never_answered(server, common):
    raw = await people.RawClient.login(server, "mallory")
    start = len(raw.heard)
    body = f"<error type='cancel'><forbidden {ERROR}/></error>"
    for to in (common.jid, common.domain, f"m1@{common.domain}", f"nobody@{common.domain}"):
        await raw.send(f"<iq type='error' id='e1' to='{to}'>{body}</iq><iq type='result' id='e2' to='{to}'/>")
        await raw.send(f"<message type='error' id='e3' to='{to}'><body>help</body>{body}</message>")
        await raw.send(f"<presence type='error' id='e4' to='{to}'>{body}</presence>")
        await raw.send(f"<message type='headline' id='e5' to='{to}'><body>help</body></message>")
    await raw.ping(common.domain)
    heard = raw.heard[start:]
    assert not re.search(r"\bid=['\"]e\d['\"]|<message", heard), heard
    raw.close()
