"""What SMS need in the account of AWS End User Messaging. The emulator has nothing of it; the phone simulator does."""

from __future__ import annotations

from aws_cdk import CfnTag, Stack
from aws_cdk import aws_smsvoice as smsvoice
from constructs import Construct

from infra.constructs.platform import Platform
from infra.countries import COUNTRIES

# CloudFormation asks for these texts, and the pool never sends them: its opt-outs are managed by us.
KEYWORD_TEXTS = {
    "stop": "You get no more messages from this number.",
    "help": "Reply STOP to get no more messages.",
}


class SmsAccount(Construct):
    """Configuration set, opt-out list and protect configuration; a pool for the identities that the settings name.

    Numbers and sender IDs are not made here: they are bought and registered by people, some of them for weeks.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, platform: Platform, events: str, inbound: str
    ) -> None:
        """`events` and `inbound`: ARNs of the topics that events and answers are published to."""
        super().__init__(scope, construct_id)
        self._settings = platform.settings
        self.name = f"ddp-{platform.settings.stage}-sms"
        self._opt_outs = smsvoice.CfnOptOutList(self, "OptOuts", opt_out_list_name=self.name)
        self._protection = self._make_protection()
        self._make_configuration_set(events)
        if self._settings.sms_origination_identities:
            self._make_pool(inbound)

    @property
    def configuration_set_arn(self) -> str:
        """ARN of the configuration set."""
        return self._arn("configuration-set")

    @property
    def opt_out_list_arn(self) -> str:
        """ARN of the opt-out list."""
        return self._arn("opt-out-list")

    @property
    def protect_configuration_arn(self) -> str:
        """ARN of the protect configuration."""
        return self._protection.attr_arn

    @property
    def protect_configuration_id(self) -> str:
        """Its id, which AWS chooses; in stage local, where nothing is made, its name."""
        return self.name if self._settings.is_local else self._protection.attr_protect_configuration_id

    def _arn(self, kind: str) -> str:
        return Stack.of(self).format_arn(service="sms-voice", resource=kind, resource_name=self.name)

    def _make_protection(self) -> smsvoice.CfnProtectConfiguration:
        """Allows the stage's countries. All others are named, because a country without a rule is allowed."""
        rule = smsvoice.CfnProtectConfiguration.CountryRuleProperty
        enabled = self._settings.sms_countries
        rules = [
            rule(country_code=country, protect_status="ALLOW" if country in enabled else "BLOCK")
            for country in COUNTRIES
        ]
        return smsvoice.CfnProtectConfiguration(
            self,
            "Countries",
            country_rule_set=smsvoice.CfnProtectConfiguration.CountryRuleSetProperty(sms=rules),
            tags=[CfnTag(key="Name", value=self.name)],
        )

    def _make_configuration_set(self, topic: str) -> None:
        made = smsvoice.CfnConfigurationSet
        made(
            self,
            "Set",
            configuration_set_name=self.name,
            protect_configuration_id=self._protection.attr_protect_configuration_id,
            event_destinations=[
                made.EventDestinationProperty(
                    event_destination_name="events",
                    enabled=True,
                    matching_event_types=["TEXT_ALL"],
                    sns_destination=made.SnsDestinationProperty(topic_arn=topic),
                )
            ],
        )

    def _make_pool(self, topic: str) -> None:
        made = smsvoice.CfnPool
        stop, help_ = (
            made.MandatoryKeywordProperty(message=KEYWORD_TEXTS[word]) for word in ("stop", "help")
        )
        made(
            self,
            "Pool",
            origination_identities=list(self._settings.sms_origination_identities),
            mandatory_keywords=made.MandatoryKeywordsProperty(stop=stop, help=help_),
            opt_out_list_name=self._opt_outs.ref,
            # STOP and HELP reach us only so; otherwise AWS answers them itself, in English.
            self_managed_opt_outs_enabled=True,
            shared_routes_enabled=False,
            two_way=made.TwoWayProperty(enabled=True, channel_arn=topic),
            deletion_protection_enabled=self._settings.retain_data,
            tags=[CfnTag(key="Name", value=self.name)],
        )
