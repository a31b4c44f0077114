"""The context of one rendering: it charges for what it does, keeps values small, and records undefined names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from liquid.builtin.tags.for_tag import ForLoop
from liquid.builtin.tags.tablerow_tag import TableRow
from liquid.context import RenderContext, builtin
from liquid.exceptions import LiquidTypeError
from liquid.token import Token
from liquid.undefined import UNDEFINED, Undefined
from liquid.utils import ReadOnlyChainMap

from ddp.rendering.language.charges import makes_nothing, steps
from ddp.rendering.language.limits import ITEMS, VALUE_LIMIT, LimitReached
from ddp.rendering.language.meter import Meter
from ddp.rendering.language.output import Output
from ddp.rendering.language.values import measure

# Steps of looking up a list or an object: what comes next may compare or print all of it.
_WHOLE = 20
# Characters that are compared or printed in one step.
_CHARACTERS = 256

# Filters with arguments of that kind. The library would take any, and the charges know only those without a name.
_NAMED_ARGUMENTS = ("default",)

# What a name without data stands for in a trial with data: a list of some texts. Loops repeat, conditions hold.
_FILLED = ["something"] * 5


class _Scope(ReadOnlyChainMap):
    """Names, looked up in one namespace after the other. The library raises and catches an error for each miss."""

    def get(self, key: str, default: object = None) -> object:
        for names in self._maps:
            if key in names:
                return names[key]
        return default

    def __getitem__(self, key: str) -> object:
        value = self.get(key, UNDEFINED)
        if value is UNDEFINED:
            raise KeyError(key)
        return value


class BoundedContext(RenderContext):
    """`missing`: dotted names that were looked up and are undefined. `meter`: what the message has taken so far."""

    __slots__ = ("_is_filled", "_sizes", "_sum_of_sizes", "meter", "missing")

    def __init__(self, *args: Any, meter: Meter, is_filled: bool = False, **options: Any) -> None:
        """`is_filled`: undefined names have a list of texts as their value."""
        super().__init__(*args, **options)
        self.scope = _Scope(self.locals, self.globals, builtin, self.counters)
        self.meter = meter
        self.missing: set[str] = set()
        self._is_filled = is_filled
        self._sizes: dict[str, int] = {}
        self._sum_of_sizes = 0

    def get(self, path: list[object], *, token: Token | None, default: object = UNDEFINED) -> object:
        """Looks names up as Liquid does, and records undefined ones. Raises TooManySteps."""
        name, value = path[0], UNDEFINED
        if len(path) == 1 and isinstance(name, str):
            value = self.scope.get(name, UNDEFINED)
        if value is UNDEFINED:
            value = super().get(path, token=token, default=default)
        if isinstance(value, str):
            self.meter.spend(1 + len(value) // _CHARACTERS, token)
        elif isinstance(value, list | dict | range):
            self.meter.spend(_WHOLE + len(value), token)
        elif isinstance(value, Undefined):
            self.missing.add(".".join(str(segment) for segment in path))
            return _FILLED if self._is_filled else value
        return value

    def assign(self, key: str, val: Any) -> None:
        """Sets a variable. Raises LimitReached where all together are too large.

        Keeps a sum: the library adds up all variables at each assignment, which takes quadratic time.
        """
        characters, items, fields = measure(val)
        self.meter.spend(1 + items + fields)
        new_size = characters + items + fields
        self._sum_of_sizes += new_size - self._sizes.get(key, 0)
        self._sizes[key] = new_size
        if self._sum_of_sizes > VALUE_LIMIT or len(self._sizes) > ITEMS:
            raise LimitReached("the template's variables grow too large", token=None)
        self.locals[key] = val

    def get_buffer(self, buf: Any = None) -> Output:  # type: ignore[override]  # it is written to, and read
        """Where a block is written whose text is kept: it has what its own output has left."""
        return Output(buf.left) if isinstance(buf, Output) else Output()

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """The filter, which is charged before it runs. Raises LimitReached for too large values and results."""
        function = super().filter(name, token)

        def charged(value: Any, *arguments: Any, **options: Any) -> object:
            if type(value) in (ForLoop, TableRow):
                raise LimitReached(f"{name} cannot take a loop's own variable", token=token)
            if options and name not in _NAMED_ARGUMENTS:
                raise LiquidTypeError(f"{name} takes no named arguments", token=token)
            try:
                self.meter.spend(steps(name, value, arguments), token)
                result = function(value, *arguments, **options)
                if not makes_nothing(name):
                    measure(result)
            except LimitReached as error:
                error.token = token
                raise
            if name == "default" and isinstance(value, Undefined):
                self.missing = {path for path in self.missing if path.split(".")[0] != value.name}
            return result

        return charged
