"""What all processes of the portal count and remember together: Django's cache, in the Valkey or Redis that the workers
wait at. It may be lost: while that is away nothing is found, nothing is counted, and the portal goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import orjson
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.utils.functional import cached_property
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)
PATIENCE = 0.5  # seconds for an answer
PAUSE = 5.0  # seconds in which it is not asked again after it gave none


@dataclass
class _Away:
    """Whether it gave no answer the last time, and until when it is left alone."""

    now: bool = False
    until: float = 0.0


_away = _Away()


def _or(ask: Callable[..., Any], otherwise: Callable[..., Any]) -> Any:
    """A method of the client, with what it gives while nobody answers. An outage is logged once."""

    def asked(self: RedisCacheClient, *args: Any) -> Any:
        if monotonic() < _away.until:
            return otherwise(*args)
        try:
            found = ask(self, *args)
        except (RedisError, OSError) as error:
            if not _away.now:
                log.error("The broker does not answer, so requests are not limited until it is back: %s", error)
            _away.now, _away.until = True, monotonic() + PAUSE
            return otherwise(*args)
        if _away.now:
            log.warning("The broker is back: requests are limited again.")
            _away.now = False
        return found

    return asked


def _not_there(key: str, delta: int) -> int:
    raise ValueError(f"{key} is not known.")


def _count(client: _Client, key: str, seconds: int) -> int:
    seen = client.get_client(key, write=True).incr(key)
    if seen == 1:
        client.get_client(key, write=True).expire(key, seconds)
    return seen


class _Client(RedisCacheClient):
    count = _or(_count, lambda *_: 0)
    add = _or(RedisCacheClient.add, lambda *_: True)
    get = _or(RedisCacheClient.get, lambda _key, default: default)
    set = _or(RedisCacheClient.set, lambda *_: None)
    touch = _or(RedisCacheClient.touch, lambda *_: False)
    delete = _or(RedisCacheClient.delete, lambda *_: False)
    get_many = _or(RedisCacheClient.get_many, lambda *_: {})
    has_key = _or(RedisCacheClient.has_key, lambda *_: False)
    incr = _or(RedisCacheClient.incr, _not_there)
    set_many = _or(RedisCacheClient.set_many, lambda *_: None)
    delete_many = _or(RedisCacheClient.delete_many, lambda *_: None)

    @cached_property
    def _one(self) -> Redis:
        return super().get_client(None, write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        """Made once: making it takes as long as asking."""
        return self._one


class _Json:
    """Values as JSON: what comes back is data, whoever wrote it."""

    dumps = staticmethod(orjson.dumps)
    loads = staticmethod(orjson.loads)


class SharedCache(RedisCache):
    """Takes the address of the broker as Celery writes it. `clear` removes what has our prefix, never Celery's."""

    def __init__(self, server: str, params: dict[str, Any]):
        retry = Retry(NoBackoff(), 1)  # a connection that slept through a restart is opened anew
        options = {
            "socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "serializer": _Json, "retry": retry
        }  # fmt: skip
        super().__init__(_address(server), params | {"OPTIONS": options})
        self._class = _Client

    def count(self, key: str, seconds: int) -> int:
        return cast(_Client, self._cache).count(self.make_key(key), seconds)

    def clear(self) -> None:
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(match=f"{self.key_prefix}:*", count=1000):
            client.delete(key)


def _address(url: str) -> str:
    """redis+socket:///path?virtual_host=1, which is Celery's, as unix:///path?db=1, which is redis-py's."""
    if not url.startswith("redis+socket:"):
        return url
    found = urlsplit(url)
    query = dict(part.split("=", 1) for part in found.query.split("&") if part)
    return f"unix://{found.netloc}{found.path}?{urlencode({'db': query.get('virtual_host', '0')})}"


def count(key: str, seconds: int) -> int:
    """How often this was called with `key`, by all processes, this time included; known for so many seconds from the
    first time. 0 while nobody counts."""
    return cast(SharedCache, caches["default"]).count(key, seconds)
