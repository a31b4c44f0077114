"""What is wrong with settings, in sentences that say what to change.

infra.settings asks here; this module imports nothing of it but types, and so compares with the plain names of stages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ddp.providers.social.base import Platform
from infra.concurrency import DEFAULTS, connections, executions, report
from infra.countries import COUNTRIES
from infra.state import ROOT

if TYPE_CHECKING:
    from infra.settings import Settings

# The roots of RDS's servers, each below a line with its name (Amazon RDS eu-central-1 Root CA …).
RDS_ROOTS = ROOT / "layers/shared/python/ddp/certificates/rds.pem"

# The useful ones among those that CloudWatch Logs accepts.
RETENTION_DAYS = (7, 14, 30, 60, 90, 180, 365, 731)

_HOST: Final = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"


def problems(settings: Settings) -> list[str]:
    """What is wrong, a sentence each that says what to change."""
    checks = {
        "python_version must be a minor version such as 3.13.": re.fullmatch(
            r"3\.\d+", settings.python_version
        ),
        "owner must be 1 to 256 letters, digits, spaces and _ . : / = + - @, which is what a tag's value may have.": (
            re.fullmatch(r"[\w .:/=+@-]{1,256}", settings.owner)
        ),
        f"log_retention_days must be one of {', '.join(map(str, RETENTION_DAYS))}.": (
            settings.log_retention_days in RETENTION_DAYS
        ),
        "email_bulk_size must be between 1 and 50, which is what SES takes in one call.": (
            1 <= settings.email_bulk_size <= 50
        ),
        f"email_transport {settings.email_transport} needs database supabase: the functions of a managed database are "
        "inside a VPC without a way out to any e-mail provider but SES.": settings.email_transport == "ses"
        or settings.database == "supabase",
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
        *_budget_problems(settings),
        *_edge_problems(settings),
        *_certificate_problems(settings),
        *_server_problems(settings),
        *_sms_problems(settings),
        *_social_problems(settings),
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
    scheme = "https?" if settings.stage in {"local", "dev"} else "https"
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
    if settings.stage == "prod" and not settings.public_url:
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


def _budget_problems(settings: Settings) -> list[str]:
    rate, burst = settings.request_rate, settings.request_burst
    checks = {
        "request_rate must not be negative; 0 means no limit.": rate >= 0,
        # The database looks back for a minute.
        f"request_burst must be between request_rate ({rate}) and a minute of it ({60 * rate}).": rate
        <= burst
        <= 60 * rate
        or rate == 0,
        f"throttle_rate is {settings.throttle_rate} for everybody together; it must be at least request_rate ({rate}), "
        "which one account may use.": settings.throttle_rate >= rate,
    }
    return [problem for problem, holds in checks.items() if not holds]


def _edge_problems(settings: Settings) -> list[str]:
    """What stands before the API: its domains, the distribution, and SES's tracking domain."""
    has_edge = bool(settings.edge_origins)
    origins = dict(each.partition("=")[::2] for each in settings.edge_origins)
    target = rf"d-[a-z0-9]+\.execute-api\.{settings.region}\.amazonaws\.com"
    names = (*settings.domains, *([settings.tracking_domain] if settings.tracking_domain else []))
    checks = {
        "domains and tracking_domain must be host names without scheme and path, such as api.example.com.": all(
            re.fullmatch(_HOST, name) for name in names
        ),
        "tracking_domain leads to SES: it must be none of domains, and not link_domain.": (
            settings.tracking_domain not in {*settings.domains, settings.link_domain} - {""}
        ),
        f"domain_certificate must be the ARN of a certificate of ACM in {settings.region}, which names all domains.": (
            not settings.domains or _is_certificate(settings.domain_certificate, settings.region)
        ),
        "edge_origins must have DOMAIN=TARGET for each of domains, with the target that the stack of the API prints, "
        f"such as api.example.com=d-abc123.execute-api.{settings.region}.amazonaws.com.": not has_edge
        or (set(origins) == set(settings.domains) and all(re.fullmatch(target, o) for o in origins.values())),
        "edge_origins cannot be set in stage local: the emulator has no CloudFront.": not has_edge
        or not settings.is_local,
        "edge_certificate must be the ARN of a certificate of ACM in us-east-1, which names all domains.": not has_edge
        or _is_certificate(settings.edge_certificate, "us-east-1"),
        "edge_requests must be at least 100.": settings.edge_requests >= 100,
        "edge_only needs edge_origins or edge_secret: without a distribution nobody would be let in.": (
            not settings.edge_only or has_edge or bool(settings.edge_secret)
        ),
        "edge_secret is for a distribution that was made elsewhere; edge_origins makes one with a secret of its own.": (
            not (has_edge and settings.edge_secret)
        ),
    }
    return [problem for problem, holds in checks.items() if not holds]


