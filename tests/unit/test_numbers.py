"""Number formats show what a spreadsheet shows."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from rag.extract.numbers import Value, shown

DAY = datetime(2024, 3, 5)
CASES: list[tuple[Value, str, str]] = [
    (3, "General", "3"),
    (0.1 + 0.2, "General", "0.3"),
    (12345678901234, "General", "12345678901234"),
    (1e20, "General", "1E+20"),
    (1234.5, "#,##0.00", "1,234.50"),
    (1234567, "#,##0,", "1,235"),
    (7, "000", "007"),
    (0.123, "0.0%", "12.3%"),
    (-0.5, "0%", "-50%"),
    (0.5, "#.##", ".5"),
    (5.5, '0.0# "kg"', "5.5 kg"),
    (5, '0" items"', "5 items"),
    (12345.678, "0.00E+00", "1.23E+04"),
    (1234.5, '"€"#,##0.00', "€1,234.50"),
    (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
    (-1234.5, r"#,##0.00_);[Red]\(#,##0.00\)", "(1,234.50)"),
    (-1234.5, '_-"£"* #,##0.00_-;\\-"£"* #,##0.00_-', "-£1,234.50"),
    (0, '0;-0;"-"', "-"),
    (1, '"yes";"no"', "yes"),
    (-1, '"yes";"no"', "no"),
    (2.5, "# ?/?", "2.5"),
    (True, "General", "TRUE"),
    ("x", "@", "x"),
    (DAY, "General", "2024-03-05"),
    (DAY, "yyyy-mm-dd", "2024-03-05"),
    (DAY, "d mmmm yyyy", "5 March 2024"),
    (DAY, "[$-409]mmmm d, yyyy;@", "March 5, 2024"),
    (date(2024, 3, 5), "mm-dd-yy", "03-05-24"),
    (datetime(2024, 3, 5, 14, 7), "dd/mm/yyyy hh:mm", "05/03/2024 14:07"),
    (datetime(2024, 3, 5, 14, 7), "h:mm AM/PM", "2:07 PM"),
    (datetime(2024, 3, 5, 14, 7, 9), "General", "2024-03-05 14:07:09"),
    (time(9, 5), "h:mm", "9:05"),
    (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
]


@pytest.mark.parametrize(("value", "code", "text"), CASES)
def test_a_value_is_written_as_its_format_shows_it(value: Value, code: str, text: str) -> None:
    assert shown(value, code) == text
