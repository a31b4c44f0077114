"""SMS: two HTTP functions, the workers plan → send → events, answers, and the provider's list of opt-outs."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration
from constructs import Construct

from infra.capabilities.sending import EXPORT_QUEUE
from infra.capabilities.sms import access
from infra.capabilities.sms.account import SmsAccount
from infra.capabilities.sms.events import SmsEvents
from infra.constructs.access.access import Access
from infra.constructs.access.database import Login
from infra.constructs.access.queues import queue_of_other_stack
from infra.constructs.access.secrets import secret
from infra.constructs.access.storage import EXPORTS, FILES
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform
from infra.constructs.routes import Method
from infra.constructs.schedule import Schedule
from infra.constructs.shared_names import MESSAGE_SECRET
from infra.constructs.worker import Worker

PLAN_QUEUE = "DDP_SMS_PLAN_QUEUE_URL"
SEND_QUEUE = "DDP_SMS_SEND_QUEUE_URL"

# What each path serves, with what is below it.
PATHS = {
    "/sms-campaigns": [Method.GET, Method.POST, Method.PUT, Method.PATCH, Method.DELETE],
    "/origination-identities": [Method.GET, Method.POST, Method.PATCH],
    "/sms-prices": [Method.GET, Method.POST, Method.DELETE],
    "/sending-windows": [Method.GET, Method.POST, Method.PATCH, Method.DELETE],
    "/phone-consents": [Method.GET, Method.POST],
    "/inbound-messages": [Method.GET, Method.POST],
}


class Sms(Construct):
    """One function and one role for each step; queues connect them, and those of `sending` in another stack."""

    def __init__(self, scope: Construct, construct_id: str, *, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self._platform = platform
        events = SmsEvents(self, "Events", platform=platform)
        self._account = SmsAccount(
            self,
            "Account",
            platform=platform,
            events=events.events_topic.topic_arn,
            inbound=events.inbound_topic.topic_arn,
        )
        http, links = self._make_http(), self._make_links()
        plan, send = self._make_plan(), self._make_send()
        self._connect_queues(http, plan, send)
        answering = inbound, opt_outs = events.inbound.function, self._make_opt_outs()
        inbound.give(access.opt_outs(self._account, reads=False))
        opt_outs.give(access.opt_outs(self._account, reads=True), access.lists())
        for function in answering:
            function.give(self._sending())
            function.function.add_environment("DDP_PUBLIC_URL", platform.public_url)
        key = secret(self, platform.settings, name=MESSAGE_SECRET, variable="DDP_MESSAGE_SECRET")
        for function in (http, links, plan.function, send.function, *answering):
            function.give(key)

    def _links(self) -> Mapping[str, str]:
        """What short links begin with."""
        settings, public_url = self._platform.settings, self._platform.public_url
        own = f"https://{settings.link_domain}" if settings.link_domain else f"{public_url}/l"
        return {"DDP_PUBLIC_URL": public_url, "DDP_LINK_URL": own}

    def _countries(self) -> Mapping[str, str]:
        return {"DDP_SMS_COUNTRIES": " ".join(sorted(self._platform.settings.sms_countries))}

    def _sending(self) -> Access:
        return access.sending(self, self._platform.settings, self._account)

    def _make_http(self) -> ServiceFunction:
        settings, routes = self._platform.settings, self._platform.routes
        function = ServiceFunction(
            self,
            "sms-http",
            foundation=self._platform,
            handler="functions.sms.http.handler",
            layers=["base", "database", "models", "messages", "shared"],
            timeout=Duration.seconds(29),  # an HTTP API gives up after 30
            memory_mb=1024,
            environment={**self._links(), **self._countries()},
            login=Login.API,
        )
        integration = routes.integrate("Sms", function.target)
        for path, methods in PATHS.items():
            routes.add_paths([path], methods, integration)
        function.give(
            self._platform.storage.objects("s3:GetObject", prefixes=[EXPORTS]),
            # Administrators let it read which identities the account has.
            access.lists(),
            queue_of_other_stack(self, settings, name="sending-export", variable=EXPORT_QUEUE),
        )
        return function

    def _make_links(self) -> ServiceFunction:
        function = ServiceFunction(
            self,
            "sms-links",
            foundation=self._platform,
            handler="functions.sms.links.handler",
            layers=["base", "database", "messages", "shared"],
            timeout=Duration.seconds(15),
            environment=self._links(),
            # The code is the permission: there is no user whose rights row level security could check.
            login=Login.WORKER,
        )
        routes = self._platform.routes
        # At the root, with a domain of its own: all other routes are more exact and come first.
        paths = ["/l/{proxy+}"]
        paths += ["/{code}", "/{code}/{link}"] if self._platform.settings.link_domain else []
        routes.add_public_routes(
            paths,
            [Method.GET, Method.HEAD, Method.POST],
            routes.integrate("Links", function.target),
            reason="Recipients have no account: the random code in the link is the permission.",
        )
        return function

    def _make_plan(self) -> Worker:
        function = ServiceFunction(
            self,
            "sms-plan",
            foundation=self._platform,
            handler="functions.sms.plan.handler",
            layers=["base", "database", "messages", "shared"],
            timeout=Duration.minutes(15),
            memory_mb=1769,  # one whole processor: reading numbers and rendering take most of the time
            environment={**self._links(), **self._countries()},
            login=Login.WORKER,
        )
        storage = self._platform.storage
        function.give(storage.objects("s3:GetObject", prefixes=[FILES]), storage.absence())
        return self._make_worker(function, late_after=Duration.minutes(30))

    def _make_send(self) -> Worker:
        function = ServiceFunction(
            self,
            "sms-send",
            foundation=self._platform,
            handler="functions.sms.send.handler",
            layers=["base", "database", "messages", "shared"],
            timeout=Duration.minutes(5),
            memory_mb=1769,  # one whole processor: rendering takes most of the time
            environment={**self._links(), **self._countries()},  # test sends go to these alone, too
            login=Login.WORKER,
        )
        function.give(self._sending())
        return self._make_worker(function, late_after=Duration.minutes(15))

    def _make_opt_outs(self) -> ServiceFunction:
        """Sends answers that were left behind, mirrors the provider's list, and takes over the account's identities."""
        function = ServiceFunction(
            self,
            "sms-opt-outs",
            foundation=self._platform,
            handler="functions.sms.opt_outs.handler",
            layers=["base", "database", "shared"],
            timeout=Duration.seconds(55),  # a run ends before the next is due
            login=Login.WORKER,
        )
        worker = self._make_worker(function, late_after=Duration.minutes(15), batch_size=10)
        Schedule(
            self,
            "EachMinute",
            name="sms-opt-outs",
            foundation=self._platform,
            every=Duration.minutes(1),
            worker=worker,
            message={"type": "MirrorOptOuts"},
            completed="the provider's opt-out list was read",
        )
        return function

    def _make_worker(self, function: ServiceFunction, *, late_after: Duration, batch_size: int = 1) -> Worker:
        """A queue and its worker. By default one message per batch: each message stands for minutes of work."""
        return Worker(
            self,
            "".join(word.title() for word in f"{function.name}-queue".split("-")),
            name=function.name,
            foundation=self._platform,
            function=function,
            batch_size=batch_size,
            late_after=late_after,
        )

    def _connect_queues(self, http: ServiceFunction, plan: Worker, send: Worker) -> None:
        for function in (http, plan.function):
            plan.take_messages_of(function, PLAN_QUEUE)
        for function in (http, plan.function, send.function):
            send.take_messages_of(function, SEND_QUEUE)
