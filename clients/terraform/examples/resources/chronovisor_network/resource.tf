resource "chronovisor_project" "shop" {
  project_id = "shop"
  quota = {
    extended = { addresses = 64, image_mib = 20480 }
  }
}

resource "chronovisor_network" "web" {
  project         = chronovisor_project.shop.project_id
  network_id      = "web"
  ipv4_cidr       = "10.1.0.0/24"
  reserved_ranges = ["10.1.0.2-10.1.0.9"]
}
