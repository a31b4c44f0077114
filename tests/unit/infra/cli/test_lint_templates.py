"""`ddp lint-templates`: what cfn-lint finds fails the command."""

from __future__ import annotations

import json

import pytest

from infra.cli import lint_templates

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(
    ("properties", "status"),
    [({"QueueName": "q"}, 0), ({"QueueNam": "q"}, 1), ({"DelaySeconds": 5000}, 1)],
)
def test_what_cloudformation_would_refuse_fails(tmp_path, properties, status):
    template = tmp_path / "x.template.json"
    template.write_text(
        json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": properties}}})
    )
    assert lint_templates.lint([template]) == status


def test_a_warning_fails_too(tmp_path):
    template = tmp_path / "x.template.json"
    resources = {"Queue": {"Type": "AWS::SQS::Queue"}}
    template.write_text(json.dumps({"Parameters": {"Unused": {"Type": "String"}}, "Resources": resources}))
    assert lint_templates.lint([template]) == 1
