"""The parts of the local stack, and how they start: processes first, then the CloudFormation stacks."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

import psycopg
import urllib3

from infra.cli.api_client import Client
from infra.local import sms_examples
from infra.local.aws import secrets, social
from infra.local.aws.adapt import adapt
from infra.local.aws.assembly import StackArtifact, read_assembly
from infra.local.aws.deploy import Deployer, packaged, placeholder
from infra.local.aws.emulator import Emulator
from infra.local.aws.objects import carry_over, forget_old
from infra.local.hints import tell_again
from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS, insert_users
from infra.local.lambda_runtime.functions import function_key, read_functions, write_functions
from infra.local.logs import tail
from infra.local.postgres.database import connection_urls, server
from infra.local.processes import LocalError, free_port, start, stop, wait_until
from infra.local.simulators.platforms.client import PlatformsClient
from infra.local.state import StateDirectory

# In the order in which they start.
PARTS = ("postgres", "emulator", "runner", "mailbox", "phones", "platforms", "web")

# The parts that are simulators, and the package of each.
SIMULATORS = {"mailbox": "mailbox", "phones": "phone", "platforms": "platforms"}

# The parts that speak HTTP, and where each answers once it serves.
HEALTH = {
    "runner": "/health",
    "web": "/users",
    "mailbox": "/_mailbox/health",
    "phones": "/_phone/health",
    "platforms": "/_platforms/health",
}

# With these settings, the emulator runs functions itself, from their zip archives, and enforces the roles' policies.
OWN_EXECUTOR = {"AUTH": "true", "LAMBDA_ACCOUNT_CONCURRENCY": "8"}


class LocalStack:
    """The parts of one state directory. They end with the thread that calls `up`.

    `with_runner=False` leaves the functions to the emulator's own executor. It is slow and sees the developer's
    packages, but it tests asset archives, layers and the rights of roles.
    """

    def __init__(self, state: StateDirectory, ports: dict[str, int], *, with_runner: bool = True) -> None:
        self.state, self._with_runner = state, with_runner
        self.ports = {name: free_port(ports.get(name)) for name in PARTS}
        self._stacks: list[StackArtifact] = []
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.emulator = Emulator(
            directory=state.emulator,
            log=state.log("emulator"),
            port=self.ports["emulator"],
            settings={
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(state.objects),
                **({} if with_runner else OWN_EXECUTOR),
            },
        )

    def up(self, assembly: Path, say: Callable[[str], None]) -> dict[str, str]:
        """Start all parts and deploy all stacks; returns their URLs by name. Calls `say` with each step."""
        self._stacks = read_assembly(assembly)
        write_functions(read_functions(self._stacks), self.state.functions)
        say("PostgreSQL")
        self._start_parts({"postgres"})
        self.ports["postgres"] = server(self.state).port()
        say("AWS emulator")
        self._start_parts({"emulator"})
        say("Lambda runner, portal, token issuer, mailbox, phones and platforms")
        self._start_parts({"runner", "web", *SIMULATORS})
        self._deploy_all(say)
        say("users")
        insert_users(connection_urls(self.state)["migrator"])
        if self._with_runner and self.emulator.ran_functions_itself():
            raise LocalError("The emulator ran a function itself instead of posting the event to the runner.")
        self._tell_waiting_work()
        if self._with_runner:
            say("examples for SMS")
            sms_examples.add(self._admin(), connection_urls(self.state)["migrator"])
        return self._urls()

    def restart(self, names: Collection[str], say: Callable[[str], None]) -> None:
        """Start these parts again, with their ports and their state.

        The emulator forgets what is deployed and queued: its stacks are deployed again. Raises LocalError.
        """
        for name in names:
            stop(self.processes[name])  # what is left of an attempt that failed
        self._start_parts(names)
        if "postgres" in names and (port := server(self.state).port()) != self.ports["postgres"]:
            raise LocalError(f"PostgreSQL started on port {port}; {self.ports['postgres']} is taken.")
        if "emulator" in names:
            self._reload_functions()
            self._deploy_all(say)
        self._tell_waiting_work()

    def down(self) -> None:
        """Stop every part, the last started first."""
        for name, process in reversed(self.processes.items()):
            if name != "emulator":
                stop(process, grace=30 if name == "postgres" else 5)
        self.emulator.stop()
        self.processes.clear()

    def url(self, part: str) -> str:
        """The URL of a part, by its name in `ports`."""
        return f"http://127.0.0.1:{self.ports[part]}"

    def _start_parts(self, names: Collection[str]) -> None:
        """Start processes in the order of PARTS; returns when all of them serve."""
        starts: dict[str, Callable[[], None]] = {
            "postgres": self._start_postgres,
            "emulator": self._start_emulator,
            "runner": self._start_runner,
            "mailbox": partial(
                self._start_simulator, "mailbox", self.state.mailbox, endpoint_url=self.emulator.url
            ),
            "phones": self._start_phones,
            "platforms": partial(self._start_simulator, "platforms", self.state.platforms),
            "web": self._start_web,
        }
        for name in PARTS:
            if name in names:
                starts[name]()
        for part, path in HEALTH.items():
            if part in names:
                self._wait(part, partial(_answers, self.url(part) + path))

    def _start_postgres(self) -> None:
        port, postgres = self.ports["postgres"], server(self.state)
        self._start("postgres", "infra.local.postgres.database", state=self.state.path, port=port)
        self._wait("postgres", lambda: postgres.pid() is not None and _accepts(postgres.url()))

    def _start_emulator(self) -> None:
        forget_old(self.state.objects, self.state.buckets)
        try:
            self.emulator.start()
        finally:
            if self.emulator.process is not None:
                self.processes["emulator"] = self.emulator.process

    def _start_runner(self) -> None:
        self._start(
            "runner",
            "infra.local.lambda_runtime.runner",
            port=self.ports["runner"],
            endpoint_url=self.emulator.url,
            functions=self.state.functions,
            directory=self.state.runner,
            logs=self.state.function_logs,
        )

    def _start_simulator(self, part: str, directory: Path, **more: object) -> None:
        """Start a simulator; its pages link to the portal and to the other simulators."""
        links = {f"{name}_url": self.url(name) for name in SIMULATORS if name != part}
        module = f"infra.local.simulators.{SIMULATORS[part]}.server"
        own = {"port": self.ports[part], "directory": directory, "portal_url": self.url("web")}
        self._start(part, module, **own, **links, **more)

    def _start_phones(self) -> None:
        account = sms_examples.account(self._stacks)
        self._start_simulator("phones", self.state.phones, endpoint_url=self.emulator.url, **account)

    def _start_web(self) -> None:
        self._start("web", "infra.local.portal.server", port=self.ports["web"], state=self.state.path)

    def _start(self, name: str, module: str, **options: object) -> None:
        arguments = [
            str(text) for key, value in options.items() for text in (f"--{key.replace('_', '-')}", value)
        ]
        log = self.state.log(name)
        self.processes[name] = start([sys.executable, "-m", module, *arguments], log=log)

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        def ready_or_ended() -> bool:
            if (status := self.processes[name].poll()) is not None:
                log = self.state.log(name)
                last = "\n".join(tail(log, 15))
                raise LocalError(f"{name} ended with status {status}; see {log}:\n{last}")
            return ready()

        wait_until(ready_or_ended, what=f"The start of {name} (log: {self.state.log(name)})", seconds=60)

    def _reload_functions(self) -> None:
        """End the runner's processes, because they know the resources of the stacks before."""
        urllib3.request("POST", self.url("runner") + "/reload", timeout=30)

    def _tell_waiting_work(self) -> None:
        tell_again(connection_urls(self.state)["migrator"], self.emulator.client("sqs"))

    def _deploy_all(self, say: Callable[[str], None]) -> None:
        package = placeholder if self._with_runner else packaged
        deployer = Deployer(self.emulator, package=package, origins=(self.url("web"),))
        for stack in self._stacks:
            self._deploy(deployer, stack, say)
        social.hook(PlatformsClient(url=self.url("platforms")), self.emulator.api_url)

    def _deploy(self, deployer: Deployer, stack: StackArtifact, say: Callable[[str], None]) -> None:
        if stack.name == social.STACK:
            self._prepare_platforms()
        say(f"stack {stack.name}")
        template = adapt(
            stack.template,
            runner_url=partial(self._runner_url, stack.name) if self._with_runner else None,
            variables={
                "AWS_ENDPOINT_URL_SESV2": self.url("mailbox"),
                "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": self.url("phones"),
                "DDP_SOCIAL_GATEWAY": self.url("platforms"),
            },
        )
        deployed = deployer.deploy(stack, template, self._parameters())
        carry_over(self.emulator, stack, deployed, self.state.buckets)
        secrets.fill(self.emulator.client("secretsmanager"), stack, self.state)

    def _prepare_platforms(self) -> None:
        """Before the functions that publish are there: none of them shall meet a token of the last run."""
        simulator = PlatformsClient(url=self.url("platforms"))
        social.register(simulator, self.emulator.api_url)
        social.connect_again(connection_urls(self.state)["migrator"], simulator, self.emulator.client("kms"))

    def _runner_url(self, stack: str, function: str) -> str:
        return f"{self.url('runner')}/invoke/{function_key(stack, function)}"

    def _parameters(self) -> dict[str, str]:
        """Template parameters of stage local, whose values are known only when the stack starts."""
        issuer = self.url("web")
        return {
            "OidcIssuer": issuer,
            "OidcJwksUrl": f"{issuer}/.well-known/jwks.json",
            "LocalApiUrl": self.emulator.api_url,
        }

    def _admin(self) -> Client:
        """The API as an administrator calls it."""
        issuer = Issuer.load(self.url("web"), self.state.issuer_key)
        return Client(api_url=self.emulator.api_url, token=issuer.token(USERS["admin"]))

    def _urls(self) -> dict[str, str]:
        return {
            "Portal": self.url("web") + "/",
            "API": self.emulator.api_url,
            "Documentation": self.url("web") + "/docs/",
            "Mailbox": self.url("mailbox"),
            "Phones": self.url("phones"),
            "Platforms": self.url("platforms"),
            "Token issuer": self.url("web"),
            "AWS endpoint": self.emulator.url,
            "Database": connection_urls(self.state)["migrator"],
        }


def _accepts(database_url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(database_url, connect_timeout=5):
        return True
    return False


def _answers(url: str) -> bool:
    try:
        return urllib3.request("GET", url, timeout=2, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False
