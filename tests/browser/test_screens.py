"""Every screen, on a phone in light and on a desktop in dark, in turn in the two languages with long words: axe,
console, width, title, heading.

SHOTS=folder keeps a picture of each screen in each look.
"""

from __future__ import annotations

import os
import re
from itertools import cycle
from pathlib import Path

import pytest

from tests.browser.conftest import NUMBER

PROJECT = f"/work/projects/{NUMBER}/"
# {name} is filled in by `places`. "@selector" follows the first such link of the screen before it.
SCREENS = {
    "": [
        "/", "/projects/", f"/projects/{NUMBER}/", "/projects/BG05SFPR001-SOFIA-BTFB/", "/projects/4.2.3.1/",
        "/projects/?q=riga", "/projects/?q=nothing-has-this-name", "/programmes/ERASMUS-KA2/",
        "/programmes/VSEKI-UCHENIK-OTLICHNIK/", "/data/", "/verify/", "/verify/{code}/", "/account/help/",
        "/account/privacy/", "/account/accessibility/", "/account/styleguide/", "/account/login/",
        "/account/password/reset/", "/no-such-page/", "/api/v1/docs/",
    ],
    "coordinator": [
        "/work/week/", "/work/week/?week=2025-W01", "/work/week/grid/?group={group}", "/work/sessions/{waiting}/",
        "/work/sessions/{coming}/", "/work/sessions/{held}/", "@a[href*='/evidence/'][href$='/remove/']",
        "/work/sessions/{held}/change/",
        "/work/sessions/{coming}/cancel/", "/work/sessions/{held}/evidence/", "/work/sessions/{held}/join/?q=ан",
        "/work/sessions/{held}/effect/", "/work/sessions/new/", "@main a[href*='group=']", "@main a[href*='/series/']",
        "/work/results/", "@main table a[href*='/groups/']", "/work/periods/",
        f"/work/periods/ask/?project={NUMBER}&school={{school}}&month=2026-01", "/work/participants/",
        "/work/participants/?all=1", "@main button[value=move]", "/work/participants/?incomplete=1",
        "/work/participants/alike/",
        "@main .tasks a", "/work/follow-up/", "/work/participants/{there}/consent/",
        "/work/participants/new/", "/work/participants/{there}/",
        "/work/participants/{there}/support/", "/work/participants/{there}/support/open/",
        "/work/participants/{there}/move/",
        "/work/participants/{there}/change/", "/work/participants/{there}/leave/", "/work/participants/{there}/groups/",
        "/work/participants/{left}/", "/work/participants/{left}/results/", "/work/participants/{left}/back/",
        PROJECT, PROJECT + "people/", "/work/projects/", "/account/settings/", "/account/settings/tokens/",
        "/account/webhooks/", "/account/webhooks/new/",
        "/account/calendar/", "/work/claims/", "/work/imports/",
        f"/work/participants/microdata.csv?project={NUMBER}", "/work/participants/files/",
        "/work/messages/", "@.tasks a", "/account/mfa/", "/account/password/change/",
        "/work/reports/",
    ],
    "officer": [
        "/work/", "/work/projects/", PROJECT, PROJECT + "money/", PROJECT + "people/", PROJECT + "indicators/",
        PROJECT + "indicators/EECO01/", PROJECT + "indicators/EECO01/?rows=outside", PROJECT + "indicators/incomplete/",
        PROJECT + "evidence/", PROJECT + "messages/", PROJECT + "messages/new/", PROJECT + "history/",
        PROJECT + "texts/", PROJECT + "costs/new/", PROJECT + "budget/?by=category",
        PROJECT + "costs/{cost}/correct/", PROJECT + "contracts/new/", "/work/projects/4.2.3.1/",
        "/work/projects/4.2.3.1/money/", "/work/projects/BG05SFPR001-SOFIA-BTFB/",
        "/work/projects/2025-1-BG01-KA220-SCH-000000000/", "/work/projects/2025-1-BG01-KA220-SCH-000000000/indicators/",
        "/work/projects/2025-1-BG01-KA220-SCH-000000000/amendments/", "@main th a[href*='/amendments/']",
        "/work/projects/2025-1-BG01-KA220-SCH-000000000/deliverables/", "@main th a[href*='/deliverables/']",
        "/work/projects/2025-1-BG01-KA220-SCH-000000000/versions/2/", PROJECT + "amendments/new/",
        "/work/messages/?state=closed", "@.tasks a", "/work/retention/", f"/work/retention/holds/new/?project={NUMBER}",
        "/work/participants/{there}/", "@a[href$='/erase/']",
        "/work/periods/", "@main a[href*='/periods/open/']",
        "/work/reports/", "/work/reports/new/", f"/work/reports/new/?project={NUMBER}", "/work/reports/{report}/",
        "/work/reports/{report}/screen/", "/work/reports/layouts/", "@main tbody th a", "/work/trail/",
        "/work/reports/official/",
        "/work/claims/?state=ended", "@main table a",
        "/work/claims/", "@main table a", "/work/claims/states/", "/work/claims/visits/",
        "@main tbody tr:last-child th a", "@main a[href$='/findings/new/']", "/work/claims/visits/",
        "@main tbody tr:first-child th a", "@main a[href$='/change/']", PROJECT + "visits/new/",
        "/work/claims/corrections/", "/work/claims/applications/", "/work/claims/accounts/", "/work/indicators/",
        "/work/claims/amendments/", "/work/claims/payments/?kind=recovery", "/work/claims/suppliers/",
        "/work/indicators/recount/", "/work/school-years/", "/work/due/", "@main table a",
        "/work/projects/2025-1-BG01-KA220-SCH-000000000/schedule/",
    ],
    "auditor": [
        "/work/", "/work/trail/", "/work/reports/", "/work/reports/{report}/", PROJECT, PROJECT + "money/",
        "/work/participants/", "/work/participants/{there}/", "/work/sessions/{held}/", "/work/sessions/{waiting}/",
        "/work/claims/visits/", "@main a[href*='/claims/visits/0']", "/work/claims/accounts/", "/work/due/",
    ],
    "finance": [
        "/work/", PROJECT + "money/", PROJECT + "costs/new/", "/work/reports/", PROJECT + "claims/new/",
        "/work/claims/?state=draft", "@main table a", "@main .tasks a[href$='/costs/']",
        "@main a[href$='/suppliers/']", PROJECT + "suppliers/new/",
        "/work/claims/?state=draft", "@main table a", "@main .tasks a[href$='/evidence/']",
        "/work/claims/?state=draft", "@main table a", "@main .tasks a[href$='/declarations/']",
        "/work/claims/?state=draft", "@main table a", "@main a[href$='/send/']",
    ],
    "admin": ["/work/members/", "@a[href$='/remove/']", "/work/systems/", "/work/"],
}  # fmt: skip
CLOSED = {("", "/no-such-page/"): 404, ("coordinator", "/work/reports/"): 403}
# The phone is held against every rule, the desktop against those of colour and size: what the markup says is the same
# in both. English, whose words are the shortest, is what the walks see.
ON_DESKTOP = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
LANGUAGES = cycle(["bg", "lv"])


