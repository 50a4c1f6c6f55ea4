"""Images: the disks that VMs are cloned from."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar, Unpack

from chronovisor import names
from chronovisor.services.base import Service
from chronovisor.uploads import opening_of, requests_of
from chronovisor.v1 import image_service_pb2 as pb
from chronovisor.v1.image_pb2 import Image, ImageFormat, ImageState
from chronovisor.values import Change, Command, Reading, filled

OneImage = TypeVar("OneImage")
AllImages = TypeVar("AllImages")
Upload = TypeVar("Upload")
Importing = TypeVar("Importing")


class ImageCalls(Service, Generic[OneImage, AllImages, Upload, Importing]):
    """The methods of ImageService. An image is named by its id in the client's project, or `shop/web`."""

    def upload(
        self,
        name: str,
        source: Path | str,
        *,
        description: str = "",
        family: str = "",
        labels: Mapping[str, str] | None = None,
        min_disk_gib: int = 0,
        raw: bool = False,
        sha256: str = "",
        **command: Unpack[Command],
    ) -> Upload:
        """Imports the image of a file, which zstd may have packed: responses, of which the last has it, READY.

        `sha256` is that of the image, unpacked. Raises AlreadyExists, InvalidArgument, NotFound, OSError.
        """
        image = Image(description=description, family=family, labels=labels, min_disk_gib=min_disk_gib)
        image.format = ImageFormat.IMAGE_FORMAT_RAW if raw else ImageFormat.IMAGE_FORMAT_UNSPECIFIED
        path = Path(source)
        opening = filled(opening_of(self._image(name), image, path, sha256), command)
        return self._method(pb.UploadImageRequest())(requests_of(opening, path))

    def import_from(
        self,
        name: str,
        source_uri: str,
        *,
        description: str = "",
        family: str = "",
        labels: Mapping[str, str] | None = None,
        min_disk_gib: int = 0,
        raw: bool = False,
        sha256: str = "",
        **command: Unpack[Command],
    ) -> Importing:
        """Has the control plane import the image of a URL that its operator allows.

        Raises AlreadyExists, FailedPrecondition, InvalidArgument, NotFound.
        """
        image = Image(description=description, family=family, labels=labels, min_disk_gib=min_disk_gib)
        image.format = ImageFormat.IMAGE_FORMAT_RAW if raw else ImageFormat.IMAGE_FORMAT_UNSPECIFIED
        parent, _, image_id = self._image(name).partition("/images/")
        request = pb.ImportImageRequest(
            parent=parent, image_id=image_id, image=image, source_uri=source_uri, sha256=sha256
        )
        return self._begin(request, command)

    def create(
        self,
        name: str,
        source_vm: str,
        *,
        description: str = "",
        family: str = "",
        labels: Mapping[str, str] | None = None,
        min_disk_gib: int = 0,
        **command: Unpack[Command],
    ) -> Importing:
        """Makes an image of the disk of a VM that is stopped. Raises AlreadyExists, NotFound, WrongState."""
        image = Image(description=description, family=family, labels=labels, min_disk_gib=min_disk_gib)
        parent, _, image_id = self._image(name).partition("/images/")
        vm = names.vm_name(source_vm, self._project(None))
        return self._begin(pb.CreateImageRequest(parent=parent, image_id=image_id, image=image, source_vm=vm), command)

    def get(self, name: str, **reading: Unpack[Reading]) -> OneImage:
        """One image, now or `at` a past position or time. Raises NotFound."""
        return self._send(pb.GetImageRequest(name=self._image(name)), reading)

    def list(self, project: str | None = None, *, page_size: int = 0, **reading: Unpack[Reading]) -> AllImages:
        """The images of a project, by default the client's own; of all with "-". Raises NotFound."""
        request = pb.ListImagesRequest(parent=self._project(project), page_size=page_size)
        return self._list(request, reading, lambda page: page.images)

    def update(
        self,
        name: str,
        *,
        description: str | None = None,
        family: str | None = None,
        labels: Mapping[str, str] | None = None,
        min_disk_gib: int | None = None,
        etag: str = "",
        **command: Unpack[Command],
    ) -> OneImage:
        """Changes what is given. Raises Conflict, InvalidArgument, NotFound."""
        values: dict[str, Any] = {
            "description": description,
            "family": family,
            "labels": labels,
            "min_disk_gib": min_disk_gib,
        }
        given = {field: value for field, value in values.items() if value is not None}
        if not given:
            raise ValueError('update needs at least one value to change, such as description="web server"')
        request = pb.UpdateImageRequest(image=Image(name=self._image(name), etag=etag, **given))
        request.update_mask.paths.extend(given)
        return self._send(request, command)

    def deprecate(
        self,
        name: str,
        *,
        replacement: str = "",
        obsolete: bool = False,
        restore: bool = False,
        **change: Unpack[Change],
    ) -> OneImage:
        """VMs should not be made from it any more; `obsolete`: none can be; `restore`: all is as before.

        Raises Conflict, InvalidArgument, NotFound, WrongState.
        """
        state = ImageState.IMAGE_STATE_READY if restore else ImageState.IMAGE_STATE_DEPRECATED
        request = pb.DeprecateImageRequest(
            name=self._image(name), state=ImageState.IMAGE_STATE_OBSOLETE if obsolete else state
        )
        if replacement:
            request.replacement = self._image(replacement)
        return self._send(request, change)

    def delete(self, name: str, **change: Unpack[Change]) -> OneImage:
        """Ends an image. VMs that were made from it go on. Raises Conflict, NotFound."""
        return self._send(pb.DeleteImageRequest(name=self._image(name)), change)

    def _image(self, name: str) -> str:
        return names.image_name(name, self._project(None))


def last_image(responses: Iterable[pb.UploadImageResponse]) -> Image:
    """What an upload came to. Raises ValueError for one that ended without."""
    image: Image | None = None
    for response in responses:
        image = response.image if response.HasField("image") else image
    if image is None:
        raise ValueError("the upload has ended without an image")
    return image
