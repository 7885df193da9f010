"""Names written in three languages, brought to one spelling that can be searched."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_CYRILLIC = dict(zip("абвгдезийклмнопрстуфхъьёыэѝ", "abvgdeziyklmnoprstufhayeyei", strict=True))
_CYRILLIC |= {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sht", "ю": "yu", "я": "ya"}
_SOUNDS = [  # spellings of one sound in the three languages
    (r"sht|shch", "st"), (r"sh|sch", "s"), (r"tch|ch", "c"), (r"zh", "z"), (r"ts|tz|cz", "c"), (r"ks|x", "ks"),
    (r"ph", "f"), (r"th", "t"), (r"kh|gh", "h"), (r"w", "v"), (r"[yji]+", "i"), (r"ou", "u"), (r"(.)\1+", r"\1"),
    (r"(ov|ev|in|ski|ck)s$", r"\1"),  # Latvian gives a family name an ending: Ivanovs is Иванов
]  # fmt: skip


@lru_cache(maxsize=50_000)  # few names make up most of a country
def fold(text: str) -> str:
    """Text in plain lower-case Latin letters: Cyrillic transliterated, marks taken off (Рига and Rīga are riga)."""
    latin = "".join(_CYRILLIC.get(letter, letter) for letter in unicodedata.normalize("NFC", text).casefold())
    latin = re.sub(r"iya\b", "ia", latin)
    plain = "".join(c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()


def search_key(given: str, family: str) -> str:
    """The words of a name, folded and in alphabetical order, so that neither script nor order of the names matters."""
    return " ".join(sorted([*fold(given).split(), *fold(family).split()]))[:200]


def sound(key: str) -> str:
    """How a folded name sounds, each word for itself: Jordanova, Yordanova and Йорданова are one."""
    return " ".join(sorted(_word_sound(word) for word in key.split()))[:200]


def name_keys(given: str, family: str) -> dict[str, str]:
    """What is stored beside a name to find it again, in whatever script and spelling it is typed."""
    key = search_key(given, family)
    return {"search_key": key, "sound_key": sound(key)}


@lru_cache(maxsize=50_000)
def _word_sound(word: str) -> str:
    for pattern, plain in _SOUNDS:
        word = re.sub(pattern, plain, word)
    return word
