"""Charts drawn on the server as SVG: line, bar, bullet, stacked bar and strip, and no other form.

The same SVG goes into the page and into the PDF. Every chart comes with one sentence that says what it shows and with
its figures as a table, so nobody has to read the picture. Series differ by dash, marker or stripes and by their own
label, not by colour alone; plans are always grey and dashed; value axes start at zero. Colours stand as attributes,
and the classes c1…c6, ink, ink2, rule, axis, hollow and band let the style sheet change them. The same figures give
the same bytes.

Words of the caller (titles, labels) come as text, or as (text, language) when they may be in another language than
the chart, as `core.models.texts.said` returns them. Values are Decimal or int; None is not known, which is not zero.
"""

from core.charts.bars import bar, stacked_bar
from core.charts.bullets import bullet
from core.charts.data import Bar, Bullet, Cell, Chart, Column, Kind, Line, Measure, Stack, Value, Week, Words
from core.charts.lines import line
from core.charts.making import say
from core.charts.strips import strip

__all__ = [
    "Bar",
    "Bullet",
    "Cell",
    "Chart",
    "Column",
    "Kind",
    "Line",
    "Measure",
    "Stack",
    "Value",
    "Week",
    "Words",
    "bar",
    "bullet",
    "line",
    "say",
    "stacked_bar",
    "strip",
]