def _walk(person, who, places):
    """Open each screen in turn; says which one it is."""
    for path in SCREENS[who]:
        if path.startswith("@"):
            with person.page.expect_navigation():
                person.page.locator(path[1:]).first.click()
        elif path.startswith("/api/"):
            person.open(f"{path}?language={next(LANGUAGES)}")
        else:
            person.open(f"/{next(LANGUAGES)}{path.format(**places)}", CLOSED.get((who, path), 200))
        yield path


@pytest.mark.parametrize("who", list(SCREENS))
def test_screens_are_clean(walker, places, who):
    person = walker(who, phone=True, language="bg", reduced_motion="reduce")  # else colours are met on their way
    problems = []
    for path in _walk(person, who, places):
        problems += person.problems()
        _keep(person, f"{who}-phone{path}")
        with person.at_a_desktop_in_the_dark():
            problems += person.problems(ON_DESKTOP)
            _keep(person, f"{who}-desktop{path}")
    assert not problems, "\n".join(problems)


def _keep(person, name):
    if folder := os.environ.get("SHOTS"):
        name = re.sub(r"[^\w.]+", "-", name).strip("-")
        person.page.screenshot(path=Path(folder) / f"{name[:120]}.png", full_page=True)


def test_a_first_visit_is_light(walker):
    """Budgets of a coordinator's first visit, compressed (kB): page 20, styles 36, scripts 30, fonts 80.

    The list holds the projects of one country: a title in another one's letters brings the file of these letters along.
    """
    person = walker()
    weights: dict[str, float] = {}

    def weigh(request):
        weights[request.resource_type] = (
            weights.get(request.resource_type, 0) + request.sizes()["responseBodySize"] / 1024
        )

    person.page.on("requestfinished", weigh)
    person.page.goto("/bg/projects/?programme=2021BG05SFPR001", wait_until="networkidle")
    titles = person.page.locator("main h2 > a").all_inner_texts()
    assert "Заедно успяваме" in titles
    assert "Skola – kopienā" not in titles
    assert weights["document"] <= 20
    assert weights["stylesheet"] <= 36
    assert weights.get("script", 0) <= 30
    assert weights.get("font", 0) <= 80
    assert not person.context.cookies(), "no cookie before sign-in"
