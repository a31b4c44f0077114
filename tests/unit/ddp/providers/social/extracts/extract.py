"""What others say of three platforms' APIs, extracted from packages that this project does not install.

    pip download --no-deps --dest /tmp/oracles facebook-business google-api-python-client xdk
    .venv/bin/python -m tests.unit.ddp.providers.social.extracts.extract /tmp/oracles

writes facebook.json (facebook-business: the parameters of four edges of a page, the fields of its webhooks, and
Instagram's metrics), youtube.json (the discovery document: schemas and methods) and twitter.json (xdk: the fields of
requests and answers). The packages are read, never run.
"""

from __future__ import annotations

import ast
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EDGES = {
    "create_feed": "feed",
    "create_photo": "photos",
    "create_video": "videos",
    "create_video_reel": "video_reels",
}
# Classes of names: those of Instagram's insights and media, and those that a page's webhooks can have.
NAMES = {
    "metrics": ("instagraminsightsresult", "Metric"),
    "media": ("igmedia", "Field"),
    "webhooks": ("page", "SubscribedFields"),
}
SCHEMAS = (
    "VideoStatus", "VideoSnippet", "CommentThreadSnippet", "CommentSnippet", "VideoProcessingDetails",
    "VideoStatistics", "VideoListResponse",
)  # fmt: skip
METHODS = {
    "videos": ("insert", "list", "update", "delete"),
    "commentThreads": ("insert", "list"),
    "channels": ("list",),
}
MODELS = (
    "CreatePostsRequest", "CreatePostsMedia", "InitializeMediaUploadRequest", "AppendMediaUploadRequest",
    "MediaUploadRequest", "CreateMediaMetadataRequest", "PostPublicMetrics",
)  # fmt: skip


def wheel(folder: Path, name: str) -> zipfile.ZipFile:
    """The newest downloaded wheel of a package."""
    return zipfile.ZipFile(max(folder.glob(f"{name}-*.whl")))


def facebook(folder: Path) -> dict[str, Any]:
    """The parameter names of each edge, and the version."""
    archive = wheel(folder, "facebook_business")
    tree = ast.parse(archive.read("facebook_business/adobjects/page.py"))
    found = {}
    for function in (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in EDGES
    ):
        (types,) = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "param_types"
        ]
        found[EDGES[function.name]] = sorted(ast.literal_eval(key) for key in getattr(types, "keys"))  # noqa: B009
    names = {name: enum(archive, *place) for name, place in NAMES.items()}
    return {"from": Path(str(archive.filename)).name, "parameters": found, "names": names}


def enum(archive: zipfile.ZipFile, module: str, name: str) -> list[str]:
    """The values of a class that lists names, inside the module's own class."""
    tree = ast.parse(archive.read(f"facebook_business/adobjects/{module}.py"))
    (found,) = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == name]
    return sorted(ast.literal_eval(node.value) for node in found.body if isinstance(node, ast.Assign))


def youtube(folder: Path) -> dict[str, Any]:
    """The members of schemas and the parameters and parts of methods."""
    archive = wheel(folder, "google_api_python_client")
    document = json.loads(archive.read("googleapiclient/discovery_cache/documents/youtube.v3.json"))
    schemas = {name: sorted(document["schemas"][name]["properties"]) for name in SCHEMAS}
    enums = {
        name: document["schemas"]["VideoStatus"]["properties"][name].get("enum", [])
        for name in ("privacyStatus", "uploadStatus")
    }
    methods = {
        f"{resource}.{method}": sorted(document["resources"][resource]["methods"][method]["parameters"])
        for resource, names in METHODS.items()
        for method in names
    }
    largest = document["resources"]["videos"]["methods"]["insert"]["mediaUpload"]["maxSize"]
    return {
        "from": f"youtube.v3, revision {document['revision']}",
        "schemas": schemas,
        "enums": enums,
        "parameters": methods,
        "largest_video": int(largest),
    }


def twitter(folder: Path) -> dict[str, Any]:
    """The fields of models."""
    archive = wheel(folder, "xdk")
    tree = ast.parse(archive.read("xdk/schemas.py"))
    found = {
        node.name: sorted(
            each.target.id
            for each in node.body
            if isinstance(each, ast.AnnAssign)
            and isinstance(each.target, ast.Name)
            and each.target.id != "model_config"
        )
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name in MODELS
    }
    return {"from": Path(str(archive.filename)).name, "models": found}


def main(folder: Path) -> None:
    """Write the three extracts."""
    for name, extract in (("facebook", facebook), ("youtube", youtube), ("twitter", twitter)):
        (HERE / f"{name}.json").write_text(json.dumps(extract(folder), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
