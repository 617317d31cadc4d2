"""How does a package hand on its names without importing what they need?

Importing `rareearth_research` or one of its packages loads nothing but this: a name is imported
from the module that defines it when it is first asked for (PEP 562).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def lazy(
    package: str, homes: Mapping[str, Iterable[str]], *modules: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return the ``__getattr__``, ``__dir__`` and ``__all__`` of a package.

    Parameters
    ----------
    package : str
        Name of the package: its ``__name__``.
    homes : mapping of str to iterable of str
        By module, relative to the package: the public names that it defines. Another dot in
        front begins a package higher.
    *modules : str
        Modules of the package that are public names themselves.

    Returns
    -------
    tuple of callable, callable and list of str
    """
    home_of = {name: home for home, names in homes.items() for name in names}
    public = [*modules, *home_of]

    def getattr_(name: str) -> Any:
        if name not in public:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = import_module(f".{home_of.get(name, name)}", package)
        value = getattr(home, name) if name in home_of else home
        setattr(sys.modules[package], name, value)
        return value

    return getattr_, lambda: sorted(public), public
