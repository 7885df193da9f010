"""Every screen, on phone and desktop, light and dark, in three languages: axe, console, width, title, heading."""

from __future__ import annotations

import pytest

NUMBER = "BG05SFPR001-1.008-0009"
PROJECT = f"/work/projects/{NUMBER}/"
SCREENS = {
    "": [
        "/", "/projects/", f"/projects/{NUMBER}/", "/projects/4.2.3.1/", "/projects/?q=riga", "/data/", "/verify/",
        "/account/help/", "/account/privacy/", "/account/accessibility/", "/account/styleguide/", "/account/login/",
        "/account/password/reset/", "/no-such-page/",
    ],
    "coordinator": [
        "/work/week/", "/work/participants/", "/work/participants/?incomplete=1", "/account/settings/",
        "/account/settings/tokens/", "/account/mfa/", "/account/password/change/",
    ],
    "officer": [
        "/work/", "/work/projects/", PROJECT, PROJECT + "money/", PROJECT + "people/", PROJECT + "indicators/",
        PROJECT + "indicators/EECO01/", PROJECT + "evidence/", PROJECT + "history/", "/work/reports/",
        "/work/reports/new/",
    ],
    "auditor": ["/work/trail/", "/work/reports/", PROJECT, "/work/participants/"],
    "finance": [PROJECT + "money/"],
}  # fmt: skip
LOOKS = [
    pytest.param({"phone": True, "language": "bg"}, id="phone-bg"),
    pytest.param({"dark": True, "language": "lv"}, id="desktop-dark-lv"),
    pytest.param({"phone": True, "dark": True, "language": "en"}, id="phone-dark-en"),
]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("who", list(SCREENS))
def test_screens_are_clean(walker, who, look):
    person = walker(who, **look)
    for path in SCREENS[who]:
        person.open(f"/{look['language']}{path}")
        if path == "/no-such-page/":
            person.errors.clear()  # the browser itself reports the 404
        person.check()


@pytest.mark.parametrize("who", list(SCREENS))
def test_nothing_is_wider_than_320_pixels(walker, who):
    person = walker(who, language="bg")
    person.page.set_viewport_size({"width": 320, "height": 640})
    for path in SCREENS[who]:
        person.open(f"/bg{path}")
        wide = person.page.evaluate("document.documentElement.scrollWidth - 320")
        assert wide <= 0, f"{path} is {wide} px too wide"


def test_a_first_visit_is_light(walker):
    """Budgets of a coordinator's first visit, compressed (kB): page 20, styles 36, scripts 30, fonts 80."""
    person = walker()
    weights: dict[str, float] = {}

    def weigh(answer):
        kind = answer.request.resource_type
        weights[kind] = weights.get(kind, 0) + answer.request.sizes()["responseBodySize"] / 1024

    person.page.on("requestfinished", lambda request: weigh(request.response()))
    person.page.goto("/bg/projects/", wait_until="networkidle")
    assert weights["document"] <= 20
    assert weights["stylesheet"] <= 36
    assert weights.get("script", 0) <= 30
    assert weights.get("font", 0) <= 80
    assert not person.context.cookies(), "no cookie before sign-in"
