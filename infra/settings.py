"""What differs from deployment to deployment: read from the CDK context, checked, then never changed."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, get_type_hints


class SettingsError(ValueError):
    """The context does not describe a deployment; the text says what to change."""


class Stage(StrEnum):
    """Where the system runs. `local` is the emulator on the developer's own machine."""

    LOCAL = "local"
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


class DatabaseKind(StrEnum):
    """Who runs PostgreSQL: Supabase (outside AWS), or an RDS instance or Aurora cluster of the data stack."""

    SUPABASE = "supabase"
    RDS = "rds"
    AURORA = "aurora"


class Architecture(StrEnum):
    """Processor of every function, in Lambda's own words."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


class MalwareScan(StrEnum):
    """What looks for malware in what was uploaded, before an upload is verified."""

    OFF = "off"
    GUARDDUTY = "guardduty"


class EmailTransport(StrEnum):
    """By what e-mail leaves: Amazon SES (bulk calls, events), or any server that speaks SMTP."""

    SES = "ses"
    SMTP = "smtp"


# CloudWatch Logs takes these and no others; the ones that make sense here.
RETENTION_DAYS = (7, 14, 30, 60, 90, 180, 365, 731)


def machine_architecture() -> Architecture:
    """The processor of this machine."""
    return Architecture.ARM64 if platform.machine() in {"aarch64", "arm64"} else Architecture.X86_64


def machine_python() -> str:
    """Minor version of the interpreter that is running, as `3.13`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One deployment. Field names are the keys in cdk.json, and of `--set name=value` on the command line."""

    stage: Stage
    database: DatabaseKind = DatabaseKind.SUPABASE
    region: str = "eu-central-1"
    # Of Lambda's runtime. A layer's binaries and byte-code must match it, so stage local uses the machine's own.
    python_version: str = "3.13"
    architecture: Architecture = Architecture.ARM64
    # Who issues the access tokens. In stage local they are parameters of the service stack, because the local
    # issuer has another port at each start.
    oidc_issuer: str = ""
    oidc_audience: str = "authenticated"
    oidc_jwks_url: str = ""
    # Base of links that leave the system; empty means the API's own address.
    public_url: str = ""
    cors_origins: tuple[str, ...] = ()
    # Most HTTP functions of one kind at once (there are three kinds), and whether Lambda enforces it (new accounts
    # have too little concurrency to reserve any).
    http_concurrency: int = 20
    reserve_concurrency: bool = True
    # What the database (or its pooler) takes at most from this system. With the http_concurrency above all functions
    # together can hold 107; Supabase's smallest transaction pooler takes 200 clients, and RDS Proxy thousands.
    max_connections: int = 120
    email_transport: EmailTransport = EmailTransport.SES
    # Recipients in one call of SES, at most 50: what one accident (a worker that dies in the call) can leave unknown.
    email_bulk_size: int = 50
    # Requests a second that the HTTP API lets through, and the burst above it.
    throttle_rate: int = 100
    throttle_burst: int = 200
    malware_scan: MalwareScan = MalwareScan.OFF
    log_retention_days: int = 30
    # Shift traffic to a new version by CodeDeploy, and back if an alarm goes off.
    canary: bool = True
    alarm_email: str = ""
    # Data outlives the stack.
    retain_data: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be deployed."""
        for problem in _problems(self):
            raise SettingsError(f"stage {self.stage}: {problem}")

    @property
    def is_local(self) -> bool:
        """Whether this is the emulator on a developer's machine."""
        return self.stage is Stage.LOCAL

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Settings:
        """The settings that a CDK context describes.

        Weakest first: the field's default, the machine's own runtime (stage local), `stages.<stage>` of cdk.json,
        a key of the context with the field's name. Raises SettingsError.
        """
        stage = _convert("stage", Stage, context.get("stage", Stage.LOCAL))
        of_stage = context.get("stages", {}).get(stage, {})
        if unknown := set(of_stage) - {field.name for field in fields(cls)}:
            names = ", ".join(field.name for field in fields(cls))
            raise SettingsError(
                f"stage {stage}: cdk.json names the unknown setting {min(unknown)!r}. Known are: {names}."
            )
        given = {field.name: context[field.name] for field in fields(cls) if field.name in context}
        values = _machine_defaults(stage) | of_stage | given | {"stage": stage}
        types = get_type_hints(cls)
        return cls(**{name: _convert(name, types[name], value) for name, value in values.items()})


def _machine_defaults(stage: Stage) -> dict[str, Any]:
    if stage is not Stage.LOCAL:
        return {}
    return {"python_version": machine_python(), "architecture": machine_architecture()}


def _convert(name: str, kind: Any, value: Any) -> Any:
    """A context value as the field's type; the command line gives text for all of them."""
    try:
        if kind is bool:
            return {"true": True, "false": False}[str(value).lower()]
        if kind == tuple[str, ...]:
            return tuple(value.split(",") if isinstance(value, str) else value)
        return kind(value)
    except (ValueError, KeyError):
        allowed = ", ".join(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else kind.__name__
        raise SettingsError(f"setting {name} is {value!r}; it must be one of: {allowed}.") from None


def _problems(settings: Settings) -> list[str]:
    """What is wrong, a sentence each that says what to change."""
    checks = {
        "python_version must be a minor version such as 3.13.": re.fullmatch(
            r"3\.\d+", settings.python_version
        ),
        f"log_retention_days must be one of {', '.join(map(str, RETENTION_DAYS))}.": (
            settings.log_retention_days in RETENTION_DAYS
        ),
        "http_concurrency must be at least 1; to stop all traffic, throttle the API.": (
            settings.http_concurrency >= 1
        ),
        "email_bulk_size must be between 1 and 50, which is what SES takes in one call.": (
            1 <= settings.email_bulk_size <= 50
        ),
        "email_transport smtp needs database supabase: the functions of a managed database are inside a VPC without a "
        "way out to an SMTP server.": settings.email_transport is EmailTransport.SES
        or settings.database is DatabaseKind.SUPABASE,
        "cors_origins must be https:// origins without a path, such as https://app.example.com "
        "(http:// in stages local and dev only).": all(
            _is_origin(settings, o) for o in settings.cors_origins
        ),
    }
    return [problem for problem, holds in checks.items() if not holds] + _identity_problems(settings)


def _is_origin(settings: Settings, origin: str) -> bool:
    scheme = "https?" if settings.stage in {Stage.LOCAL, Stage.DEV} else "https"
    return re.fullmatch(scheme + r"://[^/*\s]+", origin) is not None


def _is_safe_url(settings: Settings, url: str) -> bool:
    return url.startswith("https://") or (settings.is_local and url.startswith("http://"))


def _identity_problems(settings: Settings) -> list[str]:
    if not settings.oidc_issuer and not settings.is_local:
        problem = (
            f"oidc_issuer is not set. Put the https address that issues your access tokens into cdk.json "
            f"(context.stages.{settings.stage}.oidc_issuer), or pass --set oidc_issuer=…; for Supabase it is "
            f"https://PROJECT.supabase.co/auth/v1."
        )
        return [problem]
    names = ("oidc_issuer", "oidc_jwks_url", "public_url")
    return [
        f"{name} is {getattr(settings, name)!r}; it must begin with https:// (http:// in stage local only)."
        for name in names
        if getattr(settings, name) and not _is_safe_url(settings, getattr(settings, name))
    ]
