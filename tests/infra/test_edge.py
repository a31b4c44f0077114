"""Domains of one's own, the distributions before the API and SES's tracking, and their firewall."""

from __future__ import annotations

import json

import pytest

from infra.cli.lint_templates import EDGE
from infra.constructs.edge.access_log import FIELDS
from tests.infra.assembly import Assembly, functions, resources, text
from tests.infra.test_functions import HTTP, PUBLIC
from tests.infra.test_rights import rights

DOMAINS = EDGE["domains"].split(",")
TARGETS = dict(each.split("=") for each in EDGE["edge_origins"].split(","))
TRACKING = EDGE["tracking_domain"]
WITH_DATABASE = HTTP | PUBLIC


@pytest.fixture(scope="module")
def stack(edge: Assembly) -> dict:
    return edge.template("edge")


@pytest.fixture(scope="module")
def behind(edge: Assembly) -> dict:
    return edge.service()


@pytest.fixture(scope="module")
def distributions(stack: dict) -> dict[str, dict]:
    """Configuration of each distribution by its host name."""
    found = [
        each["DistributionConfig"] for each in resources(stack, "AWS::CloudFront::Distribution").values()
    ]
    return {config["Aliases"][0]: config for config in found}


# -- without it ------------------------------------------------------------------------------------------------------


def test_there_is_none_unless_the_settings_name_it(prod: Assembly, service: dict) -> None:
    assert not [name for name in prod.templates() if "edge" in name]
    kinds = {resource["Type"] for resource in service["Resources"].values()}
    assert not kinds & {"AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping"}
    for name, function in functions(service).items():
        variables = function["Environment"]["Variables"]
        assert not {"DDP_EDGE_SECRET", "DDP_EDGE_ONLY"} & set(variables), name
    (authorizer,) = resources(service, "AWS::ApiGatewayV2::Authorizer").values()
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]


# -- the stack -------------------------------------------------------------------------------------------------------


def test_it_is_deployed_after_the_api_in_the_region_of_cloudfront(edge: Assembly) -> None:
    assert edge.order()["ddp-prod-edge"] == {"ddp-prod-api"}
    artifacts = json.loads((edge.folder / "manifest.json").read_text())["artifacts"]
    assert artifacts["ddp-prod-edge"]["environment"].endswith("/us-east-1")
    assert artifacts["ddp-prod-api"]["environment"].endswith("/eu-central-1")


def test_each_domain_has_a_distribution_and_tracking_too(distributions: dict) -> None:
    assert set(distributions) == {*DOMAINS, TRACKING}
    for config in distributions.values():
        assert config["Enabled"] is True
        assert config["ViewerCertificate"]["AcmCertificateArn"] == EDGE["edge_certificate"]
        assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
        assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_origin_is_the_domains_own_target_and_gets_the_secret(distributions: dict, domain: str) -> None:
    (origin,) = distributions[domain]["Origins"]
    assert origin["DomainName"] == TARGETS[domain]
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
    (header,) = origin["OriginCustomHeaders"]
    assert header["HeaderName"] == "X-DDP-Edge"
    assert text(header["HeaderValue"]) == "{{resolve:secretsmanager:ddp/prod/edge:SecretString:key::}}"


def test_everything_of_the_viewer_reaches_the_api_with_what_cloudfront_knows(stack: dict) -> None:
    ((id_, policy),) = resources(stack, "AWS::CloudFront::OriginRequestPolicy").items()
    config = policy["OriginRequestPolicyConfig"]
    assert config["HeadersConfig"]["HeaderBehavior"] == "allViewerAndWhitelistCloudFront"
    assert set(config["HeadersConfig"]["Headers"]) == {
        "CloudFront-Viewer-Address",
        "CloudFront-Viewer-Country",
        "CloudFront-Viewer-Country-Region-Name",
    }
    assert config["QueryStringsConfig"]["QueryStringBehavior"] == "all"
    assert id_


