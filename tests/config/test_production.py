"""The production shape, as far as it can be read without an engine: every service watched, no secret with a default."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from config.trial import lint, lock

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
SHAPE = yaml.safe_load(TEXT)
OURS = ("migrate", "web", "worker", "worker-long", "beat")
SECRETS = {"SECRET_KEY", "NATIONAL_NUMBER_KEY", "WEBHOOK_KEYS", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "MAIL_URL"}


def test_every_service_that_stays_has_a_health_check_and_starts_again():
    for name, service in SHAPE["services"].items():
        if name != "migrate":
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_the_start_is_refused_with_a_reason_when_a_secret_is_missing():
    for name in SECRETS | {"SITE_HOST", "MAIL_FROM", "TLS"}:
        uses = re.findall(rf"\$\{{{name}([^}}]*)\}}", TEXT)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), f"{name} could start empty"
        assert any(len(use) > 10 for use in uses), f"nobody is told what {name} is"
    assert not re.search(r"\$\{\w*(KEY|PASSWORD|TOKEN|SECRET)\w*(:?-|\})", TEXT)


def test_the_example_of_the_environment_names_what_is_asked_for_and_holds_no_value():
    lines = (ROOT / "config/deploy/env.example").read_text().splitlines()
    given = {line for line in lines if line and not line.startswith("#")}
    assert all(line.endswith("=") for line in given)
    assert {line[:-1] for line in given} >= set(re.findall(r"\$\{(\w+):\?", TEXT))


def test_our_containers_can_change_nothing_but_the_files_and_are_reached_through_tls_only():
    for name in OURS:
        service = SHAPE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in service
    assert [name for name, service in SHAPE["services"].items() if "ports" in service] == ["proxy"]
    assert SHAPE["networks"]["inside"] == {"internal": True}
    assert SHAPE["services"]["db"]["networks"] == SHAPE["services"]["redis"]["networks"] == ["inside"]


def test_the_settings_of_the_containers_pass_djangos_own_check_for_deployment(tmp_path):
    words = {name: f"0123456789abcdef0123456789abcdef0123456789abcdef-{name}" for name in SECRETS}
    words |= {"SITE_HOST": "portal.example.org", "MAIL_URL": "smtp://mail.example.org:25", "MAIL_FROM": "a@example.org"}
    filled = {
        name: re.sub(r"\$\{(\w+)(?::-)?([^}]*)\}", lambda match: words.get(match[1], match[2]), value)
        for name, value in SHAPE["services"]["web"]["environment"].items()
    }
    filled |= {"FILES_DIR": str(tmp_path), "STATIC_DIR": str(tmp_path), "PATH": os.environ["PATH"]}

    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=filled,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


def test_a_missing_secret_stops_the_settings():
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": "postgresql://x@/x", "REDIS_URL": "redis://x"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


def test_what_the_image_is_built_from_is_there_and_the_trial_is_not_in_it():
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    copied = [line[1:] for line in ignored if line.startswith("!")]
    assert all((ROOT / name).exists() for name in copied)
    assert "config/trial" in ignored
    assert "requirements.lock" in copied
    assert os.access(ROOT / "config/deploy/start", os.X_OK)


def test_the_locks_hold_every_declared_package_at_or_above_its_floor():
    assert lint.old_packages() == []


def test_a_silent_downgrade_is_noticed(monkeypatch):
    newest = lock.versions
    monkeypatch.setattr(lint, "versions", lambda text: {**newest(text), "django-filter": "2.4.0"})
    assert lint.old_packages() == [
        f"django-filter: {name} has 2.4.0, which is not >=26.2" for name in ("requirements.lock",)
    ]


@pytest.mark.parametrize("name", ["requirements.lock", "config/locks/trial.lock", "config/locks/dev.lock"])
def test_every_locked_package_has_hashes_and_no_lock_names_a_server(name):
    text = (ROOT / name).read_text()
    packages = lock.blocks(text)
    assert packages
    assert all("--hash=sha256:" in block for block in packages.values())
    assert "://" not in text


def test_the_added_locks_repeat_nothing_of_those_below():
    names = [
        set(lock.versions((ROOT / name).read_text()))
        for name in ("requirements.lock", "config/locks/trial.lock", "config/locks/dev.lock")
    ]
    assert len(set.union(*names)) == sum(map(len, names))
