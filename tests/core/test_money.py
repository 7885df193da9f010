"""Money: the worked figures of the domain reference, splits that add up, amounts as people type them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import CENT, NOTHING, UnknownRate, cents, parse_amount, share, split, to_bgn, to_eur

amounts = st.decimals(min_value=Decimal("-99999999999999.99"), max_value=Decimal("99999999999999.99"), places=2)
rates = st.decimals(min_value=0, max_value=1, places=4)


@pytest.mark.parametrize(
    ("lev", "euro"),
    [
        ("386653.00", "197692.54"),
        ("700350.00", "358083.27"),
        ("28600000", "14622947.80"),
        ("1887219069", "964919788.02"),
        ("1000000", "511291.88"),  # a shortened inverse rate would give 511292.00
        ("65", "33.23"),
        ("1", "0.51"),
        ("0.01", "0.01"),
        ("300.03", "153.40"),
    ],
)
def test_lev_become_euro_by_the_fixed_rate(lev, euro):
    assert to_eur(Decimal(lev), "BGN") == Decimal(euro)


@pytest.mark.parametrize(
    ("euro", "lev"),
    [
        ("358083.27", "700350.00"),
        ("197692.54", "386653.00"),
        ("786795000", "1538837264.85"),
        ("100000", "195583.00"),
        ("200000", "391166.00"),
        ("5000000", "9779150.00"),
    ],
)
def test_euro_become_lev_by_the_fixed_rate(euro, lev):
    assert to_bgn(Decimal(euro)) == Decimal(lev)


@pytest.mark.parametrize("lev", ["386653.00", "700350.00", "28600000.00", "1887219069.00", "1000000.00"])
def test_these_lev_come_back_from_euro(lev):
    assert to_bgn(to_eur(Decimal(lev), "BGN")) == Decimal(lev)


def test_other_lev_do_not_so_the_contract_keeps_its_own():
    assert to_bgn(to_eur(Decimal("65.00"), "BGN")) == Decimal("64.99")


def test_a_total_is_converted_once():
    line = Decimal("100.01")
    assert 3 * to_eur(line, "BGN") == Decimal("153.39")
    assert to_eur(3 * line, "BGN") == Decimal("153.40")


def test_euro_stay_as_they_are_and_other_currencies_are_refused():
    assert to_eur(Decimal("358083.27"), "EUR") == Decimal("358083.27")
    with pytest.raises(UnknownRate, match="RON"):
        to_eur(Decimal("1.00"), "RON")


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("0.0049", "0.00"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("2", "2.00")],
)
def test_half_a_cent_goes_up(amount, rounded):
    assert str(cents(Decimal(amount))) == rounded


def test_latvian_split_in_whole_euro():
    eu, national = split(Decimal(29545252), Decimal("0.85"), unit=Decimal(1))
    assert (eu, national) == (Decimal(25113464), Decimal(4431788))
    assert share(eu, eu + national) == Decimal("85.00")


def test_earlier_latvian_budget_rounds_the_eu_part_down():
    assert split(Decimal(15951890), Decimal("0.85"), unit=Decimal(1)) == (Decimal(13559106), Decimal(2392784))


def test_split_in_cents():
    assert split(Decimal("100.01"), Decimal("0.85")) == (Decimal("85.00"), Decimal("15.01"))


@pytest.mark.parametrize("rate", ["85", "1.01", "-0.1"])
def test_a_rate_is_a_fraction(rate):
    with pytest.raises(ValueError, match="fraction"):
        split(Decimal("100.00"), Decimal(rate))


@given(total=amounts, rate=rates, unit=st.sampled_from([CENT, Decimal(1)]))
def test_parts_add_up_and_the_eu_part_stays_below_the_rate(total, rate, unit):
    eu, national = split(total, rate, unit)
    assert eu + national == total
    assert eu <= rate * total < eu + unit
    assert eu % unit == 0


@given(euro=amounts)
def test_euro_survive_the_way_through_lev(euro):
    assert to_eur(to_bgn(euro), "BGN") == euro


def test_share():
    assert share(25113464, 29545252) == Decimal("85.00")
    assert share(Decimal("96204.11"), Decimal("358083.27")) == Decimal("26.87")
    assert share(1, 3) == Decimal("33.33")
    assert share(0, 580) == NOTHING
    assert share(5, 0) is None
    assert share(None, 5) is None
    assert share(5, None) is None


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("358 083,27 €", "358083.27"),
        ("358\u00a0083,27\u00a0€", "358083.27"),
        ("358\u202f083,27 EUR", "358083.27"),
        ("358,083.27", "358083.27"),
        ("€358,083.27", "358083.27"),
        ("358.083,27", "358083.27"),
        ("358083.27", "358083.27"),
        ("358083,27", "358083.27"),
        (" 6200 ", "6200.00"),
        ("6 200", "6200.00"),
        ("1,234,567", "1234567.00"),
        ("1.234.567", "1234567.00"),
        ("1 234 567,8", "1234567.80"),
        ("0", "0.00"),
        ("0,00", "0.00"),
        ("-0", "0.00"),
        (",50", "0.50"),
        ("\u22125,5", "-5.50"),
        ("-€5.00", "-5.00"),
        ("€ -5.00", "-5.00"),
        ("- 1 234,50 €", "-1234.50"),
        ("6200,5 евро", "6200.50"),
        ("99999999999999.99", "99999999999999.99"),
        ("000123", "123.00"),
    ],
)
def test_amounts_as_people_type_them(typed, amount):
    parsed = parse_amount(typed)
    assert str(parsed) == amount


@pytest.mark.parametrize(("typed", "amount"), [("386 653,00 лв.", "386653.00"), ("BGN 65", "65.00"), ("65", "65.00")])
def test_lev_where_lev_are_asked_for(typed, amount):
    assert str(parse_amount(typed, currency="BGN")) == amount


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter an amount"),
        ("six", "Enter an amount"),
        ("NaN", "Enter an amount"),
        ("Infinity", "Enter an amount"),
        ("1e5", "Enter an amount"),
        ("(5.00)", "Enter an amount"),
        ("5.", "Enter an amount"),
        ("--5", "Enter an amount"),
        ("-€-5", "Enter an amount"),
        ("€5€", "Enter an amount"),
        ("5 USD", "Enter an amount"),
        ("٣", "Enter an amount"),
        ("1 2,3 4", "not clear"),
        ("12 34", "not clear"),
        ("1,23,456", "not clear"),
        ("1.234,567.89", "not clear"),
        ("1 234.567,00", "not clear"),
        ("1234 567", "not clear"),
        (" 123,,4", "not clear"),
        ("1,234", "could be 1234 or 1 with three"),
        ("1.234", "could be 1234 or 1 with three"),
        ("0.123", "more than two decimals"),
        ("1234.567", "more than two decimals"),
        (".123", "more than two decimals"),
        ("1 234,567", "more than two decimals"),
        ("12.3456", "more than two decimals"),
        ("100000000000000", "larger than any amount"),
        ("65 лв.", "in EUR"),
    ],
)
def test_what_is_no_clear_amount_is_refused_with_a_reason(typed, message):
    with pytest.raises(ValueError, match=message):
        parse_amount(typed)


def test_euro_where_lev_are_asked_for_are_refused():
    with pytest.raises(ValueError, match="in BGN"):
        parse_amount("65 €", currency="BGN")


@given(amount=amounts)
def test_a_machine_amount_is_read_back(amount):
    assert parse_amount(str(amount)) == amount


@given(text=st.text(alphabet="0123456789 .,-€\u2212\u00a0", max_size=14))
def test_any_text_gives_an_amount_in_cents_or_a_reason(text):
    try:
        outcome = parse_amount(text)
    except ValueError as error:
        outcome = str(error)
    digits = "".join(sign for sign in text if sign.isdigit()).strip("0")
    if isinstance(outcome, str):
        assert outcome.endswith(".")
    else:
        assert outcome == cents(outcome)
        assert digits in str(outcome).replace(".", "")
