"""The context of one rendering: it counts steps, keeps values small, and records which names are undefined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from liquid.context import RenderContext
from liquid.token import Token
from liquid.undefined import UNDEFINED, Undefined

from ddp.rendering import filters
from ddp.rendering.limits import ITEMS, STEPS, VALUE_LIMIT, LimitReached
from ddp.rendering.values import size


class BoundedContext(RenderContext):
    """`missing`: dotted names that were looked up and are undefined. `where`: the last loop or filter that began.

    `weight`: steps of one turn of the loop that began last (see loops.py).
    """

    __slots__ = ("missing", "sizes", "steps", "sum_of_sizes", "weight", "where")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.missing: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.sum_of_sizes = 0
        self.steps = 0
        self.weight = 1
        self.where: Token | None = None

    def spend(self, steps: int, token: Token | None) -> None:
        """Count steps. Raises LimitReached, naming the place, above STEPS."""
        self.steps += steps
        if self.steps > STEPS:
            raise LimitReached("the template takes too many steps", token=token)

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """Looks names up as Liquid does, and records undefined ones."""
        value = super().get(path, token=token, default=default)
        if isinstance(value, Undefined):
            self.missing.add(".".join(str(segment) for segment in path))
        return value

    def assign(self, key: str, val: Any) -> None:
        """Sets a variable. Raises LimitReached where all together are too large.

        Keeps a sum: the library adds up all variables at each assignment, which takes quadratic time.
        """
        new_size = size(val, VALUE_LIMIT)
        self.sum_of_sizes += new_size - self.sizes.get(key, 0)
        self.sizes[key] = new_size
        if self.sum_of_sizes > VALUE_LIMIT or len(self.sizes) > ITEMS:
            raise LimitReached("the template's variables grow too large", token=self.where)
        self.locals[key] = val

    def raise_for_loop_limit(self, length: int = 1) -> None:
        """The library calls this where a loop of `length` turns begins. Raises LimitReached."""
        self.spend(length * self.weight, self.where)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """The filter, which raises LimitReached before it takes or makes too much."""
        function = super().filter(name, token)

        def bounded(value: Any, *arguments: Any, **options: Any) -> object:
            self.where = token
            given = filters.input_size(value, arguments)
            self.spend(filters.steps(given), token)
            if given > 2 * VALUE_LIMIT or filters.result_size(name, value, arguments) > VALUE_LIMIT:
                raise LimitReached(f"{name} makes too much of it", token=token)
            result = function(value, *arguments, **options)
            if name == "default" and isinstance(value, Undefined):
                self.missing = {path for path in self.missing if path.split(".")[0] != value.name}
            if size(result, VALUE_LIMIT) > VALUE_LIMIT:
                raise LimitReached(f"{name} makes too much of it", token=token)
            return result

        return bounded
