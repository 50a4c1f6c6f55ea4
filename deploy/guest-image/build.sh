#!/usr/bin/env bash
# Builds the project's tiny guest: `build.sh OUTDIR` leaves tiny-vmlinuz, tiny-initramfs.gz and tiny.qcow2 there.
#
# Everything comes from the distribution's own packages (kernel, busybox-static, syslinux, mtools, dropbear, QEMU's guest
# agent), downloaded with apt-get and unpacked into a scratch directory: nothing gets installed, and no root is needed.
# It honours a NoCloud seed as cloud-init would: host name, SSH keys (of root), a script as user data. Its SSH server takes
# keys alone, and keeps its own on the disk that it boots from. The guest prints
#     chronovisor guest ready: HOSTNAME N vcpus M MiB
# on its serial console and powers off on ACPI. tiny.qcow2 boots the same kernel and initramfs from a disk, under a BIOS.
#
# Built again only when this directory changes; a newer kernel in the archive is not a reason (delete OUTDIR to take it).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
outputs=(tiny-vmlinuz tiny-initramfs.gz tiny.qcow2)
# In the order in which they must be loaded.
modules=(button evdev virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_mmio virtio_blk
    failover net_failover virtio_net virtio_balloon rng-core virtio_rng virtio_console
    scsi_common scsi_mod virtio_scsi cdrom sr_mod isofs nls_ascii nls_cp437 fat vfat)
# Programs beside busybox, each with its package: they come with the libraries that they are linked to.
programs=(usr/sbin/dropbear usr/bin/dropbearkey usr/sbin/qemu-ga)
program_packages=(dropbear-bin qemu-guest-agent)

die() {
    echo "guest image: $*" >&2
    exit 1
}

up_to_date() {
    local name
    [[ -f $out/tiny.stamp && $(<"$out/tiny.stamp") == "$stamp" ]] || return 1
    for name in "${outputs[@]}"; do
        [[ -s $out/$name ]] || return 1
    done
}

# The package that holds the newest small kernel: what the distribution's kernel metapackage depends on.
kernel_package() {
    local meta=linux-image-cloud-amd64
    [[ $distribution == ubuntu ]] && meta=linux-image-virtual
    apt-cache depends "$meta" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1
}

# The libraries that the programs' packages depend on, however far.
library_packages() {
    apt-cache depends --recurse --important "${program_packages[@]}" 2>/dev/null | sed -n '/^\(lib\|zlib\)[^:]*$/p' | sort -u
}

