"""The class of a platform's module, in access/ and publishing/ alike; imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ddp.providers.social.base import Platform

_CLASSES = {
    Platform.FACEBOOK: "Facebook",
    Platform.INSTAGRAM: "Instagram",
    Platform.TWITTER: "Twitter",
    Platform.LINKEDIN: "LinkedIn",
    Platform.TIKTOK: "TikTok",
    Platform.YOUTUBE: "YouTube",
}


def of(package: str, platform: Platform | str) -> Any:
    """The platform's adapter of this package (its full name). Raises ValueError for an unknown platform."""
    platform = Platform(platform)
    return getattr(import_module(f"{package}.{platform}"), _CLASSES[platform])()
