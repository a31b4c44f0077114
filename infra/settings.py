"""What differs from stage to stage: read from the CDK context, checked, then never changed."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, get_type_hints

from infra.concurrency import DEFAULTS, Limit, connections, executions, limits, report
from infra.state import ROOT


class SettingsError(ValueError):
    """The context does not describe a stage that can be deployed; the text says what to change."""


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
    """What scans an uploaded object for malware before it is verified."""

    OFF = "off"
    GUARDDUTY = "guardduty"


class EmailTransport(StrEnum):
    """What sends e-mail: Amazon SES (bulk calls, events), or any server that speaks SMTP."""

    SES = "ses"
    SMTP = "smtp"


DEFAULT_REGION = "eu-central-1"

# The roots of RDS's servers, each below a line with its name (Amazon RDS eu-central-1 Root CA …).
RDS_ROOTS = ROOT / "layers/shared/python/ddp/certificates/rds.pem"

# The useful ones among those that CloudWatch Logs accepts.
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
    region: str = DEFAULT_REGION
    # Of Lambda's runtime. Layers hold binaries and byte-code for it, so stage local uses the machine's own.
    python_version: str = "3.13"
    architecture: Architecture = Architecture.ARM64
    # Who issues the access tokens. Stage local leaves them to parameters of the stack, because the local issuer has
    # another port at each start.
    oidc_issuer: str = ""
    oidc_audience: str = "authenticated"
    oidc_jwks_url: str = ""
    # Base of links that leave the system; empty means the API's own address. Stage prod needs one, because links in
    # messages that people keep must outlive the API.
    public_url: str = ""
    # Page of the front end that shows a publicly shared file; the link's token follows it. Empty means this API's own.
    share_page_url: str = ""
    cors_origins: tuple[str, ...] = ()
    # Maximum concurrency of functions that differ from the table in infra/concurrency.py, by short name.
    concurrency: Mapping[str, int] = field(default_factory=dict)
    # Whether Lambda enforces it for HTTP functions. New accounts have too little concurrency to reserve any.
    reserve_concurrency: bool = True
    # Concurrent executions that the account's quota allows in this Region (Service Quotas, AWS Lambda). AWS promises
    # 1,000; new accounts often have 10 until they ask.
    account_concurrency: int = 1000
    # Connections that the database or its pooler accepts from this system. Supabase's smallest transaction pooler
    # accepts 200 clients, RDS Proxy thousands.
    max_connections: int = 200
    # Any text; another one makes the next deploy run the migration although no file has changed, which also applies
    # passwords that were written into the secrets since.
    migration_request: str = ""
    email_transport: EmailTransport = EmailTransport.SES
    # Recipients in one call of SES, at most 50. A worker that dies during a call leaves as many sends unknown.
    email_bulk_size: int = 50
    # Requests per second that the HTTP API accepts, and the burst above it.
    throttle_rate: int = 100
    throttle_burst: int = 200
    malware_scan: MalwareScan = MalwareScan.OFF
    log_retention_days: int = 30
    # CodeDeploy shifts traffic to a new version step by step, and back if an alarm goes off.
    canary: bool = True
    alarm_email: str = ""
    # Data outlives the stack.
    retain_data: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be deployed. Raises SettingsError."""
        for problem in _problems(self):
            raise SettingsError(f"stage {self.stage}: {problem}")

    @property
    def is_local(self) -> bool:
        """Whether this is the emulator on a developer's machine."""
        return self.stage is Stage.LOCAL

    @property
    def limits(self) -> Mapping[str, Limit]:
        """How many of each function run at once at most, by short name."""
        return limits(self.concurrency)

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Settings:
        """The settings that a CDK context describes.

        Weakest first: the field's default, the machine's own runtime (stage local), `stages.<stage>` of cdk.json,
        a key of the context with the field's name. Raises SettingsError.
        """
        stage = _convert("stage", Stage, context.get("stage", Stage.LOCAL))
        of_stage = context.get("stages", {}).get(stage, {})
        if unknown := set(of_stage) - {each.name for each in fields(cls)}:
            names = ", ".join(each.name for each in fields(cls))
            raise SettingsError(
                f"stage {stage}: cdk.json names the unknown setting {min(unknown)!r}. Known are: {names}."
            )
        given = {each.name: context[each.name] for each in fields(cls) if each.name in context}
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
        if kind == Mapping[str, int]:
            pairs = (
                (part.split("=") for part in value.split(",")) if isinstance(value, str) else value.items()
            )
            return {name: int(number) for name, number in pairs}
        return kind(value)
    except (ValueError, KeyError, AttributeError):
        raise SettingsError(f"setting {name} is {value!r}; it must be {_expected(kind)}.") from None


