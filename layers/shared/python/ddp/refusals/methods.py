"""The routes of a path, and the refusal of a method that none of them has."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from ddp.refusals.problems import problem


def routes_of(app: APIGatewayHttpResolver, event: dict[str, Any]) -> list[Route]:
    """The routes of the request's path, of all methods.

    A word that has its own route, such as `me`, is not an id: a route that takes ids there is not for it.
    """
    path = APIGatewayProxyEventV2(event).path
    routes = (*app._static_routes, *app._dynamic_routes)  # noqa: SLF001 - the toolkit has no public list
    of_path = [route for route in routes if route.rule.match(path)]
    return [route for route in of_path if "<" not in route.path] or of_path


def pattern(routes: list[Route], event: dict[str, Any]) -> str:
    """The route's pattern, for the log: the path may have a token. The gateway's pattern, if there is no route."""
    method = event["requestContext"]["http"]["method"]
    own = (f"{method} {route.path}" for route in routes if route.method == method)
    return next(own, str(event.get("routeKey"))).replace("<", "{").replace(">", "}")


def another_method(routes: list[Route], event: dict[str, Any]) -> Response[str] | None:
    """A refusal of a method that the path does not have; None if it has it, or there is no such path."""
    methods = {str(route.method) for route in routes}
    if not methods or event["requestContext"]["http"]["method"] in methods:
        return None
    allowed = ", ".join(sorted(methods))
    answer = problem(405, "method-not-allowed", f"This path does not support this method: use {allowed}.")
    answer.headers["Allow"] = allowed
    return answer
