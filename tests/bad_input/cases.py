"""At least forty ways in which a cohort comes malformed, and what is said of each."""

import pyarrow as pa

from bad_input.build import (
    LOCKED,
    OLE,
    PATIENTS,
    VISITS,
    Case,
    all_empty,
    beside,
    bomb,
    book,
    broken_part,
    empty_row,
    empty_sheet,
    entities,
    examples_only,
    far_cell,
    formula_error,
    formula_without_value,
    leaves,
    many_cells,
    merge,
    misspelt_sheet,
    nameless_column,
    no_workbook,
    parquet_of,
    raw,
    repeated_header,
    replaced,
    rezipped,
    serial_date,
    text,
    text_number,
)

WIDE = "columns: {ID: patient, sex: sex, 'crp_{visit}': crp}"
NUL = b"patient\tsex\np1\x00\tmale\n"
NESTED = parquet_of(pa.table({"patient": ["p1"], "sex": [["male"]]}))

FILES = [
    Case("empty_file", text(patients=""), ("patients", "the file has 0 bytes")),
    Case("blank_file", text(patients="\n \n"), ("the file is empty",)),
    Case(
        "header_only",
        text(patients="patient\tsex\n"),
        ("table has no row", "'p1' is not in table patients"),
    ),
    Case(
        "latin_1",
        text(patients=PATIENTS.replace("p1", "Müller").encode("latin-1")),
        ("line 2: byte", "is not UTF-8 (save the file with UTF-8 encoding"),
    ),
    Case(
        "utf_16",
        text(encoding="utf-16"),
        ("it is UTF-16, not utf-8 text (declare `encoding: utf-16`",),
    ),
    Case(
        "declared_encoding_is_wrong",
        text(patients=b"patient\tsex\np\x81\tmale\n"),
        ("is not WINDOWS-1252",),
        "encoding: windows-1252",
    ),
    Case("nul_bytes", text(patients=NUL), ("NUL bytes, so it is no text file",)),
    Case(
        "pdf_named_csv",
        text(patients=b"%PDF-1.7 ..."),
        ("it is a PDF", "export the table itself"),
    ),
    Case(
        "workbook_named_tsv",
        text(patients=b"PK\x03\x04...."),
        ("it is a workbook or archive",),
    ),
    Case(
        "semicolons",
        text(suffix="csv", patients="patient;sex\np1;male\n", visits=None),
        ("table 'visits' is missing",),
    ),
    Case(
        "semicolons_undeclared",
        text(
            suffix="csv",
            patients="patient;sex\np1;male\n",
            visits="patient;visit\np1;baseline\n",
        ),
        ('one column, but a semicolon in it (declare `delimiter: ";"`',),
    ),
    Case(
        "ragged",
        text(patients=PATIENTS + "p3\tmale\n"),
        ("patients, line 4: 2 cells, but the header has 3",),
    ),
    Case(
        "open_quote",
        text(patients='patient\tsex\np1\t"male\n'),
        ("a quote is opened here and never closed",),
    ),
    Case(
        "repeated_header",
        text(patients="patient\tsex\tsex\np1\tmale\tmale\n"),
        ("column 'sex' appears 2 times",),
    ),
    Case(
        "nameless_header",
        text(patients="patient\t\np1\tmale\n"),
        ("a column has no name",),
    ),
    Case(
        "no_header",
        text(patients="p1\tfemale\t3.5\np2\tmale\t12\n"),
        ("column patient: is missing", "column p1: is unknown"),
    ),
    Case(
        "line_between",
        text(patients=PATIENTS.replace("p2", "\np2")),
        ("patients, line 3: the line is empty (delete it)",),
    ),
    Case(
        "misspelt_column",
        text(patients=PATIENTS.replace("age_onset", "age_onst")),
        ("column age_onst: is unknown; did you mean 'age_onset'?",),
    ),
    Case(
        "misspelt_variable",
        text(visits=VISITS.replace("crp [mg/L]", "crpp")),
        ("column crpp: is unknown; did you mean 'crp'?",),
    ),
    Case(
        "misspelt_table",
        beside("vists.tsv", b"patient\tvisit\n"),
        ("vists.tsv is no table of a cohort; did you mean 'visits'?",),
    ),
    Case(
        "table_twice",
        beside("visits.csv", b"patient,visit\n"),
        ("table 'visits' is there twice",),
    ),
    Case(
        "old_excel_beside",
        beside("findings.xls", OLE),
        ("findings.xls is not read; save it as .xlsx",),
    ),
    Case("no_file", lambda folder: None, ("table 'patients' is missing",)),
    Case(
        "sas_of_0_bytes",
        replaced("patients.sas7bdat", b""),
        ("patients.sas7bdat: the file has 0 bytes (export it again)",),
    ),
    Case(
        "sas_damaged",
        replaced("patients.sas7bdat", b"\0" * 4096),
        ("it is no SAS file (.sas7bdat), or a damaged one",),
    ),
    Case(
        "spss_damaged",
        replaced("patients.sav", b"$FL2@(#) SPSS DATA FILE" + b"\0" * 100),
        ("it is no SPSS file (.sav), or a damaged one (export it again from SPSS)",),
    ),
    Case(
        "stata_is_text",
        replaced("patients.dta", b"patient,sex\n"),
        ("it is no Stata file (.dta), or a damaged one",),
    ),
    Case(
        "transport_is_empty",
        replaced("patients.xpt", b""),
        ("patients.xpt: the file has 0 bytes",),
    ),
    Case(
        "parquet_damaged",
        replaced("patients.parquet", b"PAR1....PAR1"),
        ("it is no Parquet file, or a damaged one",),
    ),
    Case(
        "parquet_nested",
        replaced("patients.parquet", NESTED),
        ("column 'sex' holds lists or records (one value a cell)",),
    ),
]

