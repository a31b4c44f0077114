"""The structured logger that every function uses.

Every line names the function (`service`) and its version: the alarm on lines of level ERROR watches one version, so
that a deploy is judged by what its own version does (infra/constructs/function_alarms.py). Log at that level, once
each, what a user feels and what somebody should look at.
"""

from __future__ import annotations

from aws_lambda_powertools import Logger

from ddp import settings

logger = Logger(
    log_uncaught_exceptions=True, version=settings.optional("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
)
