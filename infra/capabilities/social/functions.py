"""Social publishing: accounts and posts over HTTP, what platforms call, and the workers (`workers.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from aws_cdk import Annotations, Duration
from constructs import Construct

from ddp.providers.social import rules
from infra.capabilities.social import access
from infra.capabilities.social.access import ACCESS, REFRESH, VERIFIER
from infra.capabilities.social.workers import PUBLISH_QUEUE, SocialWorkers
from infra.constructs.access.database import Login
from infra.constructs.access.secrets import secret
from infra.constructs.access.storage import SOCIAL, THUMBNAILS
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method
from infra.constructs.shared_names import MESSAGE_SECRET

# What each path serves, with what is below it.
PATHS = {
    "/social-connections": [Method.GET, Method.POST, Method.DELETE],
    "/social-accounts": [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE],
    "/social-posts": [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE],
    "/social-post-groups": [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE],
    "/social-platforms": [Method.GET],
    "/social-budget": [Method.GET, Method.PUT],
}
# Below 30 seconds, after which an HTTP API gives up.
HTTP_TIMEOUT = Duration.seconds(29)


class Social(Construct):
    """A role for each function. Only those that call platforms decrypt tokens, each for its own purposes."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        workers = SocialWorkers(self, "Workers", platform=platform)
        workers.publish.take_messages_of(self._make_http(), PUBLISH_QUEUE)
        self._make_callback()
        self._make_media()
        self._warn_of_ends()

    def _make_http(self) -> ServiceFunction:
        settings, routes = self._platform.settings, self._platform.routes
        function = ServiceFunction(
            self,
            "social-http",
            foundation=self._platform,
            handler="functions.social.http.handler",
            layers=["base", "database", "models", "messages", "shared"],
            timeout=HTTP_TIMEOUT,
            memory_mb=1024,
            environment={**self._addresses(), **access.audits(settings)},
            login=Login.API,
            internet=True,
        )
        function.give(
            # It signs URLs of previews, which works only with its own right to read them.
            self._platform.storage.objects("s3:GetObject", prefixes=[THUMBNAILS]),
            # It connects accounts, asks platforms about them, and revokes their tokens.
            access.ciphertexts(
                self, settings, encrypt=[ACCESS, REFRESH, VERIFIER], decrypt=[ACCESS, REFRESH]
            ),
            access.applications(self, settings),
        )
        integration = routes.integrate("Social", function.target)
        for path, methods in PATHS.items():
            routes.add_paths([path], methods, integration)
        return function

    def _make_callback(self) -> None:
        settings, routes = self._platform.settings, self._platform.routes
        function = ServiceFunction(
            self,
            "social-callback",
            foundation=self._platform,
            handler="functions.social.callback.handler",
            layers=["base", "database", "shared"],
            timeout=HTTP_TIMEOUT,
            memory_mb=1024,  # the code of some platforms lives half a minute: a cold start should not take it
            environment=self._addresses(),
            # The state is the permission: there is no user whose rights row level security could check.
            login=Login.WORKER,
            internet=True,
        )
        function.give(
            access.ciphertexts(self, settings, encrypt=[ACCESS, REFRESH], decrypt=[VERIFIER]),
            access.applications(self, settings),
        )
        routes.add_public_routes(
            ["/oauth/{platform}/callback"],
            [Method.GET],
            routes.integrate("Callback", function.target),
            reason="Platforms send people here, who have no token with them: the state that they bring back is a "
            "secret, works once and ends after ten minutes.",
        )

    def _make_media(self) -> None:
        """It connects to no database, so it stays outside of its VPC."""
        routes, storage = self._platform.routes, self._platform.storage
        codes = " ".join(self._platform.settings.tiktok_site_verification)
        function = ServiceFunction(
            self,
            "social-media",
            foundation=self._platform,
            handler="functions.social.media.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.seconds(15),
            memory_mb=1024,
            environment={"DDP_TIKTOK_SITE_VERIFICATION": codes} if codes else {},
        )
        function.give(
            storage.objects("s3:GetObject", prefixes=[SOCIAL]),
            storage.absence(),
            # It verifies the signatures of addresses.
            secret(self, self._platform.settings, name=MESSAGE_SECRET, variable="DDP_MESSAGE_SECRET"),
        )
        routes.add_public_path(
            "/media",
            [Method.GET, Method.HEAD],
            routes.integrate("Media", function.target),
            reason="Platforms fetch images without credentials: the address is signed, and ends after two hours.",
        )

    def _addresses(self) -> Mapping[str, str]:
        """Where platforms send people back to, and where from there."""
        platform = self._platform
        return {
            "DDP_PUBLIC_URL": platform.public_url,
            "DDP_CORS_ORIGINS": " ".join(platform.settings.cors_origins),
        }

    def _warn_of_ends(self) -> None:
        """Whoever deploys hears of a version that ends soon; the figure versions_ending tells everyone else."""
        for platform, ends_on in rules.ending(datetime.now(UTC).date()).items():
            Annotations.of(self).add_warning_v2(
                f"ddp:{platform}-version-ends",
                f"The version of {platform}'s API that the code uses ends on {ends_on}; then nothing is published "
                f"there. Change it in ddp/providers/social/rules/{platform}.json.",
            )
