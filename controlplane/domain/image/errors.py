"""Why an image cannot be imported."""

from dataclasses import dataclass

from controlplane.domain.errors import DomainError


@dataclass
class ImageRejected(DomainError):
    """The bytes are not an image that VMs can be made from. `why` is a sentence's rest: "it ..."."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name} cannot be imported: {self.why}"


@dataclass
class ImageStoreFull(DomainError):
    """There is no room for an image."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name} cannot be imported, as the control plane's image directory has no room for it: {self.why}"


@dataclass
class ImageSourceNotAllowed(DomainError):
    """The operator does not allow images from there. `why` is a sentence's rest."""

    source_uri: str
    why: str

    def __str__(self) -> str:
        return f"no image is imported from {self.source_uri}: {self.why}"
