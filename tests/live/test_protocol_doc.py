"""docs/PROTOCOL.md shows real exchanges: every example on the page is what an ejabberd and the referee said just now.

`UPDATE=1 pytest test_protocol_doc.py` rewrites the examples.
"""

import os
import re

import protocol_examples
import rig

PAGE = rig.ROOT / "docs" / "PROTOCOL.md"
# Four backticks, because boards in messages have three.
BLOCK = re.compile(r"(<!-- example: ([a-z-]+) -->\n````xml\n)(.*?)(````)", re.DOTALL)


# What services of the server say in their own words, and addresses that they write in full or bare.
SERVICES = {"subscribe", "feed", "room", "presence"}


# Runs after which a machine that stalls each time is a failure.
RUNS = 5


async def examples_on(server, folder):
    """What is said today on this server, of the first run in which the process never stood still.

    Time that a stalled machine took is given back by an event `credited`, which moves the numbers of those after it.
    """
    for _ in range(RUNS):
        domain = server.domain()
        referee = rig.Referee(server, folder / server.kind / domain, domain)
        try:
            await referee.start()
            examples = await protocol_examples.exchanges(server, domain)
        finally:
            referee.end()
        journal = b"".join(path.read_bytes() for path in sorted((referee.data / "journal").glob("*.log")))
        assert b'"over":{' in journal, "the journal of the run is there, with matches that were played"
        if b'{"credited":{' not in journal:
            return examples
    raise AssertionError(f"the machine stalled in each of {RUNS} runs")


async def test_every_example_is_a_real_exchange(servers, folder):
    examples = await examples_on(servers("ejabberd"), folder)
    page = PAGE.read_text()
    told = [name for _, name, _, _ in BLOCK.findall(page)]
    assert sorted(told) == sorted(examples), "the page shows each example once, and no others"
    fresh = BLOCK.sub(lambda block: block[1] + examples[block[2]] + "\n" + block[4], page)
    if os.environ.get("UPDATE"):
        PAGE.write_text(fresh)
        return
    for _, name, text, _ in BLOCK.findall(page):
        assert text == examples[name] + "\n", f"the example `{name}` is not what is said today; UPDATE=1 rewrites it"


def unordered(text):
    """The lines in any order, each with its attributes in any order: servers write both as they like."""
    return sorted(sorted(line.replace("/>", " />").replace(">", " >").split()) for line in text.splitlines())


async def test_prosody_says_the_same(servers, folder):
    examples = await examples_on(servers("prosody"), folder)
    for _, name, text, _ in BLOCK.findall(PAGE.read_text()):
        if name not in SERVICES:
            assert unordered(text) == unordered(examples[name]), f"the example `{name}` on Prosody"
