"""The structured logger that every function uses."""

from __future__ import annotations

from aws_lambda_powertools import Logger

logger = Logger(log_uncaught_exceptions=True)
