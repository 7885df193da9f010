"""Charts: what a picture must carry for those who do not see it, and that nothing in it collides."""

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core import charts
from core.charts.drawing import WIDTH, cut, ticks_for, width_of, wrap
from core.charts.lines import _apart

SVG = "{http://www.w3.org/2000/svg}"
START = date(2025, 12, 31)
LONG = (
    "Осигуряване на безплатен транспорт и съпровождане на децата и учениците до училищата извън кварталите с "
    "концентрация на уязвими групи, включително закупуване на карти за градския транспорт"
)


def ends_of_months(how_many):
    return [date(2026 + n // 12, n % 12 + 1, 1) - timedelta(days=1) for n in range(how_many)]


def money_line(language="bg", **more):
    days = ends_of_months(13)
    return charts.line(
        "money",
        "Средства с натрупване",
        [
            charts.Line("По план", [(day, Decimal(n) * 1000) for n, day in enumerate(days)], plan=True),
            charts.Line("Отчетени", [(day, Decimal(n) * 800) for n, day in enumerate(days[:6])]),
            charts.Line("Платени", [(day, Decimal(n) * 500) for n, day in enumerate(days[:5])]),
        ],
        language=language,
        **more,
    )


def activity_bars(language="bg"):
    return charts.bar(
        "activities",
        "Договорено и отчетено",
        [
            charts.Bar((LONG, "bg"), (Decimal("197692.54"), Decimal("0.00"))),
            charts.Bar("Организация и управление", (Decimal("160390.73"), None)),
        ],
        measures=[charts.Measure("Договорено", plan=True), charts.Measure("Отчетено")],
        language=language,
    )


def indicator_bullets(language="bg"):
    return charts.bullet(
        "indicators",
        "Показатели",
        [
            charts.Bullet(LONG, 55, 90, milestone=40, baseline=0),
            charts.Bullet("Квалификация", 12, 10),
            charts.Bullet("Часове", Decimal("120.50"), Decimal(400), kind="hours"),
            charts.Bullet("Много над целта", 580, 90),
            charts.Bullet("Без цел", 7, None),
            charts.Bullet("Без данни", None, 50),
        ],
        language=language,
    )


def status_stacks(language="bg"):
    return charts.stacked_bar(
        "status",
        "Участници по статус",
        [charts.Stack("СУ „Васил Левски“, София", (55, 12, 3, 1, 9, 2)), charts.Stack("32. СУ", (7, 0, None, 0, 0, 0))],
        parts=["Участват", "Напуснали с резултат", "Напуснали без резултат", "Непълни данни", "Изчакват", "Друго"],
        language=language,
    )


def attendance_strip(language="bg", weeks=10):
    return charts.strip(
        "weeks",
        "Присъствие по седмици",
        [
            charts.Week(START + timedelta(days=7 * n), None if n == 5 else 20 + n % 11, 30, partial=n == weeks - 1)
            for n in range(weeks)
        ],
        language=language,
    )


FORMS = [money_line, activity_bars, indicator_bullets, status_stacks, attendance_strip]


def texts(chart):
    """(left, right, baseline, text) of every text in the picture."""
    for element in ElementTree.fromstring(chart.svg).iter(f"{SVG}text"):
        x, wide = float(element.get("x")), width_of(element.text or "")
        left = x - {None: 0, "middle": wide / 2, "end": wide}[element.get("text-anchor")]
        yield left, left + wide, float(element.get("y")), element.text or ""


def assert_nothing_collides(chart):
    root = ElementTree.fromstring(chart.svg)
    height = float(root.get("height"))
    placed = list(texts(chart))
    for left, right, y, text in placed:
        assert left >= -1, text
        assert right <= WIDTH + 1, text
        assert 10 <= y <= height - 2, text
    for (left, right, y, text), (other_left, other_right, other_y, other) in combinations(placed, 2):
        assert right <= other_left or other_right <= left or abs(y - other_y) >= 13, f"{text} over {other}"


# What every form carries.


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_says_what_it_is(form):
    chart = form()
    root = ElementTree.fromstring(chart.svg)
    title, description = list(root)[:2]
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert (title.text, description.text) == (chart.title, chart.summary)
    assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    assert root.get("role") == "img"
    assert root.get("lang") == "bg"
    assert root.get("viewBox") == f"0 0 640 {root.get('height')}"
    assert root.get("font-size") == "13"
    assert root.get("font-family").startswith("IBM Plex Sans")
    assert all(element.get("id", chart.key).startswith(chart.key) for element in root.iter())


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_passes_the_content_security_policy_and_the_pdf(form):
    svg = form().svg
    assert not re.search(r"<(script|style|a|image|use|foreignObject)\b|\s(style|on\w+|href)=|url\(", svg)
    shapes = [e for e in ElementTree.fromstring(svg).iter() if e.tag in (f"{SVG}path", f"{SVG}rect", f"{SVG}text")]
    assert shapes
    for shape in shapes:
        assert shape.get("class") in {
            "c1",
            "c2",
            "c3",
            "c4",
            "c5",
            "c6",
            "ink",
            "ink2",
            "rule",
            "axis",
            "hollow",
            "band",
        }
        assert re.fullmatch("#[0-9A-F]{6}", shape.get("stroke") or shape.get("fill"))


@pytest.mark.parametrize("form", FORMS)
def test_the_same_figures_give_the_same_bytes(form):
    assert form() == form()
    with translation.override("lv"):
        assert form() == form()


@pytest.mark.parametrize("language", ["en", "bg", "lv"])
@pytest.mark.parametrize("form", FORMS)
def test_nothing_collides(form, language):
    assert_nothing_collides(form(language))


@pytest.mark.parametrize("form", FORMS)
def test_every_value_can_be_pointed_at(form):
    hits = [e for e in ElementTree.fromstring(form().svg).iter(f"{SVG}circle") if e.get("class") == "hit"]
    assert hits
    for hit in hits:
        assert hit.get("r") == "12"
        assert hit.get("fill") == "none"
        assert hit.find(f"{SVG}title").text


@pytest.mark.parametrize("form", FORMS)
def test_the_table_has_a_cell_for_every_column(form):
    chart = form()
    assert chart.rows
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    assert all(str(column) for column in chart.columns)


HOSTILE = '<script>alert("1")</script>&\x00\x0b\'"'


def test_words_of_people_are_escaped():
    day = [(START, 1)]
    for chart in (
        charts.line("k", HOSTILE, [charts.Line(HOSTILE, day)], language="en", kind="count"),
        charts.bar(
            "k", HOSTILE, [charts.Bar((HOSTILE, '"x'), (1,))], measures=[charts.Measure(HOSTILE)], language="en"
        ),
        charts.bullet("k", HOSTILE, [charts.Bullet(HOSTILE, 1, 2)], language="en"),
        charts.stacked_bar("k", HOSTILE, [charts.Stack(HOSTILE, (1, 2))], parts=[HOSTILE, "b"], language="en"),
        charts.strip("k", HOSTILE, [charts.Week(START, 1, 2)], language="en"),
    ):
        root = ElementTree.fromstring(chart.svg)
        assert not list(root.iter(f"{SVG}script"))
        assert "alert" in root.find(f"{SVG}title").text
        assert "\x00" not in chart.svg


@pytest.mark.parametrize("key", ["", "Money", "1st", 'a"b', "a b", "a_b"])
def test_a_key_is_safe_in_an_id(key):
    with pytest.raises(ValueError, match="key of a chart"):
        charts.bar(key, "Title", [], language="en")


# Empty and extreme.


@pytest.mark.parametrize(
    "chart",
    [
        charts.line,
        charts.bar,
        charts.bullet,
        charts.strip,
        lambda *args, **more: charts.stacked_bar(*args, parts=["a", "b"], **more),
    ],
)
def test_without_data_there_is_a_sentence_and_no_picture(chart):
    empty = chart("k", "Title", [], language="en")
    assert (empty.svg, empty.summary, empty.rows) == ("", "No data yet.", ())
    assert chart("k", "Title", [], language="en", starts_on=date(2026, 4, 1)).summary.endswith(" 1\u00a0Apr\u00a02026.")
    with translation.override("en"):
        bulgarian = chart("k", "Title", [], language="bg", starts_on=date(2026, 4, 1)).summary
    assert "01.04.2026\u00a0г." in bulgarian
    assert not bulgarian.endswith("..")


def test_what_is_not_known_is_not_zero():
    for chart in (
        charts.line("k", "T", [charts.Line("a", [(START, None)])], language="en"),
        charts.bar("k", "T", [charts.Bar("a", (None,))], language="en"),
        charts.bullet("k", "T", [charts.Bullet("a", None, 5)], language="en"),
        charts.stacked_bar("k", "T", [charts.Stack("a", (None,))], parts=["p"], language="en"),
        charts.strip("k", "T", [charts.Week(START, None, None), charts.Week(START, 0, 0)], language="en"),
    ):
        assert chart.svg == ""
        assert chart.summary == "No data yet."
        assert "—" in [str(cell) for row in chart.rows for cell in row]


values = st.one_of(
    st.none(),
    st.just(Decimal(0)),
    st.decimals(min_value=Decimal("-99999999999999.99"), max_value=Decimal("99999999999999.99"), places=2),
)
positive = st.one_of(st.none(), st.integers(min_value=0, max_value=10**12))
labels = st.sampled_from(["СУ", LONG, "Lielvārdes novada pamatskola", "A" * 120, "Дейност 2. Обучение", ""])


@given(
    lines=st.lists(st.tuples(labels, st.lists(values, max_size=40), st.booleans()), max_size=5),
    step=st.sampled_from([0, 1, 7, 31, 400]),
    language=st.sampled_from(["en", "bg", "lv"]),
)
def test_any_lines_can_be_drawn(lines, step, language):
    chart = charts.line(
        "k",
        "T",
        [
            charts.Line(name, [(START + timedelta(days=step * n), v) for n, v in enumerate(points)], partial=partial)
            for name, points, partial in lines
        ],
        language=language,
        today=START + timedelta(days=60),
    )
    if chart.svg:
        assert_nothing_collides(chart)


@given(
    bars=st.lists(st.tuples(labels, values, values), max_size=6),
    language=st.sampled_from(["en", "bg", "lv"]),
)
def test_any_bars_can_be_drawn(bars, language):
    chart = charts.bar(
        "k",
        "T",
        [charts.Bar((label, "bg"), (one, other)) for label, one, other in bars],
        measures=[charts.Measure("Договорени средства по проекта", plan=True), charts.Measure("Отчетено")],
        language=language,
    )
    if chart.svg:
        assert_nothing_collides(chart)


@given(
    bullets=st.lists(st.tuples(labels, positive, positive, positive, positive), max_size=6),
    language=st.sampled_from(["en", "bg", "lv"]),
)
def test_any_bullets_can_be_drawn(bullets, language):
    chart = charts.bullet("k", "T", [charts.Bullet(*each, kind="money") for each in bullets], language=language)
    if chart.svg:
        assert_nothing_collides(chart)


@given(
    stacks=st.lists(st.tuples(labels, positive, positive, positive), max_size=6),
    language=st.sampled_from(["en", "bg", "lv"]),
)
def test_any_stacks_can_be_drawn(stacks, language):
    chart = charts.stacked_bar(
        "k",
        "T",
        [charts.Stack(label, counts) for label, *counts in stacks],
        parts=["Участват", "Напуснали без резултат от участието", "Друго"],
        language=language,
    )
    if chart.svg:
        assert_nothing_collides(chart)


@given(
    weeks=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), max_size=170),
    language=st.sampled_from(["en", "bg", "lv"]),
)
def test_any_weeks_can_be_drawn(weeks, language):
    chart = charts.strip(
        "k",
        "T",
        [charts.Week(START + timedelta(days=7 * n), *each) for n, each in enumerate(weeks)],
        language=language,
    )
    if chart.svg:
        assert_nothing_collides(chart)


