"""The edge: which routes exist, which are public, and what limits callers."""

from __future__ import annotations

import json

from tests.infra.assembly import references, resources

READ_AND_MADE = ("GET", "POST", "DELETE")
ALSO_CHANGED = ("GET", "POST", "PUT", "PATCH", "DELETE")
GUARDED = {
    **dict.fromkeys(("/uploads", "/files"), READ_AND_MADE),
    "/brand-assets": ("GET", "POST", "PATCH", "DELETE"),
    **dict.fromkeys(
        ("/campaigns", "/approvals", "/funds", "/fund-claims", "/retailer-groups", "/templates"), ALSO_CHANGED
    ),
    **dict.fromkeys(
        (
            "/me",
            "/sessions",
            "/directory",
            "/members",
            "/invitations",
            "/users",
            "/user-invitations",
            "/notices",
        ),
        ("GET", "POST", "PATCH", "DELETE"),
    ),
    "/collections": ALSO_CHANGED,
    **dict.fromkeys(
        ("/products", "/watch-models", "/geography", "/devices"), ("GET", "POST", "PATCH", "DELETE")
    ),
    "/product-imports": ("GET", "POST"),
    "/analytics": ("GET", "POST"),
    "/wish-list": ("GET", "PUT", "DELETE"),
    **dict.fromkeys(("/regional-wish-lists", "/audit-logs"), ("GET",)),
    "/retention": ("GET", "PUT"),
    **dict.fromkeys(("/cleanups", "/erasures"), ("GET", "POST")),
    **dict.fromkeys(("/email-campaigns", "/sender-identities", "/suppressions", "/senders"), ALSO_CHANGED),
    "/sms-campaigns": ALSO_CHANGED,
    "/origination-identities": ("GET", "POST", "PATCH"),
    "/sms-prices": READ_AND_MADE,
    "/sending-windows": ("GET", "POST", "PATCH", "DELETE"),
    **dict.fromkeys(("/phone-consents", "/inbound-messages"), ("GET", "POST")),
    **dict.fromkeys(("/social-accounts", "/social-posts", "/social-post-groups"), ALSO_CHANGED),
    "/social-connections": READ_AND_MADE,
    "/social-platforms": ("GET",),
    "/social-budget": ("GET", "PUT"),
}
# Without what is below: reports of shops are there, and public.
EXACT = {
    *(f"{method} {path}" for path in ("/conversions", "/conversions/keys") for method in ("GET", "POST")),
    # The numbers of posts and accounts, whose other routes belong to another function; it refuses other methods.
    *(
        f"{method} {path}"
        for path in (
            "/social-posts/{post_id}/engagement",
            "/social-posts/{post_id}/measure",
            "/social-accounts/{account_id}/engagement",
            "/social-accounts/{account_id}/best-times",
        )
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    ),
    "GET /social-read-budget",
    "PUT /social-read-budget",
}
PUBLIC = {
    "GET /shares/{proxy+}",
    "GET /unsubscribe/{proxy+}",
    "POST /unsubscribe/{proxy+}",
    "POST /conversions/hooks/{proxy+}",
    "GET /c/{proxy+}",
    # With a state that works once, and with a signed address.
    "GET /oauth/{platform}/callback",
    "GET /i/{proxy+}",
    "HEAD /i/{proxy+}",
    "GET /media/{proxy+}",
    "HEAD /media/{proxy+}",
    # With a signature, and with the code of a request.
    "GET /webhooks/{proxy+}",
    "POST /webhooks/{proxy+}",
    "GET /social-deletions/{code}",
    # Of the platform, not of a tenant.
    "GET /health",
    # Short links, with link_domain at the root of the API too.
    *(
        f"{method} {path}"
        for path in ("/l/{proxy+}", "/{code}", "/{code}/{link}")
        for method in ("GET", "HEAD", "POST")
    ),
}

# For roles of the account: the hook of deploys.
INTERNAL = {"POST /health"}


def routes(service) -> dict[str, dict]:
    return {route["RouteKey"]: route for route in resources(service, "AWS::ApiGatewayV2::Route").values()}


def test_routes(service):
    expected = {
        f"{method} {path}{below}"
        for path, methods in GUARDED.items()
        for method in methods
        for below in ("", "/{proxy+}")
    }
    assert set(routes(service)) == expected | EXACT | PUBLIC | INTERNAL


def test_only_what_has_its_permission_in_the_request_is_public(service):
    for key, route in routes(service).items():
        if key in PUBLIC:
            assert route["AuthorizationType"] == "NONE"
        elif key in INTERNAL:
            assert route["AuthorizationType"] == "AWS_IAM"
        else:
            assert route["AuthorizationType"] == "CUSTOM", key
            assert route["AuthorizerId"] == {"Ref": "AuthorizerId"}, key  # a parameter


def test_no_route_catches_a_browsers_preflight(service):
    """API Gateway answers OPTIONS itself unless a route does; ANY would send it to the authorizer."""
    methods = {key.split()[0] for key in routes(service)}
    assert methods <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}


def test_the_authorizers_answer_is_kept_for_each_token(service):
    (authorizer,) = resources(service, "AWS::ApiGatewayV2::Authorizer").values()
    assert authorizer["AuthorizerResultTtlInSeconds"] == 300
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert authorizer["EnableSimpleResponses"] is True
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"


def test_cors_names_the_front_end(service):
    (api,) = resources(service, "AWS::ApiGatewayV2::Api").values()
    cors = api["CorsConfiguration"]
    assert cors["AllowOrigins"] == ["https://app.example.com"]
    assert set(cors["AllowHeaders"]) == {
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "If-None-Match",
        "X-DDP-Account",
    }
    assert set(cors["ExposeHeaders"]) == {
        "Apigw-Requestid", "ETag", "Location", "Idempotency-Replayed", "Retry-After", "RateLimit", "RateLimit-Policy",
    }  # fmt: skip
    assert "AllowCredentials" not in cors


def test_the_stage_throttles_and_logs_who_asked_for_what(service):
    (stage,) = resources(service, "AWS::ApiGatewayV2::Stage").values()
    throttle = stage["DefaultRouteSettings"]
    assert (throttle["ThrottlingRateLimit"], throttle["ThrottlingBurstLimit"]) == (500, 1000)
    log = json.loads(stage["AccessLogSettings"]["Format"])
    assert log["requestId"] == "$context.requestId"
    # The token of a share, of an unsubscribe link or of a pixel is part of the path, and is the permission itself.
    assert "$context.path" not in log.values()
    assert set(references(stage["AccessLogSettings"]["DestinationArn"])) <= set(
        resources(service, "AWS::Logs::LogGroup")
    )


def test_functions_get_payload_2(service):
    for integration in resources(service, "AWS::ApiGatewayV2::Integration").values():
        assert integration["PayloadFormatVersion"] == "2.0"
        assert integration["IntegrationType"] == "AWS_PROXY"


def test_one_permission_serves_all_routes_of_a_function(service):
    permissions = resources(service, "AWS::Lambda::Permission")
    integrated = resources(service, "AWS::ApiGatewayV2::Integration")
    assert len(permissions) == len(integrated) + 1  # the authorizer
