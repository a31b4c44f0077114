"""Reading a cloud assembly, and finding the folders of its functions."""

import json

import pytest

from infra.local.aws.assembly import read_assembly
from infra.local.lambda_runtime.functions import (
    FunctionFolders,
    load_functions,
    read_functions,
    write_functions,
)
from infra.local.processes import LocalError


def write_stack(directory, name, *, resources=None, files=None):
    (directory / f"{name}.template.json").write_text(json.dumps({"Resources": resources or {}}))
    (directory / f"{name}.assets.json").write_text(json.dumps({"files": files or {}}))


def write_manifest(directory, dependencies):
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.template.json"},
            "dependencies": [*needs, f"{name}.assets"],
        }
        for name, needs in dependencies.items()
    }
    artifacts["Tree"] = {"type": "cdk:tree", "properties": {}}
    (directory / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))


def file_asset(path, key, packaging="zip"):
    destination = {"bucketName": "cdk-assets-${AWS::AccountId}-${AWS::Region}", "objectKey": key}
    return {"source": {"path": path, "packaging": packaging}, "destinations": {"here": destination}}


def test_stacks_come_after_those_they_depend_on(tmp_path):
    for name in ("service", "data", "edge"):
        write_stack(tmp_path, name)
    write_manifest(tmp_path, {"edge": ["service"], "service": ["data"], "data": []})
    assert [stack.name for stack in read_assembly(tmp_path)] == ["data", "service", "edge"]


def test_a_circle_of_stacks_is_named(tmp_path):
    for name in ("one", "two"):
        write_stack(tmp_path, name)
    write_manifest(tmp_path, {"one": ["two"], "two": ["one"]})
    with pytest.raises(LocalError, match="one, two"):
        read_assembly(tmp_path)


def test_assets_go_to_the_emulators_account_and_templates_are_left_out(tmp_path):
    files = {"1": file_asset("asset.1", "1.zip"), "2": file_asset("data.template.json", "2.json", "file")}
    write_stack(tmp_path, "data", files=files)
    write_manifest(tmp_path, {"data": []})
    (asset,) = read_assembly(tmp_path)[0].assets
    assert (asset.bucket, asset.key, asset.is_folder) == ("cdk-assets-000000000000-us-east-1", "1.zip", True)
    assert asset.source == tmp_path / "asset.1"


@pytest.fixture
def with_function(tmp_path):
    """An assembly with one function that has one layer."""
    for folder in ("asset.code", "asset.layer"):
        (tmp_path / folder).mkdir()
    code, content = {"S3Bucket": "b", "S3Key": "code.zip"}, {"S3Bucket": "b", "S3Key": "layer.zip"}
    resources = {
        "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": content}},
        "Hello": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Code": code, "Layers": [{"Ref": "Layer"}]},
        },
    }
    files = {"1": file_asset("asset.code", "code.zip"), "2": file_asset("asset.layer", "layer.zip")}
    write_stack(tmp_path, "service", resources=resources, files=files)
    write_manifest(tmp_path, {"service": []})
    return tmp_path


def test_the_folders_of_a_function_are_found_and_kept(with_function):
    expected = {
        "service/Hello": FunctionFolders(
            task_root=str(with_function / "asset.code"), layers=(str(with_function / "asset.layer"),)
        )
    }
    functions = read_functions(read_assembly(with_function))
    assert functions == expected
    write_functions(functions, with_function / "functions.json")
    assert load_functions(with_function / "functions.json") == expected


def test_a_function_without_a_folder_is_named(with_function):
    (with_function / "asset.code").rmdir()
    with pytest.raises(LocalError, match="service/Hello"):
        read_functions(read_assembly(with_function))