WORKBOOKS = [
    Case(
        "password",
        raw("cohort.xlsx", LOCKED),
        ("protected with a password (save a copy without password)",),
    ),
    Case(
        "old_excel",
        raw("cohort.xlsx", OLE),
        ("it is a workbook of Excel 97-2003 (.xls)",),
    ),
    Case("zero_bytes_workbook", raw("cohort.xlsx", b""), ("the file has 0 bytes",)),
    Case(
        "html_named_xlsx",
        raw("cohort.xlsx", b"<html><table></table></html>"),
        ("it is no workbook, or a damaged one",),
    ),
    Case(
        "lost_part",
        rezipped(lambda parts: parts.pop("xl/worksheets/sheet2.xml")),
        ("sheet 'visits' is missing or empty",),
    ),
    Case("broken_part", rezipped(broken_part), ("or a damaged one (open it",)),
    Case("archive", rezipped(no_workbook), ("it is an archive, but no workbook",)),
    Case("zip_bomb", rezipped(bomb), ("unpacks to more than 400 MB",)),
    Case("many_cells", rezipped(many_cells), ("or 2,000,000 cells",)),
    Case("entities", rezipped(entities), ("defines entities, which no spreadsheet",)),
    Case("leaves_its_folder", rezipped(leaves), ("leads out of its folder",)),
    Case("far_cell", book(far_cell), ("the sheet spans 17,179,869,184 cells",)),
    Case(
        "merged",
        book(merge),
        ("sheet visits, row 2, column at A2:A3: cells are merged", "unmerge them"),
    ),
    Case(
        "formula_error",
        book(formula_error),
        ("column crp [mg/L]: '#DIV/0!' is the error of a formula",),
    ),
    Case(
        "formula_without_value",
        book(formula_without_value),
        ("row 2, column at D2: holds a formula without a stored value",),
    ),
    Case("empty_sheet", book(empty_sheet), ("sheet 'visits' is missing or empty",)),
    Case(
        "all_sheets_empty", book(all_empty), ("every sheet of the workbook is empty",)
    ),
    Case(
        "misspelt_sheet",
        book(misspelt_sheet),
        ("sheet vists: the sheet is no table of a cohort; did you mean 'visits'?",),
    ),
    Case(
        "repeated_header_in_sheet",
        book(repeated_header),
        ("sheet visits, row 1, column crp [mg/L]: column 'crp [mg/L]' appears 2",),
    ),
    Case("nameless_column", book(nameless_column), ("column number 6: a column has",)),
    Case("empty_row", book(empty_row), ("sheet visits, row 3: the row is empty",)),
    Case(
        "day_number",
        book(serial_date),
        ("'41036' is the number by which a spreadsheet counts days, not a date",),
    ),
    Case(
        "number_with_unit",
        book(text_number),
        ("sheet visits, row 2, patient p1, column crp [mg/L]: '36,2 mg/L' is not",),
    ),
    Case("examples_only", book(examples_only), ("table has no row",)),
]


