resource "chronovisor_host" "node" {
  host_id          = "node-1"
  zone             = "eu-1a"
  labels           = { rack = "r7" }
  traits           = ["ssd"]
  reserved         = { memory_mib = 2048 }
  allocation_ratio = { vcpus = 4.0 }
}
