"""Discovery as an independent library sees it: who we are, what there is, page by page, and what must not be told."""

import base64
import re
import struct
from datetime import datetime, timezone

import pytest
import slixmpp
from slixmpp.exceptions import IqError

import people
import rig
import tables

COMMANDS = "http://jabber.org/protocol/commands"
ITEMS = "http://jabber.org/protocol/disco#items"
RSM = "http://jabber.org/protocol/rsm"
SEARCH = "jabber:iq:search"
DIRECTORIES = ["matches", "open", "clans", "games"]
GAMES = {"chess", "counter-strike", "dice-duel", "kuhn-poker", "quake", "reported", "rock-paper-scissors", "tic-tac-toe"}
# Two people's open matches: more than a page of the usual size.
OPEN = 62


async def info(person, jid, node=None):
    """Identities, features and the fields of the forms of disco#info."""
    found = (await person.plugin["xep_0030"].get_info(jid, node=node, cached=False))["disco_info"]
    forms = {}
    for form in found.xml.findall("{jabber:x:data}x"):
        fields = people.fields(form)
        forms[fields.pop("FORM_TYPE")] = fields
    return {(category, kind): name for category, kind, _, name in found["identities"]}, found["features"], forms


async def items(person, jid, node=None, **rsm):
    """The items below a node as (jid, node, name), and what the page says of itself."""
    iq = person.make_iq_get(ito=jid)
    page = "".join(f"<{name}>{value}</{name}>" if value != "" else f"<{name}/>" for name, value in rsm.items())
    asked = f"<set xmlns='{RSM}'>{page}</set>" if rsm else ""
    at = f" node='{node}'" if node else ""
    iq.append(slixmpp.ET.fromstring(f"<query xmlns='{ITEMS}'{at}>{asked}</query>"))
    query = (await iq.send(timeout=rig.SECONDS)).xml.find(f"{{{ITEMS}}}query")
    found = [(item.get("jid"), item.get("node"), item.get("name")) for item in query.findall(f"{{{ITEMS}}}item")]
    told = query.find(f"{{{RSM}}}set")
    if told is None:
        return found, None
    page = {child.tag.rpartition("}")[2]: child.text for child in told}
    first = told.find(f"{{{RSM}}}first")
    return found, {**page, "index": None if first is None else first.get("index")}


async def error(person, jid, payload, kind="get"):
    """The error stanza for a request, as text, without the ids and addresses that differ anyway."""
    iq = person.make_iq(itype=kind, ito=jid)
    iq.append(slixmpp.ET.fromstring(payload))
    with pytest.raises(IqError) as raised:
        await iq.send(timeout=rig.SECONDS)
    return str(raised.value.iq).replace(iq["id"], "ID").replace(slixmpp.JID(jid).full, "ADDRESS")


async def test_who_we_are(common, login):
    person = await login(plugins=("0060",))
    identities, features, forms = await info(person, common.domain)
    assert identities == {("component", "generic"): "Referee", ("game", "multi-user"): "Referee"}
    assert {COMMANDS, ITEMS, RSM, SEARCH, "urn:xmpp:ping", "jabber:iq:version", "jabber:iq:last", "urn:xmpp:time", "vcard-temp"} <= features
    assert set(forms) == {"urn:xmpp:dataforms:softwareinfo", "urn:x-referee:keys:0"}
    assert forms["urn:xmpp:dataforms:softwareinfo"]["software"] == "Referee"
    keys = forms["urn:x-referee:keys:0"]
    assert keys["node"] == f"{common.domain}/keys" and keys["algorithm"] == "ed25519"
    items = (await person.plugin["xep_0060"].get_items("pubsub.localhost", keys["node"]))["pubsub"]["items"]["substanzas"]
    published = {item["id"]: item.xml.findtext("{urn:x-referee:keys:0}key") for item in items}
    assert published == {keys["key"]: keys["public"]}
    assert list((await info(person, common.jid))[0]) == [("client", "bot")]
    listed = [(str(jid), name) for jid, _, name in (await person.plugin["xep_0030"].get_items("localhost"))["disco_items"]["items"]]
    assert common.domain in [jid for jid, _ in listed], "the server lists its components"