# Line.


def test_a_line_says_how_it_stands_against_the_plan():
    chart = money_line("en")
    assert chart.summary.replace("\u00a0", " ") == (
        "Отчетени: €4,000.00 (31 May 2026), 80.00% of the plan of €5,000.00; "
        "Платени: €2,000.00 (30 Apr 2026), 50.00% of the plan of €4,000.00."
    )
    assert [str(column) for column in chart.columns] == ["Date", "По план", "Отчетени", "Платени"]
    assert [column.kind for column in chart.columns] == ["day", "money", "money", "money"]
    assert [cell.value for cell in chart.rows[5]] == [date(2026, 5, 31), Decimal(5000), Decimal(4000), None]
    assert [str(cell) for cell in chart.rows[5]] == ["31\u00a0May\u00a02026", "€5,000.00", "€4,000.00", "—"]


def test_a_plan_alone_and_a_plan_without_values_to_date():
    plan = charts.Line("Plan", [(START, Decimal(5))], plan=True)
    assert charts.line("k", "T", [plan], language="en").summary.startswith("Plan: €5.00")
    later = charts.Line("Paid", [(START + timedelta(days=40), Decimal(1))])
    chart = charts.line("k", "T", [plan, later], language="en", today=START)
    assert chart.summary == "No values to date, only what is planned or expected."


