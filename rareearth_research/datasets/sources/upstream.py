"""Who is an upstream: its name, its terms, the hosts it answers from, and the key it wants."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Upstream"]


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """What a request must know of where it goes, and a person of whose figures these are.

    Parameters
    ----------
    name : str
        What users type: ``rareearth data refresh NAME``.
    title, url, licence : str
        For people: what it is, where it is documented, what its terms allow.
    hosts : tuple of str
        Hosts it may talk to; a redirect to any other is refused.
    key : str, optional
        Environment variable of the key, if the upstream wants one.
    key_required : bool
        Whether nothing works without the key.
    key_help : str
        Where a user gets a key.
    """

    name: str
    title: str
    url: str
    licence: str
    hosts: tuple[str, ...] = ()
    key: str | None = None
    key_required: bool = False
    key_help: str = ""
