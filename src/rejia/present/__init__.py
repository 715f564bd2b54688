"""Released tables to tables, figures and a report; nothing is computed here."""
