"""Routes for templates: create, list, read, rename, deactivate, create versions, preview."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.campaigns import templates
from ddp.queries.files import hosting
from ddp.queries.listing import Asked
from ddp.queries.people import sender_fields
from functions.campaigns import content
from functions.campaigns import template_models as models

router = edge.router()


@router.post("/templates", tags=["Templates"], operation_id="createTemplate", status_code=201)
def create_template(
    body: models.TemplateRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Template]:
    """Create a template.

    For e-mail, an error names the line and the mistake.
    """
    checked = content.checked(body.template_type, body.template_content)
    content.check_slots(body.template_type, checked, body.slots)
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Template(
            **templates.create(
                cursor,
                template_name=body.template_name,
                template_type=body.template_type,
                template_content=checked,
                requires=body.requires,
                slots=content.definition(body.slots),
                is_locked=body.is_locked,
            )
        ),
    )


@router.get("/templates", tags=["Templates"], operation_id="listTemplates")
def list_templates(
    scope: Annotated[
        Literal["own", "offered"],
        Query(
            description="The caller's templates, or those of brands whose campaigns the caller takes part in."
        ),
    ] = "own",
    template_type: Annotated[
        models.TemplateType | None, Query(description="Only templates of this type.")
    ] = None,
    is_active: Annotated[
        bool | None, Query(description="true: only active templates; false: only others.")
    ] = None,
    since: pagination.Since = None,
    until: pagination.Until = None,
    order: pagination.Order = None,
    limit: pagination.Limit = 50,
    cursor: pagination.PageCursor = None,
) -> models.Templates:
    """List templates, newest first.

    Each version is an item of its own.
    """
    asked = Asked(limit=limit, cursor=cursor, order=order, since=since, until=until)
    with edge.as_caller(router) as transaction:
        rows, next_cursor = templates.page(
            transaction, scope, asked, template_type=template_type, is_active=is_active
        )
    return models.Templates.model_validate({"items": rows, "next_cursor": next_cursor})


@router.get("/templates/<template_id>", tags=["Templates"], operation_id="getTemplate")
def get_template(template_id: UUID) -> models.Template:
    """Get one version of a template."""
    with edge.as_caller(router) as cursor:
        return models.Template(**templates.get(cursor, template_id))


@router.patch("/templates/<template_id>", tags=["Templates"], operation_id="updateTemplate")
def update_template(template_id: UUID, body: models.TemplateChange) -> models.Template:
    """Rename, activate or deactivate a template, lock it, or change what it requires and its slots.

    Its content never changes: create a version instead. What was requested keeps the slots that it was requested
    with. Only for its creator and admins.
    """
    with edge.as_caller(router) as cursor:
        values = dict(body) | {"slots": content.definition(body.slots)}
        return models.Template(**templates.update(cursor, template_id, values, body.model_fields_set))


@router.post(
    "/templates/<template_id>/versions", tags=["Templates"], operation_id="createVersion", status_code=201
)
def create_version(
    template_id: UUID, body: models.VersionRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Template]:
    """Create the next version of a template that the caller may see.

    The new version belongs to the caller. Of a locked template only its creator makes one.
    """
    with edge.as_caller(router) as cursor:
        template_type = templates.get(cursor, template_id)["template_type"]
    checked = content.checked(template_type, body.template_content)
    content.check_slots(template_type, checked, body.slots or [])
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Template(
            **templates.create_version(
                cursor,
                template_id,
                template_name=body.template_name,
                content=checked,
                requires=body.requires,
                slots=None if body.slots is None else content.definition(body.slots),
                is_locked=body.is_locked,
            )
        ),
    )


@router.post("/templates/<template_id>/preview", tags=["Templates"], operation_id="previewTemplate")
def preview_template(template_id: UUID, body: models.TemplatePreviewRequest) -> models.TemplatePreview:
    """Render an e-mail template as a recipient with this data would receive it.

    Nothing is sent.
    """
    with edge.as_caller(router) as cursor:
        template = templates.get(cursor, template_id)
        profile = sender_fields.of_caller(cursor)
    slots = content.slot_values(template["slots"], body.slots)
    return content.preview(content.stored(template), body.template_data, profile, slots, _states)


@router.post("/templates/preview", tags=["Templates"], operation_id="previewContent")
def preview_content(body: models.ContentPreviewRequest) -> models.TemplatePreview:
    """Render e-mail content that has not been saved.

    Nothing is sent.
    """
    with edge.as_caller(router) as cursor:
        profile = sender_fields.of_caller(cursor)
    return content.preview(body.template_content, body.template_data, profile, body.slots, _states)


def _states(tokens: list[str]) -> dict[str, str]:
    with edge.as_caller(router) as cursor:
        return hosting.states(cursor, tokens)
