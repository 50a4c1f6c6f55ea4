"""`chronovisor image`: the disks that VMs are cloned from."""

import sys
from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

import typer
from google.longrunning.operations_pb2 import Operation
from google.protobuf.field_mask_pb2 import FieldMask

from chronovisor.cli.commands.changes import Label, paths_of
from chronovisor.cli.completion import complete_image, complete_vm
from chronovisor.cli.listing import tables
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_one, show_page, view
from chronovisor.cli.options.mutations import Reason, ValidateOnly, Wait, checked, follow, show_changed
from chronovisor.cli.output import labels_text, local_time, show_facts
from chronovisor.cli.session import as_of, image_name, project_name, session, vm_name
from chronovisor.cli.settings import Misused, listed, parsed, settings_of
from chronovisor.cli.text.safe_text import printable
from chronovisor.cli.text.units import bytes_text, parse_disk
from chronovisor.client import Client
from chronovisor.errors import NotFound
from chronovisor.names import last_part
from chronovisor.paging import pages
from chronovisor.services.images import last_image
from chronovisor.uploads import ResumedUpload, opening_of, requests_of, sha256_of
from chronovisor.v1 import image_pb2
from chronovisor.v1 import image_service_pb2 as api

app = typer.Typer(add_completion=False, no_args_is_help=True)
# What a file is called after its image.
_SUFFIXES = (".zst", ".qcow2", ".raw", ".img")
Name = Annotated[
    str, typer.Argument(autocompletion=complete_image, metavar="NAME", help="The image: web, or shop/web.")
]
Etag = Annotated[str, typer.Option("--etag", metavar="ETAG", help="Only if the image is still as this etag says.")]
Family = Annotated[str | None, typer.Option(metavar="NAME", help="What it is a version of, such as debian-12.")]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is, for people.")]
MinDisk = Annotated[
    int | None,
    typer.Option(
        "--min-disk", parser=parsed(parse_disk), metavar="SIZE", help="The smallest disk of VMs made from it."
    ),
]


@app.command("import")
def import_(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A qcow2 or raw image, which zstd may have packed: a file, or a URL that the operator allows.",
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Its id; default: the file's name.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="It is a raw image; default: it is qcow2.")] = False,
    sha256: Annotated[str, typer.Option("--sha256", metavar="HEX", help="What its SHA-256, unpacked, has to be.")] = "",
    family: Family = None,
    description: Description = None,
    label: Label = None,
    min_disk: MinDisk = None,
    validate_only: ValidateOnly = False,
    wait: Wait = True,
    resumable: Annotated[
        bool,
        typer.Option("--resumable", help="Of a file: what has come stays for a day, and the same command goes on."),
    ] = False,
    reason: Reason = "",
) -> None:
    """Import an image: from a file of this machine, or from a URL. It is checked before anything can boot from it."""
    image = image_pb2.Image(
        description=description or "", family=family or "", labels=dict(label or []), min_disk_gib=min_disk or 0
    )
    image.format = image_pb2.IMAGE_FORMAT_RAW if raw else image_pb2.IMAGE_FORMAT_UNSPECIFIED
    if "://" in source:
        path = urlsplit(source).path
        parent, _, image_id = image_name(ctx, name or _id_of(PurePosixPath(path))).partition("/images/")
        request = api.ImportImageRequest(
            parent=parent,
            image_id=image_id,
            image=image,
            source_uri=source,
            sha256=sha256,
            validate_only=validate_only,
            reason=reason,
        )
        _import_from(ctx, request, wait)
        return
    if not wait:
        raise Misused("--no-wait is of URLs: a file is sent by this command")
    file = Path(source)
    try:
        digest = sha256_of(file) if resumable and not sha256 else sha256
        opening = opening_of(image_name(ctx, name or _id_of(file)), image, file, digest)
    except OSError as error:
        raise Misused(f"{file}: {error.strerror}") from error
    opening.validate_only, opening.reason = validate_only, reason
    opening.resumable = resumable
    with session(ctx) as client:
        if resumable and (pending := _pending(client, opening)):
            upload = ResumedUpload(_resuming(opening, pending), file)
            responses = client.images.UploadImage(upload.requests(), timeout=settings_of(ctx).timeout)
            responses = upload.heard(responses)
        else:
            responses = client.images.UploadImage(requests_of(opening, file), timeout=settings_of(ctx).timeout)
        imported = last_image(_watched(responses, opening.upload_size_bytes))
    show_changed(ctx, imported, "imported", validate_only)


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new image: golden, or shop/golden.")],
    from_vm: Annotated[
        str,
        typer.Option(
            "--from-vm",
            autocompletion=complete_vm,
            metavar="VM",
            help="The VM, which is stopped: web-1, or shop/web-1.",
        ),
    ],
    family: Family = None,
    description: Description = None,
    label: Label = None,
    min_disk: MinDisk = None,
    validate_only: ValidateOnly = False,
    wait: Wait = True,
    reason: Reason = "",
) -> None:
    """Make an image of the disk of a VM that is stopped, which stays as it is."""
    parent, _, image_id = image_name(ctx, name).partition("/images/")
    request = api.CreateImageRequest(
        parent=parent,
        image_id=image_id,
        image=image_pb2.Image(
            description=description or "", family=family or "", labels=dict(label or []), min_disk_gib=min_disk or 0
        ),
        source_vm=vm_name(ctx, from_vm),
        validate_only=validate_only,
        reason=reason,
    )
    with session(ctx) as client:
        _begun(ctx, client, client.images.CreateImage(request), request, wait)