def test_the_plan_is_grey_and_dashed_and_every_line_has_its_own_dash_and_marker():
    days = ends_of_months(4)
    lines = [charts.Line(f"Line {n}", [(day, n + 1) for day in days]) for n in range(5)]
    plan = charts.Line("Plan", [(day, 9) for day in days], plan=True)
    root = ElementTree.fromstring(charts.line("k", "T", [*lines, plan], language="en", kind="count").svg)
    strokes = {
        path.get("class"): path.get("stroke-dasharray")
        for path in root.iter(f"{SVG}path")
        if float(path.get("stroke-width", "0")) >= 2
    }
    assert set(strokes) == {"c1", "c2", "c3", "c4", "c5", "c6"}
    assert len(set(strokes.values())) == 6
    assert strokes["c1"] is None
    assert strokes["c6"] == "5 5"
    markers = {
        path.get("class"): re.sub(r"^M[\d.]+ [\d.]+", "", path.get("d"))
        for path in root.iter(f"{SVG}path")
        if path.get("class") in strokes and path.get("d").endswith("z")
    }
    assert len(set(markers.values()) - {markers["c6"]}) == 4  # the plan's circle is hollow, the first line's is not
    assert markers["c6"] == markers["c1"]


def test_too_many_lines_are_refused():
    lines = [charts.Line("x", [(START, 1)])] * 6
    with pytest.raises(ValueError, match="at most five"):
        charts.line("k", "T", lines, language="en")
    with pytest.raises(ValueError, match="one plan"):
        charts.line("k", "T", [charts.Line("x", [(START, 1)], plan=True)] * 2, language="en")


