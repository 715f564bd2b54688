"""The arithmetic of a finding, typeset: one step a line, signs, roots, fractions."""

import re
from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup, escape

from rejia.present.safe import visible

ENDINGS = (
    "they meet",
    "they do not meet",
    "a sum fits",
    "no sum fits",
    "some give it",
    "none gives it",
)
_STANDS = re.compile(r"(printed \S+ stands for) (.+)", re.DOTALL)
_DIVISOR = re.compile(r" / (\d[\d.]*)(?![\d.^]| x )")
_SIGNS = (
    (re.compile(r"(?<=[\w).]) x (?=[\w(|.-])"), " × "),
    (re.compile(r"(?<=[\w).]) - (?=[\w(|.])"), " − "),
    (re.compile(r"(?<![\w).\]-])-(?=[\d.]|infinity)"), "−"),
    (re.compile(r"&lt;="), "≤"),
    (re.compile(r"&gt;="), "≥"),
    (re.compile(r"(?<= )= (?=[\d.−])"), "=\u00a0"),
    (re.compile(r"\^(\d+)"), r"<sup>\1</sup>"),
    (re.compile(r"−?\binfinity\b"), lambda m: m[0].replace("infinity", "∞")),
)


@dataclass(frozen=True, slots=True)
class Step:
    """
    One line of a calculation.

    Attributes
    ----------
    words : str
        What it is, before the formula; may be empty.
    formula : Markup
        The formula, typeset.
    ending : str
        How it comes out, on the last line.
    """

    words: str
    formula: Markup
    ending: str = ""


def read_step(text: str) -> Step:
    """
    Take a step of a calculation apart and typeset it.

    Parameters
    ----------
    text : str
        A part of ``arithmetic`` of the audit, between semicolons.

    Returns
    -------
    Step

    Examples
    --------
    >>> step = read_step("printed 4.7 stands for 4.65 to 4.75: they do not meet")
    >>> step.words, str(step.formula), step.ending
    ('printed 4.7 stands for', '4.65 to 4.75', 'they do not meet')
    """
    body, colon, last = text.rpartition(": ")
    ending = last if colon and last in ENDINGS else ""
    body = body if ending else text
    match = _STANDS.fullmatch(body)
    words, formula = (match[1], match[2]) if match else ("", body)
    if not match:
        before, colon, after = body.rpartition(": ")
        if colon and after[:1] in "-0123456789(":
            words, formula = before, after
    return Step(words, typeset(formula), ending)


def typeset(text: str) -> Markup:
    """
    Typeset a formula as HTML: times and minus signs, squares, roots, fractions.

    Parameters
    ----------
    text : str
        As the audit writes it: ``sqrt((10 x 3.1^2 + 4) / 11)``.

    Returns
    -------
    Markup
        Everything that is not ours is escaped.

    Examples
    --------
    >>> str(typeset("2 x -3^2 <= 4"))
    '2 × −3<sup>2</sup> ≤ 4'
    """
    made, plain, at = Markup(""), "", 0
    while at < len(text):
        is_root = text.startswith("sqrt(", at)
        start = at + 4 if is_root else at
        end = _closing(text, start) if text[start] == "(" else -1
        if end < 0:
            plain += text[at]
            at += 1
            continue
        inner = typeset(text[start + 1 : end])
        # The bracket of a function, log(2) / 3, is no numerator.
        named = is_root or text[at - 1 : at].isalnum()
        divisor = None if named else _DIVISOR.match(text, end + 1)
        made += _signed(plain, before=bool(made), after=True)
        plain, at = "", end + 1
        if is_root:
            made += Markup('√<span class="root">{}</span>').format(inner)
        elif divisor is not None:
            made += Markup(
                '<span class="fraction"><span>{}</span><span class="sr"> / </span>'
                "<span>{}</span></span>"
            ).format(inner, divisor[1])
            at = divisor.end()
        else:
            made += Markup("({})").format(inner)
    return made + _signed(plain, before=bool(made))


def _closing(text: str, start: int) -> int:
    """Return where the bracket at `start` closes, -1 where it does not."""
    depth = 0
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return -1


def _signed(text: str, *, before: bool = False, after: bool = False) -> Markup:
    """Set the signs of text without brackets; one may stand before or after it."""
    # Signs beside a bracket need something to stand beside.
    told = f"{')' if before else ''}{visible(text)}{'(' if after else ''}"
    made = str(escape(told))
    for pattern, sign in _SIGNS:
        made = pattern.sub(sign, made)
    made = made[1:] if before else made
    return Markup(made[:-1] if after else made)


def draw_ranges(
    allowed: tuple[float, float], printed: tuple[float, float], words: str
) -> Markup:
    """
    Draw what the others allow and what is printed on one axis.

    Parameters
    ----------
    allowed, printed : tuple of float
        Ends of both ranges.
    words : str
        What the picture shows, for those who do not see it.

    Returns
    -------
    Markup
        A small SVG; empty where a range has no ends, or is far too short to show.
    """
    ends = (*allowed, *printed)
    if not all(isfinite(end) for end in ends):
        return Markup("")
    low, high = min(ends), max(ends)
    if high <= low:
        return Markup("")
    width, margin = 320.0, 8.0

    def place(value: float) -> float:
        return margin + (value - low) / (high - low) * (width - 2 * margin)

    bars = Markup("")
    rows = (("allowed", 8, allowed), ("held", 22, printed))
    for name, y, (start, end) in rows:
        x, span = place(start), max(place(end) - place(start), 2.0)
        bars += Markup(
            '<rect class="{}" x="{}" y="{}" width="{}" height="8" rx="1"/>'
        ).format(name, f"{x:.1f}", y, f"{span:.1f}")
    return Markup(
        '<svg class="ranges" viewBox="0 0 320 38" role="img" aria-label="{}">'
        '<line x1="8" y1="19" x2="312" y2="19"/>{}</svg>'
    ).format(visible(words), bars)