def _expected(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"one of: {', '.join(kind)}"
    words = {bool: "true or false", int: "a whole number"}
    return words.get(kind, "names with whole numbers, such as uploads-http=10,email-send=4")


def _problems(settings: Settings) -> list[str]:
    """What is wrong, a sentence each that says what to change."""
    checks = {
        "python_version must be a minor version such as 3.13.": re.fullmatch(
            r"3\.\d+", settings.python_version
        ),
        f"log_retention_days must be one of {', '.join(map(str, RETENTION_DAYS))}.": (
            settings.log_retention_days in RETENTION_DAYS
        ),
        "email_bulk_size must be between 1 and 50, which is what SES takes in one call.": (
            1 <= settings.email_bulk_size <= 50
        ),
        f"email_transport {settings.email_transport} needs database supabase: the functions of a managed database are "
        "inside a VPC without a way out to any e-mail provider but SES.": settings.email_transport
        is EmailTransport.SES
        or settings.database is DatabaseKind.SUPABASE,
        "cors_origins must be https:// origins without a path, such as https://app.example.com "
        "(http:// in stages local and dev only).": all(
            _is_origin(settings, o) for o in settings.cors_origins
        ),
    }
    found = [problem for problem, holds in checks.items() if not holds]
    return [
        *found,
        *_concurrency_problems(settings),
        *_identity_problems(settings),
        *_url_problems(settings),
        *_certificate_problems(settings),
    ]


def _concurrency_problems(settings: Settings) -> list[str]:
    if unknown := set(settings.concurrency) - set(DEFAULTS):
        return [f"concurrency names the unknown function {min(unknown)!r}. Known are: {', '.join(DEFAULTS)}."]
    for name, limit in settings.limits.items():
        if limit.concurrency < limit.least:
            return [f"concurrency of {name} must be at least {limit.least}; AWS accepts no less."]
    return _quota_problems(settings) + _connection_problems(settings)


def _quota_problems(settings: Settings) -> list[str]:
    needed = executions(settings.limits, reserved=settings.reserve_concurrency)
    if not settings.reserve_concurrency or needed <= settings.account_concurrency:
        return []  # without reservations AWS deploys everything, and throttles what exceeds the quota
    problem = (
        f"the functions need {needed} concurrent executions, with those AWS keeps unreserved, and the account has "
        f"{settings.account_concurrency} (account_concurrency): AWS would refuse the deploy. Ask AWS for more "
        "(Service Quotas, AWS Lambda), or set reserve_concurrency to false: busy functions may then slow others down."
    )
    return [problem]


def _connection_problems(settings: Settings) -> list[str]:
    if connections(settings.limits) <= settings.max_connections:
        return []
    problem = (
        "the functions may hold more database connections than max_connections allows. Lower concurrency, or raise "
        "max_connections to what the database really accepts.\n"
    )
    return [problem + report(settings.limits, most=settings.max_connections)]


def _is_origin(settings: Settings, origin: str) -> bool:
    scheme = "https?" if settings.stage in {Stage.LOCAL, Stage.DEV} else "https"
    return re.fullmatch(scheme + r"://[^/*\s]+", origin) is not None


def _is_safe_url(settings: Settings, url: str) -> bool:
    return url.startswith("https://") or (settings.is_local and url.startswith("http://"))


def _identity_problems(settings: Settings) -> list[str]:
    if settings.oidc_issuer or settings.is_local:
        return []
    problem = (
        f"oidc_issuer is not set. Put the https address that issues your access tokens into cdk.json "
        f"(context.stages.{settings.stage}.oidc_issuer), or pass --set oidc_issuer=…; for Supabase it is "
        f"https://PROJECT.supabase.co/auth/v1."
    )
    return [problem]


def _url_problems(settings: Settings) -> list[str]:
    if settings.stage is Stage.PROD and not settings.public_url:
        problem = (
            "public_url is not set. Links in messages that people keep begin with it and must outlive the API, whose "
            "own address changes when it is made again: give a domain of yours that leads to the API."
        )
        return [problem]
    names = ("oidc_issuer", "oidc_jwks_url", "public_url", "share_page_url")
    return [
        f"{name} is {getattr(settings, name)!r}; it must begin with https:// (http:// in stage local only)."
        for name in names
        if getattr(settings, name) and not _is_safe_url(settings, getattr(settings, name))
    ]


def _certificate_problems(settings: Settings) -> list[str]:
    """Without its Region's root no function could verify a server of RDS."""
    if settings.database is DatabaseKind.SUPABASE:
        return []
    if f"Amazon RDS {settings.region} Root CA" in RDS_ROOTS.read_text():
        return []
    problem = (
        f"{RDS_ROOTS.relative_to(ROOT)} has no root certificate of Region {settings.region}, so no function could "
        "verify the database's server. The file's first lines say where to get it."
    )
    return [problem]