def hollow_markers(chart):
    return chart.svg.count('class="hollow"')


def test_what_lies_ahead_is_hollow():
    line = charts.Line("Paid", [(day, n) for n, day in enumerate(ends_of_months(6))])
    assert hollow_markers(charts.line("k", "T", [line], language="en")) == 0
    ahead = charts.line("k", "T", [line], language="en", today=date(2026, 3, 15))
    assert hollow_markers(ahead) == 3
    assert ">today</text>" in ahead.svg
    assert hollow_markers(charts.line("k", "T", [line], language="en", today=date(2025, 1, 1))) == 6


def test_a_period_that_is_not_over_is_marked_and_named():
    line = charts.Line("Paid", [(day, n) for n, day in enumerate(ends_of_months(6))], partial=True)
    chart = charts.line("k", "T", [line], language="en", note="Data as of 1 June.")
    assert chart.note == "Data as of 1 June. The last period is not over yet."
    assert hollow_markers(chart) == 1
    assert 'stroke-dasharray="2 4"' in chart.svg


def test_a_gap_in_a_line_stays_a_gap():
    points = [(day, None if n == 2 else n) for n, day in enumerate(ends_of_months(6))]
    chart = charts.line("k", "T", [charts.Line("Paid", points)], language="en", kind="count")
    strokes = re.findall(r'd="(M[^"]*)"[^>]*stroke-width="2.5"', chart.svg)
    assert [d.count("L") for d in strokes] == [1, 2]
    assert str(chart.rows[2][1]) == "—"


