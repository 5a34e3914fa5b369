"""The process: it says when it serves, ends in order, comes back after a kill, and does not share its data."""

import signal

import rig


async def test_it_answers_and_ends_in_order(referee, login):
    alice = await login("alice")
    assert "challenge" in await alice.ask(referee.jid, "help")
    assert referee.stop() == 0


async def test_it_comes_back_after_a_kill(referee, login):
    alice = await login("alice")
    await alice.ask(referee.jid, "help")
    for _ in range(3):
        referee.kill()
        await referee.restart()
        # `my`, because help is sent once a minute to the same person.
        await alice.ask(referee.jid, "my")


async def test_it_outlives_its_server(folder):
    for kind in rig.KINDS:
        place = folder / f"{kind}-twice"
        first = rig.Server(kind, place, guests=())
        referee = rig.Referee(first, place / "referee", first.domain())
        try:
            await referee.start()
            seen = len(referee.log())
            first.stop()
            await rig.until(lambda: len(referee.log()) > seen, "a line about the lost connection")
            assert referee.process.poll() is None, referee.log()
            assert referee.stop() == 0, "without a server it must end in order as well"
        finally:
            referee.end()
            first.stop()


async def test_a_second_process_is_refused(referee):
    second = referee.run("serve", "-c", referee.config, seconds=rig.SECONDS)
    assert second.returncode not in (0, -signal.SIGKILL)
    assert "in use" in second.stderr + second.stdout
    assert referee.process.poll() is None


async def test_a_wrong_config_names_the_line(referee, tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(referee.config.read_text() + "\n[colour]\nred = 1\n")
    result = referee.run("serve", "-c", wrong)
    assert result.returncode == 2
    assert "colour" in result.stderr and rig.SECRET not in result.stdout + result.stderr
