"""An image as a message of snapshots and of the read database's rows, and back."""

from chronovisor.events.v1 import event_pb2 as ev
from chronovisor.snapshots.v1 import snapshot_pb2 as pb

from controlplane.domain.image import aggregate as images
from controlplane.domain.image.aggregate import Image
from controlplane.domain.image.content import content_of, recorded_content
from controlplane.domain.image.states import ImageState
from controlplane.domain.time import Micros


def image_message(image: Image) -> pb.ImageState:
    """An image as it is kept."""
    return pb.ImageState(
        created=images.recorded_created(image),
        created_us=image.created,
        updated_us=image.updated,
        version=image.version,
        state=image.state,
        content=recorded_content(image.content) if image.content else None,
        failure=image.failure,
        replacement=image.replacement,
        source_uri=image.source_uri,
        import_version=image.import_version,
        source_vm=image.source_vm,
        source_vm_uid=image.source_vm_uid,
        deadline_us=image.deadline,
    )


def image_of(stored: pb.ImageState) -> Image:
    image = images.evolve(None, ev.Event(image_created=stored.created), stored.version)
    return image._replace(
        created=Micros(stored.created_us),
        updated=Micros(stored.updated_us),
        state=ImageState(stored.state),
        content=content_of(stored.content) if stored.HasField("content") else None,
        failure=stored.failure,
        replacement=stored.replacement,
        source_uri=stored.source_uri,
        import_version=stored.import_version,
        source_vm=stored.source_vm,
        source_vm_uid=stored.source_vm_uid,
        deadline=Micros(stored.deadline_us),
    )
