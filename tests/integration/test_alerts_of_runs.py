"""Alerts of real runs: the command sends them, the daemon's sensor does not send them again."""

import dagster as dg
import pytest

from orchestration.alert_sensor import alerts as alert_sensor
from tests.alert_receiver import PASSWORD, TOKEN, alert_receiver
from tests.conftest import border
from tests.integration.sample_folder import copy_home, instance_of


@pytest.fixture
def receiver():
    with alert_receiver() as it:
        yield it


def tick_of_sensor(home, receiver, monkeypatch) -> str:
    monkeypatch.setenv("BORDER_HOME", str(home))
    monkeypatch.setenv("BORDER_ALERT_URL", receiver.url)
    with (
        instance_of(home) as instance,
        dg.build_sensor_context(instance=instance) as context,
    ):
        return alert_sensor(context).skip_message


def test_a_failed_run_of_the_command_is_told_once_whoever_looks_next(
    tmp_path, receiver, monkeypatch
):
    receiver.status = 500
    run = border(tmp_path, "rebuild", BORDER_ALERT_URL=receiver.url)
    assert run.returncode == 1  # the archive is empty, so there is nothing to build
    assert "not delivered: border: 1 run failed: URL 1 of BORDER_ALERT_URL (JSON)" in run.stderr
    receiver.status = 200
    again = border(tmp_path, "alerts", BORDER_ALERT_URL=receiver.url)
    assert again.returncode == 0
    assert "alert sent: border: 1 run failed" in again.stdout
    assert tick_of_sensor(tmp_path, receiver, monkeypatch) == "nothing to tell"
    ((_, text),) = receiver.messages
    assert "rebuild, run " in text
    logs = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    for secret in (PASSWORD, TOKEN):
        assert secret not in run.stdout + run.stderr + again.stdout + again.stderr + logs


def test_a_run_with_nothing_new_tells_a_new_receiver_how_things_stand_and_then_nothing(
    sample_home, tmp_path, receiver, monkeypatch
):
    home = copy_home(sample_home, tmp_path / "home")
    run = border(home, "run", BORDER_ALERT_URL=receiver.url)
    assert run.returncode == 0, run.stdout + run.stderr
    ((title, text),) = receiver.messages
    assert f"alert sent: {title}" in run.stdout
    assert title.startswith("border: SAMPLE: version ")
    assert "- Title 42 expulsions, September 2021: 102,673 events" in text
    again = border(home, "alerts", BORDER_ALERT_URL=receiver.url)
    assert (again.returncode, "nothing to tell" in again.stdout) == (0, True)
    assert tick_of_sensor(home, receiver, monkeypatch) == "nothing to tell"
    assert len(receiver.messages) == 1


def test_a_test_message_says_whether_it_was_delivered(tmp_path, receiver):
    assert border(tmp_path, "alerts", "--test").returncode == 1
    delivered = border(tmp_path, "alerts", "--test", BORDER_ALERT_URL=receiver.url)
    assert (delivered.returncode, receiver.titles) == (0, ["border: a test"])
    assert "alert sent: border: a test" in delivered.stdout
    receiver.status = 403
    refused = border(tmp_path, "alerts", "--test", BORDER_ALERT_URL=receiver.url)
    assert refused.returncode == 1
    assert "it answered with status 403" in " ".join(refused.stderr.split())
    wrong = border(tmp_path, "alerts", "--test", BORDER_ALERT_URL="nosuchservice://t0p-s3cret")
    assert wrong.returncode == 1
    assert "found none that apprise can read" in " ".join(wrong.stderr.split())
    assert "t0p-s3cret" not in wrong.stdout + wrong.stderr
