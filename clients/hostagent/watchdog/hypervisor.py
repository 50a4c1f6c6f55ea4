"""Guests stopped by libvirt, on threads of their own: a libvirtd that hangs must not hang who watches over it."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import libvirt

from hostagent.drivers.base import VmUid
from hostagent.drivers.libvirt import metadata
from hostagent.drivers.libvirt.domain_xml import domain_name

log = logging.getLogger(__name__)
# About as many calls as a libvirtd works at for one connection.
_AT_ONCE = 5
_EVERY_S = 0.5


class HypervisorStop:
    """Destroys all active guests of the agent's, for as long as that is due, whatever appears."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._due = threading.Event()
        self._logged = ""
        threading.Thread(target=self._run, name="stop", daemon=True).start()

    def set_due(self, due: bool) -> None:
        if due:
            self._due.set()
        else:
            self._due.clear()

    def _run(self) -> None:
        libvirt.registerErrorHandler(_quiet, None)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while True:
                self._due.wait()
                try:
                    self._stop_all(pool)
                except libvirt.libvirtError as error:
                    self._complain(str(error))
                except Exception:  # A boundary: it is tried again, whatever it was.
                    log.exception("stopping guests")
                time.sleep(_EVERY_S)

    def _complain(self, why: str) -> None:
        """Once, though it is tried twice a second."""
        if why != self._logged:
            log.warning("libvirt does not stop guests: %s", why)
        self._logged = why

    def _stop_all(self, pool: ThreadPoolExecutor) -> None:
        connection = libvirt.open(self._uri)
        try:
            ours = [each for each in connection.listAllDomains() if each.isActive() and is_ours(each)]
            for each in ours:
                log.warning("stopping %s: the lease of this host is gone", each.name())
            list(pool.map(self._destroy, ours))
        finally:
            connection.close()

    def _destroy(self, domain: libvirt.virDomain) -> None:
        try:
            # The agent may have its lease again, and guests be its business.
            if self._due.is_set() and domain.isActive():
                domain.destroy()
        except libvirt.libvirtError as error:
            log.warning("%s: %s", domain.name(), error)


def is_ours(domain: libvirt.virDomain) -> bool:
    """By its name, or what the agent wrote into it: a domain may have lost either. Raises libvirtError."""
    return domain.name() == domain_name(VmUid(domain.UUIDString())) or metadata.read(domain) is not None


def _quiet(_context: None, _error: tuple[object, ...]) -> None:
    """libvirt prints every error on stderr otherwise; each is raised as well."""
