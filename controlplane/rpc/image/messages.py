"""Images as API messages. Looks nothing up."""

from chronovisor.v1 import image_pb2

from controlplane.domain.etag import etag_of
from controlplane.domain.image.aggregate import Image
from controlplane.domain.time import timestamp_of


def image_message(image: Image) -> image_pb2.Image:
    content = image.content
    format_ = content.format if content else image.expected.format
    return image_pb2.Image(
        name=image.name,
        uid=image.uid,
        description=image.terms.description,
        family=image.terms.family,
        labels=dict(image.labels) or None,
        min_disk_gib=image.terms.min_disk_gib,
        state=image_pb2.ImageState.ValueType(image.state),
        format=image_pb2.ImageFormat.ValueType(format_),
        virtual_size_bytes=content.virtual_size if content else 0,
        size_bytes=content.size if content else 0,
        sha256=content.sha256.hex() if content else "",
        failure=image.failure,
        replacement=image.replacement,
        source_uri=image.source_uri,
        source_vm=image.source_vm,
        source_vm_uid=image.source_vm_uid,
        create_time=timestamp_of(image.created),
        update_time=timestamp_of(image.updated),
        etag=etag_of(image.as_edited),
        delete_time=timestamp_of(image.updated) if image.is_deleted else None,
    )
