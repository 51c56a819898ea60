"""Numbers and dates of a spreadsheet as its number formats show them.

The codes are those of ECMA-376 part 1, 18.8.31, as far as people meet them: digits and thousands,
percent, exponents, currencies and other literals, dates, times and durations, text, and sections
for positive, negative and zero. A code that is not understood shows the number plainly.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

Value = str | bool | int | float | datetime | date | time | timedelta

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[\$(?P<currency>[^\]-]*)[^\]]*\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]|(?P<half>AM/PM|A/P)|(?P<general>General)"
    r"|(?P<exponent>E[+-]0+)|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?)|(?P<digits>[#0?,]*\.?[#0?]+,*|,)"
    r"|(?P<percent>%)|(?P<at>@)|(?P<literal>.)",
    re.IGNORECASE | re.DOTALL,
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_EPOCH = datetime(1899, 12, 30)


def shown(value: Value, code: str = "General") -> str:
    """A cell's value as its number format shows it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return _number(value, code)
    if isinstance(value, timedelta):
        return _duration(value, code)
    return _moment(value, code)


def plain(value: float) -> str:
    """A number as a cell without a format shows it: at most 11 significant digits."""
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
        return str(int(value))
    text = f"{value:.10g}"
    return text.replace("e+", "E+").replace("e-", "E-")


def _sections(code: str) -> list[list[re.Match[str]]]:
    """The tokens of each section; a semicolon in quotes parts nothing."""
    sections: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(code):
        if token["literal"] == ";":
            sections.append([])
        else:
            sections[-1].append(token)
    return sections


def _number(value: float, code: str) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    sections = _sections(code)
    sign = ""
    index = 0
    if value < 0 and len(sections) > 1:
        index = 1
    elif value < 0:
        sign = "-"
    elif value == 0 and len(sections) > 2:
        index = 2
    tokens = sections[index]
    kinds = {token.lastgroup for token in tokens}
    if "date" in kinds or "elapsed" in kinds:
        return plain(value)  # a date that its file does not hold as one
    if not kinds & {"digits", "exponent"}:
        if "general" in kinds or "at" in kinds or not tokens:
            body = plain(abs(value))
            named = {"general": body, "at": body}
            return sign + "".join(_literal(t) or named.get(t.lastgroup or "", "") for t in tokens)
        return "".join(map(_literal, tokens))  # a section of words alone: "n/a", "-"
    try:
        return sign + _digits(abs(value), tokens)
    except (InvalidOperation, ValueError):
        return plain(value)


def _literal(token: re.Match[str]) -> str:
    for group in ("quoted", "escaped", "currency", "literal"):
        if token[group] is not None:
            return str(token[group])
    return "%" if token["percent"] else "," if token["digits"] == "," else ""


def _digits(value: float, tokens: list[re.Match[str]]) -> str:
    """A number in the one run of digit places that a section has; literals stand around it."""
    places = [t for t in tokens if (t["digits"] or ",") != ","]
    if len(places) != 1 or any(t["literal"] == "/" for t in tokens):
        return plain(value)  # fractions, phone numbers, parts: shown plainly
    pattern = places[0]["digits"]
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    number = number.scaleb(2 * sum(1 for t in tokens if t["percent"]))
    number = number.scaleb(-3 * (len(pattern) - len(pattern.rstrip(","))))
    exponent = next((t for t in tokens if t["exponent"]), None)
    power = number.adjusted() if exponent is not None and number else 0
    body = _placed(number.scaleb(-power), pattern.rstrip(","))
    out = []
    for token in tokens:
        if token is places[0]:
            out.append(body)
        elif token is exponent:
            width = len(token["exponent"]) - 2
            sign = "-" if power < 0 else "+" if token["exponent"][1] == "+" else ""
            out.append(f"E{sign}{abs(power):0{width}d}")
        else:
            out.append(_literal(token))
    return "".join(out).strip()


def _placed(number: Decimal, pattern: str) -> str:
    whole, _, part = pattern.partition(".")
    rounded = number.quantize(Decimal(1).scaleb(-len(part)), rounding=ROUND_HALF_UP)
    digits, _, decimals = f"{rounded:f}".partition(".")
    keep = len(part.rstrip("#?"))  # places that are shown even when they are zero
    while len(decimals) > keep and decimals.endswith("0"):
        decimals = decimals[:-1]
    digits = digits.lstrip("0").rjust(whole.count("0"), "0")
    if "," in whole:
        digits = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", digits)
    return digits + ("." if "." in pattern and (decimals or keep) else "") + decimals


def _duration(value: timedelta, code: str) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, rest = divmod(seconds, 3600)
    short = f"{hours}:{rest // 60:02d}"
    return sign + (short if "s" not in code.lower() else f"{short}:{rest % 60:02d}")


def _moment(value: datetime | date | time, code: str) -> str:
    tokens = _sections(code)[0]
    whole = datetime.combine(_EPOCH, value) if isinstance(value, time) else value
    moment = whole if isinstance(whole, datetime) else datetime(whole.year, whole.month, whole.day)
    if not any(token["date"] for token in tokens):
        return _iso(value)
    half = any(token["half"] for token in tokens)
    out = [_part(tokens, index, moment, half=half) for index in range(len(tokens))]
    return "".join(out).strip() or _iso(value)


def _iso(value: datetime | date | time) -> str:
    if isinstance(value, datetime):
        value = value.date() if value.time() == time() else value.replace(microsecond=0)
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return value.isoformat()


def _part(tokens: list[re.Match[str]], index: int, moment: datetime, *, half: bool) -> str:
    token = tokens[index]
    if token["half"]:
        return "AM" if moment.hour < 12 else "PM"
    if not token["date"]:
        return _literal(token)
    code = token["date"].lower()
    size = len(code)
    if code[0] == "y":
        return f"{moment.year:04d}" if size > 2 else f"{moment.year % 100:02d}"
    if code[0] == "d":
        name = _DAYS[moment.weekday()]
        return (str(moment.day), f"{moment.day:02d}", name[:3], name)[min(size, 4) - 1]
    if code[0] == "h":
        hour = (moment.hour % 12 or 12) if half else moment.hour
        return str(hour) if size == 1 else f"{hour:02d}"
    if code[0] == "s":
        second = f"{moment.second:02d}" if code.startswith("ss") else str(moment.second)
        decimals = len(code.partition(".")[2])
        return second + (f".{moment.microsecond:06d}"[: decimals + 1] if decimals else "")
    if _is_minute(tokens, index):
        return str(moment.minute) if size == 1 else f"{moment.minute:02d}"
    name = _MONTHS[moment.month - 1]
    return (str(moment.month), f"{moment.month:02d}", name[:3], name, name[0])[min(size, 5) - 1]


def _is_minute(tokens: list[re.Match[str]], index: int) -> bool:
    """An m is a minute after an hour or before a second."""
    before = next((t for t in reversed(tokens[:index]) if t["date"] or t["elapsed"]), None)
    after = next((t for t in tokens[index + 1 :] if t["date"]), None)
    hour = before is not None and (before["date"] or before["elapsed"])[0] in "hH"
    return hour or (after is not None and after["date"][0] in "sS")
