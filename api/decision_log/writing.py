"""The process that writes the decision log of one worker: makes the records, and waits for the sink in its place.

It ends when its worker has closed the connection, and also when the worker was killed. It logs nothing itself: what is
the matter is told to the worker.
"""

import os
import socket
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from select import poll, select
from threading import Thread
from typing import Final, NoReturn

from ..withheld import allow_texts, without_texts
from .building import Builder, Made
from .handover import LENGTH, Orders, Told, builder_of, framed, read_handed, read_orders
from .record import Entry, line_of
from .sinks import FileSink, Sink, StreamSink

_STANDARD_OUTPUT: Final = 1
_ROUND: Final = 0.25
"""Seconds after which the sink is asked to settle, also when nothing comes: some do things by the clock."""
_TOGETHER: Final = 1024 * 1024
"""Bytes that are taken before they are written, at most."""
_RETRY: Final = (0.1, 2.0)
"""Seconds before what failed is tried again, at first and at last."""
_ENDING: Final = 5.0
"""Seconds that the writer may take to end once its worker is gone."""


class Writer:
    """Takes decisions from a connection, and writes them to a sink."""

    def __init__(
        self, connection: socket.socket, builder: Builder, sink: Sink, to_line: Callable[[Entry], bytes]
    ) -> None:
        self._connection = connection
        self._record = builder.record
        self._sink = sink
        self._to_line = to_line
        self._are_notes: deque[bool] = deque()
        """Of each line in the hands of the sink, whether it is a note."""
        self._told = Told()
        """What is told next."""
        self._has_broken = False

    def run(self) -> None:
        """Write until the worker has closed its side and all is lasting."""
        self._tell()
        while self._take_in():
            self._settle()
        self._settle()
        self._sink.close()

    def _take_in(self) -> bool:
        """Wait for decisions, and take what has come; False once no more will come."""
        taken, patience = 0, _ROUND
        while taken < _TOGETHER and select([self._connection], [], [], patience)[0]:
            raw = receive(self._connection)
            if raw is None:
                return False
            taken, patience = taken + len(raw), 0.0
            handed = read_handed(raw)
            for made in handed.decisions:
                self._take(made)
            for note in handed.notes:
                self._give(note, is_note=True)
        return True

    def _take(self, made: Made) -> None:
        try:
            self._give(self._record(made), is_note=False)
        except Exception as error:
            self._told.broken += 1
            if not self._has_broken:  # the first tells what is the matter; all are counted
                self._has_broken = True
                self._told.trouble = "".join(traceback.format_exception(without_texts(error)))

    def _give(self, record: Entry, *, is_note: bool) -> None:
        self._sink.take(self._to_line(record))
        self._are_notes.append(is_note)

    def _settle(self) -> None:
        """Make lasting what was taken, however long that takes."""
        wait = _RETRY[0]
        while True:
            try:
                settled = self._sink.settle()
            except Exception as error:
                self._fail(error)
                time.sleep(wait)
                wait = min(wait * 2, _RETRY[1])
                continue
            for _ in range(settled):
                if self._are_notes.popleft():
                    self._told.notes += 1
                else:
                    self._told.done += 1
            was_failing, self._told.is_failing = self._told.is_failing, False
            if settled or was_failing or self._told.broken:
                self._tell()
            if not self._are_notes:
                return
            wait = _RETRY[0]

    def _fail(self, error: Exception) -> None:
        if not self._told.is_failing:
            self._told.is_failing = True
            self._told.trouble = str(error) if isinstance(error, OSError) else type(error).__name__
            self._tell()

    def _tell(self) -> None:
        with suppress(OSError):  # the worker is gone, and all that is left to do is to write
            self._connection.sendall(framed(self._told))
        self._told = Told(is_failing=self._told.is_failing)


def receive(connection: socket.socket) -> bytes | None:
    """The next message; None where no whole one comes any more."""
    with suppress(ConnectionError):
        head = connection.recv(LENGTH, socket.MSG_WAITALL)
        if len(head) == LENGTH:
            size = int.from_bytes(head, "big")
            raw = connection.recv(size, socket.MSG_WAITALL)
            if len(raw) == size:
                return raw
    return None


def writer_of(connection: socket.socket, orders: Orders) -> Writer:
    """The writer that these orders describe."""
    said, builder = orders.decisions, builder_of(orders)
    sink: Sink
    if said.to == "parquet":
        os.environ.setdefault("POLARS_MAX_THREADS", "1")  # this process must not take the workers' cores
        from .parquet import ParquetSink, row_of  # here, since few services need Polars

        return Writer(connection, builder, ParquetSink(Path(said.path or "decisions"), said.rotate, said.every), row_of)
    if said.to == "stdout":
        sink = StreamSink(_STANDARD_OUTPUT, is_shared=orders.is_shared)
    else:
        sink = FileSink(Path(said.path or "decisions.jsonl"), said.rotate, said.keep, orders.worker)
    return Writer(connection, builder, sink, line_of)


def main(descriptor: int) -> NoReturn:
    """What the process runs; `descriptor` is its end of the connection."""
    connection = socket.socket(fileno=descriptor)
    Thread(target=_end_with, args=(descriptor,), daemon=True).start()
    code = 1
    try:
        raw = receive(connection)
        if raw is not None:
            orders = read_orders(raw)
            allow_texts(orders.texts)
            writer_of(connection, orders).run()
        code = 0
    except Exception as error:
        traceback.print_exception(without_texts(error))
    sys.stderr.flush()
    os._exit(code)  # no waiting for threads of libraries


def _end_with(descriptor: int) -> None:
    """End the process a while after the worker has gone, even where a sink hangs."""
    gone = poll()
    gone.register(descriptor, 0)  # asks for nothing but the end
    gone.poll()
    time.sleep(_ENDING)
    os._exit(1)
