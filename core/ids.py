"""Public keys of rows: UUIDs in order of time (RFC 9562, version 7)."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A new version 7 UUID: 48 bits of milliseconds, then random bits."""
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)
