"""How functions reach the database: as which login, and with which rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from aws_cdk import ArnFormat, Fn, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.access.access import Access
from infra.constructs.shared_names import DATA_KEY, lookup
from infra.settings import DatabaseKind, Settings

DATABASE_NAME = "ddp"
PORT = 5432


class Login(StrEnum):
    """The three logins of the database; each may become only certain roles."""

    API = "api"
    WORKER = "worker"
    MIGRATOR = "migrator"


class DatabaseAccess:
    """What a function needs to connect, for each kind of database.

    Supabase: a connection string in a secret for each login. RDS and Aurora: IAM authentication through RDS Proxy
    inside the VPC. The migrator connects to the server itself, because its locks live in a session, which a proxy does
    not keep. It has a password for the first deploy, before the server lets anybody authenticate by IAM.
    """

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        self._scope = scope
        self._settings = settings
        self._is_managed = settings.database is not DatabaseKind.SUPABASE

    def of(self, login: Login) -> Access:
        """Connect as `login`; the variables tell `ddp.db` where the database is."""
        return Access(statements=self._statements(login), variables=self._variables(login))

    def _variables(self, login: Login) -> Mapping[str, str]:
        if self._is_managed and login is not Login.MIGRATOR:
            return {
                "DDP_DATABASE_HOST": self._find("proxy-endpoint"),
                "DDP_DATABASE_PORT": str(PORT),
                "DDP_DATABASE_NAME": DATABASE_NAME,
                "DDP_DATABASE_USER": f"ddp_{login}",
            }
        return {"DDP_DATABASE_SECRET": self._secret(login), **self._of_migrator(login)}

    def _of_migrator(self, login: Login) -> Mapping[str, str]:
        """What the migrator needs in addition: on Supabase it gives the other logins the passwords in their secrets."""
        if login is not Login.MIGRATOR:
            return {}
        if not self._is_managed:
            return self._password_secrets()
        # The secret that RDS makes has name and password only.
        return {
            "DDP_DATABASE_IAM": "true",
            "DDP_DATABASE_SERVER": self._find("server-endpoint"),
            "DDP_DATABASE_NAME": DATABASE_NAME,
        }

    def _statements(self, login: Login) -> Sequence[iam.PolicyStatement]:
        if self._is_managed and login is not Login.MIGRATOR:
            return [self._iam_authentication(login, at="proxy-id"), *self._network_interfaces()]
        secrets = [self._secret(login)]
        if not self._is_managed and login is Login.MIGRATOR:
            secrets += self._password_secrets().values()
        by_iam = [self._iam_authentication(login, at="server-id")] if self._is_managed else []
        return [
            *by_iam,
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=secrets),
            iam.PolicyStatement(
                actions=["kms:Decrypt"], resources=[lookup(self._scope, self._settings, DATA_KEY)]
            ),
            *self._network_interfaces(),
        ]

    def network(self, *, internet: bool) -> lambda_.CfnFunction.VpcConfigProperty | None:
        """Where in the VPC a function that connects must be; None without a VPC.

        `internet`: with a way out, which there is only if the setting `social` names a platform.
        """
        if not self._is_managed:
            return None
        subnets = "outgoing-subnet-ids" if internet and self._settings.social else "subnet-ids"
        return lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=Fn.split(",", self._find(subnets)),
            security_group_ids=[self._find("client-security-group-id")],
        )

    def _find(self, name: str) -> str:
        return lookup(self._scope, self._settings, f"database/{name}")

    def _secret(self, login: Login) -> str:
        return self._find(f"{login}-secret-arn")

    def _password_secrets(self) -> dict[str, str]:
        return {"DDP_API_SECRET": self._secret(Login.API), "DDP_WORKER_SECRET": self._secret(Login.WORKER)}

    def _iam_authentication(self, login: Login, *, at: str) -> iam.PolicyStatement:
        """Log in by IAM at the proxy or the server, whose id is published as `database/<at>`."""
        user = Stack.of(self._scope).format_arn(
            service="rds-db",
            resource="dbuser",
            resource_name=f"{self._find(at)}/ddp_{login}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return iam.PolicyStatement(actions=["rds-db:connect"], resources=[user])

    def _network_interfaces(self) -> Sequence[iam.PolicyStatement]:
        """What Lambda itself does with the function's role to place it inside the VPC."""
        if not self._is_managed:
            return []
        actions = [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ]
        return [iam.PolicyStatement(actions=actions, resources=["*"])]
