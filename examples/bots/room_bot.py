#!/usr/bin/env python3
"""A bot that plays in the match's room, by `!` commands that everybody there can read; in random legal moves.

    room_bot.py JID PASSWORD --referee referee.example.org [--once]

It accepts whatever it is challenged to, finds the room by service discovery on the match's own address, and looks at the
position whenever something is said in the room. Games with hidden choices are refused in rooms: see adhoc_bot.py.
"""

import argparse
import asyncio
import random

import slixmpp

EVENT = "{urn:x-referee:event:0}event"
PATIENCE_S = 10  # then it looks again, in case a word in the room was lost


class RoomBot(slixmpp.ClientXMPP):
    def __init__(self, options):
        plain = {"feature_mechanisms": {"unencrypted_plain": True, "unencrypted_scram": True}}
        super().__init__(options.jid, options.password, plugin_config=plain if options.plaintext else {})
        self.enable_plaintext, self.enable_starttls = options.plaintext, not options.plaintext
        self.options, self.hints = options, asyncio.Queue()
        self.matches, self.moved_at = {}, {}  # by match: its room, and the position we last moved in
        for plugin in ("xep_0004", "xep_0030", "xep_0045", "xep_0050", "xep_0199"):
            self.register_plugin(plugin)  # forms, discovery, rooms, commands, pings
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("message", self.heard)  # those with a text, which is what people get

    async def start(self, _):
        self.send_presence()
        for row in (await self.ask("my")).get("items", []):
            self.hints.put_nowait(row["match"])
        while True:
            try:
                waiting = {await asyncio.wait_for(self.hints.get(), PATIENCE_S)}
            except asyncio.TimeoutError:
                waiting = set(self.matches)
                self.moved_at.clear()
            states = [await self.look(match) for match in waiting]
            if self.options.once and "over" in states:
                return await self.disconnect()

    def heard(self, message):
        event, here = message.xml.find(EVENT), message["from"].bare
        if message["type"] == "groupchat":
            print(f"{here.partition('@')[0]} | {message['from'].resource}: {message['body']}", flush=True)
            for match in [match for match, room in self.matches.items() if room == here]:
                self.hints.put_nowait(match)
        elif event is not None and message["from"].domain == self.options.referee:
            self.hints.put_nowait(event.get("match"))

    async def look(self, match):
        """Does what the match needs from us; returns its state."""
        room = self.matches.setdefault(match)
        shown = await self.ask("show", match=match)
        if shown.get("state") == "challenged":
            self.send_message(f"referee@{self.options.referee}", f"accept {match}", mtype="chat")
        elif shown.get("state") == "started" and not room:
            listed = await self.plugin["xep_0030"].get_items(f"{match}@{self.options.referee}")
            room = next((jid for jid, node, _ in listed["disco_items"]["items"] if not node), None)
            if room:
                await self.plugin["xep_0045"].join_muc_wait(slixmpp.JID(room), self.boundjid.user, maxstanzas=0, timeout=30)
                self.matches[match] = str(room)
        legal = shown.get("legal") or []
        legal = legal if isinstance(legal, list) else legal.splitlines()
        if legal and room and self.moved_at.get(match, "never") != shown["moves"]:
            self.moved_at[match] = shown["moves"]  # one word per position, however often we look
            self.send_message(room, f"!move {random.choice(legal)}", mtype="groupchat")
        if shown.get("state") == "over":
            del self.matches[match]
        return shown.get("state")

    async def ask(self, node, **fields):
        """A command that changes nothing: what waits for us, or how a match stands."""
        form = self.plugin["xep_0004"].make_form(ftype="submit")
        for name, value in fields.items():
            form.add_field(var=name, value=value)
        try:
            reply = await self.plugin["xep_0050"].send_command(self.options.referee, node, payload=form, timeout=30)
        except slixmpp.exceptions.XMPPError as problem:
            return print(f"{self.boundjid.user}: {node} failed: {problem.condition}", flush=True) or {}
        return {**reply["command"]["form"].get_values(), "items": list(reply["command"]["form"].get_items())}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jid")
    parser.add_argument("password")
    parser.add_argument("--referee", required=True, help="the referee's domain")
    parser.add_argument("--once", action="store_true", help="leave after the first finished match")
    parser.add_argument("--server", metavar="HOST:PORT", help="where to connect, if not where DNS says")
    parser.add_argument("--plaintext", action="store_true", help="without TLS: for a server on this machine")
    bot = RoomBot(options := parser.parse_args())
    host, _, port = (options.server or "").partition(":")
    bot.connect(*((host, int(port)) if port else ()))
    bot.loop.run_until_complete(bot.disconnected)
