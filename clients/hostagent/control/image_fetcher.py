"""The bytes of the control plane's images, for the host's own copies."""

from collections.abc import AsyncIterator
from typing import Protocol, TypeAlias

import grpc
import grpc.aio
from chronovisor.v1 import agent_service_pb2 as pb

from hostagent.drivers.base import StepFailed

ImageCall: TypeAlias = "grpc.aio.UnaryStreamCall[pb.FetchImageRequest, pb.FetchImageResponse]"


class ImageCalls(Protocol):
    """How an image is fetched: see SessionCalls."""

    def fetch_image(self, request: pb.FetchImageRequest, actor: str) -> ImageCall: ...


class ImageFetcher:
    """A source of images, once it has `calls`."""

    def __init__(self, host_id: str) -> None:
        self._host_id = host_id
        self.calls: ImageCalls | None = None

    async def __call__(self, sha256: str, offset: int) -> AsyncIterator[bytes]:
        """Raises StepFailed."""
        if self.calls is None:
            raise StepFailed("its image cannot be copied yet: the agent is not connected")
        request = pb.FetchImageRequest(host=f"hosts/{self._host_id}", sha256=sha256, offset=offset)
        try:
            async for response in self.calls.fetch_image(request, f"agent:{self._host_id}"):
                yield response.data
        except grpc.aio.AioRpcError as error:
            raise StepFailed(f"its image cannot be copied: {error.details()}") from error
