"""Host names of one's own that the API answers under."""

from __future__ import annotations

from aws_cdk import CfnOutput
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_certificatemanager as acm
from constructs import Construct

from infra.settings import Settings


class Domains(Construct):
    """The setting `domains`, each mapped to the API's stage; for each an output says where its DNS record must lead."""

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, api_id: str, stage: str
    ) -> None:
        super().__init__(scope, construct_id)
        certificate = acm.Certificate.from_certificate_arn(self, "Certificate", settings.domain_certificate)
        for name in settings.domains:
            domain = apigateway.DomainName(
                self,
                name,
                domain_name=name,
                certificate=certificate,
                security_policy=apigateway.SecurityPolicy.TLS_1_2,
            )
            apigateway.CfnApiMapping(
                self, f"{name}-mapping", api_id=api_id, domain_name=domain.name, stage=stage
            )
            output = CfnOutput(
                self,
                f"{name}-target",
                value=domain.regional_domain_name,
                description=f"Where {name} leads, and its origin in edge_origins",
            )
            output.override_logical_id(
                "Target" + "".join(word.title() for word in name.split(".")).replace("-", "")
            )
