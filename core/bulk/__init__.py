"""Many rows in one request: each is stored or refused by the rules of its single door, and each is answered for."""

from core.bulk import jobs
from core.bulk.kinds import MOST, Kind, Result, going, kinds
from core.bulk.taking import Mode, Taken, take

__all__ = ["MOST", "Kind", "Mode", "Result", "Taken", "going", "jobs", "kinds", "take"]
