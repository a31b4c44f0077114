"""The bucket of the data stack, as functions use it. Rights are for prefixes, never for the whole bucket."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.access.access import Access
from infra.constructs.shared_names import BUCKET, DATA_KEY, logical_id, lookup
from infra.settings import Settings

# Objects by who writes them: clients write incoming/{upload}; files/{file}, thumbnails/{file}/{width}.webp and
# exports/{export} and social/{post}/{position}.jpg are written by functions only.
INCOMING, FILES, THUMBNAILS, EXPORTS = "incoming/*", "files/*", "thumbnails/*", "exports/*"
SOCIAL = "social/*"
# hosted/{file}/{secret}, which a public function serves.
HOSTED = "hosted/*"


class Storage:
    """Access to the bucket's objects. Its name is a parameter of the stacks that use it."""

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        self._scope, self._settings = scope, settings

    @property
    def bucket_name(self) -> str:
        """The bucket's name."""
        return lookup(self._scope, self._settings, BUCKET)

    @property
    def _bucket_arn(self) -> str:
        return f"arn:aws:s3:::{self.bucket_name}"

    def objects(self, *actions: str, prefixes: Sequence[str]) -> Access:
        """These actions on the objects under `prefixes` (`files/*`), and what they take of the bucket's key.

        Sets DDP_BUCKET.
        """
        objects = [f"{self._bucket_arn}/{prefix}" for prefix in prefixes]
        statements = [iam.PolicyStatement(actions=list(actions), resources=objects)]
        if of_key := _of_key(actions):
            key = lookup(self._scope, self._settings, DATA_KEY)
            statements.append(iam.PolicyStatement(actions=of_key, resources=[key]))
        reason = "Objects get their names at run time: their prefix is the narrowest there is."
        wildcards = {f"arn:aws:s3:::<{logical_id(BUCKET)}>/{prefix}": reason for prefix in prefixes}
        return Access(statements=statements, variables={"DDP_BUCKET": self.bucket_name}, wildcards=wildcards)

    def absence(self) -> Access:
        """Tell a missing object from a forbidden one: without this right S3 answers 403 for both."""
        listing = iam.PolicyStatement(actions=["s3:ListBucket"], resources=[self._bucket_arn])
        return Access(statements=[listing])

    def listing(self) -> Access:
        """List the bucket's objects and their versions."""
        actions = ["s3:ListBucket", "s3:ListBucketVersions"]
        return Access(statements=[iam.PolicyStatement(actions=actions, resources=[self._bucket_arn])])


def _of_key(actions: Sequence[str]) -> list[str]:
    """Reading an object decrypts its data key; writing takes a new one, which a write in parts decrypts each time."""
    if "s3:PutObject" in actions:
        return ["kms:Decrypt", "kms:GenerateDataKey"]
    return ["kms:Decrypt"] if "s3:GetObject" in actions else []
