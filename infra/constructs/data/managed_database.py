"""PostgreSQL run by AWS: an RDS instance or an Aurora cluster, behind RDS Proxy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import ArnFormat, Duration, Fn, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from infra.constructs.access.database import DATABASE_NAME, PORT, Login
from infra.constructs.acknowledge import acknowledge, exempt_from_cfn_lint
from infra.constructs.data.network import ISOLATED, Network
from infra.constructs.data.removal import data_removal, remove_like_data
from infra.constructs.logs import log_group
from infra.constructs.shared_names import DATABASE_IDENTIFIER, publish
from infra.settings import DatabaseKind, Settings

MASTER = "ddp_migrator"
# The server's logs that go to CloudWatch.
EXPORTED_LOGS = ("postgresql",)

# What a server that outlives its stack needs: the network that it is in. The rest of it costs money (endpoints) or is
# made again (routes, the proxy). The password of its master stays with the server, whose secret it is.
KEPT = (
    "AWS::EC2::VPC",
    "AWS::EC2::Subnet",
    "AWS::EC2::SecurityGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::RDS::DBInstance",
)

PRACTICE = {
    "AwsSolutions-RDS11": (
        "PostgreSQL's own port: nothing outside of the VPC reaches it, and every client is known."
    ),
}
# Where the setting database_zones is 1, or unset in a stage without retain_data.
ONE_ZONE = {
    "AwsSolutions-RDS3": "The stage's settings ask for one zone: a second one doubles the price of the server.",
}
# Where the data goes with the stack (retain_data is false).
DEVELOPMENT_PRACTICE = {
    "AwsSolutions-RDS10": "`cdk destroy` deletes the server together with its stack.",
}


class ManagedDatabase(Construct):
    """The server in a VPC of its own. Its master user is ddp_migrator, whose password RDS makes and exchanges.

    The other logins have none: they authenticate by IAM, at the proxy and through it at the server.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._name = f"ddp-{settings.stage}"
        self._network = Network(self, "Network", settings=settings)
        self._options = self._common(key)
        if settings.database is DatabaseKind.AURORA:
            cluster = self._make_cluster()
            self._keep_logs(cluster, [f"cluster/{self._name}/{log}" for log in EXPORTED_LOGS])
            self._lead_to(cluster, cluster.cluster_resource_identifier, rds.ProxyTarget.from_cluster(cluster))
            publish(self, settings, DATABASE_IDENTIFIER, cluster.cluster_identifier)
        else:
            instance = self._make_instance()
            self._keep_logs(instance, [f"instance/{self._name}/{log}" for log in EXPORTED_LOGS])
            resource_id = instance.instance_resource_id
            if resource_id is None:
                raise RuntimeError("a new instance has a resource id")
            self._lead_to(instance, resource_id, rds.ProxyTarget.from_instance(instance))
            publish(self, settings, DATABASE_IDENTIFIER, instance.instance_identifier)
        remove_like_data(self, settings, KEPT)

    def _common(self, key: kms.IKey) -> dict[str, Any]:
        """Options common to instance and cluster."""
        settings = self._settings
        return {
            "vpc": self._network.vpc,
            "vpc_subnets": ISOLATED,
            "security_groups": [self._network.group_for("Server", "The database server", port=PORT)],
            "credentials": rds.Credentials.from_username(MASTER, encryption_key=key),
            "manage_master_user_password": True,
            "iam_authentication": True,
            "storage_encrypted": True,
            "storage_encryption_key": key,
            "deletion_protection": settings.retain_data,
            "removal_policy": data_removal(settings),
            "cloudwatch_logs_exports": list(EXPORTED_LOGS),
            "copy_tags_to_snapshot": True,
        }

    def _make_instance(self) -> rds.DatabaseInstance:
        instance = rds.DatabaseInstance(
            self,
            "Instance",
            instance_identifier=self._name,
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17),
            instance_type=ec2.InstanceType(self._settings.database_instance),
            multi_az=self._settings.zones > 1,
            storage_type=rds.StorageType.GP3,
            allocated_storage=self._settings.database_storage_gb,
            max_allocated_storage=self._settings.database_max_storage_gb,
            database_name=DATABASE_NAME,
            backup_retention=Duration.days(self._settings.database_backup_days),
            auto_minor_version_upgrade=True,
            **self._options,
        )
        # A major version only: RDS upgrades the minor one, and CloudFormation could not go back to the template's.
        exempt_from_cfn_lint(instance, "W3691")
        return instance

    def _make_cluster(self) -> rds.DatabaseCluster:
        second = [rds.ClusterInstance.serverless_v2("Second", scale_with_writer=True)]
        return rds.DatabaseCluster(
            self,
            "Cluster",
            cluster_identifier=self._name,
            engine=rds.DatabaseClusterEngine.aurora_postgres(
                version=rds.AuroraPostgresEngineVersion.VER_17_7
            ),
            writer=rds.ClusterInstance.serverless_v2("First"),
            readers=second if self._settings.zones > 1 else [],
            serverless_v2_min_capacity=self._settings.database_min_acu,
            serverless_v2_max_capacity=self._settings.database_max_acu,
            default_database_name=DATABASE_NAME,
            backup=rds.BackupProps(retention=Duration.days(self._settings.database_backup_days)),
            **self._options,
        )

    def _keep_logs(self, writer: Construct, names: Sequence[str]) -> None:
        """Make the log groups before RDS does: its own would keep their lines for ever."""
        for name in names:
            group = log_group(self, f"Logs{name.title()}", settings=self._settings, name=f"/aws/rds/{name}")
            writer.node.add_dependency(group)

    def _lead_to(
        self, server: rds.DatabaseInstance | rds.DatabaseCluster, resource_id: str, target: rds.ProxyTarget
    ) -> None:
        """Put a proxy before the server, and publish the names of both."""
        accepted = PRACTICE | ({} if self._settings.zones > 1 else ONE_ZONE)
        accepted |= {} if self._settings.retain_data else DEVELOPMENT_PRACTICE
        for rule, reason in accepted.items():
            acknowledge(server, rule, reason)
        if server.secret is None:
            raise RuntimeError("a server whose password RDS manages has a secret")
        settings = self._settings
        proxy = self._make_proxy(resource_id, target)
        self._keep_logs(proxy, [f"proxy/{self._name}"])
        publish(self, settings, "database/server-endpoint", _endpoint(server).hostname)
        publish(self, settings, f"database/{Login.MIGRATOR}-secret-arn", server.secret.secret_arn)
        publish(self, settings, "database/server-id", resource_id)
        publish(self, settings, "database/proxy-endpoint", proxy.endpoint)
        # arn:aws:rds:REGION:ACCOUNT:db-proxy:prx-…: IAM names the proxy by the last part.
        publish(self, settings, "database/proxy-id", Fn.select(6, Fn.split(":", proxy.db_proxy_arn)))

    def _make_proxy(self, resource_id: str, target: rds.ProxyTarget) -> rds.DatabaseProxy:
        role = iam.Role(self, "ProxyRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["rds-db:connect"],
                resources=[
                    Stack.of(self).format_arn(
                        service="rds-db",
                        resource="dbuser",
                        resource_name=f"{resource_id}/ddp_{login}",
                        arn_format=ArnFormat.COLON_RESOURCE_NAME,
                    )
                    for login in (Login.API, Login.WORKER)
                ],
            )
        )
        return rds.DatabaseProxy(
            self,
            "Proxy",
            db_proxy_name=self._name,
            proxy_target=target,
            vpc=self._network.vpc,
            vpc_subnets=ISOLATED,
            security_groups=[self._network.group_for("ProxyGroup", "RDS Proxy", port=PORT)],
            role=role,
            iam_auth=True,
            default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
            require_tls=True,
            max_connections_percent=90,
        )


def _endpoint(server: rds.DatabaseInstance | rds.DatabaseCluster) -> rds.Endpoint:
    """Where the server that writes is."""
    return server.instance_endpoint if isinstance(server, rds.DatabaseInstance) else server.cluster_endpoint
