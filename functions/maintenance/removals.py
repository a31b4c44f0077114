"""Objects that nothing refers to any more: deleted from the bucket, then from the list of them.

In this order a crash between the two deletes an object again, which is harmless. The other order would leave it for
ever.
"""

from __future__ import annotations

from ddp.providers import s3
from ddp.queries.maintenance import cleanup as queries
from functions.maintenance.portions import Budget, patiently

# The most that one request of S3 deletes.
OBJECTS = 1_000


def remove_objects(budget: Budget) -> bool:
    """Delete objects until none is left, or the budget is used; return whether some are left."""
    while not budget.is_used:
        keys = patiently(queries.objects, limit=OBJECTS)
        if not keys:
            return keys is None
        s3.delete_all(keys)
        patiently(queries.objects_were_removed, keys)
        budget.use(len(keys))
    return True
