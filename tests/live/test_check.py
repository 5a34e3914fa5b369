"""`referee check` against real servers: it finds everything in order, and says what mends what is not."""

import asyncio

import rig
import tap


async def test_a_good_server_passes(referee):
    running = referee.run("check", "-c", referee.config, seconds=rig.SECONDS)
    assert running.returncode == 1 and "in use" in running.stderr, "it must not take a running referee's stanzas"
    assert referee.stop() == 0
    result = referee.run("check", "-c", referee.config, seconds=rig.SECONDS)
    assert result.returncode == 0, result.stdout + result.stderr
    for step in ("connect to", "send itself", "ask the server", "make a room", "make a pubsub node"):
        assert f"good  {step}" in result.stdout, result.stdout
    assert "BAD" not in result.stdout

    # A look leaves nothing behind, and says that nobody could rule.
    fresh = referee.config.with_name("fresh.toml")
    elsewhere = referee.folder / "not-yet"
    head = referee.config.read_text().split("[store]")[0]
    fresh.write_text(head + f'[store]\npath = "{elsewhere}"\n')
    result = referee.run("check", "-c", fresh, seconds=rig.SECONDS)
    assert result.returncode == 0 and "[admins] names nobody" in result.stdout, result.stdout + result.stderr
    assert not elsewhere.exists()


async def test_a_line_that_is_slowed_or_cut_is_bad(server, referee):
    assert referee.stop() == 0
    async with tap.Tap(server, referee.domain) as line:
        host, port = line.component(None)
        config = referee.config.read_text()
        address = next(row for row in config.splitlines() if row.startswith("server = "))
        tapped = referee.config.with_name("tapped.toml")
        tapped.write_text(config.replace(address, f'server = "{host}:{port}"'))

        async def check():
            return await asyncio.to_thread(referee.run, "check", "-c", tapped, seconds=60)

        assert (await check()).returncode == 0
        line.pace = 3000
        slow = await check()
        assert slow.returncode == 1 and "BAD   could not send itself" in slow.stdout and "shaper: none" in slow.stdout, slow.stdout
        line.pace = None
        line.cut_after("speed40")
        cut = await check()
        assert cut.returncode == 1 and "max_stanza_size: infinity" in cut.stdout, cut.stdout


async def test_a_wrong_port_is_told_apart_from_a_wrong_secret(server, referee):
    assert referee.stop() == 0
    config = referee.config.read_text()
    address = next(row for row in config.splitlines() if row.startswith("server = "))
    closed = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    wrong = referee.config.with_name("port.toml")
    wrong.write_text(config.replace(address, f'server = "127.0.0.1:{port}"'))
    closed.close()
    await closed.wait_closed()
    result = await asyncio.to_thread(referee.run, "check", "-c", wrong)
    assert result.returncode == 1 and "Nothing listens at" in result.stdout and "secret" not in result.stdout, result.stdout
    lines = referee.run("lines", server.kind, "-c", referee.config)
    assert lines.returncode == 0 and rig.SECRET in lines.stdout and referee.domain in lines.stdout


async def test_what_is_wrong_is_named_and_mended(referee, tmp_path):
    assert referee.stop() == 0
    good = referee.config.read_text()
    data = f'[store]\npath = "{tmp_path}/data"\n'
    head = good.split("[store]")[0]

    wrong = tmp_path / "secret.toml"
    wrong.write_text(head.replace(rig.SECRET, "not-the-secret") + data)
    result = referee.run("check", "-c", wrong, seconds=rig.SECONDS)
    assert result.returncode == 1 and "BAD   could not connect" in result.stdout, result.stdout
    assert "The secret is not the one" in result.stdout and rig.SECRET not in result.stdout + result.stderr

    lost = tmp_path / "services.toml"
    lost.write_text(head + '[services]\nmuc = "nowhere.localhost"\npubsub = "nowhere.localhost"\n' + data)
    result = referee.run("check", "-c", lost, seconds=60)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BAD   could not make a room on nowhere.localhost" in result.stdout and "access_create" in result.stdout
    assert "BAD   could not make a pubsub node" in result.stdout and "access_createnode" in result.stdout
