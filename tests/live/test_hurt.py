"""A short form of `examples/hurt`: the referee and its server are killed, ended, frozen and restarted under players who count."""

import asyncio
import os

import rig

# Two of each kind of wound.
ROUNDS, PAIRS = 8, 3
# A machine that also runs other tests is late now and then; most wounds would cost more than this, were they charged.
FORGIVE_MS = 1000
PATIENCE = 300


async def test_nobody_loses_a_move_or_pays_for_a_wound(server, folder):
    command = ["cargo", "run", "--quiet", "--features", "ldap", "--example", "hurt", "--"]
    options = ["--server", server.kind, "--rounds", str(ROUNDS), "--pairs", str(PAIRS), "--silent", "--forgive", str(FORGIVE_MS), "--store", str(folder / "hurt")]
    process = await asyncio.create_subprocess_exec(
        *command, *options, cwd=rig.ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=os.environ
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    said = said.decode()
    assert process.returncode == 0, said
    # rounds, moves, missing, twice, turns, over 50 ms, worst
    rounds, moves, *_ = [line for line in said.splitlines() if line.startswith("all ")][0].split()[1:]
    assert int(rounds) == ROUNDS and int(moves) > ROUNDS, said
