"""ImageService: translates, calls, translates."""

import asyncio
from collections.abc import AsyncIterator

from chronovisor.v1 import image_service_pb2 as api
from chronovisor.v1 import image_service_pb2_grpc
from chronovisor.v1.image_pb2 import Image
from google.longrunning.operations_pb2 import Operation

from controlplane.domain.command import Answer, Outcome
from controlplane.domain.errors import NotFound, Unavailable, invalid
from controlplane.domain.image import aggregate as domain
from controlplane.domain.image.states import ImageVerb, require
from controlplane.domain.reasons import Reason
from controlplane.domain.resource_kinds import IMAGES
from controlplane.domain.time import SECOND, timestamp_if_known
from controlplane.images.sources import Sources
from controlplane.images.store import ImageStore
from controlplane.queries import lists
from controlplane.queries.as_of import AsOf
from controlplane.queries.lists import Listing
from controlplane.queries.reads import Reads
from controlplane.rpc.access.caller import caller
from controlplane.rpc.access.open_calls import OpenCalls
from controlplane.rpc.dependencies import Commands, ServicerContext, actor_of, command_context
from controlplane.rpc.error_mapping import paced
from controlplane.rpc.image.imports import RETRY_S, Imports, Silent
from controlplane.rpc.image.messages import image_message
from controlplane.rpc.image.requests import (
    NAME,
    capture_command,
    delete_command,
    deprecate_command,
    import_command,
    resumed_name,
    update_command,
    upload_command,
)
from controlplane.rpc.shared.listing import check_parent, listing_of
from controlplane.rpc.shared.operation_answers import OperationAnswers
from controlplane.rpc.shared.read_position import read_position
from controlplane.rpc.shared.validate import named

_UPLOAD = "/chronovisor.v1.ImageService/UploadImage"
MOST_CHUNK = 4 << 20
# How much is taken from one word on it to the next.
PROGRESS_BYTES = 8 << 20


