"""The ledger folded a second time, from its stored bytes and with none of the control plane's own rules."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import sha256

from chronovisor.events.v1 import event_pb2 as ev
from eventsourcing.persistence import Notification

from controlplane.ledger.merkle import leaf_hash, leaf_of, root_of
from controlplane.ledger.store import PAGE, Ledger

Amount = Counter[str]
# Where an event says how much more, and how much less, is held for its VM.
_MORE = {"vm_start_requested": "held"}
_LESS = {"vm_start_failed": "released", "vm_stopped": "released", "vm_deleted": "released"}


def amount(recorded: ev.Amount) -> Amount:
    """Without classes of which there is nothing, so that equal amounts are equal."""
    return +Counter({"vcpus": recorded.vcpus, "memory_mib": recorded.memory_mib, "disk_gib": recorded.disk_gib})


class Audit:
    """What the ledger says up to `position`, and in `problems` all that cannot be so. Follows only what comes next."""

    def __init__(self) -> None:
        self.position = 0
        self.events = 0
        self.seals = 0
        # How often another server than before was the one that wrote.
        self.epochs = 0
        self.problems: list[str] = []
        self.versions: Counter[str] = Counter()
        # Names of the VMs that live, and all that each VM and host holds, by uid.
        self.named: dict[str, str] = {}
        self.vm_holds: defaultdict[str, Amount] = defaultdict(Counter)
        self.host_holds: defaultdict[str, defaultdict[str, Amount]] = defaultdict(lambda: defaultdict(Counter))
        self.host_names: dict[str, str] = {}
        # Labels and vCPUs of each VM, as they were recorded last.
        self.defined: dict[str, tuple[dict[str, str], int]] = {}
        self.requests: dict[str, ev.RequestAccepted] = {}
        # What each request caused: events by payload.
        self.effects: defaultdict[str, Counter[str]] = defaultdict(Counter)
        # Of an accepted request that caused nothing: the event of before that it was answered with.
        self.unchanged: dict[str, str] = {}
        # What network cards of VMs hold, by the VM's uid: IPv4 and MAC addresses.
        self.cards: dict[str, dict[str, str]] = {}
        self._macs: set[str] = set()
        self._capacity: dict[str, Amount] = {}
        self._placed: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._began: dict[str, str] = {}
        self._allocated: defaultdict[str, Amount] = defaultdict(Counter)
        self._unsealed: list[bytes] = []
        self._chain = b""
        self._digest = sha256()
        self._touched: set[str] = set()

    @property
    def digest(self) -> str:
        """Of every row so far, with its position."""
        return self._digest.hexdigest()

    def allocated(self, host_uid: str) -> Amount:
        """What the host holds for all its VMs."""
        return self._allocated[host_uid]

    def read(self, url: str) -> None:
        """Follows all that is stored after `position`. Blocks."""
        ledger = Ledger(url)
        try:
            while page := ledger.recorder.select_notifications(self.position, PAGE, inclusive_of_start=False):
                self.follow(page)
        finally:
            ledger.close()
        if self._unsealed:
            self._problem("events without a seal end the ledger")
            self._unsealed.clear()
        held: defaultdict[str, Amount] = defaultdict(Counter)
        for uid, host_uid in self._placed.items():
            held[host_uid] += self.vm_holds[uid]
        for host_uid in self.host_names:
            if held[host_uid] != self.allocated(host_uid):
                self._problem(f"hosts/{host_uid} has {self.allocated(host_uid)}, its VMs {held[host_uid]}")

    def follow(self, rows: Iterable[Notification]) -> None:
        for row in rows:
            if row.id <= self.position:
                self._problem(f"position {row.id} does not come after it")
            self.position = row.id
            self.events += 1
            leaf = leaf_hash(leaf_of(row))
            self._digest.update(row.id.to_bytes(8, "big") + leaf)
            stream = str(row.originator_id)
            self.versions[stream] += 1
            if row.originator_version != self.versions[stream]:
                self._problem(f"{stream} has version {row.originator_version} after {self.versions[stream] - 1}")
                self.versions[stream] = row.originator_version
            event = ev.Event.FromString(row.state)
            if event.HasField("batch_sealed"):
                self._sealed(event.batch_sealed, leaf)
            else:
                self._unsealed.append(leaf)
                self._fold(stream, event)

    def _problem(self, what: str) -> None:
        self.problems.append(f"at {self.position}: {what}")

    def _fold(self, stream: str, event: ev.Event) -> None:
        kind, _, uid = stream.partition("/")
        payload = event.WhichOneof("payload") or ""
        self.effects[event.request_id][payload] += 1
        match kind:
            case "vms":
                self._vm(uid, payload, event)
            case "hosts":
                self._host(uid, payload, event)
            case "requests":
                if uid in self.requests:
                    self._problem(f"request {uid} is accepted twice")
                self.requests[uid] = event.request_accepted
                if self.effects[uid].total() == 1:
                    address = ".".join(event.request_accepted.result.split(".")[:2])
                    self.unchanged[uid] = self._began.get(address, "")
            case _:
                pass

    def _vm(self, uid: str, payload: str, event: ev.Event) -> None:
        self._touched.add(uid)
        self._began[f"operations/{uid}.{self.versions[f'vms/{uid}']}"] = payload
        recorded = getattr(event, payload)
        if payload in ("vm_created", "vm_updated"):
            self.defined[uid] = (dict(recorded.labels), recorded.spec.resources.vcpus)
        if payload == "vm_created":
            if recorded.name in self.named:
                self._problem(f"{recorded.name} is the name of two VMs")
            self.named[recorded.name] = uid
            self._names[uid] = recorded.name
        elif payload == "vm_start_requested":
            self._placed[uid] = recorded.host_uid
            self._given(uid, recorded.network_addresses)
        elif payload == "vm_deleted":
            self.named.pop(self._names.pop(uid, ""), None)
            self.cards.pop(uid, None)
        if field := _MORE.get(payload):
            self.vm_holds[uid] += amount(getattr(recorded, field))
        elif field := _LESS.get(payload):
            self.vm_holds[uid] = self._less(f"vms/{uid}", self.vm_holds[uid], amount(getattr(recorded, field)))

    def _given(self, uid: str, cards: Iterable[ev.NetworkAddress]) -> None:
        """No address is ever held twice, and no MAC address given again."""
        for card in cards:
            if holders := [each for each, held in self.cards.items() if card.ipv4_address in held]:
                self._problem(f"{card.ipv4_address} is given to vms/{uid} and held by vms/{holders[0]}")
            if card.mac_address in self._macs:
                self._problem(f"{card.mac_address} is given a second time, to vms/{uid}")
            self._macs.add(card.mac_address)
            self.cards.setdefault(uid, {})[card.ipv4_address] = card.mac_address

    def _host(self, uid: str, payload: str, event: ev.Event) -> None:
        match payload:
            case "host_registered" | "host_inventory_changed":
                inventory = getattr(event, payload).inventory
                self._capacity[uid] = Counter({name: each.total - each.reserved for name, each in inventory.items()})
                if payload == "host_registered":
                    self.host_names[uid] = event.host_registered.name
            case "capacity_held":
                for holding in event.capacity_held.holdings:
                    self._touched.add(holding.vm_uid)
                    self.host_holds[uid][holding.vm_uid] += amount(holding.amount)
                    self._allocated[uid] += amount(holding.amount)
            case "capacity_released":
                for holding in event.capacity_released.holdings:
                    self._touched.add(holding.vm_uid)
                    held = self.host_holds[uid][holding.vm_uid]
                    self.host_holds[uid][holding.vm_uid] = self._less(f"hosts/{uid}", held, amount(holding.amount))
                    self._allocated[uid] -= amount(holding.amount)
            case _:
                pass

    def _less(self, stream: str, held: Amount, released: Amount) -> Amount:
        if not released <= held:
            self._problem(f"{stream} releases {dict(released)} of {dict(held)}")
        return held - released

    def _sealed(self, seal: ev.BatchSealed, leaf: bytes) -> None:
        """Each append leaves capacity and VMs in agreement, and is sealed as it is stored."""
        self.seals += 1
        self.epochs = seal.epoch
        if seal.merkle_root != root_of(self._unsealed) or seal.events != len(self._unsealed):
            self._problem(f"batch {seal.batch} is not what was sealed")
        if seal.previous_hash != self._chain or seal.batch != self.seals:
            self._problem(f"batch {seal.batch} breaks the chain of seals")
        self._chain = leaf
        self._unsealed.clear()
        hosts: set[str] = set()
        for uid in self._touched:
            host_uid = self._placed.get(uid, "")
            hosts.add(host_uid)
            if self.vm_holds[uid] != self.host_holds[host_uid][uid]:
                self._problem(f"vms/{uid} has {self.vm_holds[uid]}, its host {self.host_holds[host_uid][uid]}")
        for host_uid in hosts - {""}:
            if not self.allocated(host_uid) <= self._capacity[host_uid]:
                self._problem(f"hosts/{host_uid} is over its capacity")
        self._touched.clear()