download() {
    local kernel packages libraries
    kernel=$(kernel_package)
    [[ -n $kernel ]] || return 1
    mapfile -t libraries < <(library_packages)
    packages=("$kernel" busybox-static syslinux syslinux-common mtools "${program_packages[@]}" "${libraries[@]}")
    # Ubuntu ships a kernel's modules apart from it.
    [[ $distribution == ubuntu ]] && packages+=("${kernel/linux-image/linux-modules}")
    # "unsandboxed as root" is only a remark on the scratch directory's mode.
    (cd "$scratch/debs" && apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" >"$scratch/apt.log" 2>&1)
}

fetch_packages() {
    mkdir -p "$scratch/debs" "$scratch/unpacked"
    # The package lists may be absent (a fresh container) or name versions that the archive no longer has.
    if ! download; then
        ((EUID == 0)) || die "apt-get cannot download the packages: $(tail -n 1 "$scratch/apt.log" 2>/dev/null) (try: sudo apt-get update)"
        apt-get -qq update >"$scratch/apt.log" 2>&1 || die "apt-get update failed: $(tail -n 1 "$scratch/apt.log")"
        download || die "apt-get cannot download the packages: $(tail -n 1 "$scratch/apt.log" 2>/dev/null)"
    fi
    local deb
    for deb in "$scratch"/debs/*.deb; do
        dpkg-deb -x "$deb" "$scratch/unpacked"
    done
}

unpack_module() { # NAME DIRECTORY: writes NAME.ko there, uncompressed; nothing when the kernel has it built in.
    local found
    # A package may spell a module with - where the kernel says _.
    found=$(find "$scratch/unpacked" -path '*/modules/*' -name "${1//_/[-_]}.ko*" -print -quit)
    case $found in
        *.ko) cp "$found" "$2/$1.ko" ;;
        *.ko.xz) "$busybox" xzcat "$found" >"$2/$1.ko" ;;
        *.ko.gz) gzip -dc "$found" >"$2/$1.ko" ;;
        *.ko.zst)
            command -v zstd >/dev/null || die "zstd is missing, and this kernel's modules need it: apt-get install zstd"
            zstd -qdc "$found" >"$2/$1.ko"
            ;;
        *) return 0 ;;
    esac
    echo "$1" >>"$2/order"
}

# The programs, and what the loader among the packages says that they need, where they look for it.
install_programs() { # DIRECTORY
    local loader libraries program library
    loader=$(find "$scratch/unpacked" -name 'ld-linux-x86-64.so.2' -print -quit)
    libraries=$scratch/unpacked/lib/x86_64-linux-gnu:$scratch/unpacked/usr/lib/x86_64-linux-gnu
    mkdir -p "$1/lib" "$1/lib64"
    cp -L "$loader" "$1/lib64/ld-linux-x86-64.so.2"
    for program in "${programs[@]}"; do
        install -m 755 "$scratch/unpacked/$program" "$1/bin/"
        while read -r library; do
            cp -L "$library" "$1/lib/"
        done < <("$loader" --library-path "$libraries" --list "$scratch/unpacked/$program" |
            sed -n "s|.* => \($scratch/unpacked/.*\) (0x.*|\1|p")
    done
}

make_initramfs() {
    local tree=$scratch/initramfs module
    mkdir -p "$tree"/{bin,sbin,boot,dev,proc,sys,run,tmp,seed,var,modules,root/.ssh,etc/acpi/PWRF,etc/dropbear}
    (cd "$tree" && chmod 700 root root/.ssh)
    ln -s ../run "$tree/var/run"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$tree/etc/passwd"
    echo 'root:x:0:' >"$tree/etc/group"
    install_programs "$tree"
    # What the guest agent calls to power off.
    install -m 755 "$here/power-button" "$tree/sbin/shutdown"
    install -m 755 "$here/lease" "$tree/etc/lease"
    install -m 755 "$here/first-boot" "$here/host-key" "$tree/bin/"
    cp "$busybox" "$tree/bin/busybox"
    install -m 755 "$here/init" "$tree/init"
    install -m 755 "$here/power-button" "$tree/etc/acpi/PWRF/00000080"
    : >"$tree/modules/order"
    for module in "${modules[@]}"; do
        unpack_module "$module" "$tree/modules"
    done
    (cd "$tree" && find . | LC_ALL=C sort | "$busybox" cpio -o -H newc 2>/dev/null | gzip -9n) >"$scratch/tiny-initramfs.gz"
}

# One FAT file system from the first sector on, whose boot sector is syslinux: a BIOS starts it like any disk.
make_disk() {
    local disk=$scratch/disk.raw size_mib
    size_mib=$(((($(stat -c %s "$scratch/tiny-vmlinuz") + $(stat -c %s "$scratch/tiny-initramfs.gz")) >> 20) + 4))
    truncate -s "${size_mib}M" "$disk"
    export PATH=$scratch/unpacked/usr/bin:$PATH MTOOLS_SKIP_CHECK=1
    mformat -i "$disk" -h 16 -s 32 -t $((size_mib * 4)) -H 0 -v CHRONOVISOR ::
    syslinux --install "$disk"
    mcopy -i "$disk" "$scratch/tiny-vmlinuz" ::vmlinuz
    mcopy -i "$disk" "$scratch/tiny-initramfs.gz" ::initramfs.gz
    mcopy -i "$disk" "$here/syslinux.cfg" ::syslinux.cfg
    qemu-img convert -f raw -O qcow2 "$disk" "$scratch/tiny.qcow2"
}

[[ $# -eq 1 && $1 != -* ]] || die "usage: build.sh OUTDIR"
mkdir -p "$1"
out=$(cd "$1" && pwd)
stamp=$(cd "$here" && cat build.sh init first-boot host-key lease power-button syslinux.cfg | sha256sum | cut -d ' ' -f 1)

# One builder at a time; the next one finds the work done.
exec 9>"$out/.tiny.lock"
flock 9
if up_to_date; then
    exit 0
fi

[[ $(uname -m) == x86_64 ]] || die "only x86_64 is supported, this machine is $(uname -m)"
for tool in apt-get apt-cache dpkg-deb qemu-img; do
    command -v "$tool" >/dev/null || die "$tool is missing; this needs Debian or Ubuntu, and: apt-get install qemu-utils"
done
distribution=$(. /etc/os-release && echo "${ID:-unknown}")

# Beside the outputs, so that a rename puts each in place whole.
scratch=$(mktemp -d "$out/.tiny.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
busybox=$scratch/busybox

echo "guest image: building in $out" >&2
fetch_packages
cp "$(find "$scratch/unpacked" -path '*bin/busybox' -type f -print -quit)" "$busybox"
cp "$(find "$scratch/unpacked" -name 'vmlinuz-*' -type f -print -quit)" "$scratch/tiny-vmlinuz"
make_initramfs
make_disk

chmod 644 "${outputs[@]/#/$scratch/}"
rm -f "$out/tiny.stamp"
for name in "${outputs[@]}"; do
    mv "$scratch/$name" "$out/$name"
done
echo "$stamp" >"$scratch/stamp"
mv "$scratch/stamp" "$out/tiny.stamp"
