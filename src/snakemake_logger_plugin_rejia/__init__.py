"""One line a finished step, and only the log of a step that failed."""

import sys
import time
from logging import ERROR, LogRecord
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent


class LogHandler(LogHandlerBase):
    """Progress for a reader of results, not of the scheduler."""

    def __post_init__(self) -> None:
        """Start with nothing known of the run."""
        self._steps: dict[int, tuple[str, float]] = {}
        self._finished: list[tuple[str, float]] = []

    def emit(self, record: LogRecord) -> None:
        """Write what a reader wants to know of an event."""
        event = getattr(record, "event", None)
        if event == LogEvent.JOB_INFO:
            self._start(record)
        elif event == LogEvent.JOB_FINISHED:
            self._finish(record)
        elif event == LogEvent.PROGRESS:
            self._show(record)
        elif event == LogEvent.JOB_ERROR:
            self._fail(record)
        elif event == LogEvent.ERROR or record.levelno >= ERROR:
            self._complain(record)

    def _start(self, record: LogRecord) -> None:
        fields = record.__dict__
        name = str(fields["rule_name"])
        studies = " ".join(str(w) for w in (fields.get("wildcards") or {}).values())
        step = f"{name} {studies}".strip()
        self._steps[int(fields["jobid"])] = (step, time.monotonic())
        if self.common_settings.dryrun:
            self._write(f"would run: {step}")

    def _finish(self, record: LogRecord) -> None:
        fields = record.__dict__
        job = int(fields.get("job_id", fields.get("jobid", -1)))
        name, start = self._steps.get(job, ("", time.monotonic()))
        if name and name != "all":
            self._finished.append((name, time.monotonic() - start))

    def _show(self, record: LogRecord) -> None:
        done, total = record.__dict__["done"], record.__dict__["total"]
        width = len(str(total))
        for name, seconds in self._finished:
            self._write(f"[{done:>{width}}/{total}] {name}  {seconds:.1f} s")
        self._finished.clear()

    def _fail(self, record: LogRecord) -> None:
        fields = record.__dict__
        self._write(f"step {fields['rule_name']} failed:")
        for log in fields.get("log") or []:
            path = Path(str(log))
            if path.is_file() and path.stat().st_size:
                self._write(path.read_text(encoding="utf-8").rstrip())

    def _complain(self, record: LogRecord) -> None:
        text = record.getMessage()
        # The scheduler repeats a failed step as an exception of its rule; the log
        # of the step, already shown, says more.
        if "RuleException" in text or "CalledProcessError" in text:
            return
        self._write(text)

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    @property
    def writes_to_stream(self) -> bool:
        """It writes to the terminal."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """It writes no file."""
        return False

    @property
    def has_filter(self) -> bool:
        """It chooses events by itself."""
        return True

    @property
    def has_formatter(self) -> bool:
        """It formats by itself."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """It draws no graph."""
        return False