def patients(row: str, columns: str = "") -> str:
    head = f"patient\tsex\t{columns or 'age_onset'}\n"
    return head + f"p1\tfemale\t{row}\np2\tmale\t{row}\n"


def at_visits(column: str, *cells: str) -> str:
    keys = ("p1\tbaseline", "p1\tfollow_up", "p2\tbaseline")
    body = "".join(f"{k}\t{c}\n" for k, c in zip(keys, cells, strict=False))
    return f"patient\tvisit\t{column}\n{body}"


VALUES = [
    Case(
        "negative_age",
        text(patients=patients("-3.5")),
        ("patient p1, column age_onset: '-3.5' is out of range of age_onset",),
    ),
    Case(
        "huge_number",
        text(visits=at_visits("crp", "1e308", "1", "1")),
        ("'1e+308' is out of range of crp (from 0 to 600 mg/L; ",),
    ),
    Case(
        "number_beyond_doubles",
        text(visits=at_visits("crp", "1e999", "1", "1")),
        ("'inf' is out of range of crp",),
    ),
    Case(
        "swapped_columns",
        text(patients=patients("12\t3.5\t8.5", "age_onset\tage_start\tduration")),
        ("column age_start: '3.5' is not what age_onset 12, duration 8.5 give (20.5)",),
    ),
    Case(
        "counts_do_not_add_up",
        text(visits=at_visits("left\tright\tjoints", "2\t3\t6", "1\t1\t2", "0\t0\t0")),
        ("column joints: '6' is not what left 2, right 3 give (5)",),
    ),
    Case(
        "decimal_comma",
        text(visits=at_visits("crp", "36,2", "1", "1")),
        ("'36,2' is not a number", 'declare `decimal: ","` under sources'),
    ),
    Case(
        "decimal_point_where_commas_are_declared",
        text(visits=at_visits("crp", "36.2", "1", "1")),
        ("'36.2' has a decimal point, but sources declare",),
        "decimal: ','",
    ),
    Case(
        "thousands",
        text(visits=at_visits("crp", "1.036,2", "1", "1")),
        ("'1.036,2' has a decimal point",),
        "decimal: ','",
    ),
    Case(
        "undeclared_code_of_missing",
        text(visits=at_visits("crp", "NA", "1", "1")),
        ("'NA' is not a number",),
    ),
    Case(
        "ambiguous_date",
        text(patients=patients("03/04/2004", "birth_date")),
        ("'03/04/2004' could be one of two dates", "declare `dates: dmy`"),
    ),
    Case(
        "date_of_another_order",
        text(patients=patients("03/14/2004", "birth_date")),
        ("is no date as day, month, year; it would be one as month, day, year",),
        "dates: dmy",
    ),
    Case(
        "year_of_two_digits",
        text(patients=patients("3.4.04", "birth_date")),
        ("the year with four digits",),
        "dates: dmy",
    ),
    Case(
        "no_such_day",
        text(patients=patients("2013-02-29", "birth_date")),
        ("'2013-02-29' is no date (a day that there was)",),
    ),
    Case(
        "onset_before_birth",
        text(patients=patients("2004-01-01\t2003-01-01", "birth_date\tonset_date")),
        ("column onset_date: '2003-01-01' is before birth (2004-01-01)",),
    ),
    Case(
        "visit_before_onset",
        text(patients=patients("2012-12-31", "onset_date")),
        ("column date: '2012-05-07' is before onset (2012-12-31)",),
    ),
    Case(
        "visits_out_of_order",
        text(visits=VISITS.replace("2013-05-07", "2011-05-07")),
        ("'2011-05-07' is before visit baseline (date 2012-05-07)",),
    ),
    Case(
        "days_contradict_dates",
        text(
            visits="patient\tvisit\tday\tdate\tcrp\np1\tbaseline\t0\t2012-05-07\t1\n"
            "p1\tfollow_up\t30\t2013-05-07\t1\n"
        ),
        ("is 30 days after visit baseline, but its date is 365 days after",),
    ),
    Case(
        "visit_twice",
        text(visits=VISITS + "p1\tbaseline\t2012-05-07\t1\tno\n"),
        ("column patient, visit: 'p1, baseline' is already given in row 2",),
    ),
    Case(
        "patient_twice",
        text(patients=PATIENTS + "p1\tmale\t3\n"),
        ("patients, line 4, patient p1, column patient: 'p1' is already given",),
    ),
    Case(
        "unknown_patient",
        text(visits=VISITS.replace("p2\t", "p22\t")),
        ("'p22' is not in table patients; did you mean 'p2'?",),
    ),
    Case(
        "unknown_visit",
        text(visits=VISITS.replace("follow_up", "followup")),
        ("'followup' is no visit of the study; did you mean 'follow_up'?",),
    ),
    Case(
        "unknown_level",
        text(visits=VISITS.replace("yes", "Yes")),
        ("column fever: 'Yes' is no level of fever; did you mean 'yes'?",),
    ),
    Case(
        "other_unit",
        text(visits=VISITS.replace("mg/L", "mg/dL")),
        ("'mg/dL' is not the unit of crp", "declare units: {mg/dL: 10}"),
    ),
    Case(
        "unit_of_nothing",
        text(visits=VISITS.replace("mg/L", "furlong")),
        ("'furlong' is not the unit of crp (allowed: mg/L)",),
    ),
    Case(
        "off_the_step",
        text(visits=at_visits("esr", "12.5", "1", "1")),
        ("'12.5' is no whole multiple of the step of esr (step: 1",),
    ),
    Case(
        "grade_beyond_maximum",
        text(
            findings="patient\tvisit\tlarsen shoulder left\np1\tbaseline\t6\n",
        ),
        ("column larsen shoulder left: '6' is beyond the maximum of larsen",),
    ),
    Case(
        "unknown_joint",
        text(findings="patient\tvisit\tlarsen sholder left\np1\tbaseline\t1\n"),
        ("'sholder' is no site of larsen; did you mean 'shoulder'?",),
    ),
    Case(
        "unknown_finding",
        text(findings="patient\tvisit\tlarson shoulder left\np1\tbaseline\t1\n"),
        ("'larson' is read by no instrument; did you mean 'larsen'?",),
    ),
    Case(
        "treatment_stops_before_it_starts",
        text(treatments="patient\tdrug\tstart\tstop\np1\tmtx\t30\t10\n"),
        ("column stop: '10' is before its start (30)",),
    ),
]

