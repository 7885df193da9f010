"""The examples of the reference do what they say: each is run as it stands on the page, against a running portal."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest
import requests
from django.db import connection
from django.db.transaction import on_commit
from django.utils.timezone import now

from activities.models import Evidence
from config.reference import TASKS
from core.actions import make_token
from core.models import ApiToken
from projects.actions.systems import make_system
from reports.api import reports
from reports.tasks import build


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_examples_of_the_page_run_as_they_stand(project, session, people, live_server, tmp_path, monkeypatch):
    monkeypatch.setattr(reports, "wake", lambda report: on_commit(lambda: build(report_id=report.pk)))
    who, at = people["admin"], now()
    _token, secret = make_token(
        user=who, name="page", scopes=list(ApiToken.Scope.values), expires_at=at + timedelta(days=1), by=who, at=at
    )
    page = requests.get(f"{live_server.url}/api/v1/docs/", timeout=60).text
    found = re.findall(r'<pre tabindex="0" id="([\w-]+)">(.*?)</pre>', page, re.S)
    shown = {name: html.unescape(text) for name, text in found}
    assert set(shown) == {f"{name}-{kind}" for name, *_rest in TASKS for kind in ("sh", "py")}
    system, other = make_system(name="S", user=people["client"], scopes=["read"], rate=600, by=who, at=at)
    given = os.environ | {"CLIENT_ID": system.client_id, "CLIENT_SECRET": other, "TOKEN": secret}
    given |= {"PROJECT": project.number, "SCHOOL": str(session.school.key)}
    given |= {"SESSION": str(session.key), "FILE": "list.pdf"}
    for kind, program in (("sh", ["bash", "-eu"]), ("py", [sys.executable, "-"])):
        folder = tmp_path / kind
        folder.mkdir()
        (folder / "list.pdf").write_bytes(b"%PDF-1.7 " + kind.encode() * 300_000)
        whole = "\n".join(shown[f"{name}-{kind}"] for name, *_rest in TASKS)
        ran = subprocess.run(program, input=whole, env=given, cwd=folder, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stderr
        assert who.email in ran.stdout
        assert people["client"].email in ran.stdout
        assert list(folder.glob("*.csv")) + list(folder.glob("*.xlsx")), ran.stdout
        if kind == "sh":
            assert str(session.key) in (folder / "sessions.csv").read_text()
            assert json.loads((folder / "part.json").read_text())["results"] == []
        else:
            assert "\n1\n1 http" in ran.stdout  # one session in the list, one in the copy
    assert sorted(Evidence.objects.values_list("file__size", flat=True)) == [600_009, 600_009]
    connection.close_pool()
