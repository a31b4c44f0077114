"""Routes for templates: create, list, read, rename, deactivate, create versions, preview."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from ddp import edge, idempotency, pagination
from ddp.queries.campaigns import templates
from ddp.queries.listing import Asked
from functions.campaigns import content, models

router = edge.router()


@router.post("/templates", tags=["Templates"], operation_id="createTemplate", status_code=201)
def create_template(
    body: models.TemplateRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Template]:
    """Create a template.

    For e-mail, an error names the line and the mistake.
    """
    checked = content.checked(body.template_type, body.template_content)
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Template(
            **templates.create(
                cursor,
                template_name=body.template_name,
                template_type=body.template_type,
                template_content=checked,
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
    """Rename, activate or deactivate a template.

    Its content never changes: create a version instead. Only for its creator and admins.
    """
    with edge.as_caller(router) as cursor:
        return models.Template(**templates.update(cursor, template_id, dict(body), body.model_fields_set))


@router.post(
    "/templates/<template_id>/versions", tags=["Templates"], operation_id="createVersion", status_code=201
)
def create_version(
    template_id: UUID, body: models.VersionRequest, idempotency_key: idempotency.Key = None
) -> Response[models.Template]:
    """Create the next version of a template that the caller may see.

    The new version belongs to the caller.
    """
    with edge.as_caller(router) as cursor:
        template_type = templates.get(cursor, template_id)["template_type"]
    checked = content.checked(template_type, body.template_content)
    return idempotency.once(
        router,
        idempotency_key,
        lambda cursor: models.Template(
            **templates.create_version(cursor, template_id, template_name=body.template_name, content=checked)
        ),
    )


@router.post("/templates/<template_id>/preview", tags=["Templates"], operation_id="previewTemplate")
def preview_template(template_id: UUID, body: models.TemplatePreviewRequest) -> models.TemplatePreview:
    """Render an e-mail template as a recipient with this data would receive it.

    Nothing is sent.
    """
    with edge.as_caller(router) as cursor:
        template = templates.get(cursor, template_id)
    return content.preview(content.stored(template), body.template_data)


@router.post("/templates/preview", tags=["Templates"], operation_id="previewContent")
def preview_content(body: models.ContentPreviewRequest) -> models.TemplatePreview:
    """Render e-mail content that has not been saved.

    Nothing is sent.
    """
    edge.claims(router)
    return content.preview(body.template_content, body.template_data)