@pytest.mark.parametrize("domain", DOMAINS)
def test_only_what_says_how_long_it_holds_is_cached(distributions: dict, stack: dict, domain: str) -> None:
    config = distributions[domain]
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's own policy CachingDisabled
    assert config["DefaultCacheBehavior"]["CachePolicyId"] == disabled
    ((fresh, policy),) = resources(stack, "AWS::CloudFront::CachePolicy").items()
    cached = {each["PathPattern"]: each for each in config["CacheBehaviors"]}
    assert set(cached) == {"/i/*", "/health"}
    for behaviour in cached.values():
        assert behaviour["CachePolicyId"] == {"Ref": fresh}
        assert set(behaviour["AllowedMethods"]) == {"GET", "HEAD"}
    assert (policy["CachePolicyConfig"]["MinTTL"], policy["CachePolicyConfig"]["DefaultTTL"]) == (0, 0)


# -- the firewall ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rules(stack: dict) -> dict[str, dict]:
    (acl,) = resources(stack, "AWS::WAFv2::WebACL").values()
    assert (acl["Scope"], acl["DefaultAction"]) == ("CLOUDFRONT", {"Allow": {}})
    return {rule["Name"]: rule for rule in sorted(acl["Rules"], key=lambda rule: rule["Priority"])}


def test_the_firewall_stands_before_the_api_and_not_before_tracking(distributions: dict, stack: dict) -> None:
    (acl,) = resources(stack, "AWS::WAFv2::WebACL")
    for domain in DOMAINS:
        assert distributions[domain]["WebACLId"] == {"Fn::GetAtt": [acl, "Arn"]}
    assert "WebACLId" not in distributions[TRACKING]


def test_its_rules(rules: dict) -> None:
    assert list(rules) == [
        "address",
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesCommonRuleSet",
    ]
    for name in list(rules)[1:]:
        assert rules[name]["OverrideAction"] == {"None": {}}
        assert rules[name]["Statement"]["ManagedRuleGroupStatement"]["VendorName"] == "AWS"