async def test_every_feature_is_served(common, login):
    """No feature is claimed that is not there: each is asked for."""
    person = await login(plugins=("0012", "0054", "0092", "0202"))
    for jid in (common.domain, common.jid):
        assert await person.plugin["xep_0199"].ping(jid, timeout=rig.SECONDS) < rig.SECONDS
        version = (await person.plugin["xep_0092"].get_version(jid))["software_version"]
        assert version["name"] == "Referee" and re.fullmatch(r"\d+\.\d+\.\d+", version["version"])
        assert int((await person.plugin["xep_0012"].get_last_activity(jid))["last_activity"]["seconds"]) < 3600
        # As text: the library's getter cannot read what its own setter writes.
        told = (await person.plugin["xep_0202"].get_entity_time(jid))["entity_time"].xml.findtext("{urn:xmpp:time}utc")
        assert abs((datetime.fromisoformat(told) - datetime.now(timezone.utc)).total_seconds()) < rig.SECONDS
        card = (await person.plugin["xep_0054"].get_vcard(jid, cached=False))["vcard_temp"]
        assert card["FN"] and card["DESC"] and card["URL"] == f"xmpp:{jid}?message;body=help"
        picture = card["PHOTO"]["BINVAL"]
        picture = picture if isinstance(picture, bytes) else base64.b64decode(picture)
        assert card["PHOTO"]["TYPE"] == "image/png" and picture.startswith(b"\x89PNG\r\n\x1a\n")
        wide, high = struct.unpack(">II", picture[16:24])
        assert picture[12:16] == b"IHDR" and picture[-8:-4] == b"IEND" and wide == high > 0


async def test_what_is_not_served_is_refused(common, login):
    person = await login()
    for jid in (common.domain, common.jid):
        for payload in ("<query xmlns='jabber:iq:roster'/>", "<x xmlns='urn:nobody:knows'/>", "<vCard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>"):
            for kind in ("get", "set"):
                assert "service-unavailable" in await error(person, jid, payload, kind)
    assert "item-not-found" in await error(person, f"nobody@{common.domain}", "<ping xmlns='urn:xmpp:ping'/>")
    assert "item-not-found" in await error(person, common.domain, f"<query xmlns='{ITEMS}' node='nowhere'/>")


async def test_the_hash_of_capabilities_is_right(common, login):
    person = await login(plugins=("0115",))
    caps, disco = person.plugin["xep_0115"], person.plugin["xep_0030"]
    heard = []
    person.add_event_handler("entity_caps", lambda presence: heard.append(presence))
    person.send_presence_subscription(common.jid)
    ours = (await rig.until(lambda: [p for p in heard if p["from"].bare == common.jid], "presence with capabilities"))[0]
    ver = ours["caps"]["ver"]
    told = await disco.get_info(ours["from"], node=f"{ours['caps']['node']}#{ver}", cached=False)
    assert caps.generate_verstring(told["disco_info"], "sha-1") == ver
    person.del_roster_item(common.jid)


async def test_the_top_and_the_directories(common, login):
    person, other = await login(), await login()
    match = await tables.begin(person, other, common)
    top, _ = await items(person, common.domain, max=100)
    assert [node for _, node, _ in top[:4]] == DIRECTORIES and all(jid == common.domain for jid, _, _ in top[:4])
    assert f"{match}@{common.domain}" in [jid for jid, _, _ in top[4:]]
    for node in DIRECTORIES:
        identities, features, _ = await info(person, common.domain, node)
        assert ("hierarchy", "branch") in identities and RSM in features
    assert {node.removeprefix("games/") for _, node, _ in (await items(person, common.domain, "games"))[0]} == GAMES
    assert (await items(person, common.domain, "clans"))[0] == []
    for missing in ("ladders", "tournaments"):
        assert "item-not-found" in await error(person, common.domain, f"<query xmlns='{ITEMS}' node='{missing}'/>")
    running, _ = await items(person, common.domain, "matches", max=100, before="")
    assert f"{match}@{common.domain}" in [jid for jid, _, _ in running]


