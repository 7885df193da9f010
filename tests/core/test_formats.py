"""How amounts, days and numbers are written and read in English, Bulgarian and Latvian."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Engine
from django.test import RequestFactory
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from core import formats
from core.money import parse_amount
from core.templatetags import portal
from core.templatetags.portal import STATES

DAY = date(2025, 12, 9)
MOMENT = datetime(2025, 12, 9, 12, 32, tzinfo=UTC)
SOFIA = ZoneInfo("Europe/Sofia")


def broken(text):
    """The text with a visible ~ for each no-break space."""
    return text.replace("\u00a0", "~")


@pytest.mark.parametrize(
    ("amount", "language", "currency", "written"),
    [
        (Decimal("358083.27"), "en", "EUR", "€358,083.27"),
        (Decimal("358083.27"), "bg", "EUR", "358~083,27~€"),
        (Decimal("358083.27"), "lv", "EUR", "358~083,27~EUR"),
        (Decimal("386653.00"), "en", "BGN", "BGN~386,653.00"),
        (Decimal("386653.00"), "bg", "BGN", "386~653,00~лв."),
        (Decimal("386653.00"), "lv", "BGN", "386~653,00~BGN"),
        (Decimal("-5.5"), "en", "EUR", "−€5.50"),
        (Decimal("-5.5"), "en", "BGN", "−BGN~5.50"),
        (Decimal("-1234.5"), "bg", "EUR", "−1~234,50~€"),
        (Decimal("-1234.5"), "lv", "EUR", "−1~234,50~EUR"),
        (Decimal("1.5"), "bg", "RON", "1,50~RON"),
        (Decimal(0), "bg", "EUR", "0,00~€"),
        (Decimal("-0.001"), "bg", "EUR", "0,00~€"),
        (29545252, "lv", "EUR", "29~545~252,00~EUR"),
        ("358083.27", "bg-BG", "EUR", "358~083,27~€"),
        (Decimal("1E+3"), "de", "EUR", "€1,000.00"),
        (None, "bg", "EUR", "—"),
    ],
)
def test_money(amount, language, currency, written):
    assert broken(formats.money(amount, language, currency)) == written


@given(amount=st.decimals(min_value=Decimal("-1e13"), max_value=Decimal("1e13"), places=2))
@pytest.mark.parametrize("language", ["en", "bg", "lv"])
def test_money_is_read_back_as_it_was_written(amount, language):
    assert parse_amount(formats.money(amount, language)) == amount


@pytest.mark.parametrize("write", [formats.number, formats.money, formats.percent, formats.hours])
def test_numbers_are_never_floats_and_never_endless(write):
    with pytest.raises(TypeError, match="never float"):
        write(1.5, "en")
    for text in ("NaN", "Infinity"):
        with pytest.raises(ValueError, match="finite"):
            write(Decimal(text), "en")


@pytest.mark.parametrize(
    ("value", "en", "bg", "lv"),
    [
        (27, "27%", "27~%", "27~%"),
        (Decimal("85.00"), "85.00%", "85,00~%", "85,00~%"),
        (Decimal("-2.5"), "−2.5%", "−2,5~%", "−2,5~%"),
        (Decimal(1250), "1,250%", "1~250~%", "1~250~%"),
        (None, "—", "—", "—"),
    ],
)
def test_percent_keeps_its_decimals(value, en, bg, lv):
    assert [broken(formats.percent(value, language)) for language in ("en", "bg", "lv")] == [en, bg, lv]


@pytest.mark.parametrize(
    ("value", "en", "bg", "lv"),
    [
        (Decimal("1.50"), "1.5~h", "1,5~ч.", "1,5~h"),
        (Decimal("20.00"), "20~h", "20~ч.", "20~h"),
        (Decimal("0.00"), "0~h", "0~ч.", "0~h"),
        (1200, "1,200~h", "1~200~ч.", "1~200~h"),
        (None, "—", "—", "—"),
    ],
)
def test_hours_drop_needless_zeros(value, en, bg, lv):
    assert [broken(formats.hours(value, language)) for language in ("en", "bg", "lv")] == [en, bg, lv]


def test_counts():
    assert [broken(formats.count(1234567, language)) for language in ("en", "bg", "lv")] == [
        "1,234,567",
        "1~234~567",
        "1~234~567",
    ]
    assert formats.count(0, "bg") == "0"
    assert formats.count(-3, "en") == "−3"
    assert formats.count(None, "lv") == "—"


@pytest.mark.parametrize(
    ("write", "en", "bg", "lv"),
    [
        (formats.day, "9~Dec~2025", "09.12.2025~г.", "09.12.2025."),
        (formats.long_day, "9~December 2025", "9~декември 2025~г.", "2025.~gada 9.~decembris"),
        (formats.month, "December 2025", "декември 2025~г.", "2025.~gada decembris"),
        (formats.short_month, "Dec~2025", "12.2025", "12.2025"),
    ],
)
def test_days(write, en, bg, lv):
    assert [broken(write(DAY, language)) for language in ("en", "bg", "lv")] == [en, bg, lv]


@pytest.mark.parametrize("write", [formats.day, formats.long_day, formats.month, formats.clock])
def test_an_unknown_day_is_a_dash(write):
    assert write(None, "bg") == "—"


def test_a_year_before_1000_keeps_its_four_digits():
    assert formats.day(date(31, 1, 2), "lv") == "02.01.0031."


def test_moments_are_shown_in_local_time():
    assert broken(formats.moment(MOMENT, "en", SOFIA)) == "9~Dec~2025, 14:32"
    assert broken(formats.moment(MOMENT, "bg", SOFIA)) == "09.12.2025~г., 14:32"
    assert broken(formats.moment(MOMENT, "lv", SOFIA)) == "09.12.2025. plkst.~14.32"
    assert broken(formats.moment(MOMENT, "en", SOFIA, zone=True)) == "9~Dec~2025, 14:32 (Europe/Sofia)"
    assert broken(formats.moment(MOMENT.replace(hour=23), "en", SOFIA)) == "10~Dec~2025, 01:32"
    assert formats.moment(None, "en", SOFIA) == "—"


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        formats.moment(MOMENT.replace(tzinfo=None), "en", SOFIA)


def test_clock():
    assert [formats.clock(time(8, 5), language) for language in ("en", "bg", "lv")] == ["08:05", "08:05", "08.05"]


@pytest.mark.parametrize(
    ("first", "last", "en", "bg", "lv"),
    [
        (
            DAY,
            date(2028, 12, 9),
            "9~Dec~2025 – 9~Dec~2028",
            "09.12.2025~г. – 09.12.2028~г.",
            "09.12.2025. – 09.12.2028.",
        ),
        (DAY, DAY, "9~Dec~2025", "09.12.2025~г.", "09.12.2025."),
        (DAY, None, "from 9~Dec~2025", "от 09.12.2025~г.", "no 09.12.2025."),
        (None, DAY, "until 9~Dec~2025", "до 09.12.2025~г.", "līdz 09.12.2025."),
        (None, None, "—", "—", "—"),
    ],
)
def test_periods(first, last, en, bg, lv):
    assert [broken(formats.period(first, last, language)) for language in ("en", "bg", "lv")] == [en, bg, lv]


@pytest.mark.parametrize(
    "typed",
    [
        "9.12.25",
        "09.12.2025",
        "9. 12. 2025",
        "09/12/2025",
        "9-12-2025",
        "2025-12-09",
        "2025-12-9",
        "09.12.2025 г.",
        "09.12.2025\u00a0г.",
        "9.12.2025г",
        "09.12.2025.",
        " 9 December 2025 ",
        "9 Dec 2025",
        "9 dec. 2025",
        "9 ДЕКЕМВРИ 2025 г.",
        "9 дек. 2025",
        "2025. gada 9. decembris",
        "2025.gada 9.dec.",
    ],
)
def test_days_as_people_type_them(typed):
    assert formats.parse_day(typed) == DAY


@pytest.mark.parametrize(("typed", "year"), [("1.1.49", 2049), ("1.1.50", 1950), ("1.1.00", 2000), ("1.1.65", 1965)])
def test_two_digits_of_a_year(typed, year):
    assert formats.parse_day(typed) == date(year, 1, 1)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "such as 9.12.2025"),
        ("soon", "such as 9.12.2025"),
        ("9.12", "such as 9.12.2025"),
        ("9.12/2025", "such as 9.12.2025"),
        ("9.12.202", "such as 9.12.2025"),
        ("9 brumaire 2025", "such as 9.12.2025"),
        ("9 jun\u0101 2025", "such as 9.12.2025"),
        ("٩.12.2025", "such as 9.12.2025"),
        ("12/31/2025", "day first, then the month"),
        ("1.0.2025", "day first, then the month"),
        ("29.2.2026", "February 2026 has the days 1 to 28"),
        ("0.2.2024", "February 2024 has the days 1 to 29"),
        ("9.12.0025", "Check the year 25"),
        ("9.12.3025", "Check the year 3025"),
    ],
)
def test_what_is_no_day_is_refused_with_a_reason(typed, message):
    with translation.override("en"), pytest.raises(ValueError, match=message):
        formats.parse_day(typed)


@pytest.mark.parametrize(("name", "month"), [("jun", 6), ("jūn", 6), ("jul", 7), ("mar", 3), ("мар", 3), ("май", 5)])
def test_the_beginning_of_a_month_is_enough(name, month):
    assert formats.parse_day(f"9 {name} 2025").month == month


@given(when=st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
@pytest.mark.parametrize("language", ["en", "bg", "lv"])
def test_days_are_read_back_as_they_were_written(when, language):
    assert formats.parse_day(formats.day(when, language)) == when
    assert formats.parse_day(formats.long_day(when, language)) == when


@given(text=st.text(alphabet="0123456789./- гgadedec", max_size=16))
def test_any_text_gives_a_day_or_a_reason(text):
    try:
        outcome = formats.parse_day(text)
    except ValueError as error:
        outcome = str(error)
    assert outcome.endswith(".") if isinstance(outcome, str) else 1900 <= outcome.year <= 2100


# Sorting.


@pytest.mark.parametrize(
    ("language", "ordered"),
    [
        ("lv", ["abava", "āda", "adata", "bērzs", "cēsis", "čiekurs", "daugava"]),
        ("lv", ["gulbene", "ģimene", "hokejs", "ieva", "īle", "jelgava", "kuldīga", "ķekava", "lielvārde", "ļaudona"]),
        (
            "lv",
            ["mārupe", "nīca", "ņina", "ogre", "rīga", "salaspils", "sigulda", "šķilbēni", "talsi", "zilupe", "ženēva"],
        ),
        ("lv", ["Cēsis", "cits", "Čaks"]),
        ("lv", ["saka", "sāka", "sakne"]),
        ("bg", ["Айтос", "Бургас", "Видин", "Елин Пелин", "Ихтиман", "Йонково", "Каварна", "Щит", "Ъглен", "Ябълково"]),
        ("bg", ["2. СУ", "10. СУ", "32. СУ", "ОУ „Васил Левски“", 'ОУ "Христо Ботев"', "СУ", "Lycée", "School"]),
        ("bg", ["все", "всe", "вход"]),
        ("en", ["Angel", "Élan", "Elba", "Zebra", "Бургас"]),
        ("en", ["5a", "5b", "10a"]),
        ("en", ["New", "New York", "Newark"]),
        ("de", ["a-b", "ab", "日本"]),
    ],
)
def test_names_sort_in_the_alphabet_of_the_language(language, ordered):
    for names in (ordered, list(reversed(ordered))):
        assert sorted(names, key=lambda name: formats.sort_key(name, language)) == ordered


def test_the_whole_latvian_alphabet():
    for one, next_one in pairwise("bcčdefgģhijkķlļmnņoprsštuvzž"):
        assert formats.sort_key(one + "z", "lv") < formats.sort_key(next_one + "a", "lv")
    for plain, long in ("aā", "eē", "iī", "uū"):
        assert formats.sort_key(plain, "lv") < formats.sort_key(long, "lv")
        assert formats.sort_key(long + "a", "lv") < formats.sort_key(plain + "b", "lv")


@given(st.lists(st.text(max_size=8), max_size=6), st.sampled_from(["en", "bg", "lv"]))
def test_any_names_can_be_sorted_and_equal_keys_mean_equal_names(names, language):
    keys = {formats.sort_key(name, language) for name in names}
    assert len(keys) == len(set(names))
    assert sorted(keys)[:1] == [min(keys)][:1] if keys else not names


# The filters and tags of the templates.


def rendered(template, language="bg", **context):
    engine = Engine(libraries={"portal": "core.templatetags.portal"})
    with translation.override(language):
        return broken(engine.from_string("{% load portal %}" + template).render(Context(context)))


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("{{ v|money }}", Decimal("358083.27"), "358~083,27~€"),
        ('{{ v|money:"BGN" }}', Decimal("386653"), "386~653,00~лв."),
        ("{{ v|dual:'BGN' }}", Decimal("386653.00"), "197~692,54~€ (386~653,00~лв.)"),
        ("{{ v|dual:'EUR' }}", Decimal("358083.27"), "358~083,27~€"),
        ("{{ v|dual }}", "65", "65,00~€"),
        ("{{ v|day }}", DAY, "09.12.2025~г."),
        ("{{ v|long_day }}", DAY, "9~декември 2025~г."),
        ("{{ v|month }}", DAY, "декември 2025~г."),
        ("{{ v|clock }}", time(14, 5), "14:05"),
        ("{{ v|percent }}", Decimal("85.00"), "85,00~%"),
        ("{{ v|hours }}", Decimal("1.50"), "1,5~ч."),
        ("{{ v|count }}", 1234, "1~234"),
        ("{{ v|number }}", Decimal("1.50"), "1,50"),
    ],
)
def test_filters_speak_the_language_of_the_page(template, value, expected):
    assert rendered(template, v=value) == expected


def test_a_moment_is_shown_in_the_time_zone_of_the_request():
    with timezone.override(SOFIA):
        assert rendered("{{ v|moment }}", v=MOMENT) == "09.12.2025~г., 14:32"
        assert rendered("{{ v|day }}", v=MOMENT.replace(hour=23)) == "10.12.2025~г."
        assert rendered("{{ v|clock }}", v=MOMENT) == "14:32"


@pytest.mark.parametrize("name", ["money", "dual", "day", "long_day", "month", "clock", "moment", "percent", "hours"])
def test_what_is_not_known_is_a_dash_with_words_for_those_who_listen(name):
    with translation.override("en"):
        unknown = rendered("{{ v|" + name + " }}", "en", v=None)
    assert unknown == "<span aria-hidden=true>—</span><span class=visually-hidden>no data</span>"
    assert rendered("{{ missing|" + name + " }}") == ""


def test_an_amount_is_safe_in_a_page():
    assert rendered("{{ v|money:c }}", v=Decimal(1), c="<b>") == "1,00~&lt;b&gt;"


def test_the_period_tag():
    assert rendered("{% period a b %}", a=DAY, b=None) == "от 09.12.2025~г."
    assert "no data" in rendered("{% period a b %}", "en", a=None, b=None)


def test_states_have_one_colour_each():
    report = SimpleNamespace(state="submitted", get_state_display=lambda: "Подаден <днес>")
    assert rendered("{% state_tag r %}", r=report) == '<span class="tag info">Подаден &lt;днес&gt;</span>'


@pytest.mark.parametrize(
    ("state", "colour"),
    [
        ("draft", "neutral"),
        ("NOT_STARTED", "neutral"),
        ("in_review", "info"),
        ("returned", "warn"),
        ("due_soon", "warn"),
        ("reduced", "warn"),
        ("overdue", "danger"),
        ("rejected", "danger"),
        ("at_risk", "danger"),
        ("accepted", "ok"),
        ("paid", "ok"),
        ("on-track", "ok"),
        ("something new", "neutral"),
    ],
)
def test_the_fixed_map_of_states(state, colour):
    thing = SimpleNamespace(state=state, get_state_display=lambda: "x")
    assert rendered("{% state_tag r %}", r=thing) == f'<span class="tag {colour}">x</span>'


@pytest.fixture
def plain_static(settings):
    """Static files without the manifest that only collectstatic writes."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    portal.icon.cache_clear()
    yield
    portal.icon.cache_clear()