class ImageServicer(image_service_pb2_grpc.ImageServiceServicer):
    """Images: imported, changed and ended, and what they are and were."""

    def __init__(
        self,
        commands: Commands,
        reads: Reads,
        store: ImageStore,
        sources: Sources,
        operations: OperationAnswers,
        open_calls: OpenCalls,
    ) -> None:
        self._commands, self._reads, self._open_calls = commands, reads, open_calls
        self._sources, self._operations = sources, operations
        self._settings = store.settings
        self._imports = Imports(commands, reads, store)

    async def close(self) -> None:
        """Breaks off imports, and returns once the ledger has that."""
        await self._imports.close()

    async def _answer(self, outcome: Outcome[Answer]) -> Image:
        """The image as the command left it; as it is, where the command was carried out before."""
        if outcome.answer is not None and isinstance(outcome.answer.resource, domain.Image):
            return image_message(outcome.answer.resource)
        assert outcome.repeated is not None
        uid = outcome.repeated.result.rpartition("/")[2]
        return image_message(await self._reads.view(self._reads.here, lambda view: view.resource_with(IMAGES, uid)))

    @paced
    async def UploadImage(
        self, request_iterator: AsyncIterator[api.UploadImageRequest], context: ServicerContext
    ) -> AsyncIterator[api.UploadImageResponse]:
        actor = actor_of(context)
        first = await anext(request_iterator, None)
        if first is None or not first.HasField("open"):
            raise invalid("open", "must be the first message of the stream")
        self._open_calls.admitted(await self._commands.guard.admit_part(_UPLOAD, caller(), first))
        opening = first.open
        if opening.resume_uid:
            image, by = self._resumed(opening), command_context(actor)
            received = await self._imports.take_over(image)
        else:
            received, command = 0, upload_command(opening)
            self._imports.require_room()
            outcome, by = await self._commands.submit("UploadImage", opening, context, command)
            if outcome.answer is None or opening.validate_only:
                yield api.UploadImageResponse(image=await self._answer(outcome))
                return
            assert isinstance(outcome.answer.resource, domain.Image)
            image = outcome.answer.resource
        upload = _Upload(request_iterator, received, self._settings.silence_s)
        importing = asyncio.create_task(self._imports.run(image, upload.chunks(), opening.upload_size_bytes, by))
        # Whoever waits for it gets its error.
        importing.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            yield api.UploadImageResponse(image=image_message(image))
            if opening.resume_uid:
                yield api.UploadImageResponse(received_bytes=received)
            async for received in upload.progress(importing):
                yield api.UploadImageResponse(received_bytes=received)
            yield api.UploadImageResponse(image=image_message(await importing))
        except asyncio.CancelledError:
            if importing.done():
                raise self._ended(image) from None
            raise
        finally:
            importing.cancel()

    def _ended(self, image: domain.Image) -> Unavailable:
        """Why an import was ended that nobody has given up."""
        again = "go on with `resume_uid`" if image.resumable else "begin the import anew"
        if self._imports.is_closing:
            return Unavailable(Reason.SHUTTING_DOWN, f"the server is shutting down; {again}", RETRY_S)
        text = f"another call goes on with the upload of {image.name}"
        return Unavailable(Reason.IMAGE_UNAVAILABLE, text, RETRY_S)

    def _resumed(self, opening: api.ImageOpening) -> domain.Image:
        """The image whose upload goes on. Raises InvalidField, NotFound, WrongState, RateLimited."""
        name = resumed_name(opening)
        image = self._reads.inventory.of(IMAGES).get(opening.resume_uid)
        if image is None or image.name != name:
            raise NotFound("image", name)
        require(image.name, image.state, ImageVerb.IMPORT)
        if not image.resumable:
            raise invalid("open.resume_uid", "must be of an upload that was begun with `resumable`")
        self._imports.require_room()
        return image

    async def ImportImage(self, request: api.ImportImageRequest, context: ServicerContext) -> Operation:
        command = import_command(request, self._sources)
        outcome, by = await self._commands.submit("ImportImage", request, context, command)
        return await self._operations.of(outcome, "ImportImage", by, validate_only=request.validate_only)

    async def CreateImage(self, request: api.CreateImageRequest, context: ServicerContext) -> Operation:
        command = capture_command(request, round(self._settings.longest_import_s * SECOND))
        outcome, by = await self._commands.submit("CreateImage", request, context, command)
        return await self._operations.of(outcome, "CreateImage", by, validate_only=request.validate_only)

    async def UpdateImage(self, request: api.UpdateImageRequest, context: ServicerContext) -> Image:
        outcome, _ = await self._commands.submit("UpdateImage", request, context, update_command(request))
        return await self._answer(outcome)

    async def DeprecateImage(self, request: api.DeprecateImageRequest, context: ServicerContext) -> Image:
        outcome, _ = await self._commands.submit("DeprecateImage", request, context, deprecate_command(request))
        return await self._answer(outcome)

    async def DeleteImage(self, request: api.DeleteImageRequest, context: ServicerContext) -> Image:
        outcome, _ = await self._commands.submit("DeleteImage", request, context, delete_command(request))
        return await self._answer(outcome)

    async def GetImage(self, request: api.GetImageRequest, context: ServicerContext) -> Image:
        named(request.name, NAME)
        at = await read_position(self._reads, request, context)
        return image_message(await self._reads.view(at, lambda view: view.resource(IMAGES, request.name)))

    async def ListImages(self, request: api.ListImagesRequest, context: ServicerContext) -> api.ListImagesResponse:
        check_parent(request.parent)
        listing = listing_of(request)
        at = await read_position(self._reads, request, context)
        position = lists.pinned(listing, IMAGES.collection) or at.position
        return await self._reads.scan(position, lambda view: _response(view, listing))


class _Upload:
    """What a client sends after `open`, and how much of it was taken."""

    def __init__(self, incoming: AsyncIterator[api.UploadImageRequest], received: int, silence_s: float) -> None:
        """`received`: how many bytes had come before. `silence_s`: how long a client may send nothing."""
        self._incoming, self._silence_s = incoming, silence_s
        self._received = received
        self._more = asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises InvalidField; Unfit where the client sends nothing for too long."""
        while True:
            try:
                async with asyncio.timeout(self._silence_s):
                    message = await anext(self._incoming, None)
            except TimeoutError:
                raise Silent(f"nothing more of it was sent for {self._silence_s:g} s") from None
            if message is None:
                return
            if not message.HasField("chunk") or len(message.chunk) > MOST_CHUNK:
                raise invalid("chunk", f"must be what follows `open`, and at most {MOST_CHUNK} bytes")
            yield message.chunk
            self._received += len(message.chunk)
            self._more.set()

    async def progress(self, importing: "asyncio.Task[domain.Image]") -> AsyncIterator[int]:
        """How many bytes were taken, now and then, until it is imported."""
        importing.add_done_callback(lambda _: self._more.set())
        heard = self._received
        while not importing.done():
            await self._more.wait()
            self._more.clear()
            if self._received - heard >= PROGRESS_BYTES:
                heard = self._received
                yield heard


def _response(view: AsOf, listing: Listing) -> api.ListImagesResponse:
    page = lists.resources(view.rows, IMAGES, listing)
    return api.ListImagesResponse(
        images=[image_message(image) for image in page.items],
        next_page_token=page.next_page_token,
        position=view.position,
        read_time=timestamp_if_known(view.time()),
    )
