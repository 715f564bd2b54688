"""Identifiers of patients as keyed hashes; the key stays on the user's machine."""

import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import pandas as pd

from rejia.errors import DataError

# Below the project's folder data; the folder keeps itself out of git.
KEY = Path("private") / "identifiers.key"
_BYTES = 32
_TEXT = re.compile(rf"[0-9a-f]{{{2 * _BYTES}}}\n?")
_DIGITS = 16


def project_key(data: Path) -> tuple[bytes, bool]:
    """
    Return the project's key for identifiers; make it where there is none.

    Parameters
    ----------
    data : Path
        The project's folder ``data``; the key is ``private/identifiers.key`` in it.

    Returns
    -------
    key : bytes
        32 bytes.
    is_new : bool
        Whether it was made now.

    Raises
    ------
    DataError
        If the file is no key, or others than its owner may read it.
    """
    path = data / KEY
    is_new = not path.exists() and _make(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise DataError(
            f"{path} is no longer secret:",
            [f"others may read it (mode {mode:04o}); chmod 600 it"],
        )
    text = path.read_text(encoding="ascii", errors="replace")
    if not _TEXT.fullmatch(text):
        raise DataError(
            f"{path} is no key for identifiers:",
            [
                f"it must hold {2 * _BYTES} hexadecimal digits and no more; take it "
                "back from a copy (a new key gives other hashes)"
            ],
        )
    return bytes.fromhex(text.strip()), is_new


def _make(path: Path) -> bool:
    """Write a new key, readable by its owner alone; False if another was faster."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    (path.parent / ".gitignore").write_text("*\n", encoding="ascii")
    # Written whole beside its place, then linked: two runs at once share one key.
    own = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(f"{secrets.token_hex(_BYTES)}\n")
        os.link(own, path)
    except FileExistsError:
        return False
    finally:
        own.unlink(missing_ok=True)
    return True


def hashed_names(
    identifiers: Iterable[str], key: bytes, *, digits: int = _DIGITS
) -> dict[str, str]:
    """
    Return a keyed hash of each identifier.

    Parameters
    ----------
    identifiers : iterable of str
        As recorded, to the letter.
    key : bytes
        Of the project; the same key gives the same hashes.
    digits : int
        Hexadecimal digits kept of HMAC-SHA256 [1]_, from 1 to 64.

    Returns
    -------
    dict of str to str
        ``p`` and the digits, so that no program reads a number.

    Raises
    ------
    DataError
        If two identifiers have one hash; none of them is named.

    References
    ----------
    .. [1] Krawczyk H, Bellare M, Canetti R. HMAC: keyed-hashing for message
       authentication. RFC 2104, 1997.
    """
    names = {
        name: "p" + hmac.new(key, name.encode(), sha256).hexdigest()[:digits]
        for name in dict.fromkeys(identifiers)
    }
    n_lost = len(names) - len(set(names.values()))
    if n_lost:
        raise DataError(
            "identifiers cannot be hashed:",
            [
                f"{n_lost} of {len(names)} patients would share the hash of another; "
                "take another key, or identifiers of your own that say nothing"
            ],
        )
    return names


def with_hashes(
    tables: Mapping[str, pd.DataFrame], key: bytes
) -> dict[str, pd.DataFrame]:
    """
    Return canonical tables in which each patient is a keyed hash.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Canonical tables without fault; all have a column ``patient``.
    key : bytes
        Of the project.

    Returns
    -------
    dict of str to pandas.DataFrame
        Patients in the order of their hashes, so that no order tells who is who.

    Raises
    ------
    DataError
        If two patients would have one hash.
    """
    everyone = (name for table in tables.values() for name in table["patient"].tolist())
    names = hashed_names(everyone, key)
    made = {}
    for name, table in tables.items():
        hashes = [names[patient] for patient in table["patient"].tolist()]
        changed = table.assign(patient=hashes)
        made[name] = changed.sort_values("patient", kind="stable", ignore_index=True)
    return made
