"""Lambda layers, each made when the first function asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Annotations, AssetHashType, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import layer_build
from infra.settings import Settings, SettingsError, Stage

SHARED = "shared"


class Layers(Construct):
    """Layer versions by name: `shared` is the package ddp, the others are layers/<name>/requirements.txt."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._target = layer_build.Target.of(settings)
        self._made: dict[str, lambda_.LayerVersion] = {}
        self._say_without_byte_code()

    @property
    def runtime(self) -> lambda_.Runtime:
        """The runtime that the layers are built for."""
        return lambda_.Runtime(f"python{self._target.python_version}", lambda_.RuntimeFamily.PYTHON)

    @property
    def architecture(self) -> lambda_.Architecture:
        """The processor that the layers are built for."""
        return lambda_.Architecture.custom(self._target.architecture)

    def named(self, names: Sequence[str]) -> list[lambda_.LayerVersion]:
        """The layers of one function, in the order given."""
        return [self._made.get(name) or self._make(name) for name in names]

    def _make(self, name: str) -> lambda_.LayerVersion:
        target = self._target
        folder = layer_build.shared(target) if name == SHARED else layer_build.third_party(name, target)
        self._made[name] = lambda_.LayerVersion(
            self,
            name.title(),
            layer_version_name=f"ddp-{self._settings.stage}-{name}",
            # The folder's name has a hash of its sources in it. Hashing its thousands of files again would take longer
            # than the rest of the synthesis.
            code=lambda_.Code.from_asset(
                str(folder), asset_hash=folder.name, asset_hash_type=AssetHashType.CUSTOM
            ),
            compatible_runtimes=[self.runtime],
            compatible_architectures=[self.architecture],
            # Functions keep the layers they were published with, even after these are deleted.
            removal_policy=RemovalPolicy.DESTROY,
        )
        return self._made[name]

    def _say_without_byte_code(self) -> None:
        if self._target.has_byte_code:
            return
        problem = (
            f"the layers hold no byte-code, because Python {self._target.python_version} does not run this "
            f"synthesis: cold starts take about three times as long. Set the environment up with that version: "
            f"make clean setup PYTHON=python{self._target.python_version}"
        )
        if self._settings.stage is Stage.PROD:
            raise SettingsError(f"stage prod: {problem}")
        Annotations.of(self).add_warning_v2("ddp:no-byte-code", problem)
