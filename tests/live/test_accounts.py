"""One person with two addresses, and somebody who is forgotten, as clients of both servers see it."""

import asyncio
import json
import re

import tables


async def linked(one, two, referee):
    """Makes the second address the first one's; the code goes from client to client and nowhere else."""
    answer = await one.command(referee.domain, "link", {"do": "jid", "what": two.boundjid.bare})
    code = answer.values["code"]
    said = await two.ask(referee.jid, f"prove {code}", "yours now as well")
    assert two.boundjid.bare in said
    assert code not in referee.log(), "codes are kept out of the log"


async def test_two_addresses_are_one_person(common, login):
    one, two, other = await login(), await login(), await login()
    handle = (await one.command(common.domain, "handle", {})).values["handle"]
    start = len(one.inbox)
    await linked(one, two, common)
    await one.hear(lambda message: "Another address was confirmed" in message["body"], "the notice", start)
    assert (await two.command(common.domain, "handle", {})).values["handle"] == handle

    # A challenge to the second address reaches the main one, and is accepted from the second.
    start = len(one.inbox)
    made = await other.command(common.domain, "challenge", {"opponent": two.boundjid.bare, "game": "tic-tac-toe", "side": "x", "room": "0"})
    match = made.values["match"]
    await one.hear(lambda message: f"[{match}]" in message["body"], "the challenge", start)
    await two.command(common.domain, "accept", {"match": match})
    await other.command(common.domain, "move", {"match": match, "move": "b2"})
    played = await two.command(common.domain, "move", {"match": match, "move": "a1"})
    assert played.status == "completed" and not played.refused
    assert (await tables.show(one, common, match))["moves"] == ["b2", "a1"]

    # The other address becomes the main one: messages go there from now on.
    await two.command(common.domain, "link", {"do": "main", "what": two.boundjid.bare})
    start = len(two.inbox)
    await other.command(common.domain, "move", {"match": match, "move": "c3"})
    await two.hear(lambda message: f"[{match}]" in message["body"], "the turn at the new address", start)

    # What was dropped is somebody new.
    await two.command(common.domain, "link", {"do": "drop", "what": one.boundjid.bare})
    assert (await one.command(common.domain, "handle", {})).values["handle"] != handle


async def test_a_code_is_good_for_its_own_address_alone(common, login):
    one, two, eve = await login(), await login(), await login()
    answer = await one.command(common.domain, "link", {"do": "jid", "what": two.boundjid.bare})
    code = answer.values["code"]
    assert (await eve.command(common.domain, "prove", {"code": code})).refused == "link/code"
    for _ in range(5):
        assert (await two.command(common.domain, "prove", {"code": "aaaa-aaaa"})).refused == "link/code"
    assert (await two.command(common.domain, "prove", {"code": code})).refused == "link/code"


async def test_an_app_password_is_shown_once_and_never_logged(common, login):
    one = await login()
    made = await one.command(common.domain, "app-password", {"do": "add", "service": "forum"})
    password = made.values["password"]
    assert re.fullmatch(r"([a-km-np-z2-9]{5}-){4}[a-km-np-z2-9]{5}", password), password
    listed = await one.command(common.domain, "app-password", {"do": "list"})
    assert [row["service"] for row in listed.rows] == ["forum"]
    exported = "\n".join((await one.command(common.domain, "profile-export", {})).values["export"])
    assert password not in exported and password not in common.log()
    held = json.loads(exported)
    assert held["profile"]["jid"] == one.boundjid.bare
    assert held["profile"]["app_passwords"][0]["service"] == "forum"


async def until(true, what):
    """Waits until something is the case."""
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.025)
    raise TimeoutError(f"waited in vain for {what}")


async def test_whoever_is_forgotten_is_nobody_and_leaves_no_contact(common, login):
    one, two = await login(), await login()
    one.send_presence_subscription(pto=common.jid)
    await until(lambda: one.client_roster[common.jid]["to"], "the referee as a contact")
    number = (await one.command(common.domain, "profile", {})).values["person"]
    handle = (await one.command(common.domain, "handle", {})).values["handle"]
    gone = await one.command(common.domain, "profile-forget", {"confirm": "yes"})
    assert gone.values["person"] == number and "You are forgotten" in gone.values["text"][0]
    await until(lambda: not one.client_roster[common.jid]["to"], "the end of the contact")
    assert (await two.command(common.domain, "person", {"who": handle})).refused == "people/unknown"
    assert (await one.command(common.domain, "profile", {})).values["person"] != number
