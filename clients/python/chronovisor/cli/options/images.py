"""Which image `--image` means: one of the project's, or a file of the host's image directory."""

import re

import grpc

from chronovisor import names
from chronovisor.cli.settings import Misused
from chronovisor.client import Client
from chronovisor.errors import ChronovisorError
from chronovisor.v1.image_service_pb2 import GetImageRequest

_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
# There is none, or the caller may not know; or an older control plane, which has none.
_NO_IMAGE = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNIMPLEMENTED)


def named_image(client: Client, given: str, parent: str) -> str:
    """What a VM's spec has for it: an image of the project of this id wins over a file of that name.

    Raises Misused, ChronovisorError.
    """
    if "/" in given:
        return whole_name(given, parent)
    if not _ID.fullmatch(given):
        return given
    name = f"{parent}/images/{given}"
    try:
        client.images.GetImage(GetImageRequest(name=name))
    except ChronovisorError as error:
        if error.code not in _NO_IMAGE:
            raise
        return given
    return name


def whole_name(given: str, parent: str) -> str:
    """`projects/{project}/images/{image}` of a name with a project. Raises Misused."""
    try:
        return names.image_name(given, parent)
    except ValueError as error:
        raise Misused(str(error)) from error