def _pending(client: Client, opening: api.ImageOpening) -> image_pb2.Image | None:
    """The image of the name, if it waits for its bytes. Raises ChronovisorError."""
    try:
        found = client.images.GetImage(api.GetImageRequest(name=f"{opening.parent}/images/{opening.image_id}"))
    except NotFound:
        return None
    return found if found.state == image_pb2.IMAGE_STATE_PENDING else None


def _resuming(opening: api.ImageOpening, image: image_pb2.Image) -> api.ImageOpening:
    return api.ImageOpening(
        parent=opening.parent,
        image_id=opening.image_id,
        upload_size_bytes=opening.upload_size_bytes,
        resume_uid=image.uid,
        reason=opening.reason,
    )


def _import_from(ctx: typer.Context, request: api.ImportImageRequest, wait: bool) -> None:
    with session(ctx) as client:
        _begun(ctx, client, client.images.ImportImage(request), request, wait)


def _begun(
    ctx: typer.Context,
    client: Client,
    operation: Operation,
    request: api.ImportImageRequest | api.CreateImageRequest,
    wait: bool,
) -> None:
    if request.validate_only:
        checked(ctx, operation, f"{request.parent}/images/{request.image_id}")
    else:
        follow(ctx, client, operation, wait)


def _id_of(file: PurePath) -> str:
    """`web` of `web.qcow2.zst`."""
    name = file.name
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return name.lower().replace("_", "-").replace(".", "-")


def _watched(responses: Iterable[api.UploadImageResponse], size: int) -> Iterable[api.UploadImageResponse]:
    """Shows on a terminal how much has come."""
    for response in responses:
        if response.received_bytes and sys.stderr.isatty():
            text = f"{bytes_text(response.received_bytes)} of {bytes_text(size)}"
            print(f"\r{printable(text)}\x1b[K", end="\n" if response.received_bytes == size else "", file=sys.stderr)
        yield response


@app.command("list")
@listed
def list_images(
    ctx: typer.Context,
    all_projects: Annotated[bool, typer.Option("--all-projects", "-A", help="Of all projects.")] = False,
    filter_: Filter = "",
    columns: Columns = "",
    sort_by: SortBy = "",
) -> None:
    """List images."""
    past = settings_of(ctx).when is not None
    requested = view(ctx, tables.images(past=past, with_project=all_projects), columns, sort_by, filter_)
    parent = "projects/-" if all_projects else project_name(settings_of(ctx).project)
    request = as_of(ctx, api.ListImagesRequest(parent=parent, page_size=1000))
    found = api.ListImagesResponse()
    with session(ctx) as client:
        for page in pages(client.images.ListImages, request):
            found.images.extend(page.images)
            found.position = page.position
    show_page(ctx, requested, found, "images", f"No images in {'any project' if all_projects else parent}.")


