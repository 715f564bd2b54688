"""Tables on the disk: read, written and checked."""

import os
from math import copysign, inf, isnan, nan
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.errors import DataError
from rejia.frame import (
    Column,
    Fault,
    fault_lines,
    nearest,
    parse_columns,
    read_rows,
    read_table,
    repeated_keys,
    to_text,
    write_bytes,
    write_table,
    write_text,
    writing,
)

NOTES = {
    "key": Column("key", nullable=False),
    "note": Column("any text"),
    "number": Column("any number", "number"),
    "count": Column("a count", "integer", low=0),
}
PATIENTS = {
    "patient": Column("identifier of the patient", nullable=False),
    "sex": Column("sex", levels=("female", "male")),
    "age": Column("age", "number", low=0, high=18, required=False),
}

# NUL cannot be in a table; cells are stripped, so text is compared stripped.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
floats = st.floats(allow_nan=False)


def same_number(one: float, other: float) -> bool:
    if isnan(one):
        return isnan(other)
    return one == other and copysign(1, one) == copysign(1, other)


def written(tmp_path: Path, content: bytes, name: str = "t.tsv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def faults_of(path: Path, contract=PATIENTS) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path, contract)
    return str(caught.value)


@given(st.lists(st.tuples(texts, st.one_of(floats, st.just(nan))), max_size=5))
def test_any_text_and_any_number_come_back_as_they_were(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "round_trip.tsv"
    frame = pd.DataFrame(
        {
            "key": [f"k{place}" for place in range(len(rows))],
            "note": [text for text, _ in rows],
            "number": [number for _, number in rows],
            "count": [float(place) for place in range(len(rows))],
        }
    )
    write_table(frame, path, NOTES)
    back = read_table(path, NOTES)
    assert back["note"].tolist() == [text.strip() for text, _ in rows]
    assert all(
        same_number(*pair) for pair in zip(frame["number"], back["number"], strict=True)
    )
    assert back["count"].tolist() == frame["count"].tolist()


@given(st.lists(texts, min_size=1, max_size=5))
def test_writing_what_was_read_gives_the_same_bytes(tmp_path_factory, notes):
    path = tmp_path_factory.getbasetemp() / "again.tsv"
    frame = pd.DataFrame(
        {"key": [str(n) for n in range(len(notes))], "note": notes}
    ).assign(number=0.1, count=2.0)
    write_table(frame, path, NOTES)
    read = read_table(path, NOTES)
    first = to_text(read, NOTES)
    write_table(read, path, NOTES)
    assert to_text(read_table(path, NOTES), NOTES) == first


@given(st.lists(st.tuples(texts, floats), max_size=7))
def test_text_is_the_same_in_pieces(rows):
    frame = pd.DataFrame(
        {"key": [text for text, _ in rows], "number": [number for _, number in rows]}
    ).assign(note="\t", count=2.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "_PIECE", 2)
        in_pieces = to_text(frame, NOTES)
    assert in_pieces == to_text(frame, NOTES)


NUMBERS = [
    (0.1 + 0.2, "0.30000000000000004"),
    (1e22, "1e+22"),
    (5e-324, "5e-324"),
    (-0.0, "-0.0"),
    (inf, "inf"),
    (nan, ""),
]


@pytest.mark.parametrize(("number", "text"), NUMBERS)
def test_number_is_written_as_its_shortest_exact_text(number, text):
    frame = pd.DataFrame({"x": [number]})
    assert to_text(frame, {"x": Column("x", "number")}).split("\n")[1] == text


def test_whole_number_is_written_without_a_point():
    frame = pd.DataFrame({"n": [40.0], "k": ["a"]})
    contract = {"k": Column("k"), "n": Column("n", "integer")}
    assert to_text(frame, contract) == "k\tn\na\t40\n"


@pytest.mark.parametrize("value", [2.5, inf])
def test_fraction_in_a_column_of_whole_numbers_is_refused_and_not_cut_off(value):
    frame = pd.DataFrame({"n": [value]})
    with pytest.raises(ValueError, match="n must be a whole number, but got"):
        to_text(frame, {"n": Column("n", "integer")})


def test_frame_without_a_column_of_its_contract_is_refused():
    with pytest.raises(ValueError, match="frame must have the columns sex, age"):
        to_text(pd.DataFrame({"patient": ["p1"]}), PATIENTS)


def test_columns_beyond_the_contract_follow_in_their_order():
    frame = pd.DataFrame({"z": ["1"], "sex": ["male"], "a": ["2"], "patient": ["p"]})
    contract = {name: PATIENTS[name] for name in ("patient", "sex")}
    assert to_text(frame, contract) == "patient\tsex\tz\ta\np\tmale\t1\t2\n"


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    path = written(tmp_path, b"\xef\xbb\xbfpatient\tsex\np1\tmale\n")
    assert read_table(path, PATIENTS)["patient"].tolist() == ["p1"]


def test_line_ends_of_windows_are_no_part_of_a_cell(tmp_path):
    path = written(tmp_path, b"patient\tsex\r\np1\tmale\r\n")
    assert read_table(path, PATIENTS)["sex"].tolist() == ["male"]


def test_optional_column_that_is_absent_is_there_and_empty(tmp_path):
    path = written(tmp_path, b"patient\tsex\np1\tmale\n")
    assert isnan(read_table(path, PATIENTS)["age"][0])


def test_rows_of_another_length_are_all_named(tmp_path):
    path = written(tmp_path, b"patient\tsex\np1\np2\tmale\np3\tmale\t12\n")
    with pytest.raises(DataError) as caught:
        read_rows(path)
    assert caught.value.faults == (
        "line 2: 1 cells, but the header has 2",
        "line 4: 3 cells, but the header has 2",
    )


def test_repeated_and_nameless_columns_are_faults(tmp_path):
    path = written(tmp_path, b"patient\t\tsex\tsex\np1\t\tmale\tmale\n")
    with pytest.raises(DataError) as caught:
        read_rows(path)
    assert caught.value.faults == (
        "line 1: a column has no name",
        "line 1: column 'sex' appears 2 times",
    )


UNREADABLE = [
    (b"", "the file is empty; a header line is needed"),
    (b"\n\n", "the file is empty; a header line is needed"),
    (b"\xef\xbb\xbf", "the file is empty; a header line is needed"),
    (b"patient\tsex\np1\tm\x00le\n", "it holds NUL bytes, so it is no text file"),
    (b"patient\tsex\nJos\xe9\tmale\n", "byte 15 is not UTF-8; save the file with"),
    (b'patient\tsex\n"p1\tmale\n', "unexpected end of data"),
]


@pytest.mark.parametrize(("content", "words"), UNREADABLE)
def test_file_that_is_no_table_is_refused_with_its_name(tmp_path, content, words):
    path = written(tmp_path, content)
    message = faults_of(path)
    assert message.startswith(f"{path} cannot be read:\n")
    assert words in message


def test_missing_file_is_a_fault_that_names_the_path(tmp_path):
    message = faults_of(tmp_path / "none.tsv")
    assert message == (
        f"{tmp_path / 'none.tsv'} cannot be read:\n"
        "  the file does not exist; check the path"
    )


def test_blank_lines_at_the_end_are_ignored(tmp_path):
    path = written(tmp_path, b"patient\tsex\np1\tmale\n\t\n\n")
    assert len(read_table(path, PATIENTS)) == 1


def test_blank_line_between_rows_is_a_fault_because_it_would_shift_the_lines(
    tmp_path,
):
    path = written(tmp_path, b"patient\tsex\np1\tmale\n\np2\tmaale\n")
    assert "line 3 is empty; delete it" in faults_of(path)


def test_every_fault_of_a_table_is_in_one_message_with_its_line(tmp_path):
    path = written(
        tmp_path,
        b"patient\tsx\tage\np1\tmale\t12\n\tfemale\t19\np3\tmale\t7,5\n",
    )
    assert faults_of(path).splitlines() == [
        f"{path} does not fit its table:",
        "  column 'sx': is unknown; did you mean 'sex'? "
        "(known columns: patient, sex, age)",
        "  column 'sex': is missing (sex)",
        "  column 'patient': is empty in line 3 (identifier of the patient)",
        "  column 'age': '19' is out of range in line 3 (allowed: 0 to 18)",
        "  column 'age': '7,5' is not a number in line 4 "
        "(with a decimal point and no unit)",
    ]


def test_word_outside_a_closed_list_gets_the_nearest_one():
    faults, _ = parse_columns({"patient": ["p1"], "sex": ["femal"]}, PATIENTS)
    assert fault_lines(faults) == [
        "column 'sex': 'femal' is not allowed; did you mean 'female'? in line 2 "
        "(allowed: female, male)"
    ]


NO_NUMBERS = ["1,5", "1.5 mg", "1e", "nan", "NA", "-", "0x10", "1_000", "١٢ x"]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_text_that_is_no_number_is_never_read_as_one(text):
    faults, _ = parse_columns({"x": [text]}, {"x": Column("x", "number")})
    assert [(fault.found, fault.what) for fault in faults] == [
        (text, "is not a number")
    ]


def test_fraction_is_no_whole_number():
    faults, _ = parse_columns({"n": ["2.5", "3.0", "4"]}, {"n": Column("n", "integer")})
    assert [(fault.line, fault.what) for fault in faults] == [
        (2, "is not a whole number")
    ]


def test_one_fault_in_many_lines_is_one_line_with_its_first_places():
    faults = [Fault(line, "sex", "m", "is not allowed") for line in range(2, 10)]
    assert fault_lines(faults) == [
        "column 'sex': 'm' is not allowed in lines 2, 3, 4, 5, 6 and 3 more"
    ]


def test_repeated_key_names_the_line_that_has_it_already():
    frame = pd.DataFrame({"patient": ["p1", "p2", "p1"], "visit": ["M0", "M0", "M0"]})
    (fault,) = repeated_keys(frame, ["patient", "visit"])
    assert (fault.line, fault.found) == (4, "p1, M0")
    assert fault.what == "is already given in line 2"


def test_nearest_is_silent_where_nothing_is_near():
    assert nearest("zzz", ["female", "male"]) == ""


def test_failed_writing_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "results.tsv"
    write_bytes(path, b"old")

    def full(handle: int, mode: str) -> None:
        os.close(handle)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rejia.frame.writing.os.fdopen", full)
    with pytest.raises(OSError, match="No space left"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [inside.name for inside in tmp_path.iterdir()] == ["results.tsv"]


def test_failed_rename_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "results.tsv"
    write_bytes(path, b"old")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="not permitted"):
        write_bytes(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [inside.name for inside in tmp_path.iterdir()] == ["results.tsv"]


def test_table_that_cannot_be_rendered_leaves_the_old_file(tmp_path):
    path = tmp_path / "t.tsv"
    write_text(path, "old")
    with pytest.raises(ValueError, match="frame must have the columns"):
        write_table(pd.DataFrame({"patient": ["p"]}), path, PATIENTS)
    assert path.read_text() == "old"


def test_written_file_has_the_mode_of_any_new_file(tmp_path):
    plain = written(tmp_path, b"", "plain")
    write_bytes(tmp_path / "ours", b"x")
    assert (tmp_path / "ours").stat().st_mode == plain.stat().st_mode


def test_folder_of_a_written_file_is_made(tmp_path):
    write_text(tmp_path / "a" / "b" / "t.txt", "µ")
    assert (tmp_path / "a" / "b" / "t.txt").read_bytes() == "µ".encode()


def test_empty_columns_keep_their_kind(tmp_path):
    path = tmp_path / "empty.tsv"
    path.write_text("word\tnumber\n")
    contract = {"word": Column("a word"), "number": Column("a number", "number")}
    table = read_table(path, contract)
    assert not table["word"].str.endswith("x").any()
    assert table["number"].dtype == "float64"
