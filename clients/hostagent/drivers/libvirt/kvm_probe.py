"""Finds out whether guests really run under KVM here, by running one. `/dev/kvm` that opens proves nothing."""

import asyncio
import tempfile
from pathlib import Path

_LIMIT_S = 5.0
# isa-debug-exit ends QEMU with (value << 1) | 1.
_EXIT_PORT = 0xF4
_EXPECTED_STATUS = (0x10 << 1) | 1
# A boot sector that does what every 64-bit kernel must: builds page tables, enters long mode, computes, and only then
# says 0x10. What claims to be KVM may emulate kernels, instruction by instruction: 40 million take a processor 20 ms,
# software emulation 0.2 s, and that half a minute.
#   cli; clear 0x1000..0x3fff; 2 MiB page 0 onto itself; cr3 = 0x1000; cr4 = PAE; EFER.LME; cr0 |= PG | PE; lgdt;
#   ljmp to 64-bit code: mov ecx, 20,000,000; dec ecx and jnz back to it; mov al, 0x10; out 0xf4, al; hlt for ever
_CODE = bytes.fromhex(
    "fa6631c08ed88ec0bf0010b9000cfc66f3abc70600100320c70600200330c7060030830066b8001000000f22d866b820"
    "0000000f22e066b9800000c00f320d00010f300f20c0660d010000800f22c00f0116707cea767c080000000000000000"
    "000000000000000000000000009a20000f00607c0000b9002d3101ffc975fcb010e6f4f4ebfd"
)
BOOT_SECTOR = _CODE.ljust(510, b"\0") + b"\x55\xaa"


async def why_no_kvm(emulator: str, *, accelerator: str = "kvm", limit_s: float = _LIMIT_S) -> str:
    """Returns why no guest runs under KVM, or an empty string when one did. x86 only."""
    with tempfile.TemporaryDirectory(prefix="chronovisor-probe-") as folder:
        disk = Path(folder) / "boot.img"
        disk.write_bytes(BOOT_SECTOR)
        try:
            probe = await asyncio.create_subprocess_exec(
                emulator,
                # The processor that guests get: some of what claims to be KVM breaks on that alone.
                *("-accel", accelerator, "-cpu", "host" if accelerator == "kvm" else "max"),
                *("-machine", "pc", "-m", "16", "-nodefaults", "-display", "none", "-no-reboot"),
                *("-drive", f"file={disk},format=raw,if=ide"),
                *("-device", f"isa-debug-exit,iobase={_EXIT_PORT:#x},iosize=0x01"),
                cwd=folder,  # Should QEMU abort, its core goes with the folder.
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            return f"{emulator} can't be run: {error.strerror}"
        return await _verdict(probe, emulator, limit_s)


async def _verdict(probe: asyncio.subprocess.Process, emulator: str, limit_s: float) -> str:
    try:
        _, errors = await asyncio.wait_for(probe.communicate(), limit_s)
    except TimeoutError:
        return f"a probe guest was not through with what takes a processor 20 ms within {limit_s:g} s"
    finally:
        if probe.returncode is None:
            probe.kill()
            await probe.wait()
    if probe.returncode == _EXPECTED_STATUS:
        return ""
    words = errors.decode(errors="replace").strip().splitlines()
    reason = f": {words[0].removeprefix(f'{Path(emulator).name}: ')}" if words else f" with status {probe.returncode}"
    return f"a probe guest did not run under it{reason}"
