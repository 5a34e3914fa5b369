"""`referee check` against real servers: it finds everything in order, and says what mends what is not."""

import rig


async def test_a_good_server_passes(referee):
    running = referee.run("check", "-c", referee.config, seconds=rig.SECONDS)
    assert running.returncode == 1 and "in use" in running.stderr, "it must not take a running referee's stanzas"
    assert referee.stop() == 0
    result = referee.run("check", "-c", referee.config, seconds=rig.SECONDS)
    assert result.returncode == 0, result.stdout + result.stderr
    for step in ("connect to", "ask the server", "make a room", "make a pubsub node"):
        assert f"good  {step}" in result.stdout, result.stdout
    assert "BAD" not in result.stdout


async def test_what_is_wrong_is_named_and_mended(referee, tmp_path):
    assert referee.stop() == 0
    good = referee.config.read_text()
    data = f'[store]\npath = "{tmp_path}/data"\n'
    head = good.split("[store]")[0]

    wrong = tmp_path / "secret.toml"
    wrong.write_text(head.replace(rig.SECRET, "not-the-secret") + data)
    result = referee.run("check", "-c", wrong, seconds=rig.SECONDS)
    assert result.returncode == 1 and "BAD   could not connect" in result.stdout, result.stdout
    assert "`secret`" in result.stdout and rig.SECRET not in result.stdout + result.stderr

    lost = tmp_path / "services.toml"
    lost.write_text(head + '[services]\nmuc = "nowhere.localhost"\npubsub = "nowhere.localhost"\n' + data)
    result = referee.run("check", "-c", lost, seconds=60)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BAD   could not make a room on nowhere.localhost" in result.stdout and "access_create" in result.stdout
    assert "BAD   could not make a pubsub node" in result.stdout and "access_createnode" in result.stdout
