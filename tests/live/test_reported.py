"""A match that is played elsewhere, by chat and by forms: veto, report, evidence, confirmation, and a record that stands."""

import re

import tables

POOL = "bo=1 maps=inferno+mirage+nuke"


async def test_a_match_elsewhere_by_chat(common, login, tmp_path):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common, "counter-strike", options=POOL)
    await one.hear(lambda m: f"[{match}]" in m["body"] and "Ban a map" in m["body"], "the first turn")
    assert "bans mirage" in await one.ask(common.jid, "ban mirage", rf"\[{match}\]")
    await two.hear(lambda m: "Ban a map" in m["body"], "the second turn")
    told = await two.ask(common.jid, f"veto {match} nuke", rf"\[{match}\]")
    assert "The map is inferno." in told and "type report" in told.lower(), told
    refused = await one.ask(common.jid, "report 13-12", "cannot be a final score")
    assert "overtime" in refused, refused
    # The bare score is a report, too: a legal move alone is a move.
    told = await one.ask(common.jid, "16-14", rf"\[{match}\]")
    assert f"{one.boundjid.user} wins 16–14 on inferno." in told, told
    await two.hear(lambda m: "Confirm or dispute the result" in m["body"], "the report")
    assert "confirm or dispute the result" in await two.ask(common.jid, "my", match)
    told = await two.ask(common.jid, "confirm", rf"\[{match}\]")
    assert re.search(rf"Match over: {one.boundjid.user} wins 16–14 on inferno\.", told), told
    await stands(one, common, match, tmp_path, "confirmed", "1 2")


async def test_a_match_elsewhere_by_forms(common, login, tmp_path):
    one, two = await login(), await login()
    match = await tables.begin(one, two, common, "counter-strike", options=POOL, room="1")
    at = f"{match}@{common.domain}"
    form = await one.command(at, "veto")
    assert form.status == "executing" and set(form.options["map"]) == {"inferno", "mirage", "nuke"}, form
    done = await one.command(at, "veto", {"map": "nuke"}, action="complete", session=form.session)
    assert done.values["move"] == "ban-nuke", done.values
    # The same request again is no second veto; the version may have gone on, because the room is ready.
    again = await one.command(common.domain, "veto", {"match": match, "map": "nuke", "expect": "0"})
    assert again.refused is None and (await tables.show(one, common, match))["moves"] == ["ban-nuke"], again.values
    await two.command(common.domain, "veto", {"match": match, "map": "mirage"})
    shown = await tables.show(one, common, match)
    assert set(shown["turn"].split()) == {one.boundjid.user, two.boundjid.user} and "phase=play" in shown["position"], shown
    await one.command(common.domain, "report", {"match": match, "scores": "13-7"})
    await two.command(common.domain, "report", {"match": match, "scores": "13-11"})
    bad = await two.command(common.domain, "evidence", {"match": match, "link": "my screenshot"})
    assert bad.refused == "evidence/no-link", bad.values
    start = len(one.inbox)
    link = "https://example.org/demo/1"
    assert (await two.command(common.domain, "evidence", {"match": match, "link": link})).values["state"] == "started"
    await one.hear(lambda m: link in m["body"], "the evidence", start)
    assert "phase=disputed" in (await tables.show(one, common, match))["position"]
    # Whoever mistyped mends it by confirming the other report.
    asked = await one.command(at, "confirm")
    assert asked.status == "executing", asked
    over = await one.command(at, "confirm", {"match": match}, action="complete", session=asked.session)
    assert over.values["state"] == "over", over.values
    await stands(two, common, match, tmp_path, "confirmed", "2 1")


async def stands(person, referee, match, tmp_path, code, places):
    """The result is what was confirmed, and the record verifies by itself."""
    result = (await person.command(referee.domain, "result", {"match": match})).values
    assert (result["result"], result["places"]) == (code, places), result
    record = (await person.command(referee.domain, "record", {"match": match})).values["record"]
    path = tmp_path / f"{match}.record"
    path.write_text("".join(f"{line}\n" for line in tables.listed(record)))
    verified = referee.run("verify", path)
    assert verified.returncode == 0, (verified.stdout, verified.stderr)