@pytest.mark.parametrize(
    ("span", "expected"),
    [(0, 1), (20, 5), (80, 3), (400, 7), (1100, 7), (4000, 6), (40000, 5)],
)
def test_the_time_axis_has_as_many_marks_as_fit(span, expected):
    points = [(START, 1), (START + timedelta(days=span), 2)]
    chart = charts.line("k", "T", [charts.Line("Paid", points)], language="bg", kind="count")
    bottom = max(y for *_rest, y, _text in texts(chart))
    marks = [text for *_rest, y, text in texts(chart) if y == bottom]
    assert len(marks) == expected
    assert len(set(marks)) == len(marks)


# Bar, bullet, stacked bar, strip.


def test_a_bar_chart_sums_what_can_be_summed():
    chart = activity_bars("en")
    assert chart.summary == "Договорено: €358,083.27 in all; Отчетено: €0.00 in all."
    assert chart.rows[0][0].lang == "bg"
    assert chart.rows[1][0].lang == ""
    assert 'lang="bg">Осигуряване' in chart.svg
    assert activity_bars("bg").rows[0][0].lang == ""


@pytest.mark.parametrize(
    ("amounts", "kind", "summary"),
    [
        ([5], "count", "a: 5."),
        ([5, 5], "count", "All are equal: 5."),
        ([5, 7, None], "count", "12 in all; the largest is “b” with 7."),
        ([5, 7], "percent", "The largest is “b” with 7%, the smallest “a” with 5%."),
    ],
)
def test_the_sentence_of_a_simple_bar_chart(amounts, kind, summary):
    bars = [charts.Bar(label, (value,)) for label, value in zip("abc", amounts, strict=False)]
    assert charts.bar("k", "T", bars, language="en", kind=kind).summary == summary


def test_a_unit_at_the_end_of_a_sentence_brings_no_second_stop():
    chart = charts.bar("k", "T", [charts.Bar("Занимания", (Decimal("1.5"),))], language="bg", kind="hours")
    assert chart.summary == "Занимания: 1,5\u00a0ч."
    assert f'<desc id="k-desc">{chart.summary}</desc>' in chart.svg


def test_bars_of_a_second_measure_are_striped_and_the_plan_is_a_dashed_outline():
    bars = [charts.Bar("a", (5, 4, 3))]
    measures = [charts.Measure("Plan", plan=True), charts.Measure("Reported"), charts.Measure("Paid")]
    svg = charts.bar("k", "T", bars, measures=measures, language="en").svg
    assert re.search(r'<path d="[^"]*z" [^>]*class="c6"[^>]*stroke-dasharray="4 3"', svg)
    assert re.search(r'<rect class="c1"', svg)
    assert re.search(r'<path d="[^"]*" [^>]*class="c2"[^>]*stroke-dasharray="3 3"', svg)


def test_rows_of_another_width_are_refused():
    with pytest.raises(ValueError, match="one value for each"):
        charts.bar("k", "T", [charts.Bar("a", (1, 2))], language="en")
    with pytest.raises(ValueError, match="one value for each"):
        charts.stacked_bar("k", "T", [charts.Stack("a", (1,))], parts=["a", "b"], language="en")