@pytest.mark.usefixtures("plain_static")
def test_a_locked_state_carries_its_icon_and_only_known_colours_exist():
    locked = SimpleNamespace(state="locked", get_state_display=lambda: "Заключен")
    tag = rendered("{% state_tag r %}", r=locked)
    assert tag.startswith('<span class="tag locked"><svg class="ico" aria-hidden="true" focusable="false"><use href="')
    assert tag.endswith('icons.svg#lock"></use></svg> Заключен</span>')
    assert set(STATES.values()) == {"neutral", "info", "warn", "danger", "ok", "locked"}


@pytest.mark.usefixtures("plain_static")
def test_an_icon_is_a_reference_into_the_sprite():
    icon = rendered('{% icon "check" %}')
    assert icon == (
        '<svg class="ico" aria-hidden="true" focusable="false"><use href="/static/img/icons.svg#check"></use></svg>'
    )


def test_a_link_keeps_the_filters_of_the_page():
    request = RequestFactory().get("/", {"q": "Рига & Co", "page": "3", "state": ["a", "b"]})
    link = rendered("{% query_with page=2 %}", request=request)
    assert link == "?q=%D0%A0%D0%B8%D0%B3%D0%B0+%26+Co&amp;page=2&amp;state=a&amp;state=b"
    assert rendered("{% query_with page=None q='' state=None %}", request=request) == "?"
    assert (
        rendered("{% query_with state=l page=None q=None %}", request=request, l=["x", "y"]) == "?state=x&amp;state=y"
    )
    assert request.GET["page"] == "3"
