resource "chronovisor_project" "shop" {
  project_id = "shop"
}

resource "chronovisor_vm" "web" {
  count      = 2
  project    = chronovisor_project.shop.project_id
  vm_id      = "web-${count.index + 1}"
  vcpus      = 1
  memory_mib = 512
  disk_gib   = 10
  image      = "debian-12.qcow2"
  labels     = { app = "web" }

  placement = {
    # Rather on different hosts.
    groups = [{ kind = "ANTI_AFFINITY", vms = "app=web", soft = true }]
  }

  # More memory is a stop, a change and a start.
  stop_to_update = true
  grace_period   = "30s"
}