async def test_long_lists_come_page_by_page(referee, login):
    one, two = await login(), await login()
    for person in (one, two):
        for _ in range(OPEN // 2):
            assert (await person.command(referee.domain, "open", {"game": "tic-tac-toe"})).values["state"] == "open"
    reader = await login()
    for node in ("matches", "open"):
        everything, usual = await items(reader, referee.domain, node, max=100)
        assert usual["count"] == str(OPEN) and len({jid for jid, _, _ in everything}) == OPEN
        unasked, told = await items(reader, referee.domain, node)
        assert 0 < len(unasked) < OPEN and told["count"] == str(OPEN), "a list nobody asked to be cut is cut, and says so"
        await forth(reader, referee, node, everything)
        await back(reader, referee, node, everything)
        assert (await items(reader, referee.domain, node, max=0)) == ([], {"count": str(OPEN), "index": None})
        middle, told = await items(reader, referee.domain, node, max=5, index=30)
        assert middle == everything[30:35] and told["index"] == "30"


async def forth(reader, referee, node, everything):
    """From the first page to the last with `after`."""
    seen, after = [], {}
    while True:
        page, told = await items(reader, referee.domain, node, max=20, **after)
        if not page:
            break
        assert told["count"] == str(OPEN) and told["index"] == str(len(seen))
        seen += page
        after = {"after": told["last"]}
    assert seen == everything


async def back(reader, referee, node, everything):
    """From the last page to the first with `before`."""
    seen, before = [], ""
    while True:
        page, told = await items(reader, referee.domain, node, max=20, before=before)
        if not page:
            break
        seen = page + seen
        assert told["index"] == str(OPEN - len(seen))
        before = told["first"]
    assert seen == everything


async def test_a_match_tells_all_about_itself(common, login):
    one, two, reader = await login(), await login(), await login(plugins=("0054",))
    match = await tables.begin(one, two, common, "chess", clock="5+3")
    await tables.play(one, common, match, "e4")
    jid = f"{match}@{common.domain}"
    identities, features, forms = await info(reader, jid)
    names = [person.boundjid.user for person in (one, two)]
    name = f"Chess: {'–'.join(names)}"
    assert identities == {("game", "chess"): name, ("game", "multi-user"): name}
    assert COMMANDS in features
    form = forms["urn:x-referee:match:0"]
    expected = {"game": "chess", "rules": "1", "state": "started", "seats": "2", "players": names, "turn": names[1], "clock": "5+3",
                "moves": "1", "spectators": "0", "rated": "0", "visibility": "public", "result": "", "room": "", "feed": ""}  # fmt: skip
    assert {name: form[name] for name in expected} == expected
    assert form["position"].startswith("rnbqkbnr/pppppppp/8/8/4P3/") and re.fullmatch("[0-9a-f]{64}", form["hash"])
    assert [290_000 < int(left) <= 303_000 for left in form["clocks"]] == [True, True]
    assert (await reader.plugin["xep_0054"].get_vcard(jid, cached=False))["vcard_temp"]["FN"].startswith("Chess: ")
    await two.command(common.domain, "resign", {"match": match})
    form = (await info(reader, jid))[2]["urn:x-referee:match:0"]
    assert form["state"] == "over" and form["result"] == "resigned" and form["turn"] == ""


async def test_commands_are_listed_for_this_person_here_and_now(common, login):
    one, two, admin = await login(), await login(), await login("admin")

    async def nodes(person, jid):
        return {node for _, node, _ in (await items(person, jid, COMMANDS))[0]}

    everything = await nodes(one, common.domain)
    assert {"help", "games", "challenge", "open", "show", "my", "profile", "clan-create"} <= everything
    assert not {"move", "resign", "clan-kick"} & everything, "nothing is listed that can't come to anything"
    assert not {node for node in everything if node.startswith("admin")}
    assert {"admin-status", "admin-announce", "admin-abort", "admin-ban", "admin-log"} <= await nodes(admin, common.domain)
    made = (await one.command(common.domain, "challenge", {"opponent": two.boundjid.bare, "game": "chess", "side": "first"})).values
    match, jid = made["match"], f"{made['match']}@{common.domain}"
    assert "withdraw" in await nodes(one, jid) and {"accept", "decline"} <= await nodes(two, jid)
    assert not {"accept", "withdraw", "move"} & await nodes(await login(), jid)
    assert (await two.command(common.domain, "resign")).status == "executing", "what is not listed still runs"
    await two.command(jid, "accept", {})
    assert "move" in await nodes(one, common.domain)
    assert "move" in await nodes(one, jid) and "move" not in await nodes(two, jid) and "resign" in await nodes(two, jid)
    await tables.play(one, common, match, "e4")
    assert "move" not in await nodes(one, jid) and "move" in await nodes(two, jid)
    identities, features, _ = await info(one, common.domain, "challenge")
    assert list(identities) == [("automation", "command-node")] and {COMMANDS, "jabber:x:data"} <= features
    assert ("automation", "command-list") in (await info(one, common.domain, COMMANDS))[0]
    for hidden in ("admin-status", "no-such-command"):
        payload = f"<query xmlns='http://jabber.org/protocol/disco#info' node='{hidden}'/>"
        assert "item-not-found" in await error(one, common.domain, payload)


async def test_search_finds_matches_and_people(common, login):
    one, two, reader = await login(), await login(), await login()
    match = await tables.begin(one, two, common, "kuhn-poker")
    await two.command(common.domain, "open", {"game": "dice-duel"})
    asked = reader.make_iq_get(ito=common.domain)
    asked.append(slixmpp.ET.fromstring(f"<query xmlns='{SEARCH}'/>"))
    form = (await asked.send()).xml.find(f"{{{SEARCH}}}query/{{jabber:x:data}}x")
    assert {"game", "player", "state"} <= {field.get("var") for field in form.findall("{jabber:x:data}field")}

    async def found(**fields):
        iq = reader.make_iq_set(ito=common.domain)
        filled = reader.plugin["xep_0004"].make_form(ftype="submit")
        filled.add_field(var="FORM_TYPE", ftype="hidden", value=SEARCH)
        for name, value in fields.items():
            filled.add_field(var=name, value=value)
        query = slixmpp.ET.Element(f"{{{SEARCH}}}query")
        query.append(filled.xml)
        iq.append(query)
        form = (await iq.send()).xml.find(f"{{{SEARCH}}}query/{{jabber:x:data}}x")
        return [people.fields(row) for row in form.findall("{jabber:x:data}item")]

    name = two.boundjid.user
    rows = await found(game="kuhn-poker", player=name)
    assert [(row["jid"], row["game"], row["state"]) for row in rows] == [(f"{match}@{common.domain}", "kuhn-poker", "started")]
    assert [row["game"] for row in await found(player=name, state="open")] == ["dice-duel"]
    assert {row["game"] for row in await found(player=name)} == {"kuhn-poker", "dice-duel"}
    assert await found(player="nobody-of-this-name") == []


async def test_private_and_missing_cannot_be_told_apart(common, login):
    one, two, spy = await login(), await login(), await login()
    private = await tables.begin(one, two, common, visibility="private")
    missing = "m999999"
    commands = f"node='{COMMANDS}'"
    shapes = [f"<query xmlns='{ns}' {node}/>" for ns in (ITEMS, "http://jabber.org/protocol/disco#info") for node in ("", commands, "node='move'")]
    shapes += ["<vCard xmlns='vcard-temp'/>"]
    for shape in shapes:
        answers = [await error(spy, f"{match}@{common.domain}", shape) for match in (private, missing)]
        assert answers[0] == answers[1] and "item-not-found" in answers[0], answers
    for node in ("show", "watch", "move", "record", "result", "join", "resign"):
        refusals = []
        for match in (private, missing):
            answer = await spy.command(common.domain, node, {"match": match, "move": "a1"})
            refusals.append([answer.refused, answer.notes[0].replace(match, "M")])
        assert refusals[0] == refusals[1] and refusals[0][0], refusals
    assert private not in str(await items(spy, common.domain, "matches", max=100, before=""))
    start = len(spy.inbox)
    for match in (private, missing):
        spy.send_presence_subscription(f"{match}@{common.domain}")
    await spy.ask(common.jid, "my")
    assert not [m for m in spy.inbox[start:] if private in str(m["from"])]
    assert ("game", "tic-tac-toe") in (await info(one, f"{private}@{common.domain}"))[0]