def test_negative_amounts_go_left_from_zero():
    chart = charts.bar("k", "T", [charts.Bar("a", (Decimal(100),)), charts.Bar("b", (Decimal(-50),))], language="en")
    up, down = [float(x) for x in re.findall(r'<rect class="c1" x="([\d.]+)"', chart.svg)]
    assert down < up


def test_bullets_say_how_many_targets_are_reached():
    assert indicator_bullets("en").summary == (
        "2 of 4 indicators have reached their target; furthest behind: “Часове” with 30.13%."
    )
    assert [str(cell) for cell in indicator_bullets("en").rows[0]][1:] == ["0", "40", "90", "55", "61.11%"]


@pytest.mark.parametrize(
    ("figures", "summary"),
    [
        ([(5, None)], "No target is set."),
        ([(5, 0)], "No target is set."),
        ([(5, 10)], "“a” stands at 50.00% of its target."),
        ([(5, 5), (6, 5)], "All 2 indicators with a target have reached it."),
    ],
)
def test_the_sentence_of_a_bullet_chart(figures, summary):
    bullets = [charts.Bullet(label, *each) for label, each in zip("ab", figures, strict=False)]
    assert charts.bullet("k", "T", bullets, language="en").summary == summary


def test_a_bar_far_beyond_its_target_ends_in_an_arrow():
    assert "l12 8l-12 8z" in charts.bullet("k", "T", [charts.Bullet("a", 580, 90)], language="en").svg
    assert "l12 8l-12 8z" not in charts.bullet("k", "T", [charts.Bullet("a", 180, 90)], language="en").svg


def test_a_target_below_zero_is_refused():
    with pytest.raises(ValueError, match="below zero"):
        charts.bullet("k", "T", [charts.Bullet("a", 1, -1)], language="en")


def test_stacks_name_the_largest_part():
    chart = status_stacks("en")
    assert chart.summary == "89 in all; the largest part is “Участват” with 62 (69.66%)."
    assert [str(cell) for cell in chart.rows[1]] == ["32. СУ", "7", "0", "—", "0", "0", "0", "7"]
    zero = charts.stacked_bar("k", "T", [charts.Stack("a", (0, 0))], parts=["p", "q"], language="en")
    assert zero.summary == "Nothing to count yet: every part is zero."
    assert ">p 0</text>" in zero.svg


def test_a_stack_takes_six_parts_and_nothing_below_zero():
    with pytest.raises(ValueError, match="six parts"):
        charts.stacked_bar("k", "T", [], parts=list("abcdefg"), language="en")
    with pytest.raises(ValueError, match="below zero"):
        charts.stacked_bar("k", "T", [charts.Stack("a", (-1,))], parts=["p"], language="en")


def test_a_strip_says_the_mean_and_the_lowest_week():
    chart = attendance_strip("en")
    assert chart.summary.replace("\u00a0", " ") == (
        "Attendance was 81.48% over 9 weeks with sessions; lowest in the week from 31 Dec 2025: 66.67%."
    )
    assert chart.note == "The last period is not over yet."
    assert [str(cell) for cell in chart.rows[5]] == ["4\u00a0Feb\u00a02026", "—", "30", "—"]
    assert [str(cell) for cell in chart.rows[0]] == ["31\u00a0Dec\u00a02025", "20", "30", "66.67%"]
    assert "no sessions" in chart.svg
    one = charts.strip("k", "T", [charts.Week(START, 27, 30)], language="en")
    assert one.summary.replace("\u00a0", " ") == "In the week from 31 Dec 2025 attendance was 90.00% (27 of 30)."


def test_a_long_strip_names_the_lowest_and_the_last_week_only():
    written = [text for *_rest, text in texts(attendance_strip("en", weeks=150))]
    assert [text for text in written if text.startswith(("lowest", "last"))] == ["lowest 67%", "last 87%"]
    assert "70%" not in written