WIDE_FILES = [
    Case(
        "unmapped_column",
        raw("all.csv", b"ID,sex,crp_baseline,crp_basline\np1,male,1,1\n"),
        ("column crp_basline: is unknown: sources.columns has no place for it",),
        WIDE,
    ),
    Case(
        "wide_patient_twice",
        raw("all.csv", b"ID,sex,crp_baseline\np1,male,1\np1,male,2\n"),
        ("line 3, patient p1, column ID: 'p1' is already given in row 2",),
        WIDE,
    ),
    Case(
        "wide_without_patient",
        raw("all.csv", b"Id,sex,crp_baseline\np1,male,1\n"),
        ("column ID: is missing; did you mean 'Id'?",),
        WIDE,
    ),
    Case(
        "single_file_without_map",
        raw("all.csv", b"ID,sex\np1,male\n"),
        ("table 'patients' is missing", "all.csv is no table of a cohort"),
    ),
    Case(
        "visits_contradict_each_other",
        raw("all.csv", b"ID,v,sex,c\np1,baseline,male,1\np1,follow_up,female,2\n"),
        ("column sex: 'female' differs from row 2 (one value a patient)",),
        "columns: {ID: patient, v: visit, sex: sex, c: crp}",
    ),
    Case(
        "no_visit_said",
        raw("all.csv", b"ID,c\np1,1\n"),
        ("column c: says nothing of its visit",),
        "columns: {ID: patient, c: crp}",
    ),
]
CASES = [*FILES, *WORKBOOKS, *VALUES, *WIDE_FILES]
