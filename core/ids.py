"""Public keys of rows: UUIDs in order of time (RFC 9562, version 7)."""

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """A new version 7 UUID, later than every one this process made before it.

    48 bits of milliseconds and 12 bits of their fraction (RFC 9562, section 6.2, method 3), then 62 random bits. Rows
    made one after the other in one process so keep their order, also within a millisecond.
    """
    global _last
    with _lock:
        _last = max(time.time_ns() * 4096 // 1_000_000, _last + 1)
        ticks = _last
    random = int.from_bytes(os.urandom(8)) & (1 << 62) - 1
    return uuid.UUID(int=ticks >> 12 << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64 | 0x2 << 62 | random)