@app.command()
@listed
def show(ctx: typer.Context, name: Name) -> None:
    """Show one image."""
    request = as_of(ctx, api.GetImageRequest(name=image_name(ctx, name)))
    with session(ctx) as client:
        image = client.images.GetImage(request)
    past = settings_of(ctx).when is not None
    show_one(ctx, tables.images(past=past), image, lambda: _show(image))


def _show(image: image_pb2.Image) -> None:
    facts = [
        ("name", image.name),
        ("uid", image.uid),
        ("state", image_pb2.ImageState.Name(image.state).removeprefix("IMAGE_STATE_")),
        ("failure", image.failure),
        ("source", image.source_uri or image.source_vm),
        ("instead", last_part(image.replacement)),
        ("description", image.description),
        ("family", image.family),
        ("labels", labels_text(list(image.labels.items()))),
        ("format", tables.image_format(image) or ""),
        ("disk", bytes_text(image.virtual_size_bytes) if image.virtual_size_bytes else ""),
        ("min disk", f"{image.min_disk_gib} GiB" if image.min_disk_gib else ""),
        ("size", bytes_text(image.size_bytes) if image.size_bytes else ""),
        ("sha256", image.sha256),
        ("created", local_time(image.create_time)),
        ("updated", local_time(image.update_time)),
        ("etag", image.etag),
    ]
    show_facts([fact for fact in facts if fact[1]])


@app.command()
def update(
    ctx: typer.Context,
    name: Name,
    family: Family = None,
    description: Description = None,
    label: Label = None,
    min_disk: MinDisk = None,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Change the description of an image. Its labels become those that are given. VMs made from it stay as they are."""
    paths = paths_of(
        "--family",
        family=family is not None,
        description=description is not None,
        labels=label is not None,
        min_disk_gib=min_disk is not None,
    )
    image = image_pb2.Image(
        name=image_name(ctx, name),
        family=family or "",
        description=description or "",
        labels=dict(label or []),
        min_disk_gib=min_disk or 0,
        etag=etag,
    )
    request = api.UpdateImageRequest(
        image=image, update_mask=FieldMask(paths=paths), validate_only=validate_only, reason=reason
    )
    with session(ctx) as client:
        updated = client.images.UpdateImage(request)
    show_changed(ctx, updated, "updated", validate_only)


@app.command()
def deprecate(
    ctx: typer.Context,
    name: Name,
    obsolete: Annotated[bool, typer.Option("--obsolete", help="No new VM can be made from it.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Take that back: it is READY again.")] = False,
    instead: Annotated[
        str | None,
        typer.Option("--instead", autocompletion=complete_image, metavar="NAME", help="What to take instead."),
    ] = None,
    etag: Etag = "",
    validate_only: ValidateOnly = False,
    reason: Reason = "",
) -> None:
    """Say that an image should not be used any more, or with --obsolete that it cannot. VMs made from it go on."""
    if obsolete and restore:
        raise Misused("--obsolete and --restore exclude each other")
    state = image_pb2.IMAGE_STATE_READY if restore else image_pb2.IMAGE_STATE_DEPRECATED
    request = api.DeprecateImageRequest(
        name=image_name(ctx, name),
        state=image_pb2.IMAGE_STATE_OBSOLETE if obsolete else state,
        replacement=image_name(ctx, instead) if instead else "",
        etag=etag,
        validate_only=validate_only,
        reason=reason,
    )
    with session(ctx) as client:
        changed = client.images.DeprecateImage(request)
    done = image_pb2.ImageState.Name(changed.state).removeprefix("IMAGE_STATE_")
    show_changed(ctx, changed, done, validate_only)


@app.command()
def delete(
    ctx: typer.Context, name: Name, etag: Etag = "", validate_only: ValidateOnly = False, reason: Reason = ""
) -> None:
    """Delete an image. VMs that were made from it go on. Its history stays, and its name can be taken again."""
    request = api.DeleteImageRequest(name=image_name(ctx, name), etag=etag, validate_only=validate_only, reason=reason)
    with session(ctx) as client:
        deleted = client.images.DeleteImage(request)
    show_changed(ctx, deleted, "deleted", validate_only)