def _is_certificate(arn: str, region: str) -> bool:
    return re.fullmatch(rf"arn:aws:acm:{region}:\d{{12}}:certificate/[a-z0-9-]+", arn) is not None


def _certificate_problems(settings: Settings) -> list[str]:
    """Without its Region's root no function could verify a server of RDS."""
    if settings.database == "supabase":
        return []
    if f"Amazon RDS {settings.region} Root CA" in RDS_ROOTS.read_text():
        return []
    problem = (
        f"{RDS_ROOTS.relative_to(ROOT)} has no root certificate of Region {settings.region}, so no function could "
        "verify the database's server. The file's first lines say where to get it."
    )
    return [problem]


def _server_problems(settings: Settings) -> list[str]:
    """What AWS would refuse after minutes. Checked for every kind of database: the kind may change later."""
    least, most = settings.database_min_acu, settings.database_max_acu
    storage, grown = settings.database_storage_gb, settings.database_max_storage_gb
    checks = {
        "database_instance must be an instance class without `db.`, such as t4g.medium or r8g.large.": re.fullmatch(
            r"(?!db\.)[a-z0-9-]+\.[a-z0-9-]+", settings.database_instance
        ),
        "database_storage_gb must be at least 20, and database_max_storage_gb a tenth more and at most 65536.": (
            storage >= 20 and storage * 1.1 <= grown <= 65_536
        ),
        "database_min_acu and database_max_acu must be steps of 0.5 from 0.5 to 256, the second at least 1.": (
            0.5 <= least <= most and 1 <= most <= 256 and least % 0.5 == most % 0.5 == 0
        ),
        "database_zones must be 1 or 2, or 0: two where data is retained, else one.": (
            0 <= settings.database_zones <= 2
        ),
        "database_backup_days must be between 1 and 35, which is what RDS keeps.": (
            1 <= settings.database_backup_days <= 35
        ),
    }
    return [problem for problem, holds in checks.items() if not holds]


def _sms_problems(settings: Settings) -> list[str]:
    foreign = [
        identity
        for identity in settings.sms_origination_identities
        if not re.fullmatch(
            rf"arn:aws:sms-voice:{settings.region}:\d{{12}}:(phone-number|sender-id)/\S+", identity
        )
    ]
    checks = {
        "sms_countries names {}, which is no country: give ISO 3166-1 alpha-2 codes, such as FR,GB,US.": [
            country for country in settings.sms_countries if country not in COUNTRIES
        ],
        f"sms_origination_identities names {{}}: give the ARNs of numbers and sender IDs of Region {settings.region}, "
        "such as arn:aws:sms-voice:REGION:ACCOUNT:phone-number/phone-…": foreign,
        "link_domain is {}; it must be a host name without scheme and path, such as links.example.": [
            name for name in (settings.link_domain,) if name and not re.fullmatch(_HOST, name)
        ],
    }
    return [problem.format(repr(wrong[0])) for problem, wrong in checks.items() if wrong]


def _social_problems(settings: Settings) -> list[str]:
    names = ", ".join(sorted(Platform))
    checks = {
        f"social names {{}}, which is no platform: give names of {names}.": [
            name for name in settings.social if name not in set(Platform)
        ],
        "social_audited names {}, which social does not name: give platforms that are on.": [
            name for name in settings.social_audited if name not in settings.social
        ],
        "tiktok_site_verification is {}; it must be what stands between `tiktok` and `.txt` in the name of the file "
        "that TikTok gives you.": [
            code
            for code in settings.tiktok_site_verification
            if not re.fullmatch(r"[A-Za-z0-9_-]{8,100}", code)
        ],
    }
    return [problem.format(repr(wrong[0])) for problem, wrong in checks.items() if wrong]
