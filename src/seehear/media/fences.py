"""What a process gives up before it touches a stranger's file. Linux only; every fence can only be raised.

No new privileges: prctl(2). Landlock: landlock(7), through its system calls, whose numbers are the same on every
architecture. Resource limits: setrlimit(2).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1
_PR_GET_PDEATHSIG = 2
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_PR_GET_NO_NEW_PRIVS = 39
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_VERSION_FLAG = 1
_FILE_RIGHTS_BY_VERSION = (13, 14, 15, 15, 16)
"""How many kinds of file access each version of Landlock can refuse; later versions refuse as many as the last."""
_FIRST_VERSION_WITH_NETWORK = 4
_FIRST_VERSION_WITH_SCOPES = 6
_DESCRIPTORS = 16
_SPARE_ADDRESS_BYTES = 1 << 30


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("file_access", ctypes.c_uint64),
        ("network_access", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


_libc = ctypes.CDLL(None, use_errno=True)


def no_new_privileges() -> None:
    """This process and its children never gain rights, nor can they be traced by their equals."""
    if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs was refused")
    _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def has_no_new_privileges() -> bool:
    return _libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1


def die_with_parent(parent: int) -> None:
    """Be killed as soon as the process `parent`, which must be the parent, is gone, or the thread of it that started
    this process."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def dies_with_parent() -> bool:
    sent = ctypes.c_int(0)
    _libc.prctl(_PR_GET_PDEATHSIG, ctypes.byref(sent), 0, 0, 0)
    return sent.value == signal.SIGKILL


def landlock_version() -> int:
    """Version of Landlock in the running kernel, 0 where there is none."""
    return max(0, _libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION_FLAG))


def close_file_system() -> bool:
    """Open, create, rename, delete no file any more, connect to nothing and signal no stranger; descriptors that are
    open stay usable. Needs :func:`no_new_privileges` first. False where the kernel has no Landlock."""
    version = landlock_version()
    if version == 0:
        return False
    rules = _Ruleset()
    rules.file_access = (1 << _FILE_RIGHTS_BY_VERSION[min(version, len(_FILE_RIGHTS_BY_VERSION)) - 1]) - 1
    size = 8
    if version >= _FIRST_VERSION_WITH_NETWORK:
        rules.network_access, size = 0b11, 16
    if version >= _FIRST_VERSION_WITH_SCOPES:
        rules.scopes, size = 0b11, 24
    handle = _libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if handle < 0:
        return False
    try:
        return _libc.syscall(_LANDLOCK_RESTRICT_SELF, handle, 0) == 0
    finally:
        os.close(handle)


def limit_resources(*, memory_bytes: int, cpu_seconds: int) -> None:
    """Bound memory and processor time, write no byte to any file, open few descriptors, leave no core behind."""
    _lower(resource.RLIMIT_DATA, memory_bytes)
    _lower(resource.RLIMIT_AS, memory_bytes + _SPARE_ADDRESS_BYTES)
    _lower(resource.RLIMIT_CPU, cpu_seconds)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, _DESCRIPTORS)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(limit: int, value: int) -> None:
    _, ceiling = resource.getrlimit(limit)
    value = value if ceiling == resource.RLIM_INFINITY else min(value, ceiling)
    resource.setrlimit(limit, (value, value))
