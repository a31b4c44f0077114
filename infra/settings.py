"""What differs from stage to stage: read from the CDK context, checked, then never changed."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, get_type_hints

from infra.concurrency import Limit, limits
from infra.setting_checks import problems


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
# Where CloudFront's certificates, firewalls and figures are.
EDGE_REGION = "us-east-1"


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
    # Who answers for the deployment and its costs: the tag ddp:owner of every resource.
    owner: str = "data-development-platform"
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
    # The server of a managed database (rds, aurora); infra/docs/costs.md has what the defaults cost at rest, at example
    # prices. Supabase's is chosen there.
    # Of rds: instance class, and its storage in GB, at first and as far as it may grow by itself.
    database_instance: str = "t4g.medium"
    database_storage_gb: int = 50
    database_max_storage_gb: int = 1000
    # Of aurora: between which capacities it follows the load, in steps of 0.5 ACU (2 GB of memory each ACU).
    database_min_acu: float = 0.5
    database_max_acu: float = 8.0
    # Zones with a server, 1 or 2: the second one takes over. 0: two where data is retained, else one.
    database_zones: int = 0
    # For how many days the server can be restored to any second.
    database_backup_days: int = 14
    # Any text; another one makes the next deploy run the migration although no file has changed, which also applies
    # passwords that were written into the secrets since.
    migration_request: str = ""
    email_transport: EmailTransport = EmailTransport.SES
    # Recipients in one call of SES, at most 50. A worker that dies during a call leaves as many sends unknown.
    email_bulk_size: int = 50
    # Countries that SMS may go to (ISO 3166-1 alpha-2). This is the one authority: the provider blocks all others, and
    # a recipient of another country is rejected. None: no SMS.
    sms_countries: tuple[str, ...] = ()
    # ARNs of numbers and sender IDs whose answers, STOP among them, come to us. They are put into one pool; a new
    # account has none, and then no pool is made.
    sms_origination_identities: tuple[str, ...] = ()
    # Short domain of the links in SMS, which leads to the API; nothing that needs a token answers there. Empty: links
    # begin with public_url and /l.
    link_domain: str = ""
    # Platforms that posts go out to, such as facebook,youtube; all others are off. For each there is a secret, which
    # the operator fills with the id and secret of the application there.
    social: tuple[str, ...] = ()
    # Those of them where the application has passed the platform's audit. Until then some publish privately only, and
    # posts that ask for more are refused.
    social_audited: tuple[str, ...] = ()
    # Codes of TikTok's ownership files, tiktok<code>.txt: this API answers them below /media, from where TikTok fetches
    # images.
    tiktok_site_verification: tuple[str, ...] = ()
    malware_scan: MalwareScan = MalwareScan.OFF

    # --- What may reach the API ---
    # Requests per second that the HTTP API accepts from everybody together, and the burst above it. This holds costs
    # down; tenants are kept apart by request_rate, and one that asks ten times what it may must not use all of this.
    throttle_rate: int = 500
    throttle_burst: int = 1000
    # Requests per second that one account may make, whatever answers them, and how many at once after a pause. Over it:
    # 429. Administrators have no limit. 0: nobody has.
    request_rate: int = 20
    request_burst: int = 40
    # Host names that the API answers under, beside its own address, and the ARN of a certificate of ACM, in the stage's
    # Region, that names all of them.
    domains: tuple[str, ...] = ()
    domain_certificate: str = ""
    # CloudFront with a firewall before the API, in a stack of its own: DOMAIN=TARGET for each of `domains`; the API's
    # stack prints the targets. Empty: there is no such stack.
    edge_origins: tuple[str, ...] = ()
    # As domain_certificate, in us-east-1, where CloudFront reads it; it must name tracking_domain too.
    edge_certificate: str = ""
    # Requests of one address in five minutes that the firewall lets through.
    edge_requests: int = 3000
    # Refuse requests that did not come through the distribution. Only once all domains lead to it.
    edge_only: bool = False
    # For a distribution that was made elsewhere: ARN of the secret {"key": …} that it sends as X-DDP-Edge. Without it,
    # nothing that it says of its viewers is believed.
    edge_secret: str = ""
    # Domain that SES puts before links and pictures of e-mail, to see clicks and opens, instead of its own. It leads to
    # SES (through the distribution, if there is one), never to the API, and is verified there.
    tracking_domain: str = ""

    log_retention_days: int = 30
    # CodeDeploy shifts traffic to a new version step by step, and back if an alarm goes off.
    canary: bool = True
    alarm_email: str = ""
    # Data outlives the stack.
    retain_data: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be deployed. Raises SettingsError."""
        for problem in problems(self):
            raise SettingsError(f"stage {self.stage}: {problem}")

    @property
    def is_local(self) -> bool:
        """Whether this is the emulator on a developer's machine."""
        return self.stage is Stage.LOCAL

    @property
    def zones(self) -> int:
        """Zones with a server of a managed database."""
        return self.database_zones or (2 if self.retain_data else 1)

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
    words = {bool: "true or false", int: "a whole number", float: "a number"}
    return words.get(kind, "names with whole numbers, such as uploads-http=10,email-send=4")