def test_weeks_come_in_the_order_of_time():
    weeks = [charts.Week(START + timedelta(days=7), 1, 2), charts.Week(START, 2, 2)]
    assert [row[0].value for row in charts.strip("k", "T", weeks, language="en").rows] == [
        START,
        START + timedelta(days=7),
    ]


# Scales and letters.


@given(
    low=st.decimals(min_value=Decimal("-1e14"), max_value=0, places=2),
    high=st.decimals(min_value=0, max_value=Decimal("1e14"), places=2),
    whole=st.booleans(),
)
def test_ticks_are_few_even_and_hold_zero_and_both_ends(low, high, whole):
    ticks = ticks_for(low, high, whole=whole)
    assert 0 in ticks
    assert ticks[0] <= low
    assert high <= ticks[-1]
    assert 2 <= len(ticks) <= 5
    assert len({b - a for a, b in pairwise(ticks)}) == 1
    assert not whole or all(tick == int(tick) for tick in ticks)


@pytest.mark.parametrize(
    ("high", "whole", "ticks"),
    [
        (0, True, [0, 1, 2, 3, 4]),
        (0, False, [0, 25, 50, 75, 100]),
        (1, True, [0, 1]),
        (3, True, [0, 1, 2, 3]),
        (9, True, [0, 5, 10]),
        (Decimal("358083.27"), False, [0, 100000, 200000, 300000, 400000]),
        (Decimal("0.03"), False, [0, Decimal("0.01"), Decimal("0.02"), Decimal("0.03")]),
    ],
)
def test_ticks(high, whole, ticks):
    assert ticks_for(0, high, whole=whole) == ticks


@given(
    wishes=st.lists(st.tuples(st.floats(0, 200), st.sampled_from([20.0, 40.0])), min_size=1, max_size=5),
)
def test_labels_keep_apart_and_inside(wishes):
    heights = [height for _wish, height in wishes]
    placed = _apart([wish for wish, _height in wishes], heights, 0, 220)
    spans = sorted((middle - tall / 2, middle + tall / 2) for middle, tall in zip(placed, heights, strict=True))
    assert spans[0][0] >= -0.01
    assert spans[-1][1] <= 220.01
    assert all(one[1] <= other[0] + 0.01 for one, other in pairwise(spans))


def test_a_label_that_has_room_stays_where_it_wants_to_be():
    assert _apart([30, 150], [20, 20], 0, 200) == [30, 150]


@given(text=st.text(alphabet="абщ \n\u00a0i", max_size=80), room=st.integers(20, 200), most=st.integers(1, 4))
def test_lines_fit_and_lose_nothing_without_saying_so(text, room, most):
    rows = wrap(text, room, most)
    assert 1 <= len(rows) <= most
    assert all(width_of(row) <= room for row in rows)
    words = "".join(text.split())
    assert "".join("".join(rows).split()) == words or rows[-1].endswith("…")


def test_a_text_that_is_too_wide_is_cut():
    assert cut("Център", 500) == "Център"
    assert cut("Център за личностно развитие", 90) == "Център за…"


# The tag of the templates.


def test_the_tag_hands_the_chart_to_its_template():
    engine = Engine(
        libraries={"portal": "core.templatetags.portal"},
        loaders=[("django.template.loaders.locmem.Loader", {"parts/chart.html": "{{ chart.title }}: {{ chart.svg }}"})],
    )
    chart = attendance_strip()
    page = engine.from_string("{% load portal %}{% chart_figure chart %}").render(Context({"chart": chart}))
    assert page == f"{chart.title}: {chart.svg}"


def test_the_real_template_shows_sentence_and_table():
    page = render_to_string("parts/chart.html", {"chart": status_stacks("en")})
    assert "the largest part is" in page
    assert page.count("<svg") == 1
    assert page.count('scope="row"') == 2