def test_bodies_with_html_and_large_ones_are_let_through(rules: dict) -> None:
    group = rules["AWSManagedRulesCommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    counted = {each["Name"] for each in group["RuleActionOverrides"]}
    assert {"SizeRestrictions_BODY", "CrossSiteScripting_BODY"} <= counted
    assert all(each["ActionToUse"] == {"Count": {}} for each in group["RuleActionOverrides"])
    assert not {"CrossSiteScripting_QUERYARGUMENTS", "GenericLFI_URIPATH"} & counted


def test_an_address_may_ask_so_often_and_servers_of_many_oftener(rules: dict) -> None:
    rate = rules["address"]["Statement"]["RateBasedStatement"]
    assert (rate["AggregateKeyType"], rate["Limit"], rate["EvaluationWindowSec"]) == ("IP", 3000, 300)
    assert rules["address"]["Action"]["Block"]["CustomResponse"] == {"ResponseCode": 429}
    paths = rate["ScopeDownStatement"]["NotStatement"]["Statement"]["OrStatement"]["Statements"]
    assert {each["ByteMatchStatement"]["SearchString"] for each in paths} == {
        "/i/", "/media/", "/webhooks/", "/conversions/hooks/",
    }  # fmt: skip


# -- logs ------------------------------------------------------------------------------------------------------------


def test_every_distribution_logs_without_paths_which_hold_tokens(stack: dict) -> None:
    made = set(resources(stack, "AWS::CloudFront::Distribution"))
    sources = resources(stack, "AWS::Logs::DeliverySource").values()
    assert {source["LogType"] for source in sources} == {"ACCESS_LOGS"}
    assert all(any(id_ in json.dumps(source["ResourceArn"]) for id_ in made) for source in sources)
    deliveries = resources(stack, "AWS::Logs::Delivery").values()
    assert len(deliveries) == len(sources) == len(made)
    for delivery in deliveries:
        assert delivery["RecordFields"] == list(FIELDS)
    assert not {"cs-uri-stem", "cs-uri-query", "cs(Referer)", "cs(Cookie)"} & set(FIELDS)


def test_the_firewalls_log_has_neither_paths_nor_tokens(stack: dict) -> None:
    (logging,) = resources(stack, "AWS::WAFv2::LoggingConfiguration").values()
    redacted = logging["RedactedFields"]
    assert {"UriPath": {}} in redacted
    assert {"QueryString": {}} in redacted
    assert {"SingleHeader": {"Name": "authorization"}} in redacted
    (acl,) = resources(stack, "AWS::WAFv2::WebACL").values()
    assert not acl["VisibilityConfig"]["SampledRequestsEnabled"]
    assert not [rule for rule in acl["Rules"] if rule["VisibilityConfig"]["SampledRequestsEnabled"]]


def test_logs_end_and_alarms_reach_a_topic_of_the_region(stack: dict) -> None:
    groups = resources(stack, "AWS::Logs::LogGroup").values()
    assert {group["RetentionInDays"] for group in groups} == {365}
    (topic,) = resources(stack, "AWS::SNS::Topic")
    alarms = resources(stack, "AWS::CloudWatch::Alarm").values()
    assert len(alarms) == len(DOMAINS) + 2
    for alarm in alarms:
        assert alarm["AlarmActions"] == [{"Ref": topic}]


# -- behind it -------------------------------------------------------------------------------------------------------


def test_the_api_answers_under_its_domains_with_tls_1_2(behind: dict) -> None:
    names = resources(behind, "AWS::ApiGatewayV2::DomainName")
    assert {name["DomainName"] for name in names.values()} == set(DOMAINS)
    for name in names.values():
        (configuration,) = name["DomainNameConfigurations"]
        assert configuration["SecurityPolicy"] == "TLS_1_2"
        assert configuration["CertificateArn"] == EDGE["domain_certificate"]
    mappings = resources(behind, "AWS::ApiGatewayV2::ApiMapping").values()
    assert {each["DomainName"]["Ref"] for each in mappings} == set(names)
    (api,) = resources(behind, "AWS::ApiGatewayV2::Api")
    assert all(each["ApiId"] == {"Ref": api} and "ApiMappingKey" not in each for each in mappings)


def test_the_secret_has_a_copy_where_the_distribution_is(edge: Assembly) -> None:
    secrets = resources(edge.template("data"), "AWS::SecretsManager::Secret").values()
    (secret,) = [each for each in secrets if each["Name"] == "ddp/prod/edge"]
    assert secret["ReplicaRegions"] == [{"Region": "us-east-1"}]
    assert secret["GenerateSecretString"]["PasswordLength"] == 64


def test_functions_behind_the_edge_know_its_secret(behind: dict) -> None:
    for name in {*WITH_DATABASE, "smoke"}:  # which asks the API as if it came through the edge
        variables = functions(behind)[name]["Environment"]["Variables"]
        assert variables["DDP_EDGE_SECRET"] == {"Ref": "EdgeSecretArn"}, name
        assert variables["DDP_EDGE_ONLY"] == "true", name
        assert "<EdgeSecretArn>" in rights(behind, name)["secretsmanager:GetSecretValue"], name


def test_the_gateway_refuses_who_comes_past_it_and_keeps_answers_by_the_secret_too(behind: dict) -> None:
    (authorizer,) = resources(behind, "AWS::ApiGatewayV2::Authorizer").values()
    assert authorizer["IdentitySource"] == ["$request.header.Authorization", "$request.header.X-DDP-Edge"]


# -- tracking --------------------------------------------------------------------------------------------------------


def test_links_and_pictures_of_email_begin_with_the_tracking_domain_over_https(
    behind: dict, service: dict
) -> None:
    (tracked,) = resources(behind, "AWS::SES::ConfigurationSet").values()
    assert tracked["TrackingOptions"] == {"CustomRedirectDomain": TRACKING, "HttpsPolicy": "REQUIRE"}
    (untracked,) = resources(service, "AWS::SES::ConfigurationSet").values()
    assert "TrackingOptions" not in untracked


def test_nothing_but_ses_answers_under_the_tracking_domain(distributions: dict) -> None:
    config = distributions[TRACKING]
    (origin,) = config["Origins"]
    assert origin["DomainName"] == "r.eu-central-1.awstrack.me"
    assert "OriginCustomHeaders" not in origin, "the secret is for the API alone"
    assert "CacheBehaviors" not in config
    assert set(config["DefaultCacheBehavior"]["AllowedMethods"]) == {"GET", "HEAD"}
    all_viewer = "216adef6-5c7f-47e4-b989-5492eafa07d3"  # AWS's own policy AllViewer, with the header Host
    assert config["DefaultCacheBehavior"]["OriginRequestPolicyId"] == all_viewer


def test_under_the_domain_of_short_links_nothing_else_answers(behind: dict) -> None:
    for name in WITH_DATABASE:
        variables = functions(behind)[name]["Environment"]["Variables"]
        expected = None if name == "sms-links" else EDGE["link_domain"]
        assert variables.get("DDP_NOT_ON_DOMAIN") == expected, name
