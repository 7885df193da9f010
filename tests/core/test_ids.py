"""Public keys in order of time."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from core.ids import uuid7


def test_keys_of_one_process_keep_their_order_within_a_millisecond():
    keys = [uuid7() for _ in range(5_000)]
    assert keys == sorted(keys)
    assert len(set(keys)) == 5_000


def test_a_key_is_a_version_7_uuid_of_its_moment():
    before = time.time_ns() // 1_000_000
    key = uuid7()
    after = time.time_ns() // 1_000_000
    assert key.version == 7
    assert key.variant == "specified in RFC 4122"
    assert before <= key.int >> 80 <= after + 10  # keys made in a burst may run a little ahead


def test_threads_get_no_key_twice():
    with ThreadPoolExecutor(8) as pool:
        keys = [key for some in pool.map(lambda _: [uuid7() for _ in range(1_000)], range(8)) for key in some]
    assert len(set(keys)) == 8_000
