"""CloudFront before the API, and before SES's tracking: one distribution for each host name."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, SecretValue
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from infra.constructs.acknowledge import acknowledge
from infra.constructs.shared_names import EDGE_KEY, edge_secret_name
from infra.settings import Settings

# What functions believe about the viewer, if the secret header is right (ddp.refusals.origin).
VIEWER_HEADERS = (
    "CloudFront-Viewer-Address",
    "CloudFront-Viewer-Country",
    "CloudFront-Viewer-Country-Region-Name",
)
HEADER = "X-DDP-Edge"

# Public answers that say how long they hold.
CACHED = ("/i/*", "/health")


class Distributions(Construct):
    """`all`: the distributions by host name."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, acl_arn: str) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._certificate = acm.Certificate.from_certificate_arn(
            self, "Certificate", settings.edge_certificate
        )
        self._viewer = self._make_viewer_policy()
        self._fresh = self._make_fresh_policy()
        self.all = {
            host: self._before_api(host, target, acl_arn)
            for host, _, target in (each.partition("=") for each in settings.edge_origins)
        }
        if settings.tracking_domain:
            self.all[settings.tracking_domain] = self._before_tracking(settings.tracking_domain)

    def _before_api(self, host: str, target: str, acl_arn: str) -> cloudfront.Distribution:
        """The host name's own target answers: API Gateway finds the API by the header Host, which is passed on."""
        origin = origins.HttpOrigin(
            target,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=Duration.seconds(30),
            custom_headers={
                HEADER: SecretValue.secrets_manager(
                    edge_secret_name(self._settings), json_field=EDGE_KEY
                ).unsafe_unwrap()
            },
        )
        common: dict[str, Any] = {
            "origin": origin,
            "viewer_protocol_policy": cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            "origin_request_policy": self._viewer,
        }
        return self._make(
            host,
            web_acl_id=acl_arn,
            default_behavior=cloudfront.BehaviorOptions(
                **common,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            ),
            additional_behaviors={
                path: cloudfront.BehaviorOptions(
                    **common,
                    allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                    cache_policy=self._fresh,
                )
                for path in CACHED
            },
        )

    def _before_tracking(self, host: str) -> cloudfront.Distribution:
        """SES answers links and pictures that it put the domain before; it finds the account by the header Host."""
        distribution = self._make(
            host,
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.HttpOrigin(
                    f"r.{self._settings.region}.awstrack.me",
                    protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
                    origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
                ),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER,
            ),
        )
        acknowledge(
            distribution,
            "AwsSolutions-CFR2",
            "Behind it is SES alone, which asks nobody who they are; the servers of mail programs open thousands of "
            "messages from one address, and a firewall would take these for a flood.",
        )
        return distribution

    def _make(self, host: str, **options: Any) -> cloudfront.Distribution:
        distribution = cloudfront.Distribution(
            self,
            host,
            comment=f"ddp {self._settings.stage} {host}",
            domain_names=[host],
            certificate=self._certificate,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            **options,
        )
        acknowledge(distribution, "AwsSolutions-CFR1", "Recipients and users may be anywhere.")
        acknowledge(
            distribution,
            "AwsSolutions-CFR3",
            "It logs to CloudWatch (access_log.py), where fields can be chosen: the rule knows only logs in S3, which "
            "have every path, and with it the tokens of links.",
        )
        return distribution

    def _make_viewer_policy(self) -> cloudfront.OriginRequestPolicy:
        return cloudfront.OriginRequestPolicy(
            self,
            "Viewer",
            origin_request_policy_name=f"ddp-{self._settings.stage}-viewer",
            header_behavior=cloudfront.OriginRequestHeaderBehavior.all(*VIEWER_HEADERS),
            query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
            cookie_behavior=cloudfront.OriginRequestCookieBehavior.none(),
        )

    def _make_fresh_policy(self) -> cloudfront.CachePolicy:
        """As long as the answer's Cache-Control says; not at all if it says nothing."""
        return cloudfront.CachePolicy(
            self,
            "Fresh",
            cache_policy_name=f"ddp-{self._settings.stage}-fresh",
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.days(365),
        )
