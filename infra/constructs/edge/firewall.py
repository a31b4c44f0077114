"""The web application firewall before the distributions: AWS's managed rules, and a limit for each address."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.constructs.logs import log_group
from infra.settings import Settings

# Managed groups, with those of their rules that only count, and why they do not block.
GROUPS: dict[str, Sequence[str]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    "AWSManagedRulesCommonRuleSet": (
        # Bodies are JSON of up to 4.5 MB, in which e-mail, templates and captions are HTML, paths and addresses.
        "SizeRestrictions_BODY",
        "CrossSiteScripting_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "EC2MetaDataSSRF_BODY",
        # Shops and platforms whose webhooks say nothing of themselves.
        "NoUserAgent_HEADER",
        # The next page of a list is named by a long cursor, and OAuth's way back by addresses.
        "SizeRestrictions_QUERYSTRING",
        "GenericRFI_QUERYARGUMENTS",
    ),
}

# Asked by few addresses for many: the servers of mail programs, platforms and shops. Each is cached, or signed.
BY_SERVERS = ("/i/", "/media/", "/webhooks/", "/conversions/hooks/")


class Firewall(Construct):
    """A web ACL for distributions, and the log of what it blocked or counted: without paths, which hold tokens."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self.name = f"ddp-{settings.stage}"
        self.acl = waf.CfnWebACL(
            self,
            "Acl",
            name=self.name,
            scope="CLOUDFRONT",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_figures("all"),
            rules=[self._limit(), *(_group(name, n) for n, name in enumerate(GROUPS, start=1))],
        )
        self._log()

    def _limit(self) -> waf.CfnWebACL.RuleProperty:
        statement = waf.CfnWebACL.RateBasedStatementProperty(
            aggregate_key_type="IP",
            limit=self._settings.edge_requests,
            evaluation_window_sec=300,
            scope_down_statement=waf.CfnWebACL.StatementProperty(
                not_statement=waf.CfnWebACL.NotStatementProperty(statement=_starts_with(BY_SERVERS))
            ),
        )
        return waf.CfnWebACL.RuleProperty(
            name="address",
            priority=0,
            action=waf.CfnWebACL.RuleActionProperty(
                block=waf.CfnWebACL.BlockActionProperty(
                    custom_response=waf.CfnWebACL.CustomResponseProperty(response_code=429)
                )
            ),
            statement=waf.CfnWebACL.StatementProperty(rate_based_statement=statement),
            visibility_config=_figures("address"),
        )

    def _log(self) -> None:
        group = log_group(self, "Log", settings=self._settings, name=f"aws-waf-logs-{self.name}")
        kept = [{"ActionCondition": {"Action": action}} for action in ("BLOCK", "COUNT")]
        waf.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.acl.attr_arn,
            log_destination_configs=[
                Stack.of(self).format_arn(service="logs", resource=f"log-group:{group.log_group_name}")
            ],
            redacted_fields=[
                waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": "authorization"}),
                waf.CfnLoggingConfiguration.FieldToMatchProperty(uri_path={}),
                waf.CfnLoggingConfiguration.FieldToMatchProperty(query_string={}),
            ],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [{"Behavior": "KEEP", "Requirement": "MEETS_ANY", "Conditions": kept}],
            },
        )


def _group(name: str, priority: int) -> waf.CfnWebACL.RuleProperty:
    counted = [
        waf.CfnWebACL.RuleActionOverrideProperty(
            name=rule, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
        )
        for rule in GROUPS[name]
    ]
    group = waf.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS", name=name, rule_action_overrides=counted or None
    )
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=waf.CfnWebACL.StatementProperty(managed_rule_group_statement=group),
        visibility_config=_figures(name),
    )


def _starts_with(paths: Sequence[str]) -> waf.CfnWebACL.StatementProperty:
    statements = [
        waf.CfnWebACL.StatementProperty(
            byte_match_statement=waf.CfnWebACL.ByteMatchStatementProperty(
                field_to_match=waf.CfnWebACL.FieldToMatchProperty(uri_path={}),
                positional_constraint="STARTS_WITH",
                search_string=path,
                text_transformations=[waf.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
            )
        )
        for path in paths
    ]
    return waf.CfnWebACL.StatementProperty(
        or_statement=waf.CfnWebACL.OrStatementProperty(statements=statements)
    )


def _figures(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    # Samples would show paths, and with them tokens.
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
