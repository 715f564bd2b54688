"""Text from data, made harmless for each output."""

import re
import unicodedata

# Order-changing controls, invisible characters and what XML forbids.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f"
    "\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_NUMBER_LIKE = re.compile(r"[-+]?|[-+]?[\d.][\d.\s()\[\]–%/<>≤≥±,;≈✗✓○=≠−]*")
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "−": r"\ensuremath{-}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "±": r"\ensuremath{\pm}",
    "×": r"\ensuremath{\times}",
    "≤": r"\ensuremath{\le}",
    "≥": r"\ensuremath{\ge}",
    "≈": r"\ensuremath{\approx}",
    "≠": r"\ensuremath{\neq}",
    "→": r"\ensuremath{\rightarrow}",
    "↑": r"\ensuremath{\uparrow}",
    "↓": r"\ensuremath{\downarrow}",
    "✓": r"\ensuremath{\surd}",
    "✗": r"\ensuremath{\times}",
    "○": r"\ensuremath{\circ}",
    "■": r"\rule{0.9ex}{0.9ex}",
    "●": r"\ensuremath{\bullet}",
    "◐": r"\ensuremath{\odot}",
    "▲": r"\ensuremath{\triangle}",
    "✕": r"\ensuremath{\times}",
    "✖": r"\ensuremath{\otimes}",
    "∞": r"\ensuremath{\infty}",
    "µ": r"\ensuremath{\mu}",
    "μ": r"\ensuremath{\mu}",
    "·": r"\ensuremath{\cdot}",
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "§": r"\S{}",
    "¶": r"\P{}",
    "‖": r"\ensuremath{\Vert}",
    "°": r"\ensuremath{^\circ}",
    **{
        raised: rf"\textsuperscript{{{plain}}}"
        for raised, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)
    },
    "⁻": r"\ensuremath{^-}",
    "\u00a0": "~",
    "\u2003": r"\quad{}",
    "\u2009": r"\,",
    "\u202f": r"\,",
    "\n": " ",
    "\t": " ",
    "\r": " ",
}
_TEX_LETTERS = re.compile(r"[\x20-\x7e\u00a1-\u017f]")


def visible(text: str) -> str:
    """
    Show controls that reorder or hide text, instead of letting them act.

    Examples
    --------
    >>> visible("a\u202eb")
    'a[U+202E]b'
    """
    return _HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def delimited(text: str) -> str:
    """
    Return a cell that a spreadsheet takes as text and never as a formula.

    Numbers with their signs and brackets stay as they are.

    Examples
    --------
    >>> delimited("=cmd()"), delimited("-1.5 (2.0)"), delimited("+ (type III)")
    ("'=cmd()", '-1.5 (2.0)', "'+ (type III)")
    """
    shown = visible(text).replace("\r", " ").replace("\n", " ").replace("\t", " ")
    first = shown.lstrip()[:1]
    starts = unicodedata.normalize("NFKC", first)[:1] in {"=", "+", "-", "@"}
    return f"'{shown}" if starts and not _NUMBER_LIKE.fullmatch(shown) else shown


def latex(text: str) -> str:
    r"""
    Return text that LaTeX prints and does not obey.

    Examples
    --------
    >>> print(latex("5 % & \\input{x}"))
    5 \% \& \textbackslash{}input\{x\}
    """
    return "".join(_latex_character(character) for character in visible(text))


def _latex_character(character: str) -> str:
    if character in _TEX:
        return _TEX[character]
    if _TEX_LETTERS.fullmatch(character):
        return character
    name = unicodedata.name(character, "")
    if name.startswith("GREEK SMALL LETTER ") and name.count(" ") == 3:
        return rf"\ensuremath{{\{name.rpartition(' ')[2].lower()}}}"
    plain = unicodedata.normalize("NFD", character)[0]
    if plain != character and _TEX_LETTERS.fullmatch(plain):
        return plain
    return f"[U+{ord(character):04X}]"
