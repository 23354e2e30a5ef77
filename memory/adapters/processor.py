"""Turns on the processor: who answers waits for no whole turn of whoever computes beside it.

Since Linux 6.6 a thread that wakes up waits until the one that runs has had its turn of some 3 ms, and then for the
clock: a write to the disk beside processes at nice 10 took 3.4 ms in the worst twentieth. From 6.12 on a thread may ask
for shorter turns and then goes before those who did not, which makes it 0.7 ms. Threads and processes inherit it from
who makes them. Everywhere else nothing happens. Source: sched_setattr(2).
"""

import ctypes
import os
import platform
import struct

ANSWERING_S = 0.0001
"""The shortest turn there is."""

NICENESS = 19
"""At 10 the audit write took 2.8 ms in the worst twentieth beside a sync, at 15 1.9, at 19 1.5. Where everything else
keeps the processors busy this is still a sixtieth of one: a commit that has begun ends, within the time that others
wait for the catalogue."""

_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
_ATTRIBUTES = struct.Struct("<IIQiIQQQ")  # size, policy, flags, nice, priority, runtime, deadline, period


def answer_first() -> None:
    """Ask for short turns, for this thread and all that it makes; call it before there are others."""
    _ask_for(ANSWERING_S)


def give_way() -> None:
    """Compute after everybody else, in turns of the ordinary length."""
    os.nice(NICENESS)
    take_ordinary_turns()


def take_ordinary_turns() -> None:
    """Give back what the process that started this one may have asked for."""
    _ask_for(0)


def _ask_for(turn_s: float) -> None:
    """Ask the kernel for turns of a length, 0 for the ordinary one. It may refuse: then all stays as it is."""
    number = _SCHED_SETATTR.get(platform.machine()) if platform.system() == "Linux" else None
    if number is None or os.sched_getscheduler(0) != os.SCHED_OTHER:
        return
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    asked = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, 0, nice, 0, round(turn_s * 1e9), 0, 0)
    ctypes.CDLL(None).syscall(number, 0, asked, 0)
